"""When periodic things fall due: dates that recur, and working days of a calendar."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Literal

from itsm.calculations.open_time import HORIZON_YEARS, NoServiceTime, OpenTime
from itsm.calculations.wall_time import instant

Frequency = Literal["daily", "weekly", "monthly", "yearly"]
FREQUENCIES = ("daily", "weekly", "monthly", "yearly")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A date that comes back ``every`` so many days, weeks, months or years from ``first`` on.

    A day that a month does not have falls on the last day of that month, and the next one on its
    own day again: 31 January, 28 February, 31 March. Raises ValueError for an unknown frequency
    and for ``every`` below 1.
    """

    frequency: Frequency
    first: date
    every: int = 1

    def __post_init__(self) -> None:
        if self.frequency not in FREQUENCIES:
            raise ValueError(
                f"There is no frequency {self.frequency!r}. Use {', '.join(FREQUENCIES)}."
            )
        if self.every < 1:
            raise ValueError(f"A recurrence every {self.every} would never move on.")

    def occurrence(self, number: int) -> date:
        """Return the occurrence ``number``; 0 is ``first``."""
        steps = number * self.every
        if self.frequency == "daily":
            return self.first + timedelta(days=steps)
        if self.frequency == "weekly":
            return self.first + timedelta(weeks=steps)
        return add_months(self.first, steps * (12 if self.frequency == "yearly" else 1))

    def dates(self, *, until: date | None = None) -> Iterator[date]:
        """Yield the occurrences in order, before ``until`` (exclusive) or without end."""
        for number in count():
            day = self.occurrence(number)
            if until is not None and day >= until:
                return
            yield day


def add_months(day: date, months: int) -> date:
    """Return the same day of the month ``months`` later (earlier if negative), or its last day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def at_wall_time(day: date, clock: time, timezone: str) -> datetime:
    """Return ``day`` at ``clock`` in ``timezone`` as UTC.

    A time that the clock jumps over moves forward by the jump; of two, the first is taken.
    """
    return instant(datetime.combine(day, clock.replace(tzinfo=None)), timezone)


def nth_working_day(hours: OpenTime, period_start: date, n: int) -> date:
    """Return the ``n``-th local date with service time, counted from ``period_start`` inclusive.

    Raises ValueError for ``n`` below 1, NoServiceTime when the calendar stays closed for ten years.
    """
    if n < 1:
        raise ValueError(f"There is no working day {n}. Count from 1.")
    day, found, closed = period_start, 0, 0
    while closed <= HORIZON_YEARS * 366:
        is_working_day = bool(hours.hours_on(day))
        found += is_working_day
        closed = 0 if is_working_day else closed + 1
        if found == n:
            return day
        day += timedelta(days=1)
    raise NoServiceTime(
        f"There is no working day within {HORIZON_YEARS} years of {period_start.isoformat()}. "
        "Open the calendar on at least one day."
    )


def nth_working_day_at(hours: OpenTime, period_start: date, n: int, clock: time) -> datetime:
    """Return the UTC instant of ``clock`` on the ``n``-th working day from ``period_start``."""
    day = nth_working_day(hours, period_start, n)
    return at_wall_time(day, clock, hours.zone_on(day))
