"""One UTC year of service time as sorted arrays, so that every question is a bisection.

All numbers are microseconds since 1970-01-01T00:00Z.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from itsm.calculations.wall_time import DAY_US, EPOCH_ORDINAL, MINUTE_US, Piece, offsets

DayWindows = Callable[[date], tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class YearTable:
    """The open pieces of one UTC year, disjoint; ``before[i]`` is the open time before piece i."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "YearTable":
        """Return the table of sorted, disjoint ``pieces``; touching ones are joined."""
        starts: list[int] = []
        ends: list[int] = []
        for start, end in pieces:
            if ends and ends[-1] == start:
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
        before, total = [], 0
        for start, end in zip(starts, ends, strict=True):
            before.append(total)
            total += end - start
        return cls(tuple(starts), tuple(ends), tuple(before), total)

    def at_or_before(self, at: int) -> int:
        """Return the index of the last piece that starts at or before ``at``; -1 without one."""
        return bisect_right(self.starts, at) - 1

    def up_to(self, at: int) -> int:
        """Return the open time of this year that lies before ``at``."""
        index = self.at_or_before(at)
        if index < 0:
            return 0
        return self.before[index] + min(at, self.ends[index]) - self.starts[index]

    def earliest_with(self, amount: int) -> int:
        """Return the earliest instant with ``amount`` before it; 0 < amount <= total."""
        index = bisect_left(self.before, amount) - 1
        return self.starts[index] + amount - self.before[index]

    def latest_with(self, amount: int) -> int:
        """Return the latest instant with ``amount`` before it; 0 <= amount < total."""
        index = bisect_right(self.before, amount) - 1
        return self.starts[index] + amount - self.before[index]

    def within(self, start: int, end: int) -> list[Piece]:
        """Return the open pieces between ``start`` and ``end``, cut at both."""
        pieces = []
        for index in range(max(self.at_or_before(start), 0), len(self.starts)):
            if self.starts[index] >= end:
                break
            left, right = max(self.starts[index], start), min(self.ends[index], end)
            if left < right:
                pieces.append((left, right))
        return pieces


def expand(zone: str, year: int, windows: DayWindows) -> YearTable:
    """Return the instants of UTC ``year`` at which the clock of ``zone`` reads within a window.

    ``windows`` gives, for a local date, its sorted, disjoint open minutes of the day, 0 to 1440.
    The year is cut where the zone's offset changes, and each stretch is mapped with its own offset.
    """
    return YearTable.of(
        piece
        for since, until, offset in offsets(zone, year)
        for piece in _stretch(since, until, offset, windows)
    )


def _stretch(since: int, until: int, offset: int, windows: DayWindows) -> Iterable[Piece]:
    first, last = (since + offset) // DAY_US, (until + offset - 1) // DAY_US
    for number in range(first, last + 1):
        midnight = number * DAY_US - offset
        for opens, closes in windows(date.fromordinal(EPOCH_ORDINAL + number)):
            start = max(since, midnight + opens * MINUTE_US)
            end = min(until, midnight + closes * MINUTE_US)
            if start < end:
                yield start, end
