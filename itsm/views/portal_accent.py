"""A customer's own accent as a style sheet, because the policy allows no inline style."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

HEX = re.compile(r"^#?([0-9a-f]{6})$", re.IGNORECASE)
LEAST = 4.5
SHEETS = {"light": "ffffff", "dark": "111c23"}
INKS = {"light": "ffffff", "dark": "06202d"}


def luminance(color: str) -> float:
    """Return the relative luminance of "rrggbb", 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = []
    for start in (0, 2, 4):
        share = int(color[start : start + 2], 16) / 255
        parts.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colors "rrggbb", 1 to 21 (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def towards(color: str, target: str, share: float) -> str:
    """Return ``color`` mixed with ``share`` (0 to 1) of ``target``."""
    pairs = ((int(color[i : i + 2], 16), int(target[i : i + 2], 16)) for i in (0, 2, 4))
    return "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(color: str, theme: str) -> str:
    """Return ``color``, or the nearest step to black or white that reaches 4.5 on the sheet."""
    target = "000000" if theme == "light" else "ffffff"
    for step in range(21):
        mixed = towards(color, target, step / 20)
        if contrast(mixed, SHEETS[theme]) >= LEAST:
            return mixed
    return target


def _rules(color: str, theme: str) -> str:
    accent, sheet = readable(color, theme), SHEETS[theme]
    ink = max((INKS[theme], "ffffff", "000000"), key=lambda one: contrast(one, accent))
    soft = next(
        mixed
        for mixed in (towards(sheet, accent, share / 100) for share in (14, 10, 7, 4, 2, 0))
        if contrast(mixed, accent) >= LEAST
    )
    hover = towards(accent, "000000" if theme == "light" else "ffffff", 0.15)
    return (
        f"--pl-accent:#{accent};--pl-accent-hover:#{hover};--pl-accent-soft:#{soft};"
        f"--pl-on-accent:#{ink};--pl-focus:#{accent};"
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
