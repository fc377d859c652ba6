"""Instants on a customer's wall clock: where in the column of a local day a span falls."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Moment = datetime


@dataclass(frozen=True)
class Piece:
    """Part of a local day: wall-clock minutes `start`–`end` and the side of the column.

    `side` is "" for the whole width, "left" for the first and "right" for the second pass of an
    hour that the clock change repeats.
    """

    start: int
    end: int
    side: str = ""


@dataclass(frozen=True)
class LocalDay:
    """A calendar day in a zone: first instant, instant of the next day, clock change within it."""

    day: date
    begins: Moment
    ends: Moment
    change: Moment | None
    shift: int

    @property
    def hours(self) -> str:
        """Length in hours when it is not 24, such as "25 h" or "23.5 h"; otherwise empty."""
        minutes = int((self.ends - self.begins).total_seconds()) // 60
        if minutes == 1440:
            return ""
        whole, rest = divmod(minutes, 60)
        return f"{whole}{f'.{rest * 10 // 60}' if rest else ''} h"


@lru_cache(maxsize=4096)
def local_day(day: date, zone: str) -> LocalDay:
    """The day as instants; a clock change is found to the minute by bisection."""
    place = ZoneInfo(zone)
    begins = datetime.combine(day, time(), place).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(), place).astimezone(UTC)
    before = _offset(begins, place)
    shift = _offset(ends - timedelta(minutes=1), place) - before
    if not shift:
        return LocalDay(day, begins, ends, None, 0)
    low, high = begins, ends
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=int((high - low).total_seconds()) // 120)
        low, high = (middle, high) if _offset(middle, place) == before else (low, middle)
    return LocalDay(day, begins, ends, high, shift)


def _offset(at: Moment, place: ZoneInfo) -> int:
    offset = at.astimezone(place).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60


def days_between(first: str, last: str) -> list[date]:
    """All days from `first` to `last`, both included, given as ISO dates."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def instant(text: str) -> Moment:
    """Read an ISO instant with offset; one without an offset raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset: write the instant in UTC, ending in +00:00 or Z.")
    return moment.astimezone(UTC)


def pieces(start: Moment, end: Moment, day: LocalDay) -> Iterator[Piece]:
    """The parts of [start, end) that fall into `day`, in wall-clock minutes."""
    start, end = max(start, day.begins), min(end, day.ends)
    if start >= end:
        return
    if day.change is None:
        begin = _minutes(start - day.begins) + _first_minute(day)
        yield Piece(begin, begin + _minutes(end - start))
        return
    yield from _before_change(start, min(end, day.change), day)
    yield from _after_change(max(start, day.change), end, day)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _first_minute(day: LocalDay) -> int:
    """A day whose midnight the clock change swallows begins at, say, 01:00."""
    return 1440 - _minutes(day.ends - day.begins) if day.change is None else 0


def _before_change(start: Moment, end: Moment, day: LocalDay) -> Iterator[Piece]:
    if start >= end or day.change is None:
        return
    first, last = _minutes(start - day.begins), _minutes(end - day.begins)
    repeated = _minutes(day.change - day.begins) + min(day.shift, 0)
    if first < repeated:
        yield Piece(first, min(last, repeated))
    if last > repeated and day.shift < 0:
        yield Piece(max(first, repeated), last, "left")
    elif last > repeated:
        yield Piece(max(first, repeated), last)


def _after_change(start: Moment, end: Moment, day: LocalDay) -> Iterator[Piece]:
    if start >= end or day.change is None:
        return
    first = _minutes(start - day.begins) + day.shift
    last = _minutes(end - day.begins) + day.shift
    twice_until = _minutes(day.change - day.begins)
    if day.shift < 0 and first < twice_until:
        yield Piece(first, min(last, twice_until), "right")
        first = twice_until
    if first < last:
        yield Piece(first, last)


def free(taken: list[Piece], day: LocalDay) -> list[Piece]:
    """The wall-clock minutes of `day` that none of `taken` covers; a half column counts too.

    An hour that the clock change skips is neither taken nor free.
    """
    skipped = []
    if day.change is not None and day.shift > 0:
        begin = _minutes(day.change - day.begins)
        skipped = [Piece(begin, begin + day.shift)]
    edge, rest = _first_minute(day) if day.shift == 0 else 0, []
    for piece in sorted([*taken, *skipped], key=lambda part: (part.start, part.end)):
        if piece.start > edge:
            rest.append(Piece(edge, piece.start))
        edge = max(edge, piece.end)
    if edge < 1440:
        rest.append(Piece(edge, 1440))
    return rest
