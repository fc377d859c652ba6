"""Planned work on a line of ninety days, and the minutes of a major incident."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from itsm.charts.canvas import Canvas, hatch, shorten, text_width

KINDS = ("agreed", "approval", "outside", "exercise")


@dataclass(frozen=True)
class Planned:
    """A dated piece of work; `kind` is one of KINDS, `label` the date in the reader's words."""

    row: str
    day: str
    label: str
    kind: str = "agreed"


@dataclass(frozen=True)
class Month:
    """First day of a month and its heading ("December")."""

    first: str
    label: str


@dataclass(frozen=True)
class WorkCalendar:
    """Rows of services over the days from `first` to `last`; `freeze` = (from, to, text)."""

    title: str
    first: str
    last: str
    rows: tuple[str, ...]
    works: tuple[Planned, ...]
    months: tuple[Month, ...]
    freeze: tuple[str, ...] = ()
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """Something that happened: minutes after the start, the time in bold, what happened."""

    minute: int
    time: str
    text: str


@dataclass(frozen=True)
class IncidentLine:
    """A major incident from its start: total minutes, moments, the agreed restore minute."""

    title: str
    minutes: int
    moments: tuple[Moment, ...]
    target: int | None = None
    target_text: str = ""
    unit: str = "minutes"


def draw_calendar(spec: WorkCalendar) -> str:
    """Sundays as hairlines, a freeze hatched, the kind of work as a shape."""
    foot = 13 + 19.6 * len(spec.rows)
    canvas = Canvas(482, foot + 14, spec.title, "pl-calendar")
    first, last = date.fromisoformat(spec.first), date.fromisoformat(spec.last)
    pitch = 398 / ((last - first).days + 1)

    def place(day: str | date) -> float:
        at = date.fromisoformat(day) if isinstance(day, str) else day
        return 84 + (at - first).days * pitch

    for month in spec.months:
        x = max(place(month.first), 84.0)
        canvas.line((x, 2), (x, foot), "rule", width=0.6)
        canvas.text((x + 3, 8), month.label, 7.5)
    if spec.freeze:
        _freeze(
            canvas, spec, place(spec.freeze[0]), place(spec.freeze[1]) + pitch, _quiet_row(spec)
        )
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() == 6:
            canvas.line((place(day), 13), (place(day), foot), "hair", width=0.35)
    for index, row in enumerate(spec.rows):
        y = 13 + 19.6 * index
        canvas.text((78, y + 12.6), shorten(row, 76, 8), 8, "ink", anchor="end")
        canvas.line((84, y + 19.6), (482, y + 19.6), "hair")
        works = [work for work in spec.works if work.row == row]
        _works(canvas, works, y + 9.8, place, place(spec.freeze[0]) if spec.freeze else 999)
    _calendar_key(canvas, spec.key, foot + 11)
    return canvas.svg()


def _freeze(canvas: Canvas, spec: WorkCalendar, left: float, right: float, row: int) -> None:
    box = (left, 13, right - left, 19.6 * len(spec.rows))
    canvas.rect(box, "sheet")
    canvas.path(hatch([box], 3.4), "", "outside", width=0.4)
    width = text_width(spec.freeze[2], 7.5, bold=True)
    middle = (left + right) / 2
    y = 13 + 19.6 * row + 12.6
    canvas.rect((middle - width / 2 - 3, y - 8, width + 6, 11), "sheet")
    canvas.text((middle, y), spec.freeze[2], 7.5, "ink", anchor="middle", bold=True)


def _quiet_row(spec: WorkCalendar) -> int:
    """The lowest row without work near the freeze: there its text stands free."""
    begin, end = (date.fromisoformat(day) for day in spec.freeze[:2])
    near = {
        work.row
        for work in spec.works
        if begin - timedelta(days=12) <= date.fromisoformat(work.day) <= end + timedelta(days=12)
    }
    free = [index for index, row in enumerate(spec.rows) if row not in near]
    return free[-1] if free else len(spec.rows) - 1


def _works(
    canvas: Canvas,
    works: list[Planned],
    y: float,
    place: Callable[[str], float],
    edge: float,
) -> None:
    spots = sorted(((place(work.day) + 2, work) for work in works), key=lambda spot: spot[0])
    for index, (x, work) in enumerate(spots):
        _SHAPES[work.kind](canvas, x, y)
        crowded = index + 1 < len(spots) and spots[index + 1][0] - x < 40
        crowded = crowded or x < edge < x + 12 + text_width(work.label, 7.5)
        label = text_width(work.label, 7.5)
        if crowded or x + 8 + label > 482:
            canvas.text((x - 7, y + 2.6), work.label, 7.5, "ink", anchor="end")
        else:
            canvas.text((x + 8, y + 2.6), work.label, 7.5, "ink")


def _agreed(canvas: Canvas, x: float, y: float) -> None:
    box = (x - 4, y - 4, 8.0, 8.0)
    canvas.rect(box, "maintenance")
    canvas.path(hatch([box], 2.2, falling=True), "", "sheet", width=0.5)


def _approval(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(f"M{x:.2f} {y - 5.2:.2f}l5.2 5.2l-5.2 5.2l-5.2 -5.2z", "risk", "risk-text")


def _outside(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect((x - 3.6, y - 3.6, 7.2, 7.2), "sheet", "accent", width=1)


def _exercise(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle((x, y), 3.8, "ink")


_SHAPES = {"agreed": _agreed, "approval": _approval, "outside": _outside, "exercise": _exercise}


def _calendar_key(canvas: Canvas, labels: tuple[str, ...], y: float) -> None:
    x = 88.0
    for kind, label in zip(KINDS, labels, strict=False):
        _SHAPES[kind](canvas, x, y - 2.6)
        canvas.text((x + 8, y), label, 7.5)
        x += 22 + text_width(label, 7.5)


def draw_incident(spec: IncidentLine) -> str:
    """A solid bar of minutes; labels that would collide move right with a leader."""
    canvas = Canvas(446, 66, spec.title, "pl-incident")
    top = max(spec.minutes, spec.target or 0)
    scale = 420 / max(top * 1.05, 1)
    edge = 0.0
    for moment in spec.moments:
        x = 4 + moment.minute * scale
        label = max(x + 2, edge)
        width = max(text_width(moment.time, 7.5, bold=True), text_width(moment.text, 7))
        if label + width > 446:
            label = max(edge, 446 - width)
        canvas.path(f"M{x:.2f} 32L{x:.2f} 24L{label - 2:.2f} 21L{label - 2:.2f} 3", "", "soft")
        canvas.text((label, 9), moment.time, 7.5, "ink", bold=True)
        canvas.text((label, 18), moment.text, 7)
        edge = label + width + 8
    canvas.rect((4, 32, spec.minutes * scale, 10), "miss")
    _minute_axis(canvas, top, scale)
    canvas.text((446, 55), spec.unit, 7, anchor="end")
    if spec.target is not None:
        x = 4 + spec.target * scale
        canvas.line((x, 28), (x, 46), "sheet", width=3.2)
        canvas.line((x, 27), (x, 47), "ink", width=1.5)
        canvas.text((x, 64.5), spec.target_text, 7, "ink", anchor="middle")
    return canvas.svg()


def _minute_axis(canvas: Canvas, top: int, scale: float) -> None:
    step = next((size for size in (10, 20, 30, 60, 120, 240, 720) if top / size <= 6), 1440)
    for minute in range(0, top + 1, step):
        x = 4 + minute * scale
        canvas.line((x, 42), (x, 45), "rule")
        canvas.text((x, 54), str(minute), 7, anchor="middle")
