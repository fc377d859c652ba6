"""How much of the allowed downtime of a period is gone, and when the rest will be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from itsm.calculations.open_time import OpenTime
from itsm.calculations.wall_time import MICROSECOND


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The state of a budget of downtime.

    ``allowed``, ``used``, ``left``: service time; ``left`` is negative once overspent.
    ``used_share``: used / allowed; None when nothing is allowed. ``burn``: speed of spending against
    even spending (1 lasts exactly to the end of the period); None before any service time has
    passed or when nothing is allowed. ``lasts``: service time from now until the budget is gone at
    the speed so far; zero when it is gone, None while nothing has been lost.
    """

    allowed: timedelta
    used: timedelta
    left: timedelta
    used_share: Fraction | None
    burn: Fraction | None
    lasts: timedelta | None


def error_budget(
    *, target: Fraction, agreed: timedelta, agreed_so_far: timedelta, downtime: timedelta
) -> ErrorBudget:
    """Return the budget of a period with ``agreed`` service time at an availability ``target``.

    ``target``: 0 to 1. ``agreed``: service time of the whole period; ``agreed_so_far`` of the part
    that has passed; ``downtime`` lost in it. Durations are rounded down to microseconds, the ratios
    are exact. Raises ValueError for a target outside 0 to 1 and for durations that contradict.
    """
    if not 0 <= target <= 1:
        raise ValueError(f"The target {target} lies outside 0 to 1.")
    if not timedelta() <= downtime <= agreed_so_far <= agreed:
        raise ValueError("Downtime, service time so far and agreed service time contradict.")
    lost, passed = downtime // MICROSECOND, agreed_so_far // MICROSECOND
    allowed = Fraction(agreed // MICROSECOND) * (1 - Fraction(target))
    even = passed * (1 - Fraction(target))
    return ErrorBudget(
        allowed=_whole(allowed),
        used=downtime,
        left=_whole(allowed - lost),
        used_share=lost / allowed if allowed else None,
        burn=lost / even if even else None,
        lasts=_whole(max(allowed - lost, Fraction()) * passed / lost) if lost else None,
    )


def exhausted_at(budget: ErrorBudget, *, hours: OpenTime, at: datetime) -> datetime | None:
    """Return when the budget is gone if losses go on as until ``at``; None while there are none."""
    return None if budget.lasts is None else hours.deadline(at, budget.lasts)


def _whole(microseconds: Fraction) -> timedelta:
    return timedelta(microseconds=microseconds.__floor__())
