"""From the stored dataset to HTML: numbers the figures, draws the charts, fills the templates."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from itsm import blocks, charts
from itsm.calculations.colors import readable, towards
from itsm.calculations.digest import canonical_json
from itsm.rendering.fonts import font_assets, font_rules
from itsm.rendering.process import Limits, Press
from itsm.rendering.typesetting import break_finding

ATTACHMENT = "report-data.json"
FULL_TIMELINES = 4  # a page holds so many of full height
PAGE_LINES, HEAD_LINES = 48, 6  # lines of a table on a page, and those of a chapter's head
_STYLES = Path(__file__).resolve().parents[1] / "static" / "report"
_LOOKS = {
    "met": "met",
    "at_risk": "risk",
    "missed": "miss",
    "not_assessable": "na",
    "in_work": "work",
    "planned": "plan",
}
_WORDS = {
    "met": pgettext_lazy("status of a target", "met"),
    "at_risk": pgettext_lazy("status of a target", "at risk"),
    "missed": pgettext_lazy("status of a target", "missed"),
    "not_assessable": pgettext_lazy("status of a target", "not assessable"),
    "in_work": pgettext_lazy("status of a target", "in work"),
    "planned": pgettext_lazy("status of a target", "planned"),
}
_TREND_WORDS = {
    "better": _("better than in %(month)s"),
    "same": _("as in %(month)s"),
    "worse": _("worse than in %(month)s"),
}
Links = Mapping[str, str]
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_PROPERTY = re.compile(r"(--[a-z0-9-]+):\s*([^;]+);")
_USE = re.compile(r"var\((--[a-z0-9-]+)\)")
_DRAWING = re.compile(
    r'<svg [^>]*?class="(?P<names>[^"]*)"[^>]*><title>(?P<title>.*?)</title>.*?</svg>', re.DOTALL
)
_SCREEN_ONLY = re.compile(r'<details class="data">.*?</details>', re.DOTALL)
_MARK_CLASSES = re.compile(r'(<(?:path|rect|circle|text)\b[^>]*?) class="[^"]*"')


def html(dataset: Mapping[str, Any]) -> str:
    """Give the whole document that becomes the PDF, in the language of the dataset."""
    return _filled("report/document.html", dataset, {})


def paper(dataset: Mapping[str, Any]) -> tuple[str, dict[str, bytes]]:
    """Give the document with its drawings taken out as images, and those by asset name.

    The print engine parses and styles every mark of an inline drawing as an element of the page;
    as an image it reads each once, and equal ones (status marks) only once in all. The tables
    behind figures are left out: they are for the screen.
    """
    drawings: dict[str, bytes] = {}

    def take(found: re.Match[str]) -> str:
        svg = _MARK_CLASSES.sub(r"\1", found[0])
        name = f"{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
        drawings[name] = svg.encode()
        title = found["title"].replace('"', "&quot;")
        return f'<img class="{found["names"]}" src="asset:{name}" alt="{title}">'

    return _DRAWING.sub(take, _SCREEN_ONLY.sub("", html(dataset))), drawings


@dataclass(frozen=True)
class Tools:
    """What the page offers at each figure and table: its numbers, and to ask about it (empty: not)."""

    numbers: str = ""
    question: str = ""


def body_html(
    dataset: Mapping[str, Any], links: Links | None = None, tools: Tools | None = None
) -> SafeString:
    """Give the same content as a fragment for the portal page; names stand for the logos.

    `links` maps "kind:id" of a source to the address of its page; numbers without one stay text.
    `tools` are addresses to which the place of a figure is added: "…/numbers/#" and "?about=".
    """
    meta = {key: item for key, item in dataset["meta"].items() if not key.endswith("_logo")}
    shown = _filled("report/_body.html", dataset, links or {}, meta, tools)
    return mark_safe(shown)  # noqa: S308


def pdf(
    dataset: Mapping[str, Any],
    *,
    logos: Mapping[str, bytes] | None = None,
    attachments: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
) -> bytes:
    """Give the PDF of a dataset, its canonical JSON attached. Raises RenderingFailed.

    `logos` are PNG files named as `meta.customer_logo` and `meta.provider_logo`; `attachments`
    are embedded beside the JSON.
    """
    with Press(limits) as press:
        stored = canonical_json(dataset)
        page, drawings = paper(dataset)
        return press.print(
            page,
            identifier=hashlib.sha256(stored).hexdigest()[:32],
            attachments={ATTACHMENT: stored, **(attachments or {})},
            assets={**print_assets(dataset["meta"].get("accent", "")), **drawings, **(logos or {})},
        )


@lru_cache(maxsize=16)
def print_assets(accent: str = "") -> dict[str, bytes]:
    """Fonts and the one style sheet of the printed page; `accent` is "#rrggbb" or empty.

    The engine goes through all of its sheets at each element, so ours are put together.
    """
    sheets = [(_STYLES / name).read_text() for name in ("widths.css", "print.css")]
    css = _settled("".join([font_rules(), *sheets]), _own_colors(accent))
    return {"report.css": css, **font_assets()}


def _own_colors(accent: str) -> dict[str, str]:
    """The customer's accent, darkened until it can be read on paper, and its lighter companion."""
    if not _COLOR.fullmatch(accent):
        return {}
    shade = readable(accent[1:].lower(), "light")
    return {"--accent": f"#{shade}", "--accent-2": f"#{towards(shade, 'ffffff', 0.45)}"}


def _settled(css: str, own: Mapping[str, str]) -> bytes:
    """Put the values of the custom properties in place: the engine would do so at each element."""
    values = {**dict(_PROPERTY.findall(css)), **own}
    return _USE.sub(lambda found: values.get(found[1], found[0]), css).encode()


def _filled(
    template: str,
    dataset: Mapping[str, Any],
    links: Links,
    meta: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
) -> str:
    report = blocks.from_dict({**dataset, "meta": meta or dataset["meta"]})
    digest = hashlib.sha256(canonical_json(dataset)).hexdigest()
    with override(report.meta.language):
        page = _Page(digest, links, report.meta.verify_url, tools)
        sections = [
            page.section(section, number) for number, section in enumerate(report.sections, 2)
        ]
        context = {
            "meta": report.meta,
            "headline": break_finding(report.headline, 450, 17),
            "cover": _drawn(report.cover),
            "cover_says": report.cover_says,
            "sections": sections,
            "digest": digest,
            "short_digest": digest[:8],
        }
        return _tight(render_to_string(template, context))


def _tight(text: str) -> str:
    """Drop the indentation of the templates; no text of ours depends on it."""
    return re.sub(r"\s*\n\s*", "\n", text)


def _drawn(spec: charts.Spec | None) -> SafeString | str:
    return mark_safe(charts.draw(spec)) if spec else ""  # noqa: S308


def _shown(block: Any) -> dict[str, Any]:
    return {field.name: getattr(block, field.name) for field in fields(block)}


def _is_timeline(block: Any) -> bool:
    return isinstance(block, blocks.Figure) and charts.is_timeline(block.chart)


def _lines(block: Any) -> int:
    """About how many lines of a table a block takes on paper."""
    if isinstance(block, blocks.Table):
        return 4 + 2 * len(block.rows)
    if isinstance(block, blocks.Decisions):
        return 6 * len(block.items)
    return 2 if isinstance(block, blocks.Heading | blocks.Paragraph) else 10


class _Page:
    """Turns blocks into what the templates print; counts figures within a section."""

    def __init__(
        self, digest: str, links: Links, verify_url: str, tools: Tools | None = None
    ) -> None:
        self._digest, self._links, self._verify_url = digest, links, verify_url
        self._tools, self._anchors = tools, dict[int, str]()
        self._section = self._figure = 0
        self._is_low = False
        self._filled = PAGE_LINES

    def section(self, section: blocks.Section, number: int) -> dict[str, Any]:
        self._section, self._figure = section.number or number, 0
        self._is_low = sum(map(_is_timeline, section.blocks)) > FULL_TIMELINES
        if self._tools:
            self._anchors = {id(block): anchor for anchor, block in blocks.anchored(section)}
        return {
            **_shown(section),
            "number": self._section,
            "follows": self._follows(section),
            "finding": break_finding(section.finding),
            "blocks": [self.block(block) for block in section.blocks],
        }

    def _follows(self, section: blocks.Section) -> bool:
        """Tell whether a chapter has room below the one before it; else it begins a page."""
        lines = HEAD_LINES + sum(map(_lines, section.blocks))
        follows = self._filled + lines <= PAGE_LINES
        self._filled = self._filled + lines if follows else lines
        return follows

    def block(self, block: Any) -> dict[str, Any]:
        """Give the values of a block with its template and its drawings."""
        kind = next(name for name, shape in blocks.BLOCKS.items() if isinstance(block, shape))
        extra = getattr(self, f"_{kind}_block", _nothing_more)(block)
        anchor = self._anchors.get(id(block), "")
        tools = {"anchor": anchor, "tools": self._tools} if anchor else {}
        return {**_shown(block), **extra, **tools, "template": f"report/block/{kind}.html"}

    def _next_figure(self) -> str:
        self._figure += 1
        return f"{self._section}.{self._figure}"

    def _figure_block(self, block: blocks.Figure) -> dict[str, Any]:
        data = {**_shown(block.data), **self._table_block(block.data)} if block.data else None
        drawn = {"number": self._next_figure(), "svg": self._timeline(block.chart), "data": data}
        return {**drawn, **self._source(block.ref)}

    def _timeline(self, chart: Any) -> SafeString | str:
        """Draw a chart; more than four timelines are lower, so that five fit a page."""
        drawn = charts.draw_low(chart) if self._is_low else charts.draw(chart)
        return mark_safe(drawn)  # noqa: S308

    def _legend_block(self, block: blocks.Legend) -> dict[str, Any]:
        return {"svg": _drawn(block.chart)}

    def _panels_block(self, block: blocks.Panels) -> dict[str, Any]:
        return {"number": self._next_figure(), "svgs": [_drawn(spec) for spec in block.charts]}

    def _box_block(self, block: blocks.Box) -> dict[str, Any]:
        return {"svg": _drawn(block.chart)}

    def _pair_block(self, block: blocks.Pair) -> dict[str, Any]:
        sides = {"left": block.left, "right": block.right}
        return {side: [self.block(part) for part in parts] for side, parts in sides.items()}

    def _key_numbers_block(self, block: blocks.KeyNumbers) -> dict[str, Any]:
        return {"items": [{**_shown(item), **self._source(item.ref)} for item in block.items]}

    def _decisions_block(self, block: blocks.Decisions) -> dict[str, Any]:
        return {"items": [{**_shown(item), **self._source(item.ref)} for item in block.items]}

    def _verify_block(self, block: blocks.Verify) -> dict[str, Any]:
        url = block.url or self._verify_url
        title = gettext("Code that opens this report: %(url)s") % {"url": url}
        svg = _drawn(charts.spec(charts.VerifyCode(url, title))) if url else ""
        return {"svg": svg, "url": url, "digest": block.digest or self._digest}

    def _scorecard_block(self, block: blocks.Scorecard) -> dict[str, Any]:
        rows = [
            {"service": row.service, "cells": [self._score(cell, block) for cell in row.cells]}
            for row in block.rows
        ]
        return {"number": self._next_figure(), "rows": rows}

    def _score(self, cell: blocks.ScoreCell, card: blocks.Scorecard) -> dict[str, Any]:
        word = cell.reason or str(_WORDS[cell.status])
        title = str(_WORDS[cell.status])
        if cell.trend:
            title += ", " + str(_TREND_WORDS[cell.trend]) % {"month": card.compared}
        mark = _mark(cell.status, title, cell.trend)
        return {"mark": mark, "word": word, "look": _LOOKS[cell.status], **self._source(cell.ref)}

    def _table_block(self, block: blocks.Table) -> dict[str, Any]:
        return {
            "number": self._next_figure() if block.numbered else "",
            "rows": [self._row(row, block.columns) for row in block.rows],
            "fixed": any(column.width for column in block.columns),
            "short": len(block.rows) <= 8,
            "span": len(block.columns),
        }

    def _row(self, row: blocks.Row, columns: tuple[blocks.Column, ...]) -> dict[str, Any]:
        cells = [self._cell(cell, column) for cell, column in zip(row.cells, columns, strict=False)]
        return {"kind": row.kind, "first": cells[0], "rest": cells[1:]}

    def _cell(self, cell: blocks.Cell, column: blocks.Column) -> dict[str, Any]:
        look = _LOOKS.get(cell.status, "")
        names = {"right": "r", "center": "c"}.get(column.align, "")
        names += "" if column.wrap else " nw"
        names += " fig" if cell.mark else ""
        word = cell.text or str(_WORDS.get(cell.status, ""))
        return {
            **_shown(cell),
            **self._source(cell.ref),
            "classes": names.strip(),
            "look": look,
            "word": word,
            "picture": _mark(cell.status, str(_WORDS[cell.status])) if look else "",
            "drawing": _drawn(cell.mark),
        }

    def _source(self, ref: blocks.Ref | None) -> dict[str, str]:
        if ref is None:
            return {"source": "", "href": ""}
        source = f"{ref.kind}:{ref.id}"
        return {"source": source, "href": self._links.get(source, "")}


def _nothing_more(_block: Any) -> dict[str, Any]:
    return {}


@lru_cache(maxsize=512)
def _mark(status: str, title: str, trend: str = "") -> SafeString | str:
    return _drawn(charts.spec(charts.StatusMark(status, title, trend)))
