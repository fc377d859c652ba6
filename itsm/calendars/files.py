"""Dates as an iCalendar file (RFC 5545 and 7986), the same bytes for the same dates.

Times are local with a VTIMEZONE, so that people see their own clock; an hour that the clock shows twice is
written in UTC where it is the second one, because a local time would mean the first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from itsm.calendars.gathering import kind_words
from itsm.calendars.zones import zone_part
from itsm.registry import CalendarItem

PRODUCT = "-//Plimsoll//Calendar//EN"
CONTENT_TYPE = "text/calendar; charset=utf-8"
ASK_AGAIN = timedelta(hours=1)
COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)  # SEQUENCE is whole seconds since then
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # RFC 5545 allows none of them in a text
_FREE = frozenset({"holiday", "report", "agreement"})  # kinds during which nobody is busy


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file needs beside its dates: its name, the zone of its times and the address of the site."""

    name: str
    timezone: str
    site: str


def calendar_file(items: Sequence[CalendarItem], facts: FileFacts) -> bytes:
    """Return the file: METHOD:PUBLISH, lines folded at 75 octets and ended by CR LF."""
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", PRODUCT)
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        made.add(name, vText(clean(facts.name)))
    made.add("x-wr-timezone", facts.timezone)
    made.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    timed = [item.starts_at for item in items if item.day is None]
    if timed and facts.timezone != "UTC":
        first, last = min(timed).year - 1, max(timed).year + 2
        made.add_component(zone_part(facts.timezone, first, last))
    for item in items:
        made.add_component(_event(item, facts))
    return bytes(made.to_ical())


def _event(item: CalendarItem, facts: FileFacts) -> Event:
    changed = (item.changed_at or COUNTED_FROM).astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", f"{item.uid}@{urlsplit(facts.site).hostname or 'plimsoll'}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", sequence_of(item))
    if item.day is not None:
        event.add("dtstart", item.day)
        event.add("dtend", item.day + timedelta(days=1))
    else:
        event.add("dtstart", wall(item.starts_at, facts.timezone))
        if item.ends_at is not None:
            event.add("dtend", wall(item.ends_at, facts.timezone))
    event.add("summary", clean(item.title))
    if item.detail:
        event.add("description", clean(item.detail))
    event.add("url", f"{facts.site}{item.url}")
    event.add("categories", [str(kind_words(item.kind))])
    event.add("status", item.state.upper())
    is_free = item.kind in _FREE or item.state == "cancelled"
    event.add("transp", "TRANSPARENT" if is_free else "OPAQUE")
    return event


def sequence_of(item: CalendarItem) -> int:
    """Return the revision: whole seconds from 2020 to the last change, so a later change has a larger number."""
    changed = item.changed_at or COUNTED_FROM
    return max(0, (changed - COUNTED_FROM) // timedelta(seconds=1))


def wall(at: datetime, timezone: str) -> datetime:
    """Return the local time of an instant, or UTC where the local time would mean another one."""
    local = at.astimezone(ZoneInfo(timezone))
    return at.astimezone(UTC) if local.fold else local


def clean(text: str) -> str:
    """Return a text without control characters, its lines ended by LF."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n"))
