"""The picture of the period on the first page: services by days, with what interrupted them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from itsm import charts
from itsm.calculations.intervals import Interval, intersect
from itsm.calculations.periods import Period
from itsm.charts.strips import LABELLED_DAYS
from itsm.models import MaintenanceWindow, Outage, Service
from itsm.registry import SectionContext
from itsm.selectors import NoHoursVersion, open_hours
from reporting import selectors
from reporting.services.words import period_name
from slas.selectors.figures import month_names

LONGEST_DAYS = 366
READABLE_DAYS = 92  # beyond, a day is a point wide: its service hours cannot be told apart
MOST_ROWS = 12
LAYERS = {"OUTAGE": "outage", "DEGRADED": "degraded", "UNKNOWN": "unknown"}


def cover_of(context: SectionContext) -> charts.Spec | None:
    """Return the cover strip; None for a period of more than a year or without services."""
    period = context.period
    first, after = period.first_date, period.next().first_date
    if (after - first).days > LONGEST_DAYS or not context.services:
        return None
    outages = selectors.outages_of(context.customer, context.services, period)
    works = selectors.maintenance_of(context.customer, context.services, period.start, period.end)
    touched = {row.service_id for row in (*outages, *works)}
    shown = [service for service in context.services if service.pk in touched]
    quiet = [service for service in context.services if service.pk not in touched]
    shown = (shown + quiet)[:MOST_ROWS]
    rows = [_row(service, period, outages, works) for service in sorted(shown, key=_name)]
    left = len(context.services) - len(rows)
    return charts.spec(
        charts.CoverStrip(
            title=_("Interruptions and maintenance in %(period)s, by service and day")
            % {"period": period_name(period)},
            zone=period.zone,
            first=first.isoformat(),
            last=(after - timedelta(days=1)).isoformat(),
            rows=tuple(rows),
            axis=_("day of the month") if (after - first).days <= LABELLED_DAYS else _("month"),
            months=month_names(first, after),
            quiet=_("%(count)s more without interruption") % {"count": left} if left else "",
        )
    )


def _name(service: Service) -> str:
    return service.name


def _row(
    service: Service, period: Period, outages: list[Outage], works: list[MaintenanceWindow]
) -> charts.CoverRow:
    spans = [_span("hours", part) for part in hours_of(service, period)]
    for row in works:
        if row.service_id == service.pk:
            start, end = row.actual_starts_at or row.starts_at, row.actual_ends_at or row.ends_at
            spans.extend(_cut("maintenance", start, end, period))
    for outage in outages:
        if outage.service_id == service.pk:
            end = outage.ends_at or period.end
            spans.extend(_cut(LAYERS[outage.kind], outage.starts_at, end, period))
    return charts.CoverRow(service.name, tuple(spans))


def hours_of(service: Service, period: Period) -> tuple[Interval, ...]:
    """Return the service time of a period; all of it when no hours are known or a year is shown."""
    long = (period.next().first_date - period.first_date).days > READABLE_DAYS
    if service.hours is None or long:
        return (period.interval,)
    try:
        return tuple(open_hours(service.hours).intervals(period.start, period.end))
    except NoHoursVersion:
        return (period.interval,)


def _cut(layer: str, start: datetime, end: datetime, period: Period) -> Iterator[charts.Span]:
    for part in intersect([Interval(start, max(start, end))], [period.interval]):
        yield _span(layer, part)


def _span(layer: str, part: Interval) -> charts.Span:
    return charts.Span(layer, part.start.isoformat(), part.end.isoformat())
