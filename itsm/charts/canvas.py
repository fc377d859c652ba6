"""The drawing board of every chart: an SVG writer with our colors, widths and hatches.

WeasyPrint applies neither the classes nor the variables of the document to inline SVG, the browser
does. So every mark carries both: the class (`f-…` fills, `s-…` strokes), which follows the theme on
screen, and the light theme's presentation attributes, which count on paper.
"""

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

FAMILY = "Source Sans 3, DejaVu Sans Condensed, DejaVu Sans, sans-serif"

COLORS = {
    "ink": "#1b2230",
    "soft": "#4b5565",
    "rule": "#aab2bd",
    "hair": "#dfe3e8",
    "sheet": "#ffffff",
    "accent": "#14506b",
    "accent-2": "#7ea3b4",
    "accent-3": "#cfdde4",
    "met": "#2c7a5a",
    "risk": "#b87408",
    "risk-text": "#7a4e03",
    "miss": "#a81e2c",
    "na": "#6b7280",
    "hours": "#dde8ed",
    "outside": "#b9bfc8",
    "maintenance": "#6f98ab",
    "degraded": "#f0c36a",
    "degraded-edge": "#8a5a05",
    "calm": "#4c9f74",
    "heat-0": "#ffffff",
    "heat-1": "#e3edf1",
    "heat-2": "#c3d7e0",
    "heat-3": "#95b8c7",
    "heat-4": "#5f93a9",
    "heat-5": "#347490",
    "heat-6": "#14506b",
}

# Advance widths of Source Sans 3 Regular in thousandths of the size, for the characters that labels
# are made of (read from the face's hmtx table); every other character counts as REST.
_WIDTHS = {
    " ": 200, "!": 289, "%": 824, "&": 609, "'": 249, "(": 303, ")": 303, "+": 497, ",": 249,
    "-": 311, ".": 249, "/": 350, ":": 249, "A": 544, "B": 588, "C": 571, "D": 615, "E": 527,
    "F": 494, "G": 617, "H": 652, "I": 263, "J": 480, "K": 579, "L": 486, "M": 814, "N": 647,
    "O": 664, "P": 569, "Q": 664, "R": 569, "S": 534, "T": 536, "U": 645, "V": 515, "W": 786,
    "X": 513, "Y": 476, "Z": 539, "a": 504, "b": 553, "c": 456, "d": 555, "e": 496, "f": 292,
    "g": 504, "h": 544, "i": 246, "j": 247, "k": 495, "l": 255, "m": 829, "n": 547, "o": 542,
    "p": 555, "q": 555, "r": 347, "s": 419, "t": 338, "u": 544, "v": 467, "w": 719, "x": 446,
    "y": 467, "z": 425, "…": 1000, "–": 500, "−": 497, "\u202f": 140, "\u00a0": 200,
}  # fmt: skip
_DIGIT, _REST, _SQUARE, _SEMIBOLD = 497, 580, 1000, Decimal("1.045")
Point = tuple[float, float]
Box = tuple[float, float, float, float]


def num(value: float | Decimal) -> str:
    """Write a coordinate: two decimals at most, no trailing zero, no minus zero."""
    exact = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_EVEN).normalize()
    return format(exact if exact else Decimal(0), "f")


def _rest(char: str) -> int:
    """Width of a character of another script: a Chinese or Japanese one fills a square."""
    return _SQUARE if east_asian_width(char) in ("W", "F") else _REST


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of `text` set in Source Sans 3 at `size`, in the unit of `size`."""
    units = sum(_DIGIT if char.isdigit() else _WIDTHS.get(char) or _rest(char) for char in text)
    return float(Decimal(units) * (_SEMIBOLD if bold else 1) * Decimal(str(size)) / 1000)


def shorten(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Cut `text` so that it fits `width`, ending in "…"; a text that fits is left alone."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + "…", size, bold=bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, width: float, size: float, lines: int = 2) -> list[str]:
    """Break `text` at spaces into at most `lines` lines of `width`; the last one is shortened."""
    done: list[str] = []
    line = ""
    for word in text.split():
        trial = f"{line} {word}".strip()
        if line and text_width(trial, size) > width and len(done) < lines - 1:
            done.append(line)
            line = word
        else:
            line = trial
    return [shorten(part, width, size) for part in [*done, line]]


def hatch(boxes: Iterable[Box], step: float = 2.6, *, falling: bool = False) -> str:
    """One path of 45° lines clipped to every box by arithmetic, as `d` of a `<path>`.

    A `<pattern>` would be drawn as a picture by some print engines; lines stay sharp.
    """
    parts = []
    for x, y, width, height in boxes:
        first = math.ceil((x + y) / step) if not falling else math.ceil((x - y - height) / step)
        last = x + y + width + height if not falling else x - y + width
        index = first
        while index * step < last:
            parts.append(_line_in((x, y, width, height), index * step, falling=falling))
            index += 1
    return "".join(parts)


def _line_in(box: Box, offset: float, *, falling: bool) -> str:
    x, y, width, height = box
    if falling:  # x - y = offset
        left, right = max(x, y + offset), min(x + width, y + height + offset)
        ends = ((left, left - offset), (right, right - offset))
    else:  # x + y = offset
        left, right = max(x, offset - y - height), min(x + width, offset - y)
        ends = ((left, offset - left), (right, offset - right))
    if right - left < 0.05:
        return ""
    return "M" + "L".join(f"{num(a)} {num(b)}" for a, b in ends)


def rects(boxes: Iterable[Box]) -> str:
    """Rectangles as one path: `d` of a `<path>`."""
    return "".join(f"M{num(x)} {num(y)}h{num(w)}v{num(h)}h{num(-w)}z" for x, y, w, h in boxes)


def polyline(points: Iterable[Point]) -> str:
    """A broken line as `d` of a `<path>`."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def paint(fill: str = "", stroke: str = "", width: float = 0.5, dash: str = "") -> str:
    """Class and presentation attributes for a fill and a stroke given by color role."""
    names = [f"f-{fill}"] * bool(fill) + [f"s-{stroke}"] * bool(stroke)
    parts = [f'class="{" ".join(names)}"', f'fill="{COLORS[fill] if fill else "none"}"']
    if stroke:
        parts.append(f'stroke="{COLORS[stroke]}" stroke-width="{num(width)}"')
    if dash:
        parts.append(f'stroke-dasharray="{dash}"')
    return " ".join(parts)


class Canvas:
    """Collects marks and gives them out as one accessible `<svg>`."""

    def __init__(self, width: float, height: float, title: str, kind: str = "") -> None:
        """Open a drawing of `width` × `height` points that `title` describes in words."""
        self.width, self.height, self.title, self.kind = width, height, title, kind
        self._marks: list[str] = []

    def rect(self, box: Box, fill: str = "", stroke: str = "", **line: object) -> None:
        """Draw a rectangle; nothing when it has no extent."""
        x, y, width, height = box
        if width <= 0 or height <= 0:
            return
        size = f'x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'
        self._marks.append(f"<rect {size} {paint(fill, stroke, **line)}/>")  # type: ignore[arg-type]

    def path(self, d: str, fill: str = "", stroke: str = "", **line: object) -> None:
        """Draw a path; an empty one leaves no mark."""
        if d:
            self._marks.append(f'<path d="{d}" {paint(fill, stroke, **line)}/>')  # type: ignore[arg-type]

    def line(self, start: Point, end: Point, stroke: str = "hair", **line: object) -> None:
        """Draw a straight line."""
        self.path(polyline((start, end)), "", stroke, **line)

    def circle(self, center: Point, radius: float, fill: str = "", stroke: str = "",
               **line: object) -> None:  # fmt: skip
        """Draw a circle."""
        spot = f'cx="{num(center[0])}" cy="{num(center[1])}" r="{num(radius)}"'
        self._marks.append(f"<circle {spot} {paint(fill, stroke, **line)}/>")  # type: ignore[arg-type]

    def text(
        self, at: Point, text: str, size: float = 7.5, color: str = "soft", **style: str | bool
    ) -> None:
        """Write `text` with its base line at `at`.

        `style` may hold `anchor` ("middle" or "end") and `bold` (True for semibold).
        """
        if not text:
            return
        anchor = f' text-anchor="{style["anchor"]}"' if style.get("anchor") else ""
        weight = ' font-weight="600"' if style.get("bold") else ""
        self._marks.append(
            f'<text x="{num(at[0])}" y="{num(at[1])}" font-size="{num(size)}" '
            f"{paint(color)}{anchor}{weight}>{escape(text)}</text>"
        )

    def svg(self) -> str:
        """Give the finished drawing; its first child is the text alternative."""
        names = f"pl-chart {self.kind}".strip()
        width, height = num(self.width), num(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class={quoteattr(names)} '
            f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}" '
            f'font-family="{FAMILY}"><title>{escape(self.title)}</title>'
            f"{''.join(self._marks)}</svg>"
        )
