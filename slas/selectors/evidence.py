"""The evidence on which targets are judged: tickets, outages, maintenance and hours, read in bulk."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from itsm.calculations.intervals import Interval, Intervals
from itsm.calculations.periods import Period
from itsm.calculations.service_hours import VersionedHours
from itsm.models import MaintenanceWindow, Outage, ServiceHours, Ticket, TicketEvent
from itsm.selectors import hours_documents, open_hours
from slas.calculations import clock
from slas.calculations.attainment import WeightedInterval
from slas.calculations.cases import Case, Limit, Moment, read_case
from slas.calculations.downtime import Work
from slas.models import AgreementVersion, Target

ENDED = (TicketEvent.Kind.STOP, TicketEvent.Kind.CANCEL)


@dataclass(frozen=True)
class OutageRecord:
    """One outage row as evidence: its facts for the trace and its time."""

    key: str
    reference: str
    title: str
    kind: str
    weight: Fraction
    interval: Interval

    @property
    def weighted(self) -> WeightedInterval:
        """The outage with its weight."""
        return WeightedInterval(self.interval.start, self.interval.end, self.weight)


@dataclass(frozen=True)
class WindowRecord:
    """One maintenance window as evidence."""

    reference: str
    title: str
    work: Work


@dataclass(frozen=True)
class DowntimeEvidence:
    """All that bears on the availability of a service for a customer; ``is_recorded``: anybody watches."""

    outages: tuple[OutageRecord, ...]
    unknown: tuple[OutageRecord, ...]
    windows: tuple[WindowRecord, ...]
    is_recorded: bool


@dataclass(frozen=True)
class HoursEvidence:
    """Service hours ready to count, and their written form for the digest and the trace."""

    row: ServiceHours
    time: VersionedHours
    documents: list[Any]


@dataclass
class Evidence:
    """Reads evidence for one customer and one span of time, each thing once.

    ``span`` is cut at ``at``: nothing that took effect later is read (``span.end`` is the horizon).
    """

    customer: UUID
    span: Interval
    _hours: dict[UUID, HoursEvidence] = field(default_factory=dict)
    _cases: dict[UUID, list[Case]] = field(default_factory=dict)
    _downtime: dict[UUID, DowntimeEvidence] = field(default_factory=dict)

    def hours(self, row: ServiceHours) -> HoursEvidence:
        """Return the service hours of a target. Raises NoHoursVersion."""
        if row.pk not in self._hours:
            documents = [[first, document] for first, document in hours_documents(row)]
            self._hours[row.pk] = HoursEvidence(row, open_hours(row), documents)
        return self._hours[row.pk]

    def cases(self, service_id: UUID) -> list[Case]:
        """Return the tickets that may count, read to the horizon, ordered by number (one query)."""
        if service_id not in self._cases:
            self._cases[service_id] = list(_read_cases(self.customer, service_id, self.span))
        return self._cases[service_id]

    def downtime(self, service_id: UUID) -> DowntimeEvidence:
        """Return outages, time without data and maintenance that touch the span (three queries)."""
        if service_id not in self._downtime:
            self._downtime[service_id] = _read_downtime(self.customer, service_id, self.span)
        return self._downtime[service_id]


def _read_cases(customer: UUID, service_id: UUID, span: Interval) -> Iterable[Case]:
    """Yield tickets opened before the horizon that moved in the span or were not stopped before it.

    A ticket without a START event starts when it was opened; corrected events do not count.
    """
    counting = TicketEvent.objects.filter(customer_id=customer, superseded_at=None)
    events = counting.filter(ticket_id=OuterRef("pk"))
    before = events.filter(effective_at__lt=span.start).order_by("-effective_at", "-sequence")
    relevant = (
        Ticket.objects.filter(customer_id=customer, service_id=service_id, opened_at__lt=span.end)
        .annotate(state_before=Subquery(before.values("kind")[:1]))
        .filter(
            Q(Exists(events.filter(effective_at__gte=span.start, effective_at__lt=span.end)))
            | Q(state_before=None)
            | ~Q(state_before__in=ENDED)
        )
    )
    tickets = {
        pk: (Case(str(pk), number, priority), opened_at)
        for pk, number, priority, opened_at in relevant.order_by("external_id").values_list(
            "pk", "external_id", "priority", "opened_at"
        )
    }
    moments: dict[UUID, list[Moment]] = defaultdict(list)
    rows = (
        counting.filter(effective_at__lt=span.end, ticket__service_id=service_id)
        .order_by("effective_at", "sequence")
        .values_list("ticket_id", "kind", "effective_at", "reason", "priority")
    )
    for ticket, kind, at, reason, priority in rows.iterator(chunk_size=20_000):
        if ticket in tickets:
            moments[ticket].append(Moment(kind, at, reason, priority))
    for pk, (case, opened_at) in tickets.items():
        read_case(case, moments[pk], span.end)
        case.start = case.start or opened_at
        yield case


def _read_downtime(customer: UUID, service_id: UUID, span: Interval) -> DowntimeEvidence:
    mine = Q(service_id=service_id) & (Q(customer=None) | Q(customer_id=customer))
    outages = Outage.objects.filter(mine).active().current()
    windows = MaintenanceWindow.objects.filter(mine).active().current()
    records = [
        _outage(row, span.end)
        for row in outages.during(span.start, span.end).order_by("starts_at", "reference")
    ]
    touching = windows.filter(
        Q(ends_at__gt=span.start, starts_at__lt=span.end)
        | Q(actual_ends_at__gt=span.start, actual_starts_at__lt=span.end)
        | Q(actual_ends_at=None, actual_starts_at__lt=span.end, state="APPROVED")
    ).exclude(state__in=["DRAFT", "CANCELLED"])
    recorded = (
        outages.filter(starts_at__lt=span.end).exists()
        or windows.filter(starts_at__lt=span.end).exists()
    )
    return DowntimeEvidence(
        outages=tuple(record for record in records if record.kind != Outage.Kind.UNKNOWN),
        unknown=tuple(record for record in records if record.kind == Outage.Kind.UNKNOWN),
        windows=tuple(
            WindowRecord(row.reference, row.title, _work(row, span.end))
            for row in touching.order_by("starts_at", "reference")
        ),
        is_recorded=recorded,
    )


def _outage(row: Outage, horizon: datetime) -> OutageRecord:
    end = horizon if row.ends_at is None else min(row.ends_at, horizon)
    return OutageRecord(
        key=str(row.pk),
        reference=row.reference,
        title=row.title,
        kind=row.kind,
        weight=Fraction(row.weight),
        interval=Interval(row.starts_at, max(end, row.starts_at)),
    )


def _work(row: MaintenanceWindow, horizon: datetime) -> Work:
    """Return a window as work: real times if there are any, the plan if it was approved and not undone."""
    start, end = row.actual_starts_at, row.actual_ends_at
    if start is None and row.state in ("APPROVED", "DONE"):
        start, end = row.starts_at, row.ends_at
    worked = None
    if start is not None and start < horizon:
        worked = Interval(start, max(start, min(end or horizon, horizon)))
    return Work(
        key=str(row.pk),
        planned=Interval(row.starts_at, row.ends_at),
        worked=worked,
        announced_at=row.announced_at,
        approved_at=row.approved_at,
    )


def limit_of(target: Target) -> Limit:
    """Return the limit of a response or resolution target."""
    if target.limit_working_days is not None:
        return clock.WorkingDays(target.limit_working_days)
    return timedelta(seconds=target.limit_seconds or 0)


def spans(
    versions: Iterable[AgreementVersion], period: Period, horizon: datetime
) -> list[tuple[AgreementVersion, Interval]]:
    """Return the versions with the part of the period in which each is in force, up to the horizon."""
    found = []
    for version in versions:
        start = max(version.starts_at, period.start)
        end = min(version.ends_at or period.end, period.end, horizon)
        if start < end:
            found.append((version, Interval(start, end)))
    return found


def months_of(period: Period, span: Interval) -> Intervals:
    """Return the calendar months of the period, cut to the span: what an allowance is counted by."""
    return tuple(
        Interval(max(month.start, span.start), min(month.end, span.end))
        for month in period.months()
        if month.start < span.end and month.end > span.start
    )
