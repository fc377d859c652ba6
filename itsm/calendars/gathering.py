"""What is on between two instants: asked of every process, with the closed days of service hours."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.hours_document import read_annual
from itsm.calculations.month_grid import annual_days
from itsm.calculations.wall_time import midnight
from itsm.models import HoursException, Party, Service, ServiceHours, ServiceHoursVersion
from itsm.registry import CalendarItem, processes
from itsm.selectors import called_off
from itsm.tenancy import actor_for, subscribed_services

KINDS = {
    "maintenance": lazy("Maintenance"),
    "change": lazy("Change"),
    "improvement": lazy("Improvement"),
    "report": lazy("Report due"),
    "agreement": lazy("Agreement"),
    "holiday": lazy("Closed day"),
}
LOOK_BACK = timedelta(days=14)  # what began earlier than that and still runs is not shown


def kind_words(kind: str) -> Any:
    """Return what people call a kind of date; a kind that the kernel does not know is its own word."""
    return KINDS.get(kind, kind)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a reader wants to see of [start, end): of one customer, about one service, of some kinds (all)."""

    start: datetime
    end: datetime
    customer: Party | None = None
    service: Service | None = None
    kinds: frozenset[str] = frozenset()
    with_called_off: bool = False


def items_for(who: Any, wanted: Selection) -> list[CalendarItem]:
    """Return the dates that ``who`` may see and wants, the first one first; as many queries for one as for many."""
    found = list(_found(who, wanted))
    if wanted.customer is not None:
        used = Service.objects.filter(pk__in=subscribed_services([wanted.customer.pk]))
        services = set(used.values_list("pk", flat=True))
        found = [item for item in found if _concerns(item, wanted.customer.pk, services)]
    if wanted.kinds:
        found = [item for item in found if item.kind in wanted.kinds]
    found = [item for item in found if _ends(item) > wanted.start]
    return sorted(found, key=lambda item: (item.starts_at, item.title, item.uid))


def _found(who: Any, wanted: Selection) -> Iterator[CalendarItem]:
    start, service = wanted.start - LOOK_BACK, wanted.service
    for process in processes():
        yield from process.calendar_items(who, start, wanted.end, service=service)
    yield from closed_days(who, wanted.start, wanted.end, service=service)
    if wanted.with_called_off:
        yield from called_off(who, start, wanted.end, service=service)


def _concerns(item: CalendarItem, customer: UUID, services: set[UUID]) -> bool:
    if item.customer is not None:
        return item.customer == customer
    return bool(services.intersection(item.services))


def _ends(item: CalendarItem) -> datetime:
    if item.day is not None:
        return item.starts_at + timedelta(days=1)
    return max(item.ends_at or item.starts_at, item.starts_at + timedelta(microseconds=1))


def closed_days(
    who: Any, start: datetime, end: datetime, *, service: Any = None
) -> Iterator[CalendarItem]:
    """Yield the holidays and special days of the service hours that the reader's services use (four queries)."""
    first, last = (start - timedelta(days=1)).date(), (end + timedelta(days=1)).date()
    users = _services_by_hours(who, service)
    for hours, day, words, changed_at in _days(list(users), first, last):
        begins = midnight(day, hours.timezone)
        if start - timedelta(days=1) < begins < end:
            yield CalendarItem(
                uid=f"closed-{hours.slug}-{day}", title=f"{hours.name}: {words}", starts_at=begins,
                ends_at=None, url=_hours_page(who, hours), kind="holiday", day=day,
                changed_at=changed_at, services=users[hours.pk],
            )  # fmt: skip


def _services_by_hours(who: Any, service: Any) -> dict[UUID, tuple[UUID, ...]]:
    rows = Service.objects.visible_to(who).live().exclude(hours=None)
    if service is not None:
        rows = rows.filter(pk=service.pk)
    users: dict[UUID, tuple[UUID, ...]] = defaultdict(tuple)
    for hours, one in rows.values_list("hours", "pk"):
        users[hours] += (one,)
    return users


def _days(
    keys: list[UUID], first: date, last: date
) -> Iterator[tuple[ServiceHours, date, str, datetime]]:
    hours = ServiceHours.objects.in_bulk(keys)
    special = HoursException.objects.active().filter(hours__in=keys, date__range=(first, last))
    taken = set()
    for row in special.order_by("date"):
        taken.add((row.hours_id, row.date))
        yield hours[row.hours_id], row.date, _special_words(row), row.updated_at
    versions = list(ServiceHoursVersion.objects.filter(hours__in=keys))
    for version in versions:
        until = min([last, *_days_before_the_next(version, versions)])
        ranges = read_annual(version.annual_holidays)
        for day in annual_days(ranges, max(first, version.effective_date), until):
            if (version.hours_id, day) not in taken:
                yield hours[version.hours_id], day, _("closed"), version.updated_at


def _days_before_the_next(
    version: ServiceHoursVersion, versions: list[ServiceHoursVersion]
) -> Iterator[date]:
    for other in versions:
        if other.hours_id == version.hours_id and other.effective_date > version.effective_date:
            yield other.effective_date - timedelta(days=1)


def _special_words(row: HoursException) -> str:
    if row.kind == HoursException.Kind.CLOSED:
        return row.name or _("closed")
    times = ", ".join(f"{begins}–{ends}" for begins, ends in row.windows)
    words = _("open %(times)s") % {"times": times}
    return f"{row.name} ({words})" if row.name else words


def _hours_page(who: Any, hours: ServiceHours) -> str:
    if actor_for(who).is_staff:
        return reverse("itsm:service-hours_detail", args=[hours.slug])
    return reverse("itsm:portal_plan")
