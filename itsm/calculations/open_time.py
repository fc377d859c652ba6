"""The questions that any calendar of service time answers, whatever it is made of."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from itsm.calculations.intervals import Interval, Intervals
from itsm.calculations.wall_time import (
    LAST_YEAR,
    MICROSECOND,
    Piece,
    day_pieces,
    from_microseconds,
    instant,
    to_microseconds,
    zone,
)
from itsm.calculations.year_table import YearTable

WorkingDayRule = Literal["keep_time", "end_of_day", "into_hours"]
WORKING_DAY_RULES = ("keep_time", "end_of_day", "into_hours")
HORIZON_YEARS = 10


def refuse_unknown_rule(rule: str) -> None:
    """Raise ValueError when ``rule`` is none of the rules for working days."""
    if rule not in WORKING_DAY_RULES:
        raise ValueError(f"There is no rule {rule!r}. Use one of {', '.join(WORKING_DAY_RULES)}.")


class NoServiceTime(ValueError):
    """The calendar stays closed for so long that the question has no useful answer."""


class OpenTime(ABC):
    """Service time, half-open and in UTC inside; subclasses give one table per UTC year.

    Instants come back in the time zone of the instant that was asked about. Naive datetimes raise
    ValueError.
    """

    @abstractmethod
    def year_table(self, year: int) -> YearTable:
        """Return the service time of one UTC year."""

    @abstractmethod
    def zone_on(self, day: date) -> str:
        """Return the name of the zone whose wall clock counts on ``day``."""

    def is_open(self, at: datetime) -> bool:
        """Say whether ``at`` is service time; the closing instant is not."""
        moment = to_microseconds(at)
        table = self.year_table(_year(moment))
        index = table.at_or_before(moment)
        return index >= 0 and moment < table.ends[index]

    def intervals(self, start: datetime, end: datetime) -> Intervals:
        """Return the service time between two instants, sorted; () when ``end <= start``."""
        return _as_intervals(self._pieces(to_microseconds(start), to_microseconds(end)))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the service time between two instants; zero when ``end <= start``."""
        since, until = to_microseconds(start), to_microseconds(end)
        if until <= since:
            return timedelta()
        first, last = _year(since), _year(until)
        open_time = self.year_table(last).up_to(until) - self.year_table(first).up_to(since)
        for year in range(first, last):
            open_time += self.year_table(year).total
        return timedelta(microseconds=open_time)

    def deadline(self, start: datetime, duration: timedelta) -> datetime:
        """Return the earliest instant by which ``duration`` of service time has passed.

        It may be a closing instant. A negative duration counts back to the latest instant from
        which as much service time leads up to ``start``; zero gives ``start``. Raises NoServiceTime
        when the calendar stays closed for more than ten years.
        """
        amount, moment = duration // MICROSECOND, to_microseconds(start)
        if not amount:
            return start
        found = self._forward(moment, amount) if amount > 0 else self._back(moment, -amount)
        if found is None:
            raise NoServiceTime(
                f"There is no service time within {HORIZON_YEARS} years to count {duration} from "
                f"{start.isoformat()}. Open the calendar on at least one day."
            )
        return from_microseconds(found).astimezone(start.tzinfo)

    def next_open(self, at: datetime) -> datetime | None:
        """Return the first instant of service time not before ``at``; None in ten years without."""
        moment = to_microseconds(at)
        for year in _years(_year(moment), 1):
            table = self.year_table(year)
            index = bisect_right(table.ends, moment)
            if index < len(table.starts):
                found = max(moment, table.starts[index])
                return from_microseconds(found).astimezone(at.tzinfo)
        return None

    def previous_open(self, at: datetime) -> datetime | None:
        """Return the latest instant not after ``at`` up to which the service was open.

        ``at`` itself during service time, otherwise the last closing instant; None when there is
        none within ten years.
        """
        moment = to_microseconds(at)
        for year in _years(_year(moment), -1):
            table = self.year_table(year)
            index = table.at_or_before(moment)
            if index >= 0:
                found = min(moment, table.ends[index])
                return from_microseconds(found).astimezone(at.tzinfo)
        return None

    def hours_on(self, day: date) -> Intervals:
        """Return the service time of one local date; () on a closed day."""
        pieces: list[Piece] = []
        for since, until in day_pieces(self.zone_on(day), day):
            pieces += self._pieces(since, until)
        return _as_intervals(pieces)

    def add_working_days(
        self, start: datetime, days: int, *, rule: WorkingDayRule = "keep_time"
    ) -> datetime:
        """Return the instant ``days`` working days after (or, negative, before) ``start``.

        A working day is a local date with any service time; the day of ``start`` is day 0, open or
        not. ``keep_time`` keeps the wall time of ``start``, even outside the hours of that day
        (forward when the clock jumps over it, the first when it comes twice); ``end_of_day`` gives
        the last closing instant of that day; ``into_hours`` moves a kept time outside the hours on
        to the next opening, or back to the last closing when ``days`` is negative. With 0 days and
        ``end_of_day`` a closed day gives way to the next working day. Raises NoServiceTime when
        the calendar stays closed for more than ten years.
        """
        refuse_unknown_rule(rule)
        if days != int(days):
            raise ValueError(f"{days!r} is not a number of whole working days.")
        to_microseconds(start)
        local = start.astimezone(zone(self.zone_on(start.date())))
        day = self._working_day(local.date(), days)
        if rule == "end_of_day":
            hours = self.hours_on(day) or self.hours_on(self._working_day(day, 1))
            return hours[-1].end.astimezone(start.tzinfo)
        wall = local.replace(tzinfo=None)
        moved = wall.replace(year=day.year, month=day.month, day=day.day)
        kept = instant(moved, self.zone_on(day)).astimezone(start.tzinfo) if days else start
        if rule == "keep_time":
            return kept
        snapped = self.previous_open(kept) if days < 0 else self.next_open(kept)
        return snapped or kept

    def _working_day(self, day: date, days: int) -> date:
        step = timedelta(days=1 if days > 0 else -1)
        closed, left = 0, abs(days)
        while left:
            day += step
            if self.hours_on(day):
                closed, left = 0, left - 1
                continue
            closed += 1
            if closed > HORIZON_YEARS * 366:
                raise NoServiceTime(
                    f"There is no working day within {HORIZON_YEARS} years of {day.isoformat()}. "
                    "Open the calendar on at least one day."
                )
        return day

    def _forward(self, moment: int, amount: int) -> int | None:
        amount += self.year_table(_year(moment)).up_to(moment)
        closed = 0
        for year in range(_year(moment), LAST_YEAR):
            table = self.year_table(year)
            if amount <= table.total:
                return table.earliest_with(amount)
            amount -= table.total
            closed = 0 if table.total else closed + 1
            if closed > HORIZON_YEARS:
                return None
        return None

    def _back(self, moment: int, amount: int) -> int | None:
        year = _year(moment)
        amount = self.year_table(year).up_to(moment) - amount
        closed = 0
        while amount < 0 and closed <= HORIZON_YEARS:
            year -= 1
            table = self.year_table(year)
            amount += table.total
            closed = 0 if table.total else closed + 1
        return self.year_table(year).latest_with(amount) if amount >= 0 else None

    def _pieces(self, since: int, until: int) -> list[Piece]:
        if until <= since:
            return []
        pieces: list[Piece] = []
        for year in range(_year(since), _year(until) + 1):
            pieces += self.year_table(year).within(since, until)
        return pieces


def _year(moment: int) -> int:
    return from_microseconds(moment).year


def _years(year: int, step: int) -> Iterator[int]:
    yield from range(year, year + step * (HORIZON_YEARS + 2), step)


def _as_intervals(pieces: list[Piece]) -> Intervals:
    joined: list[Piece] = []
    for start, end in pieces:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(
        Interval(from_microseconds(start), from_microseconds(end)) for start, end in joined
    )
