"""The one place where a zone's wall clock and UTC are turned into each other.

Instants are whole microseconds since 1970-01-01T00:00Z. A stretch of wall time stands for *the set
of instants whose local clock reads within it*: it is empty when the clock jumps over it and comes
in two pieces when the clock is set back. No other reading counts every instant once.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
FIRST_YEAR, LAST_YEAR = 1800, 9990
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

Piece = tuple[int, int]


def utc(at: datetime) -> datetime:
    """Return ``at`` in UTC. Raises ValueError when it carries no time zone."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone. Give an aware datetime.")
    return at.astimezone(UTC)


def to_microseconds(at: datetime) -> int:
    """Return the microseconds from 1970-01-01T00:00Z to ``at``; negative before it."""
    return (utc(at) - EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the UTC datetime that lies ``microseconds`` after 1970-01-01T00:00Z."""
    return EPOCH + timedelta(microseconds=microseconds)


def year_start(year: int) -> int:
    """Return the microseconds of 1 January, 00:00 UTC. Raises ValueError outside 1800 to 9990."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"The year {year} lies outside {FIRST_YEAR} to {LAST_YEAR}.")
    return (date(year, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY_US


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone ``name``. Raises ValueError when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"There is no time zone {name!r}. Use an IANA name such as Europe/Madrid."
        ) from error


def _offset(name: str, microseconds: int) -> int:
    """Return how far the local clock is ahead of UTC at an instant, in microseconds."""
    offset = from_microseconds(microseconds).astimezone(zone(name)).utcoffset()
    return (offset or timedelta()) // MICROSECOND


def _transition(name: str, before: int, after: int) -> int:
    """Return the first whole second in (before, after] at which the offset of ``after`` holds."""
    new = _offset(name, after)
    low, high = before // SECOND_US, after // SECOND_US
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(name, middle * SECOND_US) == new:
            high = middle
        else:
            low = middle
    return high * SECOND_US


@lru_cache(maxsize=4096)
def offsets(name: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """Return the stretches of a UTC year with one offset each: (start, end, offset), microseconds.

    Looks once a day: no zone in the IANA database changes its offset twice within a week.
    """
    start, end = year_start(year), year_start(year + 1)
    stretches, since, offset = [], start, _offset(name, start)
    for noon in range(start + DAY_US, end + DAY_US, DAY_US):
        now = _offset(name, noon)
        if now != offset:
            change = min(_transition(name, noon - DAY_US, noon), end)
            stretches.append((since, change, offset))
            since, offset = change, now
    if since < end:
        stretches.append((since, end, offset))
    return tuple(stretches)


def day_pieces(name: str, day: date) -> tuple[Piece, ...]:
    """Return the pieces of UTC during which the local calendar of zone ``name`` shows ``day``.

    Most days have one piece of 24 hours; a day that a zone skipped altogether has none.
    """
    wall_start = (day.toordinal() - EPOCH_ORDINAL) * DAY_US
    wall_end = wall_start + DAY_US
    pieces: list[Piece] = []
    near = day - timedelta(days=2), day + timedelta(days=2)
    for year in sorted({near[0].year, near[1].year}):
        for since, until, offset in offsets(name, year):
            start, end = max(since, wall_start - offset), min(until, wall_end - offset)
            if start < end and pieces and pieces[-1][1] == start:
                pieces[-1] = (pieces[-1][0], end)
            elif start < end:
                pieces.append((start, end))
    return tuple(pieces)


def instant(wall: datetime, name: str) -> datetime:
    """Return the UTC instant at which the clock of zone ``name`` reads the naive ``wall``.

    A wall time that the clock jumps over moves forward by the jump; of two, the first is taken.
    """
    return wall.replace(tzinfo=zone(name), fold=0).astimezone(UTC)


def midnight(day: date, name: str) -> datetime:
    """Return the UTC instant at which ``day`` begins in zone ``name``."""
    return instant(datetime(day.year, day.month, day.day), name)  # noqa: DTZ001
