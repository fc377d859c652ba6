"""Read the written form of service hours and say exactly what is wrong with it, and where."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

Windows = tuple[tuple[int, int], ...]
MonthDay = tuple[int, int]
AnnualRange = tuple[MonthDay, MonthDay]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KEYS = ("timezone", "week", "annual_holidays", "closed", "open")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LEAP_YEAR = 2000


class ServiceHoursError(ValueError):
    """The written form of service hours cannot be read; the text names the place."""


def refuse_unknown(where: str, given: Iterable[object], allowed: Sequence[str]) -> None:
    """Raise ServiceHoursError when ``given`` holds a word that ``allowed`` does not."""
    unknown = [word for word in given if word not in allowed]
    if unknown:
        raise ServiceHoursError(f"{where}: unknown {unknown[0]!r}. Use {', '.join(allowed)}.")


def read_windows(where: str, value: object) -> Windows:
    """Return [["08:00", "12:00"], …] as sorted (open, close) minutes of the day, close <= 1440.

    Touching windows are joined. Raises ServiceHoursError for overlapping, empty or reversed ones.
    """
    windows = sorted(_window(f"{where}[{at}]", pair) for at, pair in enumerate(_list(where, value)))
    joined: list[tuple[int, int]] = []
    for opens, closes in windows:
        if joined and opens < joined[-1][1]:
            raise ServiceHoursError(
                f"{where}: the windows {clock_pair(joined[-1])} and {clock_pair((opens, closes))} "
                "overlap. Join them or move one."
            )
        if joined and opens == joined[-1][1]:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return tuple(joined)


def read_week(value: object) -> tuple[Windows, ...]:
    """Return seven days of windows, Monday first; days that are not named are closed."""
    week = _mapping("week", value)
    refuse_unknown("week", week, WEEKDAYS)
    return tuple(read_windows(f"week.{day}", week.get(day, ())) for day in WEEKDAYS)


def read_annual(value: object) -> tuple[AnnualRange, ...]:
    """Return "12-25" and "12-24/01-02" as ((month, day), (month, day)), both ends included."""
    ranges = []
    for at, text in enumerate(_list("annual_holidays", value)):
        where = f"annual_holidays[{at}]"
        ends = [_month_day(where, end) for end in str(text).split("/")]
        if len(ends) > 2:
            raise ServiceHoursError(f'{where}: {text!r} is not a range. Write "12-24/01-02".')
        ranges.append((ends[0], ends[-1]))
    return tuple(ranges)


def read_closed(value: object) -> frozenset[date]:
    """Return the dates of "2026-04-03" and "2026-08-01/2026-08-15", both ends included."""
    dates: set[date] = set()
    for at, text in enumerate(_list("closed", value)):
        where = f"closed[{at}]"
        ends = [read_date(where, end) for end in str(text).split("/")]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise ServiceHoursError(f'{where}: {text!r} is not a range. Write "first/last".')
        days = (ends[-1] - ends[0]).days + 1
        dates.update(ends[0] + timedelta(days=number) for number in range(days))
    return frozenset(dates)


def read_open(value: object) -> dict[date, Windows]:
    """Return the windows of single dates; a date with an empty list is closed all day."""
    return {
        read_date("open", day): read_windows(f"open.{day}", windows)
        for day, windows in sorted(_mapping("open", value).items())
    }


def read_date(where: str, text: object) -> date:
    """Return "2026-04-03" as a date; the other forms of ISO 8601 are refused."""
    try:
        if not _DATE.fullmatch(str(text)):
            raise ValueError(text)
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise ServiceHoursError(
            f"{where}: {text!r} is not a date. Write year-month-day, such as 2026-04-03."
        ) from error


def clock(minute: int) -> str:
    """Return a minute of the day as "08:00"; 1440 is "24:00"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def clock_pair(window: tuple[int, int]) -> str:
    """Return a window of minutes as "08:00–12:00"."""
    return f"{clock(window[0])}–{clock(window[1])}"


def _window(where: str, pair: object) -> tuple[int, int]:
    ends = _list(where, pair)
    if len(ends) != 2:
        raise ServiceHoursError(f'{where}: {pair!r} is not a window. Write ["08:00", "12:00"].')
    opens, closes = (_minute(where, end) for end in ends)
    if opens >= closes:
        raise ServiceHoursError(
            f"{where}: {clock(opens)} is not before {clock(closes)}. A window past midnight is "
            "two: until 24:00 on this day and from 00:00 on the next."
        )
    return opens, closes


def _minute(where: str, text: object) -> int:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ServiceHoursError(f"{where}: {text!r} is not a time of day, 00:00 to 24:00.")
    return int(text[:2]) * 60 + int(text[3:])


def _month_day(where: str, text: str) -> MonthDay:
    match = _MONTH_DAY.fullmatch(text)
    if match:
        month, day = int(match[1]), int(match[2])
        try:
            date(_LEAP_YEAR, month, day)
        except ValueError:
            match = None
    if not match:
        raise ServiceHoursError(f'{where}: {text!r} is not a day of the year. Write "12-25".')
    return month, day


def _list(where: str, value: object) -> Sequence[object]:
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(value)
    raise ServiceHoursError(f"{where}: {value!r} is not a list.")


def _mapping(where: str, value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    raise ServiceHoursError(f"{where}: {value!r} is not an object of names and values.")
