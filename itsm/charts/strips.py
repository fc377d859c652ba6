"""Days as columns: the cover picture, the timeline of a service, the ninety-day strip."""

from collections import defaultdict
from dataclasses import dataclass

from itsm.charts.canvas import Box, Canvas, hatch, polyline, rects, text_width, wrap
from itsm.charts.clock import LocalDay, Piece, days_between, free, instant, local_day, pieces

LABELLED_DAYS = 45  # in a longer period the months are named, not the days
LAYERS = ("hours", "maintenance", "degraded", "unknown", "outage")


@dataclass(frozen=True)
class Span:
    """A layer (one of LAYERS) from `start` to `end`, ISO instants, half open."""

    layer: str
    start: str
    end: str


@dataclass(frozen=True)
class DayCount:
    """What is printed above a day: counted minutes ("76", "9†") or "?" for no data."""

    day: str
    text: str


@dataclass(frozen=True)
class CoverRow:
    """One service on the cover."""

    service: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class CoverStrip:
    """Services × days of a period: `first` and `last` are local dates, both included.

    `months` names the calendar months of a period that is too long for the numbers of its days.
    """

    title: str
    zone: str
    first: str
    last: str
    rows: tuple[CoverRow, ...]
    axis: str = ""
    quiet: str = ""
    months: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """One service: day columns of 24 hours, layers, counted minutes above the days.

    `weekdays` are the seven letters from Monday; `holidays` local dates printed semibold.
    """

    title: str
    zone: str
    first: str
    last: str
    spans: tuple[Span, ...] = ()
    counts: tuple[DayCount, ...] = ()
    weekdays: str = "MTWTFSS"
    minutes_word: str = "min"
    holidays: tuple[str, ...] = ()
    months: tuple[str, ...] = ()


@dataclass(frozen=True)
class StripKey:
    """The key of the layers, in the reader's words: service hours, outside, maintenance, …"""

    title: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DayState:
    """One day of the ninety-day strip: `state` is ok, degraded, outage, unknown or closed."""

    day: str
    state: str
    title: str = ""


@dataclass(frozen=True)
class DayStrip:
    """Up to a hundred days as one row of bars, newest at the right."""

    title: str
    days: tuple[DayState, ...]
    first_label: str = ""
    last_label: str = ""


@dataclass(frozen=True)
class _Grid:
    """Where the columns are: left edge, pitch, gap, top and height of 24 hours."""

    left: float
    pitch: float
    gap: float
    top: float
    height: float

    def box(self, column: int, piece: Piece, least: float = 0) -> Box:
        width = max(self.pitch - self.gap, 1.2 if least else 0)
        x = self.left + column * self.pitch
        if piece.side:
            width /= 2
            x += width if piece.side == "right" else 0
        y = self.top + piece.start * self.height / 1440
        height = max(least, (piece.end - piece.start) * self.height / 1440)
        return x, min(y, self.top + self.height - height), width, height


def _layers(spans: tuple[Span, ...], days: list[LocalDay]) -> dict[str, list[tuple[int, Piece]]]:
    found: dict[str, list[tuple[int, Piece]]] = defaultdict(list)
    for span in spans:
        start, end = instant(span.start), instant(span.end)
        for column, day in enumerate(days):
            if day.begins < end and day.ends > start:
                found[span.layer].extend((column, piece) for piece in pieces(start, end, day))
    return found


def _paint(canvas: Canvas, spans: tuple[Span, ...], days: list[LocalDay], grid: _Grid) -> None:
    """Draw all layers from below; each is one path, so a month stays a dozen marks."""
    layers = _layers(spans, days)
    hours = layers["hours"]
    outside = [
        (column, piece)
        for column, day in enumerate(days)
        for piece in free([part for at, part in hours if at == column], day)
    ]
    canvas.path(hatch(_runs(outside, grid)), "", "outside", width=0.35)
    canvas.path(rects(_runs(hours, grid)), "hours")
    if grid.gap:
        canvas.path(_gaps(len(days), grid), "", "sheet", width=grid.gap)
    maintenance = [grid.box(*part) for part in layers["maintenance"]]
    canvas.path(rects(maintenance), "maintenance")
    canvas.path(hatch(maintenance, 2.2, falling=True), "", "sheet", width=0.5)
    canvas.path(rects(grid.box(*part, 2.2) for part in layers["degraded"]), "degraded",
                "degraded-edge", width=0.5)  # fmt: skip
    canvas.path(rects(grid.box(*part, 3) for part in layers["unknown"]), "sheet", "ink",
                width=0.6, dash="1.1 .8")  # fmt: skip
    canvas.path(rects(grid.box(*part, 1.9) for part in layers["outage"]), "miss")


def _runs(parts: list[tuple[int, Piece]], grid: _Grid) -> list[Box]:
    """One box over equal pieces of neighboring days; the gaps are drawn over it afterwards.

    A month of equal days is one rectangle instead of thirty, and its hatch a fifth of the lines.
    """
    runs: list[tuple[int, int, Piece]] = []
    for column, piece in sorted(parts, key=lambda part: part[0]):
        at = next((n for n, run in enumerate(runs) if run[1:] == (column - 1, piece)), None)
        if at is None or piece.side:
            runs.append((column, column, piece))
        else:
            runs[at] = (runs[at][0], column, piece)
    boxes = []
    for first, last, piece in runs:
        x, y, width, height = grid.box(first, piece)
        boxes.append((x, y, width + (last - first) * grid.pitch, height))
    return boxes


def _gaps(columns: int, grid: _Grid) -> str:
    """The white lines between the days, as one path."""
    top, bottom = grid.top - 0.2, grid.top + grid.height + 0.2
    places = [grid.left + n * grid.pitch - grid.gap / 2 for n in range(1, columns)]
    return "".join(polyline(((x, top), (x, bottom))) for x in places)


def draw_cover(spec: CoverStrip) -> str:
    """The month in one picture: a row for each service, a column for each day."""
    days = [local_day(day, spec.zone) for day in days_between(spec.first, spec.last)]
    rows = _eventful(spec.rows) if len(spec.rows) > 14 else spec.rows
    pitch = max(17, min(45, 240 // max(len(rows), 1)))
    gap = 7 if pitch >= 24 else 4
    foot = len(rows) * pitch + (12 if spec.quiet and len(rows) < len(spec.rows) else 0)
    canvas = Canvas(482, foot + 16, spec.title, "pl-cover")
    size = 9.5 if pitch > 24 else 8.5
    for index, row in enumerate(rows):
        grid = _Grid(
            88, 394 / len(days), _gap(394 / len(days), 1.2), 4 + index * pitch, pitch - gap
        )
        middle = 4 + index * pitch + (pitch - gap) / 2 + size / 3
        lines = wrap(row.service, 82, size, 2 if pitch >= 24 else 1)
        for number, line in enumerate(lines):
            shift = (number - (len(lines) - 1) / 2) * size * 1.15
            canvas.text((0, middle + shift), line, size, "ink")
        _paint(canvas, row.spans, days, grid)
    if len(rows) < len(spec.rows):
        canvas.text((88, foot - 2), spec.quiet, 8)
    if len(days) > LABELLED_DAYS:
        canvas.text((0, foot + 12), spec.axis, 7.5)
        _month_labels(canvas, days, spec.months, _Grid(88, 394 / len(days), 0, foot, 4))
    else:
        _cover_axis(canvas, days, spec.axis, foot + 12)
    return canvas.svg()


def _gap(pitch: float, usual: float) -> float:
    """The white between two days; none where a day is thinner than a line."""
    return usual if pitch > 2.5 * usual else 0.5 if pitch > 3 else 0


def _month_labels(
    canvas: Canvas, days: list[LocalDay], months: tuple[str, ...], grid: _Grid
) -> None:
    """Name each month below its first day, with a tick."""
    firsts = [n for n, day in enumerate(days) if n == 0 or day.day.day == 1]
    for name, column in zip(months, firsts, strict=False):
        x = grid.left + column * grid.pitch
        canvas.line((x, grid.top), (x, grid.top + grid.height), "rule")
        canvas.text((x + 1.5, grid.top + grid.height + 8), name, 7.5)


def _eventful(rows: tuple[CoverRow, ...]) -> tuple[CoverRow, ...]:
    """Beyond fourteen services only those with an event are drawn, at most fourteen of them."""
    kept = [row for row in rows if any(span.layer in LAYERS[2:] for span in row.spans)]
    return tuple((kept or list(rows))[:14])


def _cover_axis(canvas: Canvas, days: list[LocalDay], word: str, y: float) -> None:
    canvas.text((0, y), word, 7.5)
    pitch = 394 / len(days)
    for column, day in enumerate(days):
        last = column == len(days) - 1
        if column == 0 or last or (day.day.day % 5 == 0 and column < len(days) - 2):
            x = 88 + column * pitch + (pitch - 1.2) / 2
            canvas.text((x, y), str(day.day.day), 7.5, anchor="middle")


def draw_timeline(spec: Timeline, *, hours_height: float = 76.8) -> str:
    """The timeline strip of one service; every counted minute is printed above its day.

    ``hours_height`` is that of its 24 hours, in points of the drawing.
    """
    days = [local_day(day, spec.zone) for day in days_between(spec.first, spec.last)]
    canvas = Canvas(482, hours_height + 34, spec.title, "pl-timeline")
    pitch = min(14.71, 456 / len(days))
    grid = _Grid(26, pitch, _gap(pitch, 1.7), 15, hours_height)
    _paint(canvas, spec.spans, days, grid)
    _hour_axis(canvas, grid, len(days), spec.minutes_word)
    _day_counts(canvas, grid, days, spec)
    if len(days) > LABELLED_DAYS:
        below = _Grid(26, pitch, 0, grid.top + grid.height, 4)
        _month_labels(canvas, days, spec.months, below)
    return canvas.svg()


def _day_counts(canvas: Canvas, grid: _Grid, days: list[LocalDay], spec: Timeline) -> None:
    """Minutes above the days, as far as they fit; number and weekday below those of a month."""
    counts, right = {count.day: count.text for count in spec.counts}, 0.0
    for column, day in enumerate(days):
        center = grid.left + column * grid.pitch + (grid.pitch - grid.gap) / 2
        text = counts.get(day.day.isoformat(), "")
        half = text_width(text, 7.5, bold=True) / 2
        if text and center - half >= right:
            color = "ink" if text == "?" else "miss"
            canvas.text((center, 10.5), text, 7.5, color, anchor="middle", bold=True)
            right = center + half
        if len(days) <= LABELLED_DAYS:
            _day_label(canvas, (center, grid.top + grid.height + 8.5), day, spec)
            if day.hours:
                _clock_change(canvas, center, day.hours, raised=bool(text))


def _hour_axis(canvas: Canvas, grid: _Grid, columns: int, minutes_word: str) -> None:
    for hour in (0, 6, 12, 18, 24):
        y = grid.top + hour * grid.height / 24
        canvas.text((21, y + 2.4), f"{hour:02d}", 6.5, anchor="end")
        canvas.line((22.5, y), (25.5, y), "rule")
        if 0 < hour < 24:
            canvas.line((26, y), (26 + columns * grid.pitch, y), "sheet", width=0.4)
    canvas.text((0, grid.top + grid.height / 2 + 2.4), "h", 6.5)
    canvas.text((0, 10.5), minutes_word, 6.5)


def _day_label(canvas: Canvas, at: tuple[float, float], day: LocalDay, spec: Timeline) -> None:
    center, y = at
    weekday = day.day.weekday()
    holiday = day.day.isoformat() in spec.holidays
    color = "soft" if weekday > 4 and not holiday else "ink"
    canvas.text((center, y), str(day.day.day), 7, color, anchor="middle", bold=holiday)
    letter = spec.weekdays[weekday]
    canvas.text((center, y + 8), letter, 6.5, "soft", anchor="middle", bold=holiday)


def _clock_change(canvas: Canvas, center: float, hours: str, *, raised: bool) -> None:
    canvas.path(polyline(((center - 7, 13), (center - 7, 11.2), (center + 7, 11.2),
                          (center + 7, 13))), "", "ink", width=0.6)  # fmt: skip
    shift = 9 if raised else 0
    canvas.text((center, 9.2 - shift + (4 if raised else 0)), hours, 6.5, "ink",
                anchor="middle", bold=True)  # fmt: skip


def draw_key(spec: StripKey) -> str:
    """The key; labels in the order hours, outside, maintenance, degraded, outage, no data."""
    canvas = Canvas(482, 12, spec.title, "pl-key")
    x = 0.0
    for index, label in enumerate(spec.labels):
        _KEYS[index](canvas, (x, 2, 11, 8))
        canvas.text((x + 14.5, 9), label, 7.5)
        x += 14.5 + text_width(label, 7.5) + 14
    return canvas.svg()


def _key_hours(canvas: Canvas, box: Box) -> None:
    canvas.rect(box, "hours")


def _key_outside(canvas: Canvas, box: Box) -> None:
    canvas.rect(box, "sheet", "rule", width=0.3)
    canvas.path(hatch([box]), "", "outside", width=0.5)


def _key_maintenance(canvas: Canvas, box: Box) -> None:
    canvas.rect(box, "maintenance")
    canvas.path(hatch([box], 2.2, falling=True), "", "sheet", width=0.5)


def _slim(box: Box) -> Box:
    return box[0], 3.6, box[2], 4.6


def _key_degraded(canvas: Canvas, box: Box) -> None:
    canvas.rect(_slim(box), "degraded", "degraded-edge")


def _key_outage(canvas: Canvas, box: Box) -> None:
    canvas.rect(_slim(box), "miss")


def _key_unknown(canvas: Canvas, box: Box) -> None:
    canvas.rect(_slim(box), "sheet", "ink", width=0.6, dash="1.1 .8")


_KEYS = (_key_hours, _key_outside, _key_maintenance, _key_degraded, _key_outage, _key_unknown)


def draw_day_strip(spec: DayStrip) -> str:
    """Bars of one height for good days; an outage is taller and solid, unknown an open frame."""
    pitch = 720 / max(len(spec.days), 1)
    canvas = Canvas(720, 42, spec.title, "pl-days")
    for column, day in enumerate(spec.days):
        x, width = column * pitch, pitch - min(2, pitch * 0.25)
        fill, stroke, top = _DAY_LOOKS[day.state]
        canvas.rect((x + 0.4, top, width - 0.8, 28 - top), fill, stroke, width=0.8)
    canvas.text((0, 40), spec.first_label, 9)
    canvas.text((720, 40), spec.last_label, 9, anchor="end")
    return canvas.svg()


_DAY_LOOKS = {
    "ok": ("calm", "", 8),
    "degraded": ("degraded", "degraded-edge", 4),
    "outage": ("miss", "", 0),
    "unknown": ("sheet", "na", 8),
    "closed": ("hair", "", 20),
}
