"""When a report is owed: the periods of a definition and the working day on which each is due."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from itsm.calculations.periods import Period
from itsm.calculations.wall_time import instant

LONGEST_WAIT_DAYS = 400
IsWorkingDay = Callable[[date], bool]


def monday_to_friday(day: date) -> bool:
    """Tell whether ``day`` is one of the five days that count when no calendar is chosen."""
    return day.weekday() < 5


def nth_working_day(first: date, number: int, is_working: IsWorkingDay) -> date:
    """Return the ``number``-th working day (1 or more) counted from ``first``, which may be the first.

    Raises ValueError when a year and a month pass without enough working days.
    """
    if number < 1:
        raise ValueError("The due day is working day 1 or later.")
    found = 0
    for offset in range(LONGEST_WAIT_DAYS):
        day = first + timedelta(days=offset)
        found += is_working(day)
        if found == number:
            return day
    raise ValueError("The chosen service hours are never open, so no working day can be counted.")


def due_at(
    period: Period, *, working_day: int, at_time: time, is_working: IsWorkingDay
) -> datetime:
    """Return the instant at which the report on ``period`` is due, in UTC.

    Working day 1 is the first working day after the period, in the zone of the period. A time that the
    clock jumps over moves forward by the jump; of two equal ones the first is meant.
    """
    day = nth_working_day(period.next().first_date, working_day, is_working)
    return instant(datetime.combine(day, at_time), period.zone)


def periods(first: Period, until: datetime) -> Iterator[Period]:
    """Yield ``first`` and those after it until one ends at or after ``until``; each touches the next."""
    period = first
    while True:
        yield period
        if period.end >= until:
            return
        period = period.next()
