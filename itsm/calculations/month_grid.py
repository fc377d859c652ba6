"""Days of a month as weeks, days that come back every year, and local days that a time touches."""

from calendar import Calendar
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.calculations.hours_document import AnnualRange

FIRST_YEAR, LAST_YEAR = 1900, 9000
_LONGEST_DAYS = 62


def weeks_of(month: date) -> list[list[date]]:
    """Return the weeks that touch the month of ``month``, each of seven days, Monday first."""
    return Calendar(0).monthdatescalendar(month.year, month.month)


def month_of(text: str) -> date | None:
    """Return the first day of "2026-11", or None for other texts and years outside 1900 to 9000."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def next_month(month: date) -> date:
    """Return the first day of the following month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous_month(month: date) -> date:
    """Return the first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def annual_days(ranges: Sequence[AnnualRange], first: date, last: date) -> Iterator[date]:
    """Yield the days from ``first`` to ``last``, both included, that a range of (month, day) names.

    A range whose end lies before its start runs over the new year.
    """
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if any(_within((day.month, day.day), begins, ends) for begins, ends in ranges):
            yield day


def _within(day: tuple[int, int], begins: tuple[int, int], ends: tuple[int, int]) -> bool:
    if begins <= ends:
        return begins <= day <= ends
    return day >= begins or day <= ends


def local_days(starts_at: datetime, ends_at: datetime | None, timezone: str) -> list[date]:
    """Return the local days that [starts_at, ends_at) touches, at most 62; without an end the one it starts on.

    An end at midnight does not touch the day that begins then.
    """
    zone = ZoneInfo(timezone)
    first = starts_at.astimezone(zone).date()
    last = first
    if ends_at is not None and ends_at > starts_at:
        last = (ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    count = min((last - first).days + 1, _LONGEST_DAYS)
    return [first + timedelta(days=number) for number in range(count)]
