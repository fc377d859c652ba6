"""A time zone as a VTIMEZONE (RFC 5545, 3.6.5): every change of the clock of some years, one by one."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from itsm.calculations.wall_time import from_microseconds, offsets

Change = tuple[datetime, timedelta, timedelta]


@lru_cache(maxsize=256)
def zone_part(name: str, first: int, last: int) -> Timezone:
    """Return the VTIMEZONE of the years ``first`` to ``last``, the last one excluded.

    A change begins at the wall time that the clock showed before it, as the standard wants.
    """
    made = Timezone()
    made.add("tzid", name)
    for at, before, after in _changes(name, first, last):
        local = at.astimezone(ZoneInfo(name))
        part = TimezoneDaylight() if local.dst() else TimezoneStandard()
        part.add("dtstart", (at + before).replace(tzinfo=None))
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", local.tzname() or name)
        made.add_component(part)
    return made


def _changes(name: str, first: int, last: int) -> list[Change]:
    """Return (instant, offset before, offset after); the first year's beginning stands as one of them."""
    found: list[Change] = []
    for year in range(first, last):
        for since, _until, microseconds in offsets(name, year):
            offset = timedelta(microseconds=microseconds)
            if not found:
                found.append((datetime(year, 1, 1, tzinfo=UTC), offset, offset))
            elif offset != found[-1][2]:
                found.append((from_microseconds(since), found[-1][2], offset))
    return found
