"""What is owed is written down before it is due, so that a miss is seen."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from itsm.calculations.periods import Period, PeriodKind
from itsm.models import Party, ServiceHours
from itsm.selectors import open_hours
from itsm.tenancy import SYSTEM, acting_as
from reporting.calculations.due import IsWorkingDay, due_at, monday_to_friday, periods
from reporting.models import DeliveryObligation, ReportDefinition
from slas.models import Agreement, AgreementVersion

AHEAD = timedelta(days=400)  # thirteen months and a bit
KINDS: dict[str, PeriodKind] = {"MONTH": "month", "QUARTER": "quarter", "YEAR": "year"}
State = DeliveryObligation.State


def materialise(*, at: datetime, definition: ReportDefinition | None = None) -> int:
    """Write the obligations of all active definitions (or one) up to 13 months ahead; return new rows.

    From the definition's first period on, in the customer's zone, unique per definition and period: twice
    gives the same rows. Once a customer has agreements, only periods in which one is in force are owed.
    A changed due rule moves what is planned and not yet over; nothing else changes.
    """
    with acting_as(SYSTEM):
        active = ReportDefinition.objects.filter(state=ReportDefinition.State.ACTIVE).active()
        if definition is not None:
            active = active.filter(pk=definition.pk)
        return sum(_plan(row, at) for row in active.select_related("customer", "hours"))


def obligation_for(definition: ReportDefinition, label: str) -> DeliveryObligation:
    """Return the obligation of a period by its name, made when it lies outside of the plan.

    Raises ValueError for a name that is no period of this definition's frequency.
    """
    with acting_as(SYSTEM):
        period = Period.parse(label, definition.customer.timezone)
        if period.kind != KINDS[definition.frequency]:
            wanted = {"MONTH": "2016-03", "QUARTER": "2016-Q1", "YEAR": "2016"}
            raise ValueError(
                _("“%(name)s” is made %(often)s: write a period such as %(wanted)s, not %(label)s.")
                % {
                    "name": definition.name,
                    "often": definition.get_frequency_display().lower(),
                    "wanted": wanted[definition.frequency],
                    "label": label,
                }
            )
        row, _is_new = DeliveryObligation.objects.get_or_create(
            customer=definition.customer,
            definition=definition,
            period=period.label,
            defaults=_facts(definition, period, _working_days(definition.hours)),
        )
    return row


def refuse_unagreed(customer: Party, period: Period) -> None:
    """Raise ValueError when the customer has agreements and none of them is in force in ``period``."""
    with acting_as(SYSTEM):
        versions = _agreed_time(customer)
    if versions and not any(_touches(version, period) for version in versions):
        words = _(
            "%(customer)s has no agreement in force in %(period)s. Choose a period in which one is."
        )
        raise ValueError(words % {"customer": customer, "period": period.label})


def period_of(obligation: DeliveryObligation) -> Period:
    """Return the period of an obligation in its customer's zone."""
    return Period.parse(obligation.period, obligation.customer.timezone)


def _plan(definition: ReportDefinition, at: datetime) -> int:
    known = {row.period: row for row in definition.obligations.all()}
    is_working = _working_days(definition.hours)
    wanted = [
        DeliveryObligation(
            customer=definition.customer,
            definition=definition,
            period=period.label,
            **_facts(definition, period, is_working),
        )
        for period in _periods(definition, at)
    ]
    for row in wanted:
        there = known.get(row.period)
        if there and there.due_at != row.due_at and there.period_ends_at > at:
            there.due_at = row.due_at
            there.save(update_fields=["due_at", "updated_at"])
    new = [row for row in wanted if row.period not in known]
    DeliveryObligation.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _periods(definition: ReportDefinition, at: datetime) -> Iterator[Period]:
    zone, kind = definition.customer.timezone, KINDS[definition.frequency]
    day = definition.starts_date
    label = {"month": f"{day:%Y-%m}", "quarter": f"{day.year:04d}-Q{(day.month + 2) // 3}",
             "year": f"{day.year:04d}"}[kind]  # fmt: skip
    in_force = _agreed_time(definition.customer)
    for period in periods(Period.parse(label, zone), at + AHEAD):
        if not in_force or any(_touches(version, period) for version in in_force):
            yield period


def _agreed_time(customer: Party) -> list[AgreementVersion]:
    rows = AgreementVersion.objects.filter(party=customer, state="IN_FORCE")
    return list(rows.filter(agreement__kind=Agreement.Kind.SLA))


def _touches(version: AgreementVersion, period: Period) -> bool:
    return version.starts_at < period.end and (
        version.ends_at is None or version.ends_at > period.start
    )


def _facts(
    definition: ReportDefinition, period: Period, is_working: IsWorkingDay
) -> dict[str, Any]:
    due = due_at(
        period,
        working_day=definition.due_working_day,
        at_time=definition.due_time,
        is_working=is_working,
    )
    return {
        "period_starts_at": period.start,
        "period_ends_at": period.end,
        "due_at": due,
        "is_demo": definition.is_demo,
    }


def _working_days(hours: ServiceHours | None) -> IsWorkingDay:
    if hours is None:
        return monday_to_friday
    calendar = open_hours(hours)

    def is_working(day: date) -> bool:
        noon = datetime.combine(day, time(12), ZoneInfo(hours.timezone))
        return bool(calendar.at(noon).windows_on(day))

    return is_working
