"""Reads that several apps need from the kernel's records."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.calculations.intervals import Interval, total, union
from itsm.calculations.service_hours import ServiceHours as Hours
from itsm.calculations.service_hours import VersionedHours
from itsm.calculations.wall_time import midnight
from itsm.models import (
    Action,
    DependencyMember,
    HoursException,
    Job,
    MaintenanceWindow,
    Outage,
    OutboxMessage,
    Service,
    ServiceEvent,
    ServiceHours,
    ServiceHoursVersion,
)
from itsm.registry import CalendarItem, Metric, WorkItem
from itsm.tenancy import actor_for

# Kinds of events that are planned, and what the calendar calls them.
PLANNED = {"UPDATE": "change", "CHANGE": "change", "IMPROVEMENT": "improvement"}
_CALENDAR_STATE: dict[str, Literal["tentative", "confirmed", "cancelled"]] = {
    "DRAFT": "tentative",
    "CANCELLED": "cancelled",
}


class NoHoursVersion(ValueError):
    """The service hours have no week yet, so nothing can be counted on them."""


def open_hours(hours: ServiceHours) -> VersionedHours:
    """Return the service hours with all versions and exceptions, ready to count (two queries).

    Each version counts from midnight of its first day in the zone of the hours. Raises NoHoursVersion
    when there is no week.
    """
    documents = hours_documents(hours)
    return VersionedHours(
        (midnight(first, hours.timezone), Hours.from_dict(document))
        for first, document in documents
    )


def hours_documents(hours: ServiceHours) -> list[tuple[date, dict[str, Any]]]:
    """Return (first day, written form) of every version, exceptions included, in order."""
    versions = ServiceHoursVersion.objects.filter(hours=hours).order_by("effective_date")
    exceptions = list(HoursException.objects.filter(hours=hours).active().order_by("date"))
    closed = [str(row.date) for row in exceptions if row.kind == HoursException.Kind.CLOSED]
    opened = {
        str(row.date): row.windows for row in exceptions if row.kind == HoursException.Kind.OPEN
    }
    found = [
        (
            version.effective_date,
            {
                "timezone": hours.timezone,
                "week": version.week,
                "annual_holidays": version.annual_holidays,
                "closed": closed,
                "open": opened,
            },
        )
        for version in versions
    ]
    if not found:
        raise NoHoursVersion(
            f"The service hours “{hours.name}” have no week. Add a version that says when they are open."
        )
    return found


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What happened to a service on one local day: state, whole minutes lost and seconds maintained."""

    day: date
    state: str
    minutes_lost: int
    maintained: bool


def day_facts(
    service: Service, *, days: int, at: datetime, timezone: str, customer: Any = None
) -> list[DayFacts]:
    """Return the last ``days`` local days up to that of ``at``, oldest first (two queries).

    Minutes are those of recorded outages, whatever the agreement; a day with an outage of an hour or more
    is "breach", with a shorter one "risk", with maintenance only "excluded", without data "unknown".
    """
    last = at.astimezone(ZoneInfo(timezone)).date()
    first = last - timedelta(days=days - 1)
    start, end = midnight(first, timezone), midnight(last + timedelta(days=1), timezone)
    outages = _touching(Outage.objects.current(), service, start, end, customer)
    windows = _touching(
        MaintenanceWindow.objects.current().filter(state__in=["ANNOUNCED", "APPROVED", "DONE"]),
        service,
        start,
        end,
        customer,
    )
    return [_day(first + timedelta(days=n), timezone, outages, windows, at) for n in range(days)]


def _touching(
    rows: Any, service: Service, start: datetime, end: datetime, customer: Any
) -> list[Any]:
    rows = rows.filter(service=service).during(start, end)
    if customer is not None:
        rows = rows.filter(Q(customer=None) | Q(customer=customer))
    return list(
        rows.only("starts_at", "ends_at", "kind")
        if rows.model is Outage
        else rows.only("starts_at", "ends_at")
    )


def _day(
    day: date, timezone: str, outages: list[Any], windows: list[Any], at: datetime
) -> DayFacts:
    start, end = midnight(day, timezone), min(midnight(day + timedelta(days=1), timezone), at)
    if end <= start:
        return DayFacts(day, "ok", 0, False)
    lost = _seconds([o for o in outages if o.kind != Outage.Kind.UNKNOWN], start, end)
    blind = any(
        o.kind == Outage.Kind.UNKNOWN and o.starts_at < end and (o.ends_at or end) > start
        for o in outages
    )
    maintained = any(w.starts_at < end and w.ends_at > start for w in windows)
    minutes = -(-lost // 60)
    if minutes:
        state = "breach" if minutes >= 60 else "risk"
    else:
        state = "unknown" if blind else "excluded" if maintained else "ok"
    return DayFacts(day, state, minutes, maintained)


def _seconds(rows: list[Any], start: datetime, end: datetime) -> int:
    pieces = [
        Interval(max(r.starts_at, start), min(r.ends_at or end, end))
        for r in rows
        if r.starts_at < end and (r.ends_at or end) > start
    ]
    return int(total(union(pieces)).total_seconds())


def read_series(series: UUID, start: datetime, end: datetime) -> tuple[Any, Any]:
    """Return (int64 UTC seconds, float64 values) of a series in [start, end), in order of time.

    The only read door to samples; arrays of length 0 when there are none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM at)::bigint, value FROM itsm_sample"
            " WHERE series_id = %s AND at >= %s AND at < %s ORDER BY at",
            [series, start, end],
        )
        rows = cursor.fetchall()
    return (
        np.fromiter((row[0] for row in rows), np.int64, len(rows)),
        np.fromiter((row[1] for row in rows), np.float64, len(rows)),
    )


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A service or component that another one stands on, or that stands on it."""

    key: str
    title: str
    kind: str
    url_name: str
    slug: str


def neighbors(
    service: Service, at: datetime
) -> tuple[list[Neighbor], list[Neighbor], list[tuple[str, str]]]:
    """Return what stands on the service, what it stands on (two steps) and the edges, valid at ``at``."""
    members = list(
        DependencyMember.objects.filter(
            Q(group__ends_at=None) | Q(group__ends_at__gt=at),
            group__archived_at=None,
            group__starts_at__lte=at,
        ).select_related(
            "group__service", "group__component", "service", "component", "component__supplier"
        )
    )
    edges = [(m.group.service or m.group.component, m.service or m.component) for m in members]
    above = [parent for parent, child in edges if child == service]
    below = [child for parent, child in edges if parent == service]
    second = [child for parent, child in edges if parent in below and child not in below]
    pairs = [(_key(p), _key(c)) for p, c in edges if c == service or p == service or p in below]
    return (
        [_neighbor(n) for n in dict.fromkeys(above)],
        [_neighbor(n) for n in dict.fromkeys([*below, *second])],
        pairs,
    )


def _key(node: Any) -> str:
    return f"{type(node).__name__}-{node.pk}"


def _neighbor(node: Any) -> Neighbor:
    if isinstance(node, Service):
        return Neighbor(
            _key(node),
            node.name,
            str(node.get_criticality_display()),
            "itsm:services_detail",
            node.slug,
        )
    words = str(node.supplier) if node.supplier_id else str(node.get_kind_display())
    return Neighbor(_key(node), node.name, words, "itsm:components_detail", node.slug)


WORK_LISTED = 20


def kernel_work(user: Any, at: datetime) -> list[WorkItem]:
    """Return what waits in the kernel's records: texts to approve, maintenance to announce, actions due, dead jobs."""
    found = [
        _draft_item(row)
        for model in (ServiceEvent, Outage)
        for row in model.objects.current()
        .filter(state="DRAFT", archived_at=None)
        .order_by("-starts_at")[:WORK_LISTED]
    ]
    soon = at + timedelta(days=14)
    windows = MaintenanceWindow.objects.current().filter(
        state__in=["DRAFT", "ANNOUNCED"], starts_at__lt=soon, ends_at__gt=at
    )
    found += [
        WorkItem(
            title=str(row),
            url=f"/maintenance-windows/{row.pk}/",
            kind=gettext_lazy("Maintenance"),
            due_at=row.starts_at,
            state="risk",
            detail=_("Not announced to the customers yet.")
            if row.state == "DRAFT"
            else _("Announced, not approved yet."),
            customer=row.customer_id,
            service=row.service_id,
            act=_("Announce") if row.state == "DRAFT" else _("Approve"),
        )
        for row in windows.order_by("starts_at")[:WORK_LISTED]
    ]
    actions = Action.objects.filter(state__in=["OPEN", "IN_PROGRESS"], archived_at=None)
    found += [_action_item(row, at) for row in actions.order_by("due_date")[:WORK_LISTED]]
    found += [
        WorkItem(
            str(job),
            f"/jobs/{job.pk}/",
            gettext_lazy("Given up"),
            job.due_at,
            "breach",
            job.message,
            act=_("Try again"),
        )
        for job in Job.objects.filter(state="DEAD").order_by("-due_at")[:WORK_LISTED]
    ]
    return found


def _draft_item(row: Any) -> WorkItem:
    kind = row._meta.verbose_name
    return WorkItem(
        title=str(row),
        url=f"/{'outages' if isinstance(row, Outage) else 'service-events'}/{row.pk}/",
        kind=kind,
        due_at=None,
        state="unknown",
        detail=_("Customers do not see it until its text is approved."),
        customer=row.customer_id,
        service=row.service_id,
        act=_("Approve"),
        since_at=row.created_at,
    )


def _action_item(row: Action, at: datetime) -> WorkItem:
    due = datetime.combine(row.due_date, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
    return WorkItem(
        title=row.title,
        url=f"/actions/{row.pk}/",
        kind=gettext_lazy("Action"),
        due_at=due,
        state="breach" if due < at else "ok",
        detail=row.owner_name,
        customer=row.customer_id,
        act=_("Carry out"),
    )


def kernel_calendar(
    who: Any, start: datetime, end: datetime, *, service: Any = None, limit: int | None = None
) -> list[CalendarItem]:
    """Return maintenance and planned work that the reader may see, starting in [start, end).

    The first ``limit`` of each kind; with ``service`` only what is about it.
    """
    return [
        calendar_item(row, who)
        for model in (MaintenanceWindow, ServiceEvent)
        for row in _dated(model, who, start, end, service).exclude(state="CANCELLED")[:limit]
    ]


def called_off(
    who: Any, start: datetime, end: datetime, *, service: Any = None
) -> list[CalendarItem]:
    """Return maintenance and planned work of [start, end) that was cancelled, as far as it is published."""
    return [
        calendar_item(row, who)
        for model in (MaintenanceWindow, ServiceEvent)
        for row in _dated(model, who, start, end, service).filter(state="CANCELLED")
    ]


def _dated(model: Any, who: Any, start: datetime, end: datetime, service: Any) -> Any:
    """Return the planned rows that begin in [start, end), the first one first."""
    rows = model.objects.visible_to(who).current().active()
    rows = rows.filter(starts_at__gte=start, starts_at__lt=end)
    if model is ServiceEvent:
        rows = rows.filter(kind__in=PLANNED)
    if service is not None:
        rows = rows.filter(service=service)
    return rows.select_related("service").order_by("starts_at")


def calendar_item(row: Any, who: Any) -> CalendarItem:
    """Return a maintenance window or planned event as ``who`` sees it: never with the internal note.

    A correction keeps the uid of the record that it corrects: both have the same number before the "/".
    """
    is_window = isinstance(row, MaintenanceWindow)
    kind = "maintenance" if is_window else PLANNED[row.kind]
    folder = "maintenance-windows" if is_window else "service-events"
    effect = row.expected_effect if is_window else row.possible_effect
    is_staff = actor_for(who).is_staff
    page = reverse(f"itsm:{folder}_detail", args=[row.pk]) if is_staff else ""
    return CalendarItem(
        uid=f"{'maintenance' if is_window else 'event'}-{row.reference.split('/')[0]}",
        title=f"{row.service}: {row.title}",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        url=page or f"{reverse('itsm:portal_plan')}#{row.reference}",
        kind=kind,
        detail=" ".join(filter(None, (row.customer_text.strip(), effect.strip()))),
        state=_CALENDAR_STATE.get(row.state, "confirmed"),
        changed_at=row.updated_at,
        customer=row.customer_id,
        services=(row.service_id,),
        file_url=reverse(f"itsm:{folder}_calendar", args=[row.pk]),
    )


def kernel_metrics(_at: datetime) -> list[Metric]:
    """Return queue figures for the metrics endpoint."""
    return [
        Metric(
            "plimsoll_jobs_dead",
            "Jobs that were given up",
            Job.objects.filter(state="DEAD").count(),
        ),
        Metric(
            "plimsoll_outbox_pending",
            "Announcements that wait",
            OutboxMessage.objects.filter(state="PENDING").count(),
        ),
    ]
