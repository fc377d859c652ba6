"""One pass over a file before anything is decided: names, examples, number of rows, order of dates."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from itsm.imports.instants import ORDERS, is_date
from itsm.imports.problems import Unreadable
from itsm.imports.tabular import LARGEST_FILE, open_table
from itsm.imports.values import MISSING

EXAMPLES = 3
GIVEN_UP_AFTER = 50
TOLD = 2_000
_COMMA = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+),\d+%?")
_POINT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)\.\d+%?")


@dataclass(slots=True)
class Examination:
    """What a file looks like.

    ``dates`` maps each column of which at least half the texts are dates to the orders in which most of
    them are: one day above twelve decides, and a few bad cells do not hide that it is a date.
    """

    header: tuple[str, ...]
    rows: int = 0
    encoding: str = ""
    delimiter: str = ","
    examples: dict[str, list[str]] = field(default_factory=dict)
    dates: dict[str, list[str]] = field(default_factory=dict)
    commas: int = 0
    points: int = 0

    @property
    def decimal_sign(self) -> str:
        """The sign before decimals: the one that more numbers use."""
        return "," if self.commas > self.points else "."

    def orders(self, columns: Sequence[str]) -> list[str]:
        """Return the orders in which all dates of these columns can be read, the likeliest first."""
        given = [set(self.dates[name]) for name in columns if name in self.dates]
        return [order for order in ORDERS if given and all(order in one for one in given)]

    def plain(self) -> dict[str, Any]:
        """Return the facts as JSON, to be kept with the import."""
        return {
            "header": list(self.header),
            "rows": self.rows,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "examples": self.examples,
            "dates": self.dates,
            "commas": self.commas,
            "points": self.points,
        }

    @classmethod
    def from_plain(cls, facts: Mapping[str, Any]) -> "Examination":
        """Return the examination that ``plain`` gave."""
        return cls(**{**facts, "header": tuple(facts["header"])})


def examine(
    path: Path,
    *,
    limit: int = LARGEST_FILE,
    most: int | None = None,
    progress: Callable[[int, int, int], None] = lambda _rows, _read, _size: None,
) -> Examination:
    """Read the file once as a stream, or its first ``most`` rows.

    Raises Unreadable when it is no table or has no rows.
    """
    with open_table(path, limit=limit) as table:
        seen = Examination(table.header, encoding=table.encoding, delimiter=table.delimiter)
        seen.examples = {name: [] for name in table.header}
        tallies = {name: _Tally() for name in table.header}
        for _line, cells in islice(table.rows(), most):
            seen.rows += 1
            if seen.rows % TOLD == 0:
                progress(seen.rows, table.position(), table.size)
            for name, cell in zip(table.header, cells, strict=False):
                text = cell.strip()
                if text.lower() not in MISSING:
                    _look(seen, tallies[name], name, text)
    if seen.rows == 0:
        raise Unreadable("empty", _("The file has a header but no rows."))
    found = {name: tally.orders() for name, tally in tallies.items()}
    seen.dates = {name: orders for name, orders in found.items() if orders}
    return seen


@dataclass(slots=True)
class _Tally:
    """How many texts of a column there are, and how many are dates in each order."""

    texts: int = 0
    dates: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ORDERS, 0))

    def count(self, text: str) -> None:
        self.texts += 1
        if self.texts > GIVEN_UP_AFTER and not any(self.dates.values()):
            return
        for order in ORDERS:
            self.dates[order] += is_date(text, order)

    def orders(self) -> list[str]:
        most = max(self.dates.values())
        if most == 0 or most * 2 < self.texts:
            return []
        return [order for order in ORDERS if self.dates[order] == most]


def _look(seen: Examination, tally: _Tally, name: str, text: str) -> None:
    if len(seen.examples[name]) < EXAMPLES and text[:60] not in seen.examples[name]:
        seen.examples[name].append(text[:60])
    tally.count(text)
    if text[-1:].isdigit():
        seen.commas += bool(_COMMA.fullmatch(text))
        seen.points += bool(_POINT.fullmatch(text))
