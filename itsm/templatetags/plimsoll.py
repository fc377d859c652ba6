"""Icons, state shapes and form controls for templates: ``{% load plimsoll %}``."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Textarea
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

SHAPES = {
    "ok": mark_safe('<circle cx="6" cy="6" r="4.6"/>'),
    "risk": mark_safe('<path d="M6 .9L11.6 11H.4Z"/>'),
    "breach": mark_safe('<rect x="1.2" y="1.2" width="9.6" height="9.6" rx="1"/>'),
    "unknown": mark_safe('<circle cx="6" cy="6" r="4.3"/>'),
    "excluded": mark_safe('<circle cx="6" cy="6" r="4.3"/>'),
}
TONES = {
    "on_track": "ok", "met": "ok", "kept": "ok", "yes": "ok", "success": "ok",
    "at_risk": "risk", "stale": "risk", "warning": "risk",
    "breached": "breach", "missed": "breach", "no": "breach", "error": "breach", "failed": "breach",
    "not_assessable": "unknown", "no_data": "unknown", "info": "unknown",
    "maintenance": "excluded",
}  # fmt: skip


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Return an icon of the sprite; ``size`` may be s16. Decoration: the words stand beside it."""
    return format_html(
        '<svg class="ic {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        size, static("plimsoll/img/icons.svg"), name,
    )  # fmt: skip


@register.filter
def tone(state: Any) -> str:
    """Return ok, risk, breach, unknown or excluded for any word for a state."""
    words = str(state).lower()
    return words if words in SHAPES else TONES.get(words, "unknown")


@register.simple_tag
def mark(state: Any) -> SafeString:
    """Return the shape of a state: disc, triangle, square, ring, dashed ring."""
    kind = tone(state)
    return format_html(
        '<svg class="mk mk-{}" viewBox="0 0 12 12" aria-hidden="true">{}</svg>', kind, SHAPES[kind]
    )


@register.filter
def control(field: BoundField) -> SafeString:
    """Return the input of a form field in our look, with its error and hint described."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        return field.as_widget()
    if widget.attrs.get("placeholder", "").lower().startswith(str(field.label).lower()):
        widget.attrs.pop("placeholder")
    if isinstance(widget, Textarea) and str(widget.attrs.get("rows")) == "10":
        widget.attrs["rows"] = "4"
    described = [part for part, there in _described(field) if there]
    attrs = {"class": f"{widget.attrs.get('class', '')} inp".strip()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


def _described(field: BoundField) -> tuple[tuple[str, bool], tuple[str, bool]]:
    name = field.auto_id
    return (f"{name}_error", bool(field.errors)), (f"{name}_helptext", bool(field.help_text))


@register.filter
def field_kind(field: BoundField) -> str:
    """Return tick, ticks or plain: how a field is laid out."""
    widget = field.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return "ticks"
    return "tick" if isinstance(widget, CheckboxInput) else "plain"


@register.filter
def initials(person: Any) -> str:
    """Return at most two letters for a person's sign."""
    words = str(person).replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@register.filter
def sort_word(direction: str) -> str:
    """Return the value of aria-sort for asc or desc."""
    return {"asc": "ascending", "desc": "descending"}.get(direction, "none")


@register.filter
def bare_color(accent: str) -> str:
    """Return "#0b5c82" as "0b5c82"."""
    return str(accent or "").lstrip("#").lower()


@register.filter
def route(name: str) -> str:
    """Return the address of a route without arguments, or "#" where the app is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return "#"
