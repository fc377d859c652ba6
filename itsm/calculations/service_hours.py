"""Service hours: the weekly pattern, holidays and dated exceptions of a service, as exact time.

A service is open at an instant when its zone's wall clock reads within a window of that local date
(`wall_time`). Precedence for a date: open > closed > annual holidays > week.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from itsm.calculations.hours_document import (
    KEYS,
    WEEKDAYS,
    AnnualRange,
    ServiceHoursError,
    Windows,
    clock,
    read_annual,
    read_closed,
    read_open,
    read_week,
    refuse_unknown,
)
from itsm.calculations.open_time import OpenTime
from itsm.calculations.wall_time import (
    FIRST_YEAR,
    LAST_YEAR,
    SECOND_US,
    Piece,
    to_microseconds,
    utc,
    year_start,
    zone,
)
from itsm.calculations.year_table import YearTable, expand

Seconds = npt.NDArray[np.int64]
_CHUNK = 1 << 15


@dataclass(frozen=True)
class ServiceHours(OpenTime):
    """One version of a calendar: immutable, comparable, with its years expanded once each.

    ``week`` holds seven days, Monday first, of (open, close) minutes of the day;
    ``annual_holidays`` pairs of (month, day), both included, that may run over the new year.
    """

    timezone: str
    week: tuple[Windows, ...]
    annual_holidays: tuple[AnnualRange, ...] = ()
    closed: frozenset[date] = frozenset()
    open: tuple[tuple[date, Windows], ...] = ()
    _opened: dict[date, Windows] = field(init=False, repr=False, compare=False)
    _years: dict[int, YearTable] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_opened", dict(self.open))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ServiceHours":
        """Read the written form. Raises ServiceHoursError (a ValueError) naming the place.

        Keys: ``timezone`` (IANA name) and ``week`` {"Mon": [["08:00", "12:00"], …]} are required;
        ``annual_holidays`` ["12-25", "12-24/01-02"], ``closed`` ["2026-04-03"] and ``open``
        {"2026-12-24": [["08:00", "12:00"]]} are not. 24:00 is the end of the day. A day without
        windows is closed.
        """
        if not isinstance(document, Mapping):
            raise ServiceHoursError("Service hours are an object with the keys timezone and week.")
        refuse_unknown("service hours", document, KEYS)
        for key in ("timezone", "week"):
            if key not in document:
                raise ServiceHoursError(f"service hours: {key} is missing.")
        try:
            zone(document["timezone"])
        except ValueError as error:
            raise ServiceHoursError(f"timezone: {error}") from error
        return cls(
            timezone=document["timezone"],
            week=read_week(document["week"]),
            annual_holidays=read_annual(document.get("annual_holidays", ())),
            closed=read_closed(document.get("closed", ())),
            open=tuple(read_open(document.get("open", {})).items()),
        )

    @classmethod
    def always(cls, timezone: str) -> "ServiceHours":
        """Return service around the clock, every day, in ``timezone`` (an IANA name)."""
        every_day = [["00:00", "24:00"]]
        return cls.from_dict({"timezone": timezone, "week": dict.fromkeys(WEEKDAYS, every_day)})

    def to_dict(self) -> dict[str, Any]:
        """Return the written form that ``from_dict`` reads back to an equal calendar."""
        return {
            "timezone": self.timezone,
            "week": {day: _write(w) for day, w in zip(WEEKDAYS, self.week, strict=True) if w},
            "annual_holidays": [
                "/".join(f"{month:02d}-{day:02d}" for month, day in dict.fromkeys(ends))
                for ends in self.annual_holidays
            ],
            "closed": sorted(day.isoformat() for day in self.closed),
            "open": {day.isoformat(): _write(windows) for day, windows in self.open},
        }

    def windows_on(self, day: date) -> Windows:
        """Return the written windows of a local date as (open, close) minutes of the day."""
        if day in self._opened:
            return self._opened[day]
        if day in self.closed or self._is_annual_holiday(day):
            return ()
        return self.week[day.weekday()]

    def year_table(self, year: int) -> YearTable:
        """Return the service time of one UTC year, expanded on first use."""
        table = self._years.get(year)
        if table is None:
            table = self._years[year] = expand(self.timezone, year, self.windows_on)
        return table

    def zone_on(self, day: date) -> str:
        """Return the one zone of this calendar."""
        return self.timezone

    def _is_annual_holiday(self, day: date) -> bool:
        this = day.month, day.day
        return any(
            first <= this <= last if first <= last else this >= first or this <= last
            for first, last in self.annual_holidays
        )


@dataclass(frozen=True)
class VersionedHours(OpenTime):
    """A calendar whose hours changed: each version counts from its own instant to the next one's.

    ``versions``: (effective_from, ServiceHours), aware whole seconds, in any order but with no two
    alike. The first version also counts before its own start, so one clock may span them all.
    """

    versions: tuple[tuple[datetime, ServiceHours], ...]
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _years: dict[int, YearTable] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __init__(self, versions: Iterable[tuple[datetime, ServiceHours]]) -> None:
        ordered = tuple(sorted(((utc(at), hours) for at, hours in versions), key=_effective_from))
        starts = tuple(to_microseconds(at) for at, _hours in ordered)
        if not ordered:
            raise ValueError("A calendar needs at least one version of its hours.")
        if len(set(starts)) < len(starts):
            raise ValueError("Two versions of the hours take effect at the same instant.")
        if any(start % SECOND_US for start in starts):
            raise ValueError("Versions of the hours take effect at whole seconds.")
        object.__setattr__(self, "versions", ordered)
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_years", {})

    def at(self, at: datetime) -> ServiceHours:
        """Return the version that counts at an instant."""
        return self.versions[max(bisect_right(self._starts, to_microseconds(at)) - 1, 0)][1]

    def year_table(self, year: int) -> YearTable:
        """Return the service time of one UTC year, each version within its own reign."""
        table = self._years.get(year)
        if table is None:
            table = self._years[year] = YearTable.of(self._reigns(year))
        return table

    def zone_on(self, day: date) -> str:
        """Return the zone of the version that counts at noon (UTC) of ``day``."""
        return self.at(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)).timezone

    def _reigns(self, year: int) -> Iterable[Piece]:
        ends = (*self._starts[1:], None)
        for number, (_at, hours) in enumerate(self.versions):
            table = hours.year_table(year)
            if table.starts:
                start = self._starts[number] if number else table.starts[0]
                end = ends[number]
                yield from table.within(start, table.ends[-1] if end is None else end)


def elapsed_many(hours: OpenTime, starts: Seconds, ends: Seconds) -> Seconds:
    """Return the service seconds between each pair of instants, as ``hours.elapsed`` would.

    ``starts`` and ``ends``: int64 arrays of one equal shape, UTC seconds since 1970-01-01; so is
    the result, with 0 where an end is not after its start. Raises ValueError for other types or
    shapes and for years outside 1800 to 9990.
    """
    starts, ends = _int64("starts", starts), _int64("ends", ends)
    if starts.shape != ends.shape:
        raise ValueError(f"starts has the shape {starts.shape}, but ends has {ends.shape}.")
    result = np.zeros(starts.shape, dtype=np.int64)
    if not starts.size:
        return result
    first, last = min(starts.min(), ends.min()), max(starts.max(), ends.max())
    table = _SecondsTable.of(hours, int(first), int(last))
    flat_starts, flat_ends, flat = starts.ravel(), ends.ravel(), result.ravel()
    for at in range(0, flat.size, _CHUNK):
        chunk = slice(at, at + _CHUNK)
        counted = table.up_to(flat_ends[chunk]) - table.up_to(flat_starts[chunk])
        np.maximum(counted, 0, out=flat[chunk])
    return result


@dataclass(frozen=True)
class _SecondsTable:
    """Service seconds before an instant: ``min(at, ends[i]) + shift[i]``, i found by search."""

    starts: Seconds
    ends: Seconds
    shift: Seconds

    @classmethod
    def of(cls, hours: OpenTime, first: int, last: int) -> "_SecondsTable":
        years = range(_year(first), _year(last) + 1)
        origin = year_start(years[0]) // SECOND_US - 1
        starts, ends, before, passed = [origin], [origin], [0], 0
        for table in map(hours.year_table, years):
            starts += [start // SECOND_US for start in table.starts]
            ends += [end // SECOND_US for end in table.ends]
            before += [(passed + time) // SECOND_US for time in table.before]
            passed += table.total
        opens = np.array(starts, dtype=np.int64)
        return cls(opens, np.array(ends, dtype=np.int64), np.array(before, dtype=np.int64) - opens)

    def up_to(self, at: Seconds) -> Seconds:
        piece = np.searchsorted(self.starts, at, side="right") - 1
        counted: Seconds = np.minimum(at, self.ends[piece]) + self.shift[piece]
        return counted


def _year(seconds: int) -> int:
    """Return the UTC year of an instant. Raises ValueError outside 1800 to 9990."""
    if not year_start(FIRST_YEAR) <= seconds * SECOND_US < year_start(LAST_YEAR):
        raise ValueError(f"{seconds} s since 1970 lie outside {FIRST_YEAR} to {LAST_YEAR}.")
    return datetime.fromtimestamp(seconds, UTC).year


def _int64(name: str, values: Seconds) -> Seconds:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise ValueError(f"{name} holds {array.dtype}. Give int64 seconds since 1970 in UTC.")
    return array.astype(np.int64, copy=False)


def _effective_from(version: tuple[datetime, ServiceHours]) -> datetime:
    return version[0]


def _write(windows: Windows) -> list[list[str]]:
    return [[clock(opens), clock(closes)] for opens, closes in windows]
