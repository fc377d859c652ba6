"""Report blocks as data: what a section says, without how it looks.

Every block is a frozen dataclass of strings, whole numbers and other blocks, so a report is one
JSON value (`to_dict`, `from_dict`): the only input of the page and of the PDF. Numbers are exact
strings as they are to be read ("99.961", "+27.40"); each may carry the record that it came from.
No Django and no query in here: the builders of the apps (`sections.py`) fill the blocks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itsm.charts import STATUSES, Spec, decode, encode

Block = Any  # one of the dataclasses in BLOCKS
TONES = ("", "bad", "warn", "muted")


@dataclass(frozen=True)
class Ref:
    """The record behind a figure: kind ("evaluation"), key, and the words of a link to it."""

    kind: str
    id: str
    label: str = ""


@dataclass(frozen=True)
class Says:
    """The sentence under a figure or table; `strong` is its first clause."""

    strong: str
    text: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text; `columns` 2 sets it in two columns on paper."""

    text: str
    columns: int = 1
    author: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside a section, with its unit or scope in light type."""

    text: str
    unit: str = ""


@dataclass(frozen=True)
class KeyNumber:
    """A large number and what it counts."""

    value: str
    label: str
    ref: Ref | None = None
    tone: str = ""


@dataclass(frozen=True)
class KeyNumbers:
    """Up to four large numbers side by side."""

    items: tuple[KeyNumber, ...]


@dataclass(frozen=True)
class Cell:
    """A table cell: text, a grey second line, a status, a small drawing, its source.

    `status` is one of STATUSES (`text` then replaces its word, as "done" for met); `mark` a chart
    specification (budget bar, sparkline) drawn before the text; `sign` a dagger after it.
    """

    text: str = ""
    sub: str = ""
    ref: Ref | None = None
    status: str = ""
    mark: Spec | None = None
    tone: str = ""
    strong: bool = False
    sign: str = ""


@dataclass(frozen=True)
class Column:
    """A column: heading, `align` left, right or center, width in mm (0 takes what is left)."""

    title: str
    align: str = "left"
    width: int = 0
    unit: str = ""
    wrap: bool = True


@dataclass(frozen=True)
class Row:
    """Cells of a row; `kind` "group" is a heading across the table, "total" closes it."""

    cells: tuple[Cell, ...]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its heading. `empty` is said when there is no row."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    unit: str = ""
    numbered: bool = False
    says: Says | None = None
    note: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing with caption, sentence and the same data as a table for whoever cannot see it."""

    title: str
    chart: Spec
    says: Says | None = None
    unit: str = ""
    data: Table | None = None
    note: str = ""
    ref: Ref | None = None


@dataclass(frozen=True)
class Panels:
    """Several small drawings under one caption, three in a row."""

    title: str
    charts: tuple[Spec, ...]
    says: Says | None = None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Legend:
    """A drawing without caption that explains the ones after it."""

    chart: Spec


@dataclass(frozen=True)
class ScoreCell:
    """State of one service in one respect; `trend` better, same, worse or ""; `reason` if none."""

    status: str
    trend: str = ""
    reason: str = ""
    ref: Ref | None = None


@dataclass(frozen=True)
class ScoreRow:
    """A service and its cells, as many as the scorecard has columns."""

    service: str
    cells: tuple[ScoreCell, ...]


@dataclass(frozen=True)
class Scorecard:
    """One row a service, one column a subject; `compared` names the month the arrows mean."""

    title: str
    service_word: str
    columns: tuple[str, ...]
    rows: tuple[ScoreRow, ...]
    compared: str = ""
    says: Says | None = None
    unit: str = ""


@dataclass(frozen=True)
class Item:
    """A title in semibold and its text."""

    title: str
    text: str = ""
    ref: Ref | None = None


@dataclass(frozen=True)
class Points:
    """Numbered points under a heading ("Three things to know")."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Definitions:
    """Terms and what they mean, or facts and their values."""

    items: tuple[Item, ...]
    title: str = ""


@dataclass(frozen=True)
class Box:
    """A frame that stands out; `tone` "major" is a major incident with drawing and facts."""

    title: str
    unit: str = ""
    tone: str = ""
    text: str = ""
    chart: Spec | None = None
    says: Says | None = None
    facts: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Option:
    """An answer that may be ticked; `title` in semibold."""

    title: str
    text: str = ""


@dataclass(frozen=True)
class Decision:
    """A question to the customer; `lines` stand under the due date (asked, owner)."""

    question: str
    text: str
    options: tuple[Option, ...]
    due: str
    lines: tuple[str, ...] = ()
    late: bool = False
    ref: Ref | None = None


@dataclass(frozen=True)
class Decisions:
    """Decisions requested."""

    items: tuple[Decision, ...]


@dataclass(frozen=True)
class Verify:
    """Where the report can be checked: QR code and text; `signatures` are lines to sign on."""

    title: str
    text: str
    url: str
    digest: str = ""
    signatures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """Small print that belongs to what stands before it."""

    text: str


@dataclass(frozen=True)
class Nothing:
    """An honest empty state: nothing happened, or nothing can be said and why."""

    title: str
    text: str = ""


@dataclass(frozen=True)
class Pair:
    """Two stacks of blocks side by side; `wide` "left" gives the left one two thirds."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    wide: str = ""


BLOCKS: dict[str, type] = {
    "paragraph": Paragraph,
    "heading": Heading,
    "key_numbers": KeyNumbers,
    "table": Table,
    "figure": Figure,
    "panels": Panels,
    "legend": Legend,
    "scorecard": Scorecard,
    "points": Points,
    "definitions": Definitions,
    "box": Box,
    "decisions": Decisions,
    "verify": Verify,
    "note": Note,
    "nothing": Nothing,
    "pair": Pair,
}
_TYPES = {shape: name for name, shape in BLOCKS.items()}
_SHOWN = (KeyNumbers, Table, Figure, Panels, Scorecard, Box)


@dataclass(frozen=True)
class Section:
    """A topic, the finding in one sentence, and its blocks; `number` 0 is counted from 2.

    `restricted` prints the section with its own classification in the footer.
    """

    key: str
    title: str
    finding: str
    blocks: tuple[Block, ...]
    number: int = 0
    restricted: bool = False


@dataclass(frozen=True)
class Meta:
    """Who reports what to whom. Dates are ISO; texts stand as they are to be read.

    `facts` are the lines of "This document" on the cover; `supersedes` fills the red box that says
    which issue this one replaces and why. `accent` is the customer's color "#rrggbb" for headings and
    rules on paper; the data of the drawings keep their own colors.
    """

    customer: str
    provider: str
    period: str
    zone: str
    language: str
    classification: str
    number: str
    version: str
    issued_at: str
    kind: str = ""
    restricted: str = ""
    author: str = ""
    facts: tuple[Item, ...] = ()
    supersedes: str = ""
    verify_url: str = ""
    customer_logo: str = ""
    provider_logo: str = ""
    accent: str = ""


@dataclass(frozen=True)
class Report:
    """A whole report: `cover` is the picture of the period on the first page."""

    meta: Meta
    headline: str
    sections: tuple[Section, ...]
    cover: Spec | None = None
    cover_says: Says | None = None
    format: int = 1


def anchored(section: Section) -> Iterator[tuple[str, Block]]:
    """Give each table, drawing and row of large numbers of a section with its place: "availability-2"."""
    shown = (block for block in _flat(section.blocks) if isinstance(block, _SHOWN))
    for number, block in enumerate(shown, 1):
        yield f"{section.key}-{number}", block


def _flat(items: Iterable[Block]) -> Iterator[Block]:
    for block in items:
        if isinstance(block, Pair):
            yield from _flat((*block.left, *block.right))
        else:
            yield block


def label_of(block: Block) -> str:
    """Return the title of a table or drawing; empty when it has none."""
    return str(getattr(block, "title", "") or getattr(block, "caption", ""))


def to_dict(value: Report | Section | Block) -> dict[str, Any]:
    """Give a report, a section or a block as a JSON value without floats.

    Raises TypeError for a float or for something that is no block, ValueError for an unknown
    status or tone.
    """
    if isinstance(value, Report):
        sections = [to_dict(section) for section in value.sections]
        return {**encode(value), "sections": sections}
    if isinstance(value, Section):
        return {**encode(value), "blocks": [to_dict(block) for block in value.blocks]}
    if type(value) not in _TYPES:
        raise TypeError(f"{type(value).__name__} is no report block.")
    plain = {"block": _TYPES[type(value)], **encode(value)}
    if isinstance(value, Pair):
        plain["left"] = [to_dict(block) for block in value.left]
        plain["right"] = [to_dict(block) for block in value.right]
    _check(plain)
    return plain


def block_from_dict(value: Mapping[str, Any]) -> Block:
    """Rebuild a block; raises ValueError for an unknown kind or field."""
    kind = value.get("block", "")
    if kind not in BLOCKS:
        raise ValueError(f"There is no block “{kind}”; known: {', '.join(BLOCKS)}.")
    plain = {key: item for key, item in value.items() if key != "block"}
    if kind == "pair":
        for side in ("left", "right"):
            plain[side] = tuple(block_from_dict(block) for block in plain[side])
        return Pair(**plain)
    return decode(BLOCKS[kind], plain)


def section_from_dict(value: Mapping[str, Any]) -> Section:
    """Rebuild a section with its blocks."""
    plain = {key: item for key, item in value.items() if key != "blocks"}
    return Section(**plain, blocks=tuple(block_from_dict(block) for block in value["blocks"]))


def from_dict(value: Mapping[str, Any]) -> Report:
    """Rebuild a report from its stored JSON value; raises ValueError when it is not one."""
    if value.get("format", 1) != 1:
        raise ValueError(f"Report format {value['format']} is newer than this program knows (1).")
    plain = {key: item for key, item in value.items() if key != "sections"}
    sections = tuple(section_from_dict(section) for section in value.get("sections", ()))
    return decode(Report, {**plain, "sections": sections})


def _check(value: Any) -> None:
    if isinstance(value, Mapping):
        status, tone = value.get("status", ""), value.get("tone", "")
        if status and status not in STATUSES:
            raise ValueError(f"“{status}” is no status; known: {', '.join(STATUSES)}.")
        if tone and tone not in (*TONES, "major"):
            raise ValueError(f"“{tone}” is no tone; known: {', '.join(TONES[1:])}.")
        for item in value.values():
            _check(item)
    elif isinstance(value, list):
        for item in value:
            _check(item)
