"""Take an import back within seven days: what it made goes, what it changed is as before; all or nothing.

It is refused while something leans on it: a record that was changed since, rows that point to a record it
made, a final result that counted its records. Reports are frozen copies and lean on nothing. The events of
tickets are append-only: only the owner's function ``plimsoll_undo_import`` takes those of a young import.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.imports import leaning
from itsm.models import ImportedRecord, ImportRun
from itsm.registry import processes
from itsm.tenancy import SYSTEM, acting_as

KEPT_FOR = timedelta(days=7)
NAMED = 5
SAMPLE = "itsm.sample"
_DELETE = (
    "DELETE FROM {table} t USING itsm_importedrecord w"
    " WHERE w.run_id = %s AND w.model = %s AND w.former IS NULL AND t.{key} = w.record{more}"
)
_RESTORE = (
    "UPDATE {table} t SET {pairs} FROM itsm_importedrecord w,"
    " jsonb_populate_record(NULL::{table}, w.former) AS f"
    " WHERE w.run_id = %s AND w.model = %s AND w.former IS NOT NULL AND t.{key} = w.record{more}"
)


class UndoRefused(ValueError):
    """Something leans on the import, or it is too old, or it was undone already."""


@dataclass(frozen=True, slots=True)
class KindOfRecord:
    """How many records of a kind an import created and changed."""

    title: str
    created: int
    changed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What undoing would do: records by kind, events of tickets; ``obstacles`` are sentences, empty: it can be done."""

    kinds: tuple[KindOfRecord, ...]
    events: int
    obstacles: tuple[str, ...]

    @property
    def created(self) -> int:
        """How many records would be removed."""
        return sum(one.created for one in self.kinds)

    @property
    def changed(self) -> int:
        """How many records would be put back."""
        return sum(one.changed for one in self.kinds)


def undo_until(run: ImportRun) -> datetime | None:
    """Return until when an applied import can be undone; None when it cannot, whatever the time."""
    if run.state != ImportRun.State.APPLIED or run.applied_at is None:
        return None
    return run.applied_at + KEPT_FOR


def may_undo(run: ImportRun, at: datetime) -> bool:
    """Tell whether the import is applied and young enough."""
    until = undo_until(run)
    return until is not None and at < until


def plan_undo(run: ImportRun, *, at: datetime) -> Plan:
    """Say in numbers what undoing would do, and what stands in its way; nothing is written."""
    rows = ImportedRecord.objects.filter(run=run)
    counts = rows.values("model").annotate(
        created=models.Count("pk", filter=models.Q(former__isnull=True)), of=models.Count("pk")
    )
    kinds = [
        KindOfRecord(
            str(_model(one["model"])._meta.verbose_name_plural), one["created"], one["of"] - one["created"]
        )
        for one in counts.order_by("model")
    ]  # fmt: skip
    events = rows.aggregate(n=models.Sum(models.F("last_event") - models.F("first_event") + 1))
    return Plan(tuple(kinds), events["n"] or 0, tuple(_obstacles(run, at)))


@transaction.atomic
def undo(run: ImportRun, *, by: str, at: datetime) -> ImportRun:
    """Undo an import in one transaction; the months it touched are announced to be judged again.

    Raises UndoRefused naming what stands in the way; then nothing was written.
    """
    run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    obstacles = list(_obstacles(run, at))
    if obstacles:
        raise UndoRefused(" ".join(obstacles))
    touched = leaning.months(run, at)
    names = list(run.written.values_list("model", flat=True).distinct().order_by("model"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT plimsoll_undo_import(%s)", [run.pk])
        for name in names:
            _take_back(cursor, run, name)
    run.refresh_from_db()
    run.undone_at, run.undone_by = at, by[:160]
    run.save(update_fields=["undone_at", "undone_by", "updated_at"])
    announce("importrun.undone", at=at, uuid=str(run.pk), file=run.file_name, touched=touched)
    return run


def forget(*, at: datetime) -> int:
    """Delete what was kept for undoing imports that are too old for it; return how many rows."""
    with acting_as(SYSTEM):
        runs = ImportRun.objects.filter(applied_at__lt=at - KEPT_FOR).values("pk")
        rows = ImportedRecord.objects.filter(run__in=runs)
        return rows._raw_delete(rows.db)


def _take_back(cursor: Any, run: ImportRun, name: str) -> None:
    """Remove what the import made, then put back what it changed: numbers are free by then."""
    model = _model(name)
    key, more = ("series_id", " AND t.at = w.instant") if name == SAMPLE else ("id", "")
    facts = {"table": model._meta.db_table, "key": key, "more": more}
    cursor.execute(_DELETE.format(**facts), [run.pk, name])
    columns = [field.column for field in model._meta.concrete_fields if field.column != "id"]
    former = (
        run.written.filter(model=name).exclude(former__isnull=True).values_list("former", flat=True)
    )
    kept = former.first() or {}
    pairs = ", ".join(f'"{one}" = f."{one}"' for one in columns if one in kept)
    if pairs:
        cursor.execute(_RESTORE.format(**facts, pairs=pairs), [run.pk, name])


def _model(name: str) -> type[models.Model]:
    return apps.get_model(name)


def _obstacles(run: ImportRun, at: datetime) -> Iterator[str]:
    """Yield what stands in the way; what is certain first, up to a few sentences of each sort."""
    if run.state == ImportRun.State.UNDONE:
        yield _("%(name)s was undone already.") % {"name": run.file_name}
        return
    if run.state != ImportRun.State.APPLIED:
        yield _("%(name)s was not imported: there is nothing to undo.") % {"name": run.file_name}
        return
    if not may_undo(run, at):
        yield _("%(name)s was imported more than 7 days ago. Correct its records instead.") % {
            "name": run.file_name
        }
        return
    yield from leaning.changed_since(run, NAMED)
    yield from leaning.pointing(run, NAMED)
    spans = leaning.times(run, at)
    for process in processes():
        yield from process.leaning(spans, run.applied_at) if spans and run.applied_at else ()
