"""The small drawings that stand inside a line or a table cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

import segno

from itsm.charts.canvas import Canvas, Point, num, polyline

Spot = Callable[[int, Decimal], Point]
Targets = Sequence[tuple[int, Decimal | None]]

STATUSES = ("met", "at_risk", "missed", "not_assessable", "in_work", "planned")
TRENDS = ("", "better", "same", "worse")
_ARROWS = {
    "better": ((1.2, 6), (5.6, 1.6), ((2.4, 1.4), (5.8, 1.4), (5.8, 4.8))),
    "same": ((0.8, 3.7), (6.2, 3.7), ((4.2, 1.6), (6.4, 3.7), (4.2, 5.8))),
    "worse": ((1.2, 1.4), (5.6, 5.8), ((5.8, 2.6), (5.8, 6), (2.4, 6))),
}


@dataclass(frozen=True)
class StatusMark:
    """A status as a shape that is told apart without color, with an optional trend arrow.

    `title` is the text alternative in the reader's language ("met, better than in September").
    """

    status: str
    title: str
    trend: str = ""


@dataclass(frozen=True)
class BudgetBar:
    """Share of an allowance used: `percent` is a whole number, rounded down, may pass 100."""

    percent: int
    title: str
    status: str = "met"


@dataclass(frozen=True)
class UsedBar:
    """Minutes used of the minutes planned, both whole.

    `scale` is the longest of a table in minutes, so that its bars compare; 0 fills the width.
    """

    planned: int
    used: int
    title: str
    scale: int = 0


@dataclass(frozen=True)
class Sparkline:
    """Up to thirteen monthly values (exact strings, None for a month without a case).

    `targets` gives the target in force in each month; `missed` the positions of missed months.
    """

    values: tuple[str | None, ...]
    title: str
    targets: tuple[str | None, ...] = ()
    missed: tuple[int, ...] = ()


@dataclass(frozen=True)
class VerifyCode:
    """A QR code that holds `url`."""

    url: str
    title: str


def draw_status(mark: StatusMark) -> str:
    """Circle with tick, triangle, square with cross, dashed, half-filled or open circle."""
    canvas = Canvas(9 + (9.4 if mark.trend else 0), 9, mark.title, "pl-mark")
    _SHAPES[mark.status](canvas)
    if mark.trend:
        start, end, head = _ARROWS[mark.trend]
        for points in ((start, end), head):
            moved = [(x + 11, y + 0.8) for x, y in points]
            canvas.path(polyline(moved), "", "soft", width=0.8)
    return canvas.svg()


def _met(canvas: Canvas) -> None:
    canvas.circle((4.5, 4.5), 3.78, "met")
    canvas.path("M2.8 4.58L4.12 5.94L6.39 3.14", "", "sheet", width=0.91)


def _at_risk(canvas: Canvas) -> None:
    canvas.path("M4.5 .27L8.81 7.98L.19 7.98Z", "risk")
    canvas.path("M4.5 2.91L4.5 5.41M4.5 6.24L4.5 7.07", "", "sheet", width=1.02)


def _missed(canvas: Canvas) -> None:
    canvas.rect((0.91, 0.91, 7.18, 7.18), "miss")
    canvas.path("M2.8 2.8L6.2 6.2M6.2 2.8L2.8 6.2", "", "sheet", width=1.02)


def _not_assessable(canvas: Canvas) -> None:
    canvas.circle((4.5, 4.5), 3.21, "sheet", "na", width=0.83, dash="1.4 1")
    canvas.path("M3.06 4.5L5.94 4.5", "", "na", width=0.95)


def _in_work(canvas: Canvas) -> None:
    _planned(canvas)
    canvas.path("M4.5 1.29C2.73 1.29 1.29 2.73 1.29 4.5C1.29 6.27 2.73 7.71 4.5 7.71Z", "accent")


def _planned(canvas: Canvas) -> None:
    canvas.circle((4.5, 4.5), 3.21, "sheet", "accent", width=0.98)


_SHAPES = {
    "met": _met,
    "at_risk": _at_risk,
    "missed": _missed,
    "not_assessable": _not_assessable,
    "in_work": _in_work,
    "planned": _planned,
}


def draw_budget(bar: BudgetBar) -> str:
    """A frame that means 100 %, the used part, an arrow head when the allowance is passed."""
    canvas = Canvas(52, 9, bar.title, "pl-budget")
    canvas.rect((0.25, 1.5, 40, 6), "sheet", "rule")
    used = round(40 * min(bar.percent, 100) / 100, 2)
    color = {"missed": "miss", "at_risk": "risk"}.get(bar.status, "accent")
    canvas.rect((0.25, 1.5, used, 6), color)
    if bar.percent > 100:
        canvas.path("M40.25 1.5L45 1.5L49.5 4.5L45 7.5L40.25 7.5Z", "miss")
        canvas.line((40.25, 0), (40.25, 9), "sheet", width=1.6)
    canvas.line((40.25, 0), (40.25, 9), "ink", width=0.7)
    return canvas.svg()


def draw_used(bar: UsedBar) -> str:
    """Open bar planned, inner bar used; an overrun stands apart behind a gap."""
    canvas = Canvas(88, 9, bar.title, "pl-used")
    scale = 86 / max(bar.planned, bar.used, bar.scale, 1)
    planned = bar.planned * scale
    canvas.rect((0.3, 1.5, planned, 6), "sheet", "soft", width=0.6)
    canvas.rect((0.6, 3, min(bar.used, bar.planned) * scale - 0.6, 3), "accent")
    if bar.used > bar.planned:
        canvas.rect(
            (planned + 1.2, 1.2, max(1.8, (bar.used - bar.planned) * scale - 1.2), 6.6), "miss"
        )
    return canvas.svg()


def draw_sparkline(spark: Sparkline) -> str:
    """A line with its own scale, dashed target with steps, squares on the missed months."""
    canvas = Canvas(66, 15, spark.title, "pl-spark")
    values = [None if value is None else Decimal(value) for value in spark.values]
    targets = [None if value is None else Decimal(value) for value in spark.targets]
    known = [value for value in [*values, *targets] if value is not None]
    if not known:
        canvas.line((2, 7.5), (62, 7.5), "rule", width=0.5, dash="1.4 1.4")
        return canvas.svg()
    low, high = min(known), max(known)
    step = 60 / max(len(values) - 1, 1)

    def spot(index: int, value: Decimal) -> tuple[float, float]:
        share = float((value - low) / (high - low)) if high > low else 0.5
        return 2 + index * step, round(12 - 9 * share, 4)

    canvas.path(step_line([(i, t) for i, t in enumerate(targets)], spot, step), "", "soft",
                width=0.45, dash="1.6 1.1")  # fmt: skip
    canvas.path(gap_line(values, spot), "", "accent", width=0.9)
    for index in spark.missed:
        missed = values[index]
        if missed is not None:
            x, y = spot(index, missed)
            canvas.rect((x - 1.7, y - 1.7, 3.4, 3.4), "miss")
    if values[-1] is not None and len(values) - 1 not in spark.missed:
        canvas.circle(spot(len(values) - 1, values[-1]), 1.7, "accent")
    return canvas.svg()


def step_line(targets: Targets, spot: Spot, step: float) -> str:
    """A target as a line of steps halfway between the months; `d` of a path, may be empty."""
    points: list[str] = []
    before = None
    for index, target in targets:
        if target is None:
            before = None
            continue
        x, y = spot(index, target)
        if before is None:
            points.append(f"M{num(x - (step / 2 if index else 0))} {num(y)}")
        elif before[1] != y:
            points.append(f"L{num(x - step / 2)} {num(before[1])}L{num(x - step / 2)} {num(y)}")
        points.append(f"L{num(x)} {num(y)}")
        before = (x, y)
    return "".join(points)


def gap_line(values: Sequence[Decimal | None], spot: Spot) -> str:
    """A line that breaks where a month has no value; a lone month becomes a short dash."""
    parts: list[str] = []
    pen_down = False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        x, y = spot(index, value)
        alone = not pen_down and (index + 1 == len(values) or values[index + 1] is None)
        parts.append(f"{'L' if pen_down else 'M'}{num(x)} {num(y)}")
        if alone:
            parts.append(f"h{num(1.2)}")
        pen_down = True
    return "".join(parts)


def draw_verify(code: VerifyCode) -> str:
    """The QR code as one path of squares, with the quiet zone of four modules."""
    matrix = segno.make(code.url, error="m", micro=False).matrix
    size = Decimal(74) / (len(matrix) + 8)
    canvas = Canvas(74, 74, code.title, "pl-verify")
    canvas.rect((0, 0, 74, 74), "sheet")
    parts = []
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                left, top = (x + 4) * size, (y + 4) * size
                side = size.quantize(Decimal("0.0001"), ROUND_DOWN)
                parts.append(f"M{left:.3f} {top:.3f}h{side:.3f}v{side:.3f}h-{side:.3f}z")
    canvas.path("".join(parts), "ink")
    return canvas.svg()
