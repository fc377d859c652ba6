"""Calendar months, quarters and years of a time zone, as stretches of UTC."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from itsm.calculations.intervals import Interval
from itsm.calculations.wall_time import midnight, utc
from itsm.calculations.wall_time import zone as find_zone

PeriodKind = Literal["year", "quarter", "month"]
MONTHS: dict[PeriodKind, int] = {"year": 12, "quarter": 3, "month": 1}
_LABEL = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from ``start`` up to but not including ``end``, in UTC, under a name.

    ``label``: "2016", "2016-Q1" or "2016-03". ``zone``: the IANA zone whose calendar it follows.
    """

    start: datetime
    end: datetime
    label: str
    zone: str = field(default="UTC")

    def __post_init__(self) -> None:
        interval = Interval(self.start, self.end)
        object.__setattr__(self, "start", interval.start)
        object.__setattr__(self, "end", interval.end)

    def __str__(self) -> str:
        return self.label

    @classmethod
    def parse(cls, label: str, zone: str = "UTC") -> "Period":
        """Return the period named "2016", "2016-Q1" or "2016-03" in ``zone``.

        Raises ValueError for other labels and unknown zones.
        """
        match = _LABEL.fullmatch(label)
        if not match or match[1] == "0000":
            raise ValueError(f"{label!r} is not a period. Write 2016, 2016-Q1 or 2016-03.")
        year = int(match[1])
        if match[2]:
            return cls._of(year, int(match[2]) * 3 - 2, "quarter", zone)
        if match[3]:
            return cls._of(year, int(match[3]), "month", zone)
        return cls._of(year, 1, "year", zone)

    @classmethod
    def containing(cls, at: datetime, kind: PeriodKind, zone: str = "UTC") -> "Period":
        """Return the year, quarter or month of ``zone`` in which the instant ``at`` lies."""
        if kind not in MONTHS:
            raise ValueError(f"There is no period {kind!r}. Use {', '.join(MONTHS)}.")
        local = utc(at).astimezone(find_zone(zone))
        month = local.month - (local.month - 1) % MONTHS[kind]
        return cls._of(local.year, month, kind, zone)

    @property
    def kind(self) -> PeriodKind:
        """What the label names: a year, a quarter or a month."""
        if "Q" in self.label:
            return "quarter"
        return "month" if "-" in self.label else "year"

    @property
    def first_date(self) -> date:
        """The first local date."""
        year, month = int(self.label[:4]), 1
        if self.kind == "quarter":
            month = int(self.label[-1]) * 3 - 2
        elif self.kind == "month":
            month = int(self.label[-2:])
        return date(year, month, 1)

    @property
    def interval(self) -> Interval:
        """The period without its name."""
        return Interval(self.start, self.end)

    def next(self) -> "Period":
        """Return the period of the same kind that begins where this one ends."""
        return self._moved(MONTHS[self.kind])

    def previous(self) -> "Period":
        """Return the period of the same kind that ends where this one begins."""
        return self._moved(-MONTHS[self.kind])

    def months(self) -> tuple["Period", ...]:
        """Return the months of this period, in order."""
        first = self.first_date
        return tuple(
            self._of(first.year, first.month + number, "month", self.zone)
            for number in range(MONTHS[self.kind])
        )

    def _moved(self, months: int) -> "Period":
        first = self.first_date
        number = first.year * 12 + first.month - 1 + months
        return self._of(number // 12, number % 12 + 1, self.kind, self.zone)

    @classmethod
    def _of(cls, year: int, month: int, kind: PeriodKind, zone: str) -> "Period":
        after = year * 12 + month - 1 + MONTHS[kind]
        start = midnight(date(year, month, 1), zone)
        end = midnight(date(after // 12, after % 12 + 1, 1), zone)
        labels = {
            "year": f"{year:04d}",
            "quarter": f"{year:04d}-Q{(month + 2) // 3}",
            "month": f"{year:04d}-{month:02d}",
        }
        return cls(start, end, labels[kind], zone)
