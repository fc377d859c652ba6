"""Which judged periods a changed record makes stale."""

from datetime import datetime
from typing import Any
from uuid import UUID

from itsm.models import Ticket
from slas.models import Evaluation


def periods_touched(record: Any) -> list[tuple[UUID, str]]:
    """Return (agreement, period) of the judgments that hold and that the record's time touches."""
    start, end = _time_of(record)
    rows = Evaluation.objects.current().filter(target__service=record.service_id, ends_at__gt=start)
    if end is not None:
        rows = rows.filter(starts_at__lt=end)
    if record.customer_id is not None:
        rows = rows.filter(party=record.customer_id)
    before = getattr(record, "supersedes", None)
    found = list(
        rows.values_list("target__version__agreement_id", "period").distinct().order_by("period")
    )
    return found + (periods_touched(before) if before is not None else [])


def _time_of(record: Any) -> tuple[datetime, datetime | None]:
    if isinstance(record, Ticket):
        return record.opened_at, None
    actual = getattr(record, "actual_ends_at", None)
    ends = [at for at in (record.ends_at, actual) if at is not None]
    return record.starts_at, max(ends) if ends else None
