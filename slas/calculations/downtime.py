"""Which maintenance was agreed, which was not, and what each outage cost.

Agreed downtime is planned time that was announced in time and approved before it began, within the
monthly allowance in the order of time. All other work on the service is lost time: what was announced
late, what ran over, what exceeded the allowance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from itsm.calculations.intervals import Interval, Intervals, intersect, subtract, total, union
from itsm.calculations.wall_time import MICROSECOND
from slas.calculations.attainment import WeightedInterval, within_allowance


@dataclass(frozen=True, slots=True)
class Work:
    """A maintenance window: when it was planned, what was really worked, and how it was agreed.

    ``worked`` is None when nobody worked (planned only, or called off).
    """

    key: str
    planned: Interval
    worked: Interval | None
    announced_at: datetime | None
    approved_at: datetime | None

    def standing(self, notice: timedelta) -> str:
        """Return agreed, late_notice or not_approved."""
        if self.announced_at is None or self.announced_at + notice > self.planned.start:
            return "late_notice"
        if self.approved_at is None or self.approved_at > self.planned.start:
            return "not_approved"
        return "agreed"


@dataclass(frozen=True, slots=True)
class WorkJudgment:
    """What one window excludes from the agreed time and what it costs."""

    work: Work
    standing: str
    excluded: Intervals
    lost: Intervals


@dataclass(frozen=True, slots=True)
class Cost:
    """Lost time of one outage that no earlier or heavier one took already, in microseconds."""

    key: str
    lost: Fraction


def judge_works(
    works: Iterable[Work],
    *,
    service_time: Intervals,
    notice: timedelta,
    allowance: timedelta | None,
    months: Sequence[Interval],
) -> list[WorkJudgment]:
    """Return each window with the time it excludes and the time it loses, in the order of time.

    ``allowance``: agreed downtime in each of ``months``; None is no limit.
    """
    ordered = sorted(works, key=lambda work: (work.planned.start, work.planned.end, work.key))
    agreed = [work.planned for work in ordered if work.standing(notice) == "agreed"]
    covered = _covered(intersect(agreed, service_time), allowance, months)
    judged = []
    for work in ordered:
        standing = work.standing(notice)
        excluded = intersect((work.planned,), covered) if standing == "agreed" else ()
        worked = () if work.worked is None else (work.worked,)
        lost = intersect(subtract(worked, covered), service_time)
        if standing == "agreed" and subtract(intersect((work.planned,), service_time), covered):
            standing = "over_allowance"
        judged.append(WorkJudgment(work, standing, excluded, lost))
    return judged


def _covered(
    windows: Intervals, allowance: timedelta | None, months: Sequence[Interval]
) -> Intervals:
    if allowance is None:
        return windows
    return union(*(within_allowance(intersect(windows, (month,)), allowance) for month in months))


def costs(outages: Iterable[tuple[str, WeightedInterval]], agreed_time: Intervals) -> list[Cost]:
    """Return what each outage cost, heaviest first and then by start; the sum is the downtime."""
    ordered = sorted(outages, key=lambda pair: (-pair[1].weight, pair[1].start, pair[0]))
    taken: Intervals = ()
    found = []
    for key, outage in ordered:
        mine = intersect(subtract((outage.interval,), taken), agreed_time)
        found.append(Cost(key, outage.weight * (total(mine) // MICROSECOND)))
        taken = union(taken, mine)
    return found
