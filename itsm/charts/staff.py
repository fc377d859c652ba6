"""Pictures of the staff and portal pages: the day strip with its drops, the limit bar, the dependency map.

They are drawn in the page's own classes and follow its theme; the report has drawings of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from itsm.charts.canvas import hatch, num, shorten

_SHAPES = {
    "risk": '<path d="M{x} {y}l5 9h-10Z" class="mk mk-risk"/>',
    "breach": '<rect x="{left}" y="{y}" width="8" height="8" rx="1" class="mk mk-breach"/>',
}
_FILL = {"ok": "f-calm", "risk": "f-risk", "breach": "f-breach"}
NODE_WIDTH, NODE_HEIGHT, ROW, COLUMN = 150, 42, 62, 194


@dataclass(frozen=True, slots=True)
class Day:
    """One day: state ok, risk, breach, excluded or unknown; ``minutes`` lost; ``url`` of its records."""

    day: date
    state: str
    minutes: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the map: key, title, second line, state and address; ``column`` 0 to 3, left to right."""

    key: str
    title: str
    text: str
    column: int
    url: str = ""
    is_center: bool = False


def draw_days(days: Sequence[Day], *, title: str, width: int = 1160, months: bool = True) -> str:
    """Draw a bar a day; minutes lost hang below the line, the worst day 40 px deep."""
    if not days:
        return ""
    pitch = width / len(days)
    bar = max(pitch - min(4, pitch * 0.3), 1)
    worst = max(day.minutes for day in days)
    parts: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    label_at = -50.0
    for number, day in enumerate(days):
        x = number * pitch + (pitch - bar) / 2
        parts.append(_bar(day, x, bar))
        if day.state == "excluded":
            boxes.append((x, 16.0, bar, 24.0))
        if day.state in _SHAPES:
            parts.append(_drop(day, x, bar, worst))
            if day.minutes and x - label_at > 26 and width - x > 28:
                label_at = x
                parts.append(f'<text x="{num(x + bar + 4)}" y="55" class="ax">{day.minutes}</text>')
    parts.append(f'<path d="M0 42H{width}" class="base"/>')
    if boxes:
        parts.append(f'<path d="{hatch(boxes, 5)}" class="hx"/>')
    if months:
        parts.extend(_months(days, pitch, width))
    return (
        f'<svg class="pic strip" viewBox="0 0 {width} {99 if months else 88}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _bar(day: Day, x: float, bar: float) -> str:
    tip = f"<title>{escape(day.words)}</title>" if day.words else ""
    if day.state == "unknown":
        return f'<rect x="{num(x + 0.6)}" y="16.6" width="{num(bar - 1.2)}" height="22.8" rx="1.5" class="f-unk">{tip}</rect>'
    fill = "hxb" if day.state == "excluded" else _FILL[day.state]
    return f'<rect x="{num(x)}" y="16" width="{num(bar)}" height="24" rx="1.5" class="{fill}">{tip}</rect>'


def _drop(day: Day, x: float, bar: float, worst: int) -> str:
    middle, depth = x + bar / 2, max(2.5, 40 * day.minutes / worst) if worst else 2.5
    shape = _SHAPES[day.state].format(x=num(middle), left=num(middle - 4), y=3)
    return f'{shape}<rect x="{num(x)}" y="44" width="{num(bar)}" height="{num(depth)}" rx="1" class="{_FILL[day.state]}"/>'


def _months(days: Sequence[Day], pitch: float, width: int) -> list[str]:
    found = [f'<text x="0" y="92" class="ax">{days[0].day:%-d %b}</text>']
    for number, day in enumerate(days):
        if day.day.day == 1 and 60 < number * pitch < width - 90:
            x = number * pitch
            found.append(f'<path d="M{num(x)} 42V92" class="hair"/>')
            found.append(f'<text x="{num(x + 4)}" y="92" class="ax">{day.day:%B}</text>')
    found.append(f'<text x="{width}" y="92" class="ax e">{days[-1].day:%-d %b}</text>')
    return found


def draw_limit(share: float, *, limit: float = 1.0, state: str = "ok", title: str = "") -> str:
    """Draw the load line: a bar filled to ``share`` of its width with the limit marked at ``limit``."""
    fill = {"ok": "f-d1", "risk": "f-risk", "breach": "f-breach"}.get(state, "f-mute")
    top = max(limit, share, 0.0001) * 1.003
    value, mark = min(share / top, 1) * 200, min(limit / top, 1) * 199.4
    return (
        f'<svg class="pic bar8" viewBox="0 0 204 18" preserveAspectRatio="none" role="img" aria-label="{escape(title)}">'
        f'<rect x="0" y="5" width="200" height="8" class="f-line" rx="2"/>'
        f'<rect x="0" y="5" width="{num(value)}" height="8" class="{fill}" rx="2"/>'
        f'<path d="M{num(mark)} 0V18" class="ll"/><circle cx="{num(mark)}" cy="9" r="3.5" class="llm"/></svg>'
    )


def draw_map(
    nodes: Sequence[Node], edges: Sequence[tuple[str, str]], *, heads: Sequence[str], title: str
) -> str:
    """Draw boxes in columns and curves between them; each box is a link."""
    columns = {number: [n for n in nodes if n.column == number] for number in range(len(heads))}
    tallest = max((len(column) for column in columns.values()), default=1)
    height, spots = 22 + tallest * ROW, {}
    parts = [
        f'<text x="{n * COLUMN}" y="12" class="ax">{escape(head)}</text>'
        for n, head in enumerate(heads)
    ]
    for number, column in columns.items():
        top = 22 + (tallest - len(column)) * ROW / 2
        for row, node in enumerate(column):
            spots[node.key] = (number * COLUMN, top + row * ROW)
    for start, end in edges:
        if start in spots and end in spots:
            parts.append(_curve(spots[start], spots[end]))
    parts.extend(_box(node, spots[node.key]) for node in nodes)
    width = (len(heads) - 1) * COLUMN + NODE_WIDTH + 2
    return (
        f'<svg class="pic map" viewBox="-1 0 {width} {num(height)}" role="group" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    x, y = start[0] + NODE_WIDTH, start[1] + NODE_HEIGHT / 2
    to_x, to_y = end[0] - 4, end[1] + NODE_HEIGHT / 2
    middle = (x + to_x) / 2
    return (
        f'<path d="M{num(x)} {num(y)}C{num(middle)} {num(y)} {num(middle)} {num(to_y)} {num(to_x)} {num(to_y)}'
        f'M{num(to_x - 5)} {num(to_y - 3)}L{num(to_x)} {num(to_y)}L{num(to_x - 5)} {num(to_y + 3)}" class="ed"/>'
    )


def _box(node: Node, spot: tuple[float, float]) -> str:
    x, y = spot
    kind = "nd me" if node.is_center else "nd"
    inner = (
        f'<rect x="{num(x)}" y="{num(y)}" width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="6" class="{kind}"/>'
        f'<text x="{num(x + 12)}" y="{num(y + 19)}" class="lb">{escape(shorten(node.title, 126, 12, bold=True))}</text>'
        f'<text x="{num(x + 12)}" y="{num(y + 34)}" class="ax">{escape(shorten(node.text, 126, 11))}</text>'
    )
    return f'<a href="{escape(node.url)}">{inner}</a>' if node.url else inner


def draw_promise(tones: Sequence[str], *, title: str) -> str:
    """Draw a bar a month: on track 6 px high, at risk 10, breached 15; unknown hollow, an empty tone a gap."""
    tall = {"ok": 6, "risk": 10, "breach": 15, "unknown": 6, "excluded": 6}
    parts = []
    for number, tone in enumerate(tones):
        if tone not in tall:
            continue
        fill = _FILL.get(tone, "f-unk")
        parts.append(
            f'<rect x="{number * 8}" y="{16 - tall[tone]}" width="5" height="{tall[tone]}" rx="1" class="{fill}"/>'
        )
    return (
        f'<svg class="pic" width="96" height="17" viewBox="0 0 96 17" role="img" aria-label="{escape(title)}">'
        f'<path d="M0 16.5H94" class="hair"/>{"".join(parts)}</svg>'
    )
