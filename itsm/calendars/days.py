"""The dates of a calendar as a page prints them: by local day, in weeks and as an agenda."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from itsm.calculations.month_grid import local_days
from itsm.calendars.gathering import kind_words
from itsm.registry import CalendarItem

SHOWN = 3  # as many dates stand in a day of the month; the others are one link further
ICONS = {
    "maintenance": "settings",
    "change": "edit",
    "improvement": "up",
    "report": "reports",
    "agreement": "document",
    "holiday": "clock",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One date on one local day: ``times`` is "22:00–23:30", "22:00" or empty for a whole day."""

    item: CalendarItem
    icon: str
    kind: str
    times: str
    starts_at: datetime
    is_later_day: bool = False

    @property
    def state_words(self) -> str:
        """What is to be said about it: cancelled, draft, or nothing."""
        return {"cancelled": _("Cancelled"), "tentative": _("Draft")}.get(self.item.state, "")


@dataclass(frozen=True, slots=True)
class Day:
    """A day with its dates; ``is_outside`` when another month owns it."""

    date: date
    entries: tuple[Entry, ...]
    is_today: bool = False
    is_outside: bool = False

    @property
    def shown(self) -> tuple[Entry, ...]:
        """The dates that fit; one that would stand alone behind “more” fits too."""
        return self.entries if len(self.entries) == SHOWN + 1 else self.entries[:SHOWN]

    @property
    def more(self) -> int:
        """How many do not."""
        return len(self.entries) - len(self.shown)


def entry_of(item: CalendarItem, timezone: str) -> Entry:
    """Return the date in the zone's wall time."""
    icon = ICONS.get(item.kind, "calendar")
    begins = item.starts_at.astimezone(ZoneInfo(timezone))
    return Entry(item, icon, str(kind_words(item.kind)), times_of(item, timezone), begins)


def times_of(item: CalendarItem, timezone: str) -> str:
    """Return "22:00–23:30" in the zone, with the day of the end when that is another; empty for a whole day."""
    if item.day is not None:
        return ""
    zone = ZoneInfo(timezone)
    begins = item.starts_at.astimezone(zone)
    if item.ends_at is None:
        return f"{begins:%H:%M}"
    ends = item.ends_at.astimezone(zone)
    if len(local_days(item.starts_at, item.ends_at, timezone)) == 1:
        return (
            f"{begins:%H:%M}–{ends:%H:%M}"
            if ends.date() == begins.date()
            else f"{begins:%H:%M}–24:00"
        )
    return f"{begins:%H:%M}–{ends:%H:%M} ({ends.day}.{ends.month}.)"


def by_day(items: Iterable[CalendarItem], timezone: str) -> dict[date, list[Entry]]:
    """Return the dates of each local day that they touch; whole days come first."""
    found: dict[date, list[Entry]] = defaultdict(list)
    for item in items:
        entry = entry_of(item, timezone)
        days = [item.day] if item.day else local_days(item.starts_at, item.ends_at, timezone)
        for number, day in enumerate(days):
            found[day].append(replace(entry, is_later_day=number > 0))
    for entries in found.values():
        entries.sort(key=lambda one: (one.item.day is None and not one.is_later_day, one.starts_at))
    return found


def weeks(
    days: dict[date, list[Entry]], grid: Sequence[Sequence[date]], *, month: date, today: date
) -> list[list[Day]]:
    """Return the weeks of a month, each of seven days."""
    return [
        [Day(day, tuple(days.get(day, ())), day == today, day.month != month.month) for day in week]
        for week in grid
    ]


def agenda(days: dict[date, list[Entry]], first: date, last: date, *, today: date) -> list[Day]:
    """Return the days from ``first`` to ``last``, both included, that have a date."""
    count = (last - first).days + 1
    dates = [first + timedelta(days=number) for number in range(count)]
    return [Day(day, tuple(days[day]), day == today) for day in dates if days.get(day)]


def zone_words(timezone: str, at: datetime) -> Any:
    """Return "Europe/Madrid (CET, UTC+1)": the zone and its clock at ``at``."""
    local = at.astimezone(ZoneInfo(timezone))
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    name = local.tzname() or ""
    return f"{timezone} ({name}, {offset})" if name.isalpha() else f"{timezone} ({offset})"
