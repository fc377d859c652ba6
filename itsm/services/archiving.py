"""Many records out of use at once, and back again: all of them or none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class SomeRefused(ValueError):
    """Some of the records cannot go, so none did; ``reasons`` are sentences that name each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


def refusals(rows: Sequence[Any], *, missing: int, by: Any) -> list[str]:
    """Return why not all of ``rows`` can go: sentences with their names; ``missing`` were not found for ``by``."""
    words = _("“%(name)s” belongs to somebody else: only its owner archives it.")
    found = [
        words % {"name": row}
        for row in rows
        if hasattr(row, "belongs_to") and not row.belongs_to(by)
    ]
    if missing:
        gone = ngettext(
            "%(count)s chosen record is not there for you any more.",
            "%(count)s chosen records are not there for you any more.",
            missing,
        )
        found.append(gone % {"count": missing})
    return found


@transaction.atomic
def archive_many(rows: Any, *, wanted: int, by: Any, at: datetime | None) -> list[Any]:
    """Take the ``wanted`` records out of use, or bring them back where ``at`` is None; return those changed.

    Who is there already stays as it is. Raises SomeRefused, and changes nothing, when one cannot go.
    """
    found = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if reasons := refusals(found, missing=wanted - len(found), by=by):
        raise SomeRefused(reasons)
    changed = [row for row in found if (row.archived_at is None) != (at is None)]
    ids = [row.pk for row in changed]
    rows.model._default_manager.filter(pk__in=ids).update(archived_at=at, updated_at=Now())
    return changed
