"""What a kind of record may be given by a file: its columns, and which column of a file fits which."""

import difflib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from itsm.imports.problems import Problem
from itsm.registry import RecordKind, type_text

ALIKE = 0.78


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """A field of a kind of record.

    ``kind`` is text, whole, decimal, instant, choice, yes_no, priority, zone, slug, customer, party,
    service or series; ``choices`` are (stored value, title); ``aliases`` other names seen in files;
    ``most`` is the longest text or the greatest number.
    """

    name: str
    title: type_text
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, type_text], ...] = ()
    aliases: tuple[str, ...] = ()
    hint: type_text = ""
    most: int = 200

    @property
    def fact(self) -> str:
        """The name of the stored fact: references end in ``_id``."""
        return (
            f"{self.name}_id"
            if self.kind in ("customer", "party", "service", "series")
            else self.name
        )


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read, and what holds for all its rows (keys of customer and service).

    ``run`` is the import for which it is kept what was written, so that it can be undone.
    """

    source: str
    customer_id: UUID | None = None
    service_id: UUID | None = None
    zone: str = "UTC"
    date_order: str = "iso"
    decimal_sign: str = "."
    run: UUID | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is new (``key`` is None) or differs from the record ``key``; facts are JSON values."""

    line: int
    key: UUID | None
    facts: Mapping[str, Any]


def _no_findings(_facts: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class TableKind(RecordKind):
    """A kind of record that stands in rows.

    ``table`` and ``join`` (SQL on ``t`` and the stage ``s``) find the record that is there;
    ``expressions`` replace ``t.<fact>``; ``key_facts`` name a record; ``derive`` gives facts
    from which a number is made when the file has none. ``write(changes, options, at)`` yields Problems;
    ``check(facts)`` yields (column, code, sentence) for one row. ``asks`` names what all rows share.
    """

    table: str = ""
    join: str = ""
    key_facts: tuple[str, ...] = ()
    derive: tuple[str, ...] = ()
    expressions: Mapping[str, str] = field(default_factory=dict)
    asks: frozenset[str] = frozenset()
    write: Callable[[Sequence[Change], Options, Any], list[Problem]] | None = None
    check: Callable[[Mapping[str, Any]], Sequence[tuple[str, str, str]]] = _no_findings
    whole_stream: bool = False

    def column(self, name: str) -> ImportColumn:
        """Return the column ``name``; raise KeyError when there is none."""
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)


def plain(text: str) -> str:
    """Return a name as it is compared: lower case, without accents, only letters and digits."""
    bare = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in bare if sign.isalnum())


def suggest(
    columns: Sequence[ImportColumn], header: Sequence[str], dates: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return field → column of the file, the best fit first, each column once.

    ``dates`` holds the columns whose texts are all dates: only these can be instants.
    """
    scores = [
        (_likeness(one, name), -place, one.name, name)
        for one in columns
        for place, name in enumerate(header)
        if (one.kind == "instant") == (name in dates)
    ]
    found: dict[str, str] = {}
    for score, _place, wanted, name in sorted(scores, reverse=True):
        if score >= ALIKE and wanted not in found and name not in found.values():
            found[wanted] = name
    return found


def _likeness(one: ImportColumn, name: str) -> float:
    seen = plain(name)
    names = [plain(word) for word in (one.name, str(one.title), *one.aliases)]
    if seen in names:
        return 2.0 - names.index(seen) / 100
    return max(difflib.SequenceMatcher(None, seen, word).ratio() for word in names)
