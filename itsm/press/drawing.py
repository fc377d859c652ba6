"""Our own drawings on the printed page, written as PDF operators.

WeasyPrint reads an SVG node by node, sets each label three times and wraps every centered one in
an object of its own: half of the time of a report. Our charts are made of four plain marks
(`itsm.charts.canvas`), so this room writes them directly and sets each different label once.
A drawing with anything else in it is left to WeasyPrint.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.draw.text import draw_first_line
from weasyprint.matrix import Matrix
from weasyprint.text.fonts import FontConfiguration
from weasyprint.text.line_break import Layout, create_layout, line_size

_SVG = "{http://www.w3.org/2000/svg}"
_PLAIN = {
    "rect": {"x", "y", "width", "height"},
    "path": {"d"},
    "circle": {"cx", "cy", "r"},
    "text": {"x", "y", "font-size", "text-anchor", "font-weight"},
}
_PAINT = {"fill", "stroke", "stroke-width", "stroke-dasharray"}
_STEP = re.compile(r"([A-Za-z])|(-?(?:\d+\.?\d*|\.\d+))")
_ARITY = {"M": 2, "L": 2, "l": 2, "h": 1, "v": 1, "C": 6, "z": 0, "Z": 0}
_QUARTER = 0.5522847498  # a quarter of a circle as one Bézier curve
_POINT = 4 / 3  # in CSS pixels
Node = ElementTree.Element


def plain_drawings(
    assets: Mapping[str, bytes], font_config: FontConfiguration
) -> dict[str, "Drawing"]:
    """Give the drawings among `assets` that are made of plain marks, by their address."""
    lettering = Lettering(font_config)
    found = {}
    for name, body in assets.items():
        root = ElementTree.fromstring(body) if name.endswith(".svg") else None  # noqa: S314 - ours
        if root is not None and _is_plain(root):
            found[f"asset:{name}"] = Drawing(root, lettering)
    return found


def _is_plain(root: Node) -> bool:
    marks = list(root)[1:]
    return all(
        set(mark.attrib) <= _PLAIN.get(mark.tag.removeprefix(_SVG), set()) | _PAINT
        and not {step for step, _ in _STEP.findall(mark.get("d", "")) if step} - set(_ARITY)
        and not len(mark)
        for mark in marks
    )


class Drawing:
    """Stands where WeasyPrint keeps a picture; it asks for the size and calls `draw`."""

    def __init__(self, root: Node, lettering: "Lettering") -> None:
        """Keep the marks; they are written when the first page shows the drawing."""
        self._width, self._height = (float(part) for part in root.get("viewBox", "").split()[2:])
        self._family = [name.strip() for name in root.get("font-family", "").split(",")]
        self._marks = list(root)[1:]
        self._lettering = lettering
        self._written = b""

    def get_intrinsic_size(self, _resolution: float, _size: float) -> tuple[float, float, float]:
        """Width and height in CSS pixels, and their ratio."""
        return self._width * _POINT, self._height * _POINT, self._width / self._height

    def draw(self, stream: Any, width: float, height: float, _style: object) -> None:
        """Add the operators to a page, scaled to `width` × `height`."""
        if not self._written:
            self._written = b"\n".join(
                part for mark in self._marks for part in self._one(mark, stream)
            )
        stream.transform(a=width / self._width, d=height / self._height)
        stream.stream.append(b"4 M")
        stream.stream.append(self._written)

    def _one(self, mark: Node, stream: Any) -> Iterator[bytes]:
        kind = mark.tag.removeprefix(_SVG)
        if kind == "text":
            yield _color(mark.get("fill", ""), b"rg")
            yield self._lettering.line(mark, self._family, stream)
            return
        fill, stroke = (mark.get(name, "none") for name in ("fill", "stroke"))
        if fill != "none":
            yield _color(fill, b"rg")
        if stroke != "none":
            dash = mark.get("stroke-dasharray", "")
            yield _color(stroke, b"RG")
            yield f"{mark.get('stroke-width', '1')} w [{dash}] 0 d".encode()
        yield from _SHAPES[kind](mark)
        yield {(True, True): b"B", (True, False): b"f", (False, True): b"S"}.get(
            (fill != "none", stroke != "none"), b"n"
        )


class Lettering:
    """Sets labels and keeps them: the same words in the same size are shaped once a document."""

    def __init__(self, font_config: FontConfiguration) -> None:
        """Use the faces of the document."""
        self._font_config = font_config
        self._set: dict[tuple[str, float, int], tuple[bytes, float]] = {}

    def line(self, mark: Node, family: list[str], stream: Any) -> bytes:
        """Give a label as operators, shifted for its anchor."""
        size, weight = float(mark.get("font-size", "12")), int(mark.get("font-weight", "400"))
        key = (mark.text or "", size, weight)
        if key not in self._set:
            self._set[key] = self._shape(key, family, stream)
        shown, width = self._set[key]
        shift = {"middle": width / 2, "end": width}.get(mark.get("text-anchor", ""), 0)
        left = float(mark.get("x", "0")) - shift
        return b"BT 1 0 0 -1 %.3f %.3f Tm\n%b\nET" % (left, float(mark.get("y", "0")), shown)

    def _shape(
        self, key: tuple[str, float, int], family: list[str], stream: Any
    ) -> tuple[bytes, float]:
        text, size, weight = key
        style = _Style(INITIAL_VALUES, font_family=family, font_size=size, font_weight=weight)
        style.font_config = self._font_config
        box = _Label(text, create_layout(text, style, None, None, 0), style)
        width, _height = line_size(box.pango_layout.get_first_line()[0], style)
        scratch = stream.clone()
        draw_first_line(scratch, box, "none", "none", Matrix(d=-1))
        return b"\n".join(scratch.stream[1:]), width


class _Style(dict[str, Any]):
    font_config: FontConfiguration


class _Label:
    baseline = 0

    def __init__(self, text: str, layout: Layout, style: _Style) -> None:
        self.text, self.pango_layout, self.style = text, layout, style


def _color(text: str, operator: bytes) -> bytes:
    parts = (int(text[index : index + 2], 16) / 255 for index in (1, 3, 5))
    return b"%.4f %.4f %.4f " % tuple(parts) + operator


def _rect(mark: Node) -> Iterator[bytes]:
    yield " ".join([mark.attrib[name] for name in ("x", "y", "width", "height")]).encode() + b" re"


def _circle(mark: Node) -> Iterator[bytes]:
    x, y, r = (float(mark.attrib[name]) for name in ("cx", "cy", "r"))
    k = r * _QUARTER
    yield b"%.3f %.3f m" % (x + r, y)
    for curve in (
        (x + r, y + k, x + k, y + r, x, y + r),
        (x - k, y + r, x - r, y + k, x - r, y),
        (x - r, y - k, x - k, y - r, x, y - r),
        (x + k, y - r, x + r, y - k, x + r, y),
    ):
        yield b"%.3f %.3f %.3f %.3f %.3f %.3f c" % curve
    yield b"h"


def _path(mark: Node) -> Iterator[bytes]:
    """The steps of a path; the relative ones are added up."""
    x = y = start_x = start_y = 0.0
    for step, values in _steps(mark.get("d", "")):
        if step in "zZ":
            x, y = start_x, start_y
            yield b"h"
            continue
        if step == "C":
            yield b"%.3f %.3f %.3f %.3f %.3f %.3f c" % tuple(values)
            x, y = values[4:]
            continue
        x, y = _moved(step, values, x, y)
        if step == "M":
            start_x, start_y = x, y
        yield b"%.3f %.3f %b" % (x, y, b"m" if step == "M" else b"l")


def _moved(step: str, values: list[float], x: float, y: float) -> tuple[float, float]:
    if step == "h":
        return x + values[0], y
    if step == "v":
        return x, y + values[0]
    return (x + values[0], y + values[1]) if step == "l" else (values[0], values[1])


def _steps(text: str) -> Iterator[tuple[str, list[float]]]:
    """Letters with their numbers; a letter that has more of them than it needs is said again."""
    step, values = "", list[float]()
    for letter, number in _STEP.findall(text):
        if letter:
            step, values = letter, []
        else:
            values.append(float(number))
        if len(values) == _ARITY[step]:
            yield step, values
            values = []


_SHAPES = {"rect": _rect, "circle": _circle, "path": _path}
