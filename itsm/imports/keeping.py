"""Keep what an import writes record by record: the former row of a changed one, the key of a new one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from itsm.fields import uuid7

_FORMER = "SELECT id, to_jsonb(t)::text FROM {table} t WHERE id = ANY(%s) FOR UPDATE"
_KEEP = (
    "INSERT INTO itsm_importedrecord (id, run_id, model, record, former, stamp, created_at)"
    " SELECT %s, %s, %s, t.id, %s::jsonb, t.updated_at, %s FROM {table} t WHERE t.id = %s"
)


@dataclass(slots=True)
class Kept:
    """The rows of one act: former rows by (model, key), None for those that the act made."""

    is_wanted: bool
    rows: dict[tuple[type[models.Model], UUID], str | None] = field(default_factory=dict)

    def before(self, model: type[models.Model], **named: Any) -> None:
        """Keep the rows that are about to be changed as they are now."""
        if not self.is_wanted:
            return
        keys = list(model._default_manager.filter(**named).values_list("pk", flat=True))
        if not keys:
            return
        with connection.cursor() as cursor:
            cursor.execute(_FORMER.format(table=model._meta.db_table), [keys])
            self.rows |= {(model, key): text for key, text in cursor.fetchall()}

    def created(self, row: models.Model) -> None:
        """Keep that this row was made, unless it was there before."""
        self.rows.setdefault((type(row), row.pk), None)


@contextmanager
def keeping(run: UUID | None, at: datetime) -> Iterator[Kept]:
    """Keep for the import ``run`` what the block changes and makes; without one, keep nothing."""
    kept = Kept(run is not None)
    yield kept
    if run is None:
        return
    with connection.cursor() as cursor:
        for (model, key), former in kept.rows.items():
            cursor.execute(
                _KEEP.format(table=model._meta.db_table),
                [uuid7(), run, model._meta.label_lower, former, at, key],
            )
