"""Write service hours: new versions from a day on, and holidays copied in with their source."""

from datetime import date
from importlib.metadata import version
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.calculations.service_hours import ServiceHours as Calendar
from itsm.models import HoursException, ServiceHours, ServiceHoursVersion


class HoursRefused(ValueError):
    """The hours cannot be read, or the country is not known."""


def check_week(timezone: str, week: Any, annual_holidays: Any = ()) -> None:
    """Raise HoursRefused with the place and what to write when these hours cannot be read."""
    try:
        Calendar.from_dict(
            {"timezone": timezone, "week": week, "annual_holidays": list(annual_holidays or ())}
        )
    except ValueError as error:
        raise HoursRefused(str(error)) from error


@transaction.atomic
def add_version(
    hours: ServiceHours, *, effective_date: date, week: Any, annual_holidays: Any = ()
) -> ServiceHoursVersion:
    """Add the week that counts from ``effective_date`` on; earlier versions stay as they are."""
    check_week(hours.timezone, week, annual_holidays)
    ServiceHours.objects.select_for_update().get(pk=hours.pk)
    last = hours.versions.order_by("-number").first()
    row = ServiceHoursVersion(
        hours=hours,
        number=(last.number if last else 0) + 1,
        effective_date=effective_date,
        week=week,
        annual_holidays=list(annual_holidays or ()),
    )
    row.full_clean(exclude=["id"])
    row.save()
    return row


@transaction.atomic
def copy_holidays(
    hours: ServiceHours, *, country: str, subdivision: str = "", years: range
) -> tuple[int, int]:
    """Copy public holidays in as closed days with source and version; return (added, already there).

    ``country`` is an ISO 3166 code such as ES, ``subdivision`` such as MD. Days that exist stay as they are.
    """
    import holidays  # a quarter of a second that no other page needs

    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=list(years))
    except NotImplementedError:
        known = ", ".join(sorted(holidays.list_supported_countries()))
        raise HoursRefused(
            _("No holidays are known for %(place)s. Countries: %(known)s.")
            % {"place": f"{country} {subdivision}".strip(), "known": known}
        ) from None
    source = f"holidays {version('holidays')} {country}{'-' + subdivision if subdivision else ''}"
    there = set(hours.exceptions.filter(archived_at=None).values_list("date", flat=True))
    rows = [
        HoursException(hours=hours, date=day, kind="CLOSED", name=str(name)[:120], source=source)
        for day, name in sorted(found.items())
        if day not in there
    ]
    for row in rows:
        row.save()
    return len(rows), len(found) - len(rows)
