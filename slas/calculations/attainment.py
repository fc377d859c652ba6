"""How much of the agreed service time was kept, exactly, and how long each state lasted.

Source of the formulas: agreed service time = service time − agreed downtime − excluded unknown time;
downtime is the part of the outages that lies in it. Overlapping outages cost each instant once.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias

from itsm.calculations.intervals import Interval, Intervals, intersect, subtract, total, union
from itsm.calculations.periods import Period
from itsm.calculations.wall_time import MICROSECOND, utc

UnknownRule = Literal["exclude", "up", "down"]
UNKNOWN_RULES = ("exclude", "up", "down")


@dataclass(frozen=True, slots=True)
class WeightedInterval:
    """A failure from ``start`` until before ``end`` that takes away ``weight`` of the service.

    ``weight``: 0 (nothing lost) to 1 (outage). Raises ValueError outside that range, and for ends
    that `Interval` refuses.
    """

    start: datetime
    end: datetime
    weight: Fraction

    def __post_init__(self) -> None:
        interval = Interval(self.start, self.end)
        weight = Fraction(self.weight)
        if not 0 <= weight <= 1:
            raise ValueError(f"The weight {self.weight} of a failure lies outside 0 to 1.")
        object.__setattr__(self, "start", interval.start)
        object.__setattr__(self, "end", interval.end)
        object.__setattr__(self, "weight", weight)

    @property
    def interval(self) -> Interval:
        """The failure's time without its weight."""
        return Interval(self.start, self.end)


Outage: TypeAlias = Interval | WeightedInterval
StateRecord: TypeAlias = tuple[datetime, str] | tuple[str, Interval] | tuple[Interval, str]


@dataclass(frozen=True, slots=True)
class Availability:
    """What was promised and what was lost.

    ``ratio``: kept share of ``agreed``, 0 to 1, exact; None when nothing was agreed, which is
    neither 0 nor 1. ``downtime``: weighted time lost, to the microsecond. ``unknown``: time without
    data, whatever rule counted it. ``outages``: merged outages that cost agreed time.
    ``completeness``: share of the time to be measured for which there are data.
    """

    ratio: Fraction | None
    agreed: timedelta
    downtime: timedelta
    unknown: timedelta
    outages: int
    completeness: Fraction | None = field(default=None, compare=False)


def availability(
    *,
    service_time: Iterable[Interval],
    outages: Iterable[Outage],
    agreed_downtime: Iterable[Interval] = (),
    unknown: Iterable[Interval] = (),
    unknown_rule: UnknownRule = "exclude",
) -> Availability:
    """Return how much of the agreed service time was kept.

    All intervals may overlap each other and run past the service time. Of several failures the
    greatest weight counts at each instant; a failure of weight 0 counts as none. Time without data
    that an outage covers is outage; the rest is left out of the agreed time ("exclude"), counted as
    kept ("up") or as lost ("down"). Raises ValueError for any other ``unknown_rule``.
    """
    if unknown_rule not in UNKNOWN_RULES:
        raise ValueError(
            f"There is no rule {unknown_rule!r} for time without data. "
            f"Use {', '.join(UNKNOWN_RULES)}."
        )
    layers = _layers(outages)
    failed = union(*layers.values())
    measured = subtract(service_time, agreed_downtime)
    dark = intersect(subtract(unknown, failed), measured)
    agreed = subtract(measured, dark) if unknown_rule == "exclude" else measured
    lost = _weighted(layers, agreed)
    if unknown_rule == "down":
        lost += _microseconds(dark)
    base, whole = _microseconds(agreed), _microseconds(measured)
    return Availability(
        ratio=1 - lost / base if base else None,
        agreed=total(agreed),
        downtime=timedelta(microseconds=int(lost + Fraction(1, 2))),
        unknown=total(dark),
        outages=_touched(failed, agreed),
        completeness=Fraction(whole - _microseconds(dark), whole) if whole else None,
    )


def within_allowance(windows: Iterable[Interval], allowance: timedelta) -> Intervals:
    """Return the part of agreed downtime that an allowance covers, in the order of time.

    ``allowance``: zero or more; the window that exhausts it is cut. Hand in windows already cut to
    the service time. Raises ValueError for a negative allowance.
    """
    if allowance < timedelta():
        raise ValueError(f"An allowance of {allowance} is negative.")
    covered: list[Interval] = []
    for window in union(windows):
        part = Interval(window.start, min(window.end, window.start + allowance))
        covered.append(part)
        allowance -= part.duration
    return union(covered)


def lasting_at_least(outages: Iterable[Interval], shortest: timedelta) -> Intervals:
    """Return the merged outages that last ``shortest`` or longer; the agreement ignores others."""
    return tuple(outage for outage in union(outages) if outage.duration >= shortest)


def time_in_states(
    states: Iterable[StateRecord], *, period: Interval | Period | Iterable[Interval]
) -> dict[str, timedelta]:
    """Return how long each state lasted within ``period``.

    ``states``: either changes (instant, state), each lasting until the next change and the last one
    to the end of the period, or spans (state, Interval), of which the later in the list counts
    where two overlap. ``period``: a calendar period, one interval or several. Time before the first change or outside
    all spans is in no state; a state that never held within the period is given with zero.
    """
    if isinstance(period, Period):
        period = period.interval
    within = union((period,)) if isinstance(period, Interval) else union(period)
    held: dict[str, timedelta] = {}
    taken: Intervals = ()
    for state, span in reversed(_spans(list(states), within)):
        held[state] = held.get(state, timedelta()) + total(
            subtract(intersect((span,), within), taken)
        )
        taken = union(taken, (span,))
    return dict(reversed(held.items()))


def _layers(outages: Iterable[Outage]) -> dict[Fraction, list[Interval]]:
    """Return the failures by weight, heaviest first; those of weight 0 are left out."""
    layers: dict[Fraction, list[Interval]] = defaultdict(list)
    for outage in outages:
        if isinstance(outage, Interval):
            layers[Fraction(1)].append(outage)
        elif outage.weight:
            layers[outage.weight].append(outage.interval)
    return {weight: layers[weight] for weight in sorted(layers, reverse=True)}


def _weighted(layers: dict[Fraction, list[Interval]], agreed: Intervals) -> Fraction:
    lost = Fraction()
    heavier: Intervals = ()
    for weight, layer in layers.items():
        lost += weight * _microseconds(intersect(subtract(layer, heavier), agreed))
        heavier = union(heavier, layer)
    return lost


def _touched(outages: Intervals, agreed: Intervals) -> int:
    """Return how many of the disjoint ``outages`` lie at least partly in ``agreed``."""
    starts = [outage.start for outage in outages]
    return len({bisect_right(starts, part.start) for part in intersect(outages, agreed)})


def _microseconds(intervals: Intervals) -> int:
    return total(intervals) // MICROSECOND


def _spans(states: list[StateRecord], within: Intervals) -> list[tuple[str, Interval]]:
    changes: list[tuple[datetime, str]] = []
    spans: list[tuple[str, Interval]] = []
    for first, second in states:
        if isinstance(first, datetime) and isinstance(second, str):
            changes.append((utc(first), second))
        elif isinstance(first, str) and isinstance(second, Interval):
            spans.append((first, second))
        elif isinstance(first, Interval) and isinstance(second, str):
            spans.append((second, first))
        else:
            raise ValueError(f"{(first, second)!r} is neither a change nor a span of a state.")
    return spans + _until_next(changes, within)


def _until_next(
    changes: list[tuple[datetime, str]], within: Intervals
) -> list[tuple[str, Interval]]:
    if not changes or not within:
        return [(state, Interval(at, at)) for at, state in changes]
    changes.sort(key=lambda change: change[0])
    last_at, last_state = changes[-1]
    spans = [(state, Interval(at, until)) for (at, state), (until, _next) in pairwise(changes)]
    return [*spans, (last_state, Interval(last_at, max(last_at, within[-1].end)))]
