"""Turn the dates and times of files into UTC instants, whatever order their parts stand in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from django.utils.translation import gettext as _

from itsm.calculations.wall_time import instant, zone
from itsm.imports.problems import BadValue

ISO, DAY_FIRST, MONTH_FIRST = "iso", "day_first", "month_first"
ORDERS = (DAY_FIRST, MONTH_FIRST, ISO)
EXAMPLES = {
    ISO: "2016-02-29 13:45",
    DAY_FIRST: "29/02/2016 13:45",
    MONTH_FIRST: "02/29/2016 13:45",
}
FIRST_YEAR, LAST_YEAR = 1970, 2199  # what lies outside is a slip of the pen or stands for "never"
_SHAPE = re.compile(
    r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})"
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?\s?[Mm]\.?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)


@lru_cache(maxsize=65_536)
def is_date(text: str, order: str) -> bool:
    """Return whether ``text`` is a date (with or without time) in this order of its parts."""
    try:
        _parts(text.strip(), order)
    except BadValue:
        return False
    return True


def reader(order: str, zone_name: str) -> Callable[[str], datetime]:
    """Return a function text → UTC instant; equal texts are read once.

    A text without zone is wall time of ``zone_name``: one that the clock jumps over moves forward by the
    jump, of two the first is taken. The function raises BadValue with an example of what is accepted.
    """
    zone(zone_name)

    @lru_cache(maxsize=131_072)
    def read(text: str) -> datetime:
        wall, offset = _parts(text, order)
        if not FIRST_YEAR <= wall.year <= LAST_YEAR:
            raise _far(text)
        if offset is not None:
            return wall.replace(tzinfo=offset).astimezone(UTC)
        return instant(wall, zone_name)

    return read


def shifted(text: str, order: str, zone_name: str) -> str:
    """Return "gap" or "fold" when the clock jumped over this wall time or showed it twice, else ""."""
    wall, offset = _parts(text, order)
    if offset is not None:
        return ""
    place = zone(zone_name)
    first, second = wall.replace(tzinfo=place, fold=0), wall.replace(tzinfo=place, fold=1)
    if first.utcoffset() == second.utcoffset():
        return ""
    back = first.astimezone(UTC).astimezone(place).replace(tzinfo=None)
    return "fold" if back == wall else "gap"


def _parts(text: str, order: str) -> tuple[datetime, timezone | None]:
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise _bad(text, order)
    first, second, third = found[1], found[2], found[3]
    if len(first) == 4:
        year, month, day = first, second, third
    elif len(third) != 4:
        raise _bad(text, order)
    elif order == MONTH_FIRST:
        month, day, year = first, second, third
    elif order == DAY_FIRST:
        day, month, year = first, second, third
    else:
        raise _bad(text, order)
    try:
        wall = datetime(int(year), int(month), int(day), *_clock(found))  # noqa: DTZ001
        return wall, _offset(found[9])
    except ValueError as error:
        raise _bad(text, order) from error


def _clock(found: re.Match[str]) -> tuple[int, int, int, int]:
    hour, half = int(found[4] or 0), (found[8] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    fraction = int((found[7] or "0").ljust(6, "0")[:6])
    return hour, int(found[5] or 0), int(found[6] or 0), fraction


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if text[0] == "-" else ahead)


def _far(text: str) -> BadValue:
    words = _(
        "“%(text)s” lies outside the years %(first)s to %(last)s. Leave it empty for “never”."
    )
    facts = {"text": text[:60], "first": FIRST_YEAR, "last": LAST_YEAR}
    return BadValue("date_far", words % facts)


def _bad(text: str, order: str) -> BadValue:
    example = EXAMPLES.get(order, EXAMPLES[ISO])
    return BadValue(
        "date",
        _("“%(text)s” is not a date and time. Write it like %(example)s.")
        % {"text": text[:60], "example": example},
        (example,),
    )
