"""A customer's own accent as a style sheet, because the policy allows no inline style."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from itsm.calculations.colors import INKS, LEAST, SHEETS, contrast, readable, towards

# The share of the accent in the days of a strip, on which no text stands.
HOURS = {"light": 0.14, "dark": 0.3}
HEX = re.compile(r"^#?([0-9a-f]{6})$", re.IGNORECASE)


def _rules(color: str, theme: str) -> str:
    accent, sheet = readable(color, theme), SHEETS[theme]
    ink = max((INKS[theme], "ffffff", "000000"), key=lambda one: contrast(one, accent))
    soft = next(
        mixed
        for mixed in (towards(sheet, accent, share / 100) for share in (14, 10, 7, 4, 2, 0))
        if contrast(mixed, accent) >= LEAST
    )
    hours = towards(sheet, accent, HOURS[theme])
    hover = towards(accent, "000000" if theme == "light" else "ffffff", 0.15)
    return (
        f"--pl-accent:#{accent};--pl-accent-hover:#{hover};--pl-accent-soft:#{soft};"
        f"--pl-on-accent:#{ink};--pl-focus:#{accent};--pl-hours:#{hours};"
    )


def accent_rules(color: str) -> str:
    """Return the style sheet for an accent "#rrggbb"; empty when it is no color."""
    found = HEX.match(color.strip())
    if not found:
        return ""
    light, dark = (_rules(found.group(1).lower(), theme) for theme in ("light", "dark"))
    portal = '[data-surface="portal"]'
    return (
        f"{portal}{{{light}}}\n"
        f'[data-bs-theme="dark"] {portal}{{{dark}}}\n'
        f"@media (prefers-color-scheme:dark){{"
        f':root:not([data-bs-theme="light"]) {portal}{{{dark}}}}}\n'
    )


@cache_control(private=True, max_age=3600)
def portal_accent(request: HttpRequest, color: str) -> HttpResponse:
    """Answer with the style sheet of one accent: ``/portal/accent/0b5c82.css``."""
    rules = accent_rules(color)
    if not rules:
        raise Http404(color)
    return HttpResponse(rules, content_type="text/css; charset=utf-8")
