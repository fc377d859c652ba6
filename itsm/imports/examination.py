"""One pass over a file before anything is decided: names, examples, number of rows, order of dates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from itsm.imports.instants import ORDERS, is_date
from itsm.imports.problems import Unreadable
from itsm.imports.tabular import LARGEST_FILE, open_table
from itsm.imports.values import MISSING

EXAMPLES = 3
_COMMA = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+),\d+%?")
_POINT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)\.\d+%?")


@dataclass(slots=True)
class Examination:
    """What a file looks like; ``dates`` maps a column to the orders in which all its texts are dates."""

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


def examine(path: Path, *, limit: int = LARGEST_FILE) -> Examination:
    """Read the whole file once as a stream. Raises Unreadable when it is no table or has no rows."""
    with open_table(path, limit=limit) as table:
        seen = Examination(table.header, encoding=table.encoding, delimiter=table.delimiter)
        seen.examples = {name: [] for name in table.header}
        orders = {name: list(ORDERS) for name in table.header}
        for _line, cells in table.rows():
            seen.rows += 1
            for name, cell in zip(table.header, cells, strict=False):
                text = cell.strip()
                if text.lower() not in MISSING:
                    _look(seen, orders, name, text)
    if seen.rows == 0:
        raise Unreadable("empty", _("The file has a header but no rows."))
    seen.dates = {name: left for name, left in orders.items() if left and seen.examples[name]}
    return seen


def _look(seen: Examination, orders: dict[str, list[str]], name: str, text: str) -> None:
    if len(seen.examples[name]) < EXAMPLES and text[:60] not in seen.examples[name]:
        seen.examples[name].append(text[:60])
    if orders[name]:
        orders[name] = [order for order in orders[name] if is_date(text, order)]
    if not orders[name] and text[-1:].isdigit():
        seen.commas += bool(_COMMA.fullmatch(text))
        seen.points += bool(_POINT.fullmatch(text))
