"""Charts with a value axis: monthly panels, ranked bars, restore times, limits, heat map."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from itsm.charts.canvas import Canvas, hatch, shorten
from itsm.charts.marks import Spot, gap_line, step_line


@dataclass(frozen=True)
class Panel:
    """Thirteen months of one indicator; exact strings, None for a month without a case.

    `months` are one-letter labels, `years` texts under single months ("2026" at January).
    `value` and `before` are printed as given; `low` and `high` bound the axis, `bars` from zero.
    """

    name: str
    unit: str
    value: str
    before: str
    values: tuple[str | None, ...]
    months: tuple[str, ...]
    years: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    targets: tuple[str | None, ...] = ()
    missed: tuple[int, ...] = ()
    bars: bool = False
    title: str = ""


@dataclass(frozen=True)
class Ranked:
    """A name and its count; sorted by the caller, largest first."""

    name: str
    count: int


@dataclass(frozen=True)
class RankedBars:
    """Ranked bars; the first `leading` are dark and share `share` ("60 % of 74")."""

    title: str
    bars: tuple[Ranked, ...]
    leading: int = 3
    share: str = ""
    width: int = 224


@dataclass(frozen=True)
class RestoreGroup:
    """Restore times in minutes of one priority against its agreed minutes."""

    name: str
    agreed: int
    minutes: tuple[int, ...]


@dataclass(frozen=True)
class RestoreDots:
    """One dot a case on a square-root axis of minutes; late cases are squares with their value."""

    title: str
    groups: tuple[RestoreGroup, ...]


@dataclass(frozen=True)
class Limit:
    """A workload limit: `percent` used, rounded down, and "1 146 of 1 200 orders" as `text`."""

    name: str
    percent: int
    text: str


@dataclass(frozen=True)
class LimitBars:
    """Shares of limits up to the load line; hatched from 85 %."""

    title: str
    limits: tuple[Limit, ...]
    close_word: str = ""
    limit_word: str = ""


@dataclass(frozen=True)
class HeatMap:
    """Counts by weekday (seven rows from Monday) and hour (24 columns), frame = desk hours."""

    title: str
    weekdays: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    frame: tuple[int, ...] = ()
    total_word: str = "total"


def draw_panel(spec: Panel) -> str:
    """Name and value on the first line, unit and a year ago on the second, then the months."""
    canvas = Canvas(154, 118, spec.title or f"{spec.name}: {spec.value}", "pl-panel")
    missed_now = len(spec.values) - 1 in spec.missed
    canvas.text((0, 8), shorten(spec.name, 100, 8.5, bold=True), 8.5, "ink", bold=True)
    canvas.text((149, 8), spec.value, 8.5, "miss" if missed_now else "accent",
                anchor="end", bold=True)  # fmt: skip
    canvas.text((0, 17), shorten(spec.unit, 70, 7), 7)
    canvas.text((149, 17), spec.before, 7, anchor="end")
    values = [None if value is None else Decimal(value) for value in spec.values]
    targets = [None if value is None else Decimal(value) for value in spec.targets]
    low, high, places = _scale(spec, values, targets)
    _value_axis(canvas, low, high, places)
    step = 114 / max(len(values) - 1, 1)

    def spot(index: int, value: Decimal) -> tuple[float, float]:
        return 31 + index * step, round(102 - 77 * float((value - low) / (high - low)), 4)

    if low and not spec.bars:
        canvas.path("M27 102L25 100.7L29 98.8L25 96.9L27 95.6", "sheet", "soft", width=0.7)
    _month_axis(canvas, spec, step)
    dashed = step_line(list(enumerate(targets)), spot, step)
    if spec.bars:
        _bars(canvas, values, spot, step)
        canvas.path(dashed, "", "ink", width=0.7, dash="2.2 1.4")
    else:
        canvas.path(dashed, "", "ink", width=0.7, dash="2.2 1.4")
        _curve(canvas, values, spot, spec.missed)
    return canvas.svg()


def _scale(spec: Panel, values: Sequence[Decimal | None],
           targets: Sequence[Decimal | None]) -> tuple[Decimal, Decimal, int]:  # fmt: skip
    known = [value for value in [*values, *targets] if value is not None] or [Decimal(0)]
    low = Decimal(0) if spec.bars else Decimal(spec.low) if spec.low else min(known)
    high = Decimal(spec.high) if spec.high else max(known)
    if high <= low:
        high = low + 1
    exponent = (high - low).adjusted() - 1
    if not spec.high or not (spec.low or spec.bars):
        unit = Decimal(1).scaleb(exponent) * 2
        low = (low / unit).to_integral_value("ROUND_FLOOR") * unit
        high = (high / unit).to_integral_value("ROUND_CEILING") * unit
    middle = (low + high) / 2
    return low, high, max(0, -int(middle.normalize().as_tuple().exponent))


def _value_axis(canvas: Canvas, low: Decimal, high: Decimal, places: int) -> None:
    for share, value in ((0, low), (0.5, (low + high) / 2), (1, high)):
        y = 102 - 77 * share
        canvas.line((27, y), (149, y), "rule" if not share else "hair", width=0.5)
        canvas.text((23, y + 2.3), f"{value:.{places}f}", 7, anchor="end")


def _month_axis(canvas: Canvas, spec: Panel, step: float) -> None:
    for index, letter in enumerate(spec.months):
        if index % 3 == 0:
            x = 31 + index * step
            canvas.line((x, 102), (x, 104), "rule")
            canvas.text((x, 111), letter, 7, anchor="middle")
            if index < len(spec.years):
                canvas.text((x, 117.2), spec.years[index], 6.5, anchor="middle")


def _curve(canvas: Canvas, values: Sequence[Decimal | None], spot: Spot,
           missed: tuple[int, ...]) -> None:  # fmt: skip
    canvas.path(gap_line(values, spot), "", "accent", width=1.2)
    last = len(values) - 1
    for index, value in enumerate(values):
        if value is None:
            continue
        x, y = spot(index, value)
        if index in missed:
            canvas.rect((x - 2, y - 2, 4, 4), "miss")
        elif index == last - 12:
            canvas.circle((x, y), 2, "sheet", "accent", width=0.9)
        elif index == last:
            canvas.circle((x, y), 2.1, "accent")


def _bars(canvas: Canvas, values: Sequence[Decimal | None], spot: Spot,
          step: float) -> None:  # fmt: skip
    last = len(values) - 1
    for index, value in enumerate(values):
        if value is None:
            continue
        x, y = spot(index, value)
        box = (x - step * 0.32, y, step * 0.64, 102 - y)
        if index == last - 12:
            canvas.rect(box, "sheet", "accent", width=0.8)
        else:
            canvas.rect(box, "accent" if index == last else "accent-2")


def draw_ranked(spec: RankedBars) -> str:
    """Bars from zero with the number at their end; a dashed line closes the leading ones."""
    canvas = Canvas(spec.width, len(spec.bars) * 14 + 1, spec.title, "pl-ranked")
    name_width = 93 if spec.width <= 240 else 130
    room = spec.width - name_width - (45 if spec.width <= 240 else 80)
    top = max((bar.count for bar in spec.bars), default=1) or 1
    for index, bar in enumerate(spec.bars):
        y, leads = index * 14, index < spec.leading
        name = shorten(bar.name, name_width - 4, 8)
        canvas.text((name_width, y + 9.8), name, 8, "ink", anchor="end")
        width = room * bar.count / top
        canvas.rect((name_width + 5, y + 3, width, 9), "accent" if leads else "accent-2")
        canvas.text((name_width + 9 + width, y + 9.8), str(bar.count), 8, "ink", bold=leads)
    if spec.share and len(spec.bars) > spec.leading:
        below = spec.leading * 14 + 0.8
        canvas.line((name_width + 5, below), (spec.width, below), "rule", dash="2 1.5")
        canvas.text((spec.width, below - 5), spec.share, 7.5, anchor="end")
    canvas.line((name_width + 5, 0), (name_width + 5, len(spec.bars) * 14), "ink", width=0.6)
    return canvas.svg()


_TICKS = (0, 15, 30, 60, 120, 180, 240, 300, 480, 720, 1440, 2880, 4320, 7200, 14400)


def hours_text(minutes: int) -> str:
    """Minutes as people say them: "45 min", "1 h 12", "3 h", "2 d"."""
    if minutes >= 2880 and minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min" if rest else "0"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def draw_restore(spec: RestoreDots) -> str:
    """Dots in time, squares late, the agreed time as a thick tick."""
    canvas = Canvas(482, 15 + 21 * len(spec.groups), spec.title, "pl-restore")
    everything = [m for group in spec.groups for m in (group.agreed, *group.minutes)]
    highest = max(everything, default=60)
    ticks = [tick for tick in _TICKS if tick <= highest]
    end = max(highest * 1.08, ticks[-1])
    foot = 13 + 21 * len(spec.groups)

    def place(minutes: int) -> float:
        return 96 + 366 * math.sqrt(minutes / end)

    used = -40.0
    for tick in ticks:
        canvas.line(
            (place(tick), 11), (place(tick), foot), "ink" if not tick else "hair", width=0.6
        )
        if place(tick) - used > 26:
            canvas.text((place(tick), 7), hours_text(tick), 7, anchor="middle")
            used = place(tick)
    for index, group in enumerate(spec.groups):
        y = 22 + 21 * index
        canvas.text((88, y + 3), shorten(group.name, 86, 8.5), 8.5, "ink", anchor="end")
        canvas.line((96, y), (462, y), "rule")
        canvas.line((place(group.agreed), y - 9), (place(group.agreed), y + 9), "ink", width=1.6)
        _cases(canvas, group, y, place)
    return canvas.svg()


def _cases(canvas: Canvas, group: RestoreGroup, y: float,
           place: Callable[[int], float]) -> None:  # fmt: skip
    right = -40.0
    for minutes in sorted(group.minutes):
        x = place(minutes)
        if minutes <= group.agreed:
            canvas.circle((x, y), 3.3, "accent", "sheet", width=0.6)
            continue
        canvas.rect((x - 3.4, y - 3.4, 6.8, 6.8), "miss")
        if x - right > 30:
            canvas.text((min(x, 450), y - 5.5), hours_text(minutes), 7.5, "miss",
                        anchor="middle", bold=True)  # fmt: skip
            right = x


def draw_limits(spec: LimitBars) -> str:
    """Bars that end before the load line: a 1.5 pt line with a ring on it."""
    canvas = Canvas(482, 14 + 19 * len(spec.limits), spec.title, "pl-limits")
    foot, left, full = 13 + 19 * len(spec.limits), 150, 205
    canvas.text((left + full * 0.85, 7), spec.close_word, 7, anchor="end")
    canvas.text((left + full, 7), spec.limit_word, 7, "ink", anchor="middle", bold=True)
    for index, limit in enumerate(spec.limits):
        y = 13 + index * 19
        box = (left, y + 4, full * min(limit.percent, 108) / 100, 11)
        near = limit.percent >= 85
        color = "miss" if limit.percent > 100 else "risk" if near else "accent-2"
        canvas.text((left - 6, y + 12.4), shorten(limit.name, 140, 8), 8, "ink", anchor="end")
        canvas.rect(box, color)
        if near:
            canvas.path(hatch([box], 3), "", "sheet", width=0.5)
        canvas.text((482, y + 12.4), limit.text, 8, "ink", anchor="end", bold=near)
    canvas.line((left, 12), (left, foot), "ink", width=0.6)
    canvas.line((left + full * 0.85, 10), (left + full * 0.85, foot), "soft", dash="1.8 1.4")
    canvas.line((left + full, 10), (left + full, foot), "ink", width=1.5)
    canvas.circle((left + full, (10 + foot) / 2), 2.6, "sheet", "ink", width=1.1)
    return canvas.svg()


def draw_heat(spec: HeatMap) -> str:
    """Seven-step ramp with the counts in the cells, sums at the right and below."""
    canvas = Canvas(482, 142, spec.title, "pl-heat")
    top = max((count for row in spec.counts for count in row), default=0) or 1
    pitch = 380 / 24
    for hour in range(0, 24, 3):
        canvas.text((62 + hour * pitch, 8), f"{hour:02d}", 6.5)
    canvas.text((480, 8), spec.total_word, 7, anchor="end")
    for row, (name, counts) in enumerate(zip(spec.weekdays, spec.counts, strict=True)):
        y = 12 + row * 16.5
        canvas.text((56, y + 11), shorten(name, 56, 8), 8, "ink", anchor="end")
        canvas.text((480, y + 11), str(sum(counts)), 7.5, "ink", anchor="end", bold=True)
        for hour, count in enumerate(counts):
            _cell(canvas, (62 + hour * pitch, y, pitch - 1, 15.5), count, top)
    for hour in range(24):
        total = sum(row[hour] for row in spec.counts)
        canvas.text((62 + hour * pitch + pitch / 2, 137), str(total), 7, anchor="middle")
    everything = sum(sum(row) for row in spec.counts)
    canvas.text((480, 137), str(everything), 7.5, "ink", anchor="end", bold=True)
    if spec.frame:
        first_row, rows, first_hour, hours = spec.frame
        canvas.rect((61.5 + first_hour * pitch, 11.5 + first_row * 16.5, hours * pitch,
                     rows * 16.5), "", "ink", width=0.9)  # fmt: skip
    return canvas.svg()


def _cell(canvas: Canvas, box: tuple[float, float, float, float], count: int, top: int) -> None:
    step = 0 if not count else min(6, 1 + (count - 1) * 6 // top)
    canvas.rect(box, f"heat-{step}", "" if step else "hair", width=0.4)
    if count:
        color = "sheet" if step >= 5 else "ink"
        canvas.text((box[0] + box[2] / 2, box[1] + 10.4), str(count), 7, color, anchor="middle")
