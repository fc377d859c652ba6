"""The numbers of an issued report: every table and every drawing of its frozen dataset as plain rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import blocks
from itsm.charts import Spec
from reporting.calculations.figures import Figure, figure_of

Value = str | int | bool | Figure | None
# Fields that say how a drawing looks, not what it shows.
LOOKS = frozenset({
    "kind", "title", "width", "scale", "leading", "key", "frame", "axis", "minutes_word", "total_word",
})  # fmt: skip
HEADS = {
    "service": lazy("Service"), "name": lazy("Name"), "row": lazy("Row"), "part": lazy("Part"),
    "label": lazy("Label"), "layer": lazy("What"), "day": lazy("Day"), "start": lazy("From"),
    "end": lazy("Until"), "text": lazy("Text"), "count": lazy("Count"), "place": lazy("Place"),
    "value": lazy("Value"), "values": lazy("Value"), "targets": lazy("Target"), "months": lazy("Month"),
    "missed": lazy("Missed"), "percent": lazy("Percent"), "minutes": lazy("Minutes"),
    "agreed": lazy("Agreed minutes"), "status": lazy("State"), "unit": lazy("Unit"),
    "minute": lazy("Minute"), "time": lazy("Time"), "planned": lazy("Planned"), "used": lazy("Used"),
    "before": lazy("Before"), "first": lazy("First day"), "last": lazy("Last day"), "zone": lazy("Time zone"),
}  # fmt: skip
ORDER = {name: place for place, name in enumerate(HEADS)}  # the store keeps no order of fields


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the report: where it stands ("availability-2"), its title, heads and rows of equal length."""

    anchor: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def sheets_of(report: blocks.Report) -> list[Sheet]:
    """Return every table and every drawing of a report, in its order, then all its sentences."""
    found = [] if report.cover is None else [_drawing("cover", report.cover["title"], report.cover)]
    for section in report.sections:
        for anchor, block in blocks.anchored(section):
            title = blocks.label_of(block) or section.title
            found.extend(_sheets(anchor, title, block))
    return [*found, _sentences(report)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer may be about: a chapter (number, title) or a figure of it (no number)."""

    anchor: str
    title: str
    number: int = 0


def places_of(report: blocks.Report) -> list[Place]:
    """Return the chapters of a report, each followed by its figures and tables that have a title."""
    found = []
    for number, section in enumerate(report.sections, 2):
        found.append(Place(section.key, section.title, section.number or number))
        found += [
            Place(anchor, blocks.label_of(block))
            for anchor, block in blocks.anchored(section)
            if blocks.label_of(block)
        ]
    return found


def tables_of(report: blocks.Report) -> list[Sheet]:
    """Return the tables, large numbers and scorecards without what is drawn in their cells."""
    found: list[Sheet] = []
    for section in report.sections:
        for anchor, block in blocks.anchored(section):
            title = blocks.label_of(block) or section.title
            if isinstance(block, blocks.Table):
                found.append(_table(anchor, title, _undrawn(block)))
            elif isinstance(block, blocks.KeyNumbers | blocks.Scorecard):
                found.extend(_sheets(anchor, title, block))
    return found


def _undrawn(table: blocks.Table) -> blocks.Table:
    rows = (
        replace(row, cells=tuple(replace(cell, mark=None) for cell in row.cells))
        for row in table.rows
    )
    return replace(table, rows=tuple(rows))


def _sheets(anchor: str, title: str, block: Any) -> Iterator[Sheet]:
    if isinstance(block, blocks.Table):
        yield _table(anchor, title, block)
    elif isinstance(block, blocks.KeyNumbers):
        rows = [(item.label, _value(item.value)) for item in block.items]
        yield _sheet(anchor, title, (_("What"), _("Value")), rows)
    elif isinstance(block, blocks.Scorecard):
        yield _scorecard(anchor, title, block)
    elif isinstance(block, blocks.Panels):
        yield _panels(anchor, title, block)
    elif isinstance(block, blocks.Figure | blocks.Box) and block.chart is not None:
        yield _drawing(anchor, title, block.chart)
        if isinstance(block, blocks.Figure) and block.data is not None:
            yield _table(f"{anchor}-table", _("%(title)s: table") % {"title": title}, block.data)


def _value(text: str) -> Value:
    return figure_of(text) or text


def _sheet(anchor: str, title: str, heads: Sequence[str], rows: Sequence[Sequence[Value]]) -> Sheet:
    return Sheet(anchor, title, tuple(heads), tuple(tuple(row) for row in rows))


def _head(title: str, unit: str) -> str:
    return f"{title} [{unit}]" if unit else title


def _table(anchor: str, title: str, table: blocks.Table) -> Sheet:
    """Give each column of the table, and beside it what its cells carry besides their text."""
    heads: list[str] = []
    columns: list[list[Value]] = []
    for number, column in enumerate(table.columns):
        cells = [
            row.cells[number] if number < len(row.cells) else blocks.Cell() for row in table.rows
        ]
        for head, values in _parts(_head(column.title, column.unit or ""), cells):
            heads.append(head)
            columns.append(values)
    return _sheet(anchor, title, heads, list(zip(*columns, strict=True)) if table.rows else [])


def _parts(head: str, cells: Sequence[blocks.Cell]) -> Iterator[tuple[str, list[Value]]]:
    yield head, [_value(cell.text) for cell in cells]
    if any(cell.sub for cell in cells):
        yield f"{head}: {_('note')}", [_value(cell.sub) for cell in cells]
    if any(cell.status for cell in cells):
        yield f"{head}: {_('state')}", [cell.status for cell in cells]
    if any(cell.sign for cell in cells):
        yield f"{head}: {_('sign')}", [cell.sign for cell in cells]
    marks = [dict(_flat(cell.mark)) if cell.mark else {} for cell in cells]
    for name in dict.fromkeys(name for mark in marks for name in mark):
        yield f"{head}: {name}", [mark.get(name) for mark in marks]


def _flat(spec: Spec) -> Iterator[tuple[str, Value]]:
    """Give a drawing in a cell as one row: its points numbered."""
    heads, rows = _series(spec)
    for number, row in enumerate(rows, 1):
        for head, value in zip(heads, row, strict=True):
            if head == str(HEADS["place"]):
                continue
            yield (head if len(rows) == 1 else f"{head} {number}"), value


def _scorecard(anchor: str, title: str, card: blocks.Scorecard) -> Sheet:
    rows = [
        (row.service, *(" ".join(filter(None, (c.status, c.trend, c.reason))) for c in row.cells))
        for row in card.rows
    ]
    return _sheet(anchor, title, (card.service_word, *card.columns), rows)


def _panels(anchor: str, title: str, block: blocks.Panels) -> Sheet:
    found = [_series(spec) for spec in block.charts]
    heads = list(dict.fromkeys(head for part, _rows in found for head in part))
    rows = [
        [dict(zip(part, row, strict=True)).get(head) for head in heads]
        for part, rows in found
        for row in rows
    ]
    return _sheet(anchor, title, heads, rows)


def _drawing(anchor: str, title: str, spec: Spec) -> Sheet:
    heads, rows = _series(spec)
    return _sheet(anchor, title, heads, rows)


def _series(spec: Spec) -> tuple[list[str], list[list[Value]]]:
    """Return heads and rows of what a drawing shows."""
    found = list(_rows({name: value for name, value in spec.items() if name not in LOOKS}))
    names = list(dict.fromkeys(name for row in found for name in row))
    names.sort(key=lambda name: ORDER.get(name, len(ORDER) - 3))
    heads = [str(HEADS.get(name, name.replace("_", " ").capitalize())) for name in names]
    return heads, [[_plain(row.get(name)) for name in names] for row in found]


def _plain(value: Any) -> Value:
    return _value(value) if isinstance(value, str) else value


def _rows(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Lay a nested value out in rows: what stands above is repeated in each row below it."""
    above = {
        name: item
        for name, item in value.items()
        if not isinstance(item, list | tuple) and name not in ("bars", "weekdays")
    }
    lists = {name: list(item) for name, item in value.items() if isinstance(item, list | tuple)}
    lists = {name: item for name, item in lists.items() if item}
    inner = {name: item for name, item in lists.items() if isinstance(item[0], Mapping | list)}
    beside = {name: item for name, item in lists.items() if name not in inner}
    days = beside.pop("weekdays", [])
    if inner:
        named = len(inner) > 1
        for name, items in inner.items():
            yield from _below(above, name if named else "", items, days)
    if beside:
        yield from _points(above, beside)
    if not lists:
        yield above


def _below(
    above: dict[str, Any], part: str, items: list[Any], days: list[str]
) -> Iterator[dict[str, Any]]:
    label = {"part": part} if part else {}
    for number, item in enumerate(items, 1):
        if isinstance(item, Mapping):
            for row in _rows(item):
                yield {**above, **label, **row}
        else:
            cells = {f"{place}": cell for place, cell in enumerate(item)}
            name = days[number - 1] if number <= len(days) else number
            yield {**above, **label, "row": name, **cells}


def _points(above: dict[str, Any], beside: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Give lists of equal meaning side by side; ``missed`` holds places, not values."""
    missed = set(beside.pop("missed", ()))
    for place in range(max((len(items) for items in beside.values()), default=0)):
        row = {n: items[place] if place < len(items) else None for n, items in beside.items()}
        yield {
            **above,
            "place": place + 1,
            **row,
            **({"missed": place in missed} if missed else {}),
        }


def _sentences(report: blocks.Report) -> Sheet:
    """Give all that the report says in words: no number of it is left out of the file."""
    rows: list[Sequence[Value]] = [(_("Cover"), report.headline)]
    rows += [(_("Cover"), f"{fact.title}: {fact.text}") for fact in report.meta.facts]
    for section in report.sections:
        rows.append((section.title, section.finding))
        rows += [(section.title, text) for block in section.blocks for text in _texts(block)]
    return _sheet("texts", _("All sentences"), (_("Chapter"), _("Text")), rows)


def _texts(value: Any) -> Iterator[str]:
    """Give the sentences of a block, without its cells and its drawings."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(
        value, blocks.Row | blocks.Ref | blocks.ScoreRow
    ):
        for name in value.__dataclass_fields__:
            if name not in ("align", "width", "tone", "status", "mark", "url", "digest", "wide"):
                yield from _texts(getattr(value, name))
