"""Sets of time: half-open intervals of UTC and their union, intersection and difference.

Every function takes any iterable of intervals in any order, overlapping or not, and returns the one
canonical form: sorted, disjoint, not touching, none empty. Sorting dominates: n log n.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeAlias

from itsm.calculations.wall_time import utc


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants from ``start`` up to but not including ``end``, kept in UTC.

    Raises ValueError when an end has no time zone or ``start`` lies after ``end``. An interval
    whose ends are equal is empty: allowed, and dropped by every function here.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        start, end = utc(self.start), utc(self.end)
        if start > end:
            raise ValueError(
                f"The interval starts at {start.isoformat()}, after its end at {end.isoformat()}."
            )
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)

    @property
    def duration(self) -> timedelta:
        """The time between the two ends, never negative."""
        return self.end - self.start

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.start <= utc(at) < self.end

    def touches(self, other: "Interval") -> bool:
        """Say whether the two share at least one instant."""
        return max(self.start, other.start) < min(self.end, other.end)


Intervals: TypeAlias = tuple[Interval, ...]


def union(*groups: Iterable[Interval]) -> Intervals:
    """Return the instants that lie in any interval of any group; touching pieces become one."""
    merged: list[Interval] = []
    start: datetime | None = None
    end: datetime | None = None
    for piece in sorted(chain(*groups), key=_start):
        if piece.start == piece.end:
            continue
        if start is None or end is None or piece.start > end:
            if start is not None and end is not None:
                merged.append(Interval(start, end))
            start, end = piece.start, piece.end
        elif piece.end > end:
            end = piece.end
    if start is not None and end is not None:
        merged.append(Interval(start, end))
    return tuple(merged)


def intersect(a: Iterable[Interval], b: Iterable[Interval]) -> Intervals:
    """Return the instants that lie in both groups."""
    left, right = union(a), union(b)
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].start, right[j].start)
        end = min(left[i].end, right[j].end)
        if start < end:
            common.append(Interval(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return tuple(common)


def subtract(a: Iterable[Interval], b: Iterable[Interval]) -> Intervals:
    """Return the instants that lie in ``a`` but not in ``b``."""
    holes = union(b)
    left: list[Interval] = []
    first = 0
    for piece in union(a):
        start = piece.start
        while first < len(holes) and holes[first].end <= start:
            first += 1
        hole = first
        while hole < len(holes) and holes[hole].start < piece.end:
            if start < holes[hole].start:
                left.append(Interval(start, holes[hole].start))
            start = holes[hole].end
            hole += 1
        if start < piece.end:
            left.append(Interval(start, piece.end))
    return tuple(left)


def total(intervals: Iterable[Interval]) -> timedelta:
    """Return the time the intervals cover together; an instant in several of them counts once."""
    return sum((piece.duration for piece in union(intervals)), timedelta())


def _start(piece: Interval) -> datetime:
    return piece.start
