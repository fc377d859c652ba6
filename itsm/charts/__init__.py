"""Chart specifications as data, and each as an accessible SVG.

A chart is a frozen dataclass of exact strings, whole numbers and ISO dates; `spec()` makes the
JSON value that a dataset stores, `draw()` turns such a value into `<svg role="img">` whose first
child is its text alternative. The same drawing serves the page and the PDF (see `canvas`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from itsm.charts.calendars import (
    IncidentLine,
    Moment,
    Month,
    Planned,
    WorkCalendar,
    draw_calendar,
    draw_incident,
)
from itsm.charts.canvas import shorten, text_width
from itsm.charts.codec import decode, encode
from itsm.charts.marks import (
    STATUSES,
    TRENDS,
    BudgetBar,
    Sparkline,
    StatusMark,
    UsedBar,
    VerifyCode,
    draw_budget,
    draw_sparkline,
    draw_status,
    draw_used,
    draw_verify,
)
from itsm.charts.panels import (
    HeatMap,
    Limit,
    LimitBars,
    Panel,
    Ranked,
    RankedBars,
    RestoreDots,
    RestoreGroup,
    draw_heat,
    draw_limits,
    draw_panel,
    draw_ranked,
    draw_restore,
)
from itsm.charts.strips import (
    LAYERS,
    CoverRow,
    CoverStrip,
    DayCount,
    DayState,
    DayStrip,
    Span,
    StripKey,
    Timeline,
    draw_cover,
    draw_day_strip,
    draw_key,
    draw_timeline,
)

Spec = Mapping[str, Any]
_DRAWINGS: dict[str, tuple[type, Callable[[Any], str]]] = {
    "status": (StatusMark, draw_status),
    "budget": (BudgetBar, draw_budget),
    "used": (UsedBar, draw_used),
    "sparkline": (Sparkline, draw_sparkline),
    "verify": (VerifyCode, draw_verify),
    "cover": (CoverStrip, draw_cover),
    "timeline": (Timeline, draw_timeline),
    "key": (StripKey, draw_key),
    "days": (DayStrip, draw_day_strip),
    "panel": (Panel, draw_panel),
    "ranked": (RankedBars, draw_ranked),
    "restore": (RestoreDots, draw_restore),
    "limits": (LimitBars, draw_limits),
    "heat": (HeatMap, draw_heat),
    "calendar": (WorkCalendar, draw_calendar),
    "incident": (IncidentLine, draw_incident),
}
_KINDS = {shape: kind for kind, (shape, _) in _DRAWINGS.items()}


def spec(chart: Any) -> dict[str, Any]:
    """Give a chart as the JSON value that a dataset stores, `{"kind": …, …}`."""
    return {"kind": _KINDS[type(chart)], **encode(chart)}


LOW_HOURS = 44.0  # points of the drawing for the 24 hours of a low timeline


def draw(chart: Any) -> str:
    """Draw a chart, given as its dataclass or as the stored value, as one SVG.

    Raises ValueError for an unknown kind or field.
    """
    spec, drawing = _known(chart)
    return drawing(spec)


def is_timeline(chart: Any) -> bool:
    """Tell whether a chart, dataclass or stored value, is the timeline strip of a service."""
    kind = chart.get("kind") if isinstance(chart, Mapping) else _KINDS.get(type(chart))
    return kind == "timeline"


def draw_low(chart: Any) -> str:
    """Draw a chart as ``draw`` does, a timeline strip lower: five of them fit a page."""
    if not is_timeline(chart):
        return draw(chart)
    return draw_timeline(_known(chart)[0], hours_height=LOW_HOURS)


def _known(chart: Any) -> tuple[Any, Any]:
    """Return the dataclass of a chart and the function that draws it."""
    if not isinstance(chart, Mapping):
        return chart, _DRAWINGS[_KINDS[type(chart)]][1]
    kind = str(chart.get("kind", ""))
    if kind not in _DRAWINGS:
        raise ValueError(f"There is no chart of kind “{kind}”; known: {', '.join(_DRAWINGS)}.")
    shape, drawing = _DRAWINGS[kind]
    return decode(shape, {key: value for key, value in chart.items() if key != "kind"}), drawing


__all__ = [
    "LAYERS",
    "STATUSES",
    "TRENDS",
    "BudgetBar",
    "CoverRow",
    "CoverStrip",
    "DayCount",
    "DayState",
    "DayStrip",
    "HeatMap",
    "IncidentLine",
    "Limit",
    "LimitBars",
    "Moment",
    "Month",
    "Panel",
    "Planned",
    "Ranked",
    "RankedBars",
    "RestoreDots",
    "RestoreGroup",
    "Span",
    "Sparkline",
    "Spec",
    "StatusMark",
    "StripKey",
    "Timeline",
    "UsedBar",
    "VerifyCode",
    "WorkCalendar",
    "decode",
    "draw",
    "draw_low",
    "encode",
    "shorten",
    "spec",
    "text_width",
]
