"""The picture of an allowance being used up in a month."""

from fractions import Fraction

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from slas.selectors.agreements import Burn
from slas.selectors.figures import number, period_text

LEFT, RIGHT, TOP, BOTTOM, WIDTH, HEIGHT = 34.0, 348.0, 34.0, 142.0, 372, 172


def draw_burn(burn: Burn) -> SafeString:
    """Return the SVG: steps of lost minutes, even pace, the allowed line."""
    most = max(burn.allowed, burn.used, Fraction(1, 10)) * Fraction(11, 10)
    span = burn.period.end - burn.period.start

    def x(at: object) -> float:
        share = (at - burn.period.start) / span  # type: ignore[operator]
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def y(minutes: Fraction) -> float:
        return BOTTOM - (BOTTOM - TOP) * float(minutes / most)

    allowed, now = y(burn.allowed), x(burn.until)
    line = f"M{LEFT:.1f} {BOTTOM:.1f}"
    for step in burn.steps:
        line += f"H{x(step.at):.1f}V{y(step.minutes):.1f}"
    line += f"H{now:.1f}"
    words = {
        "allowed": _("allowed %(minutes)s min") % {"minutes": number(burn.allowed)},
        "used": _("%(minutes)s lost") % {"minutes": number(burn.used)},
        "pace": _("even pace"),
        "title": _("%(used)s of %(allowed)s minutes of the allowance of %(period)s are used.")
        % {
            "used": number(burn.used),
            "allowed": number(burn.allowed),
            "period": period_text(burn.period.label),
        },
    }
    words = {name: str(escape(text)) for name, text in words.items()}
    last = (burn.period.end - burn.period.start).days or 1
    marks = "".join(
        f'<text x="{LEFT + (RIGHT - LEFT) * (day - 1) / last:.1f}" y="158" class="ax m">{day}</text>'
        for day in (1, 10, 20, last)
    )
    tone = {"ok": "d1", "unknown": "d1"}.get(burn.state, burn.state)
    return mark_safe(  # noqa: S308 our own numbers; words are escaped above
        f'<svg class="pic" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{words["title"]}"><path d="M{LEFT} {BOTTOM}H{RIGHT}" class="gr"/>{marks}'
        f'<text x="{LEFT - 6}" y="{BOTTOM + 4}" class="ax e">0</text>'
        f'<path d="M{LEFT} {BOTTOM}L{RIGHT} {allowed:.1f}" class="now"/>'
        f'<text x="{(LEFT + RIGHT) / 2 - 8}" y="{(allowed + BOTTOM) / 2 - 4:.1f}" class="ax e">{words["pace"]}</text>'
        f'<path d="M{LEFT} {allowed:.1f}H364" class="ll"/>'
        f'<circle cx="355" cy="{allowed:.1f}" r="4.5" class="llm"/>'
        f'<text x="{LEFT + 4}" y="{allowed - 6:.1f}" class="lb">{words["allowed"]}</text>'
        f'<path d="{line}" class="s-{tone}" stroke-width="2.5"/>'
        f'<circle cx="{now:.1f}" cy="{y(burn.used):.1f}" r="4" class="f-{tone}"/>'
        f'<text x="{now - 6:.1f}" y="{y(burn.used) - 8:.1f}" class="lbs e">{words["used"]}</text></svg>'
    )
