"""The clock of one promise: when it is due and how much service time it has used.

Both come from the history of pauses each time they are asked for; nothing is ever added to an old
deadline, so a pause that is recorded late changes the answer as it should.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsm.calculations.intervals import Interval, Intervals, intersect, union
from itsm.calculations.open_time import OpenTime, WorkingDayRule, refuse_unknown_rule
from itsm.calculations.wall_time import utc


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A target of ``days`` working days of the calendar, which are not blocks of 24 hours."""

    days: int

    def __post_init__(self) -> None:
        if not isinstance(self.days, int) or isinstance(self.days, bool):
            raise ValueError(f"{self.days!r} is not a number of whole working days.")
        if self.days < 0:
            raise ValueError(f"A target of {self.days} working days is negative.")


Target = timedelta | WorkingDays


def deadline(
    hours: OpenTime,
    start: datetime,
    target: Target,
    *,
    pauses: Iterable[Interval] = (),
    rule: WorkingDayRule = "keep_time",
) -> datetime:
    """Return the earliest instant at which ``target`` is used up, in the time zone of ``start``.

    ``pauses`` may overlap each other, start before ``start`` and lie outside the hours: only the
    service time they cover counts, once. A target in WorkingDays falls on the instant that ``rule``
    gives (`OpenTime.add_working_days`); when pauses took service time before that instant, as much
    service time is run after it, and pauses that begin before the new deadline put it off again.
    Raises ValueError for a negative target or an unknown rule and NoServiceTime when the calendar stays closed.
    """
    refuse_unknown_rule(rule)
    if isinstance(target, WorkingDays):
        return _working_days_deadline(hours, start, target, union(pauses), rule)
    if target < timedelta():
        raise ValueError(f"A target of {target} is negative.")
    left = target
    moment = start
    for pause in union(pauses):
        run = hours.elapsed(moment, pause.start)
        if run >= left:
            break
        left -= run
        moment = max(moment, pause.end.astimezone(start.tzinfo), key=utc)
    return hours.deadline(moment, left)


def elapsed(
    hours: OpenTime, start: datetime, stop: datetime, *, pauses: Iterable[Interval] = ()
) -> timedelta:
    """Return the service time from ``start`` to ``stop`` that lies in no pause.

    Zero when ``stop`` is not after ``start``. A pause that still runs at ``stop`` ends there.
    """
    if utc(stop) <= utc(start):
        return timedelta()
    return hours.elapsed(start, stop) - _paused(hours, start, stop, union(pauses))


def _working_days_deadline(
    hours: OpenTime,
    start: datetime,
    target: WorkingDays,
    pauses: Intervals,
    rule: WorkingDayRule,
) -> datetime:
    due = hours.add_working_days(start, target.days, rule=rule)
    if not _paused(hours, start, due, pauses):
        return due
    return deadline(hours, start, hours.elapsed(start, due), pauses=pauses)


def _paused(hours: OpenTime, start: datetime, stop: datetime, pauses: Intervals) -> timedelta:
    if utc(stop) <= utc(start):
        return timedelta()
    within = intersect(pauses, (Interval(start, stop),))
    return sum((hours.elapsed(pause.start, pause.end) for pause in within), timedelta())
