"""What differs between two versions of a report: each table figure by its row and column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from itsm import blocks
from reporting.calculations.figures import Figure, written
from reporting.services.numbers import Sheet, Value, tables_of

MOST = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that changed; ``was`` or ``now`` is empty when its row came new or went."""

    anchor: str
    table: str
    row: str
    column: str
    was: str
    now: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two datasets of the same report, at most 100, in the order of the newer."""
    report = blocks.from_dict(after)
    with translation.override(report.meta.language):
        old, new = tables_of(blocks.from_dict(before)), tables_of(report)
        known = _keyed(old)
        found: list[Difference] = []
        for key, sheet in _keyed(new).items():
            found += _in_table(known.pop(key, None), sheet)
        for sheet in known.values():
            found += _in_table(sheet, None)
    return found[:MOST]


def _keyed(sheets: list[Sheet]) -> dict[tuple[str, tuple[str, ...], int], Sheet]:
    """Tables by chapter, heads and how many equal ones stand before: titles may hold figures."""
    found: dict[tuple[str, tuple[str, ...], int], Sheet] = {}
    for sheet in sheets:
        chapter, number = sheet.anchor.rpartition("-")[0], 0
        while (chapter, sheet.heads, number) in found:
            number += 1
        found[(chapter, sheet.heads, number)] = sheet
    return found


def _in_table(old: Sheet | None, new: Sheet | None) -> Iterator[Difference]:
    shown = new or old
    if shown is None:
        return
    were, are = _lines(old), _lines(new)
    for name in dict.fromkeys([*are, *were]):
        was, now = were.get(name), are.get(name)
        if was is None or now is None:
            whole = "; ".join(filter(None, (now or was or ())[1:]))
            yield Difference(
                shown.anchor if new else "", shown.title, name[0], "",
                "" if was is None else whole, "" if now is None else whole,
            )  # fmt: skip
            continue
        for column, (first, second) in enumerate(zip(was, now, strict=True)):
            if first != second:
                yield Difference(
                    shown.anchor, shown.title, name[0], shown.heads[column], first, second
                )


def _lines(sheet: Sheet | None) -> dict[tuple[str, int], tuple[str, ...]]:
    """Rows by their first cell and how many equal ones stand before."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for row in sheet.rows if sheet else ():
        cells = tuple(_text(value) for value in row)
        number = 0
        while (cells[0], number) in found:
            number += 1
        found[(cells[0], number)] = cells
    return found


def _text(value: Value) -> str:
    if isinstance(value, Figure):
        return written(value)
    return "" if value is None else str(value)
