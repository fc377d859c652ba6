"""Which judged periods a changed record makes stale."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from itsm.models import Ticket
from itsm.registry import TimeOfService
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


def periods_of_months(
    customer: UUID | None, touched: Mapping[str, Sequence[str]]
) -> list[tuple[UUID, str]]:
    """Return (agreement, period) of the provisional judgments that touch a month of a service, each once.

    ``customer`` None means all. ``touched`` is service → months such as 2026-03; the middle of a month
    tells in every time zone which month, quarter or year is meant.
    """
    provisional = Evaluation.objects.current().filter(state=Evaluation.State.PROVISIONAL)
    if customer is not None:
        provisional = provisional.filter(party=customer)
    found = set()
    for service, months in touched.items():
        middles = [datetime.fromisoformat(f"{month}-15T12:00:00+00:00") for month in months]
        at_middle = [Q(starts_at__lte=at, ends_at__gt=at) for at in middles]
        rows = provisional.filter(reduce(or_, at_middle, Q(pk=None)), target__service=service)
        found |= set(rows.values_list("target__version__agreement_id", "period"))
    return sorted(found, key=lambda pair: (pair[1], str(pair[0])))


def final_judgments(times: Sequence[TimeOfService], since: datetime) -> list[tuple[str, str]]:
    """Return (agreement, period) of the final judgments made from ``since`` on that count these times."""
    rows = Evaluation.objects.current().filter(state=Evaluation.State.FINAL, as_of__gte=since)
    found: set[tuple[str, str]] = set()
    for one in times:
        of = rows.filter(target__service=one.service, ends_at__gt=one.starts_at)
        of = of if one.ends_at is None else of.filter(starts_at__lte=one.ends_at)
        of = of if one.customer is None else of.filter(party=one.customer)
        found |= set(of.values_list("target__version__agreement__reference", "period").distinct())
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def _time_of(record: Any) -> tuple[datetime, datetime | None]:
    if isinstance(record, Ticket):
        return record.opened_at, None
    actual = getattr(record, "actual_ends_at", None)
    ends = [at for at in (record.ends_at, actual) if at is not None]
    return record.starts_at, max(ends) if ends else None
