"""Short ways to write wall times and calendars in the tests of service time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from itsm.calculations.intervals import Interval
from itsm.calculations.service_hours import ServiceHours

WORKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def wall(text: str, zone: str = "Europe/Madrid") -> datetime:
    """Return "2026-03-27 16:30" on the wall clock of ``zone``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def zulu(text: str) -> datetime:
    """Return "2026-03-27 16:30" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str, zone: str = "Europe/Madrid") -> Interval:
    """Return the interval between two wall times of ``zone``."""
    return Interval(wall(start, zone), wall(end, zone))


def office(opens: str = "09:00", closes: str = "17:00", **more) -> ServiceHours:
    """Return Monday to Friday hours in Madrid."""
    week = {day: [[opens, closes]] for day in WORKDAYS}
    return ServiceHours.from_dict({"timezone": "Europe/Madrid", "week": week, **more})


def around_the_clock(zone: str = "Europe/Madrid") -> ServiceHours:
    """Return 24×7 hours."""
    return ServiceHours.always(zone)
