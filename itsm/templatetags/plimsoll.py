"""Icons, state shapes and form controls for templates: ``{% load plimsoll %}``."""

from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    DateField,
    DateTimeField,
    DateTimeInput,
    DecimalField,
    FileInput,
    IntegerField,
    RadioSelect,
    Select,
    Textarea,
)
from django.forms.utils import flatatt
from django.http import QueryDict
from django.template.defaultfilters import capfirst
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

NOT_CHOSEN = "---------"

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


@register.simple_tag
def without(address: str, name: str) -> str:
    """Return an address with its query, but without this parameter and without the place in a list."""
    path, _mark, words = address.partition("?")
    query = QueryDict(words, mutable=True)
    for one in (name, "after", "before", "page"):
        query.pop(one, None)
    return f"{path}?{query.urlencode()}" if query else path


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
    if isinstance(widget, Select):
        _say_nothing_chosen(field)
    if isinstance(widget, Textarea) and str(widget.attrs.get("rows")) == "10":
        widget.attrs["rows"] = "4"
    described = [part for part, there in _described(field) if there]
    attrs: dict[str, str | bool] = {"class": f"{widget.attrs.get('class', '')} inp".strip()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return _select(field, attrs) if isinstance(widget, Select) else field.as_widget(attrs=attrs)


def _select(field: BoundField, attrs: dict[str, Any]) -> SafeString:
    """Return a select without a template for each of its options, of which there may be hundreds."""
    widget = field.field.widget
    facts = widget.get_context(
        field.html_name,
        field.value(),
        field.build_widget_attrs({**attrs, "id": field.auto_id}, widget),
    )["widget"]
    groups = [
        format_html('<optgroup label="{}">{}</optgroup>', name, _options(options))
        if name
        else _options(options)
        for name, options, _place in facts["optgroups"]
    ]
    return format_html(
        '<select name="{}"{}>{}</select>',
        facts["name"], flatatt(facts["attrs"]), SafeString("".join(groups)),
    )  # fmt: skip


def _options(options: list[dict[str, Any]]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (
                option["value"] if option["value"] is not None else "",
                flatatt(option["attrs"]),
                option["label"],
            )
            for option in options
        ),
    )


@register.simple_tag
def record_row(row: Any, picks: bool = False) -> SafeString:
    """Return a row of a list (itsm.views.tables.Row): its head with the way to the record, and its cells.

    With ``picks`` a box stands before the head that chooses the row for the form "chosen".
    """
    first = conditional_escape(row.first.text)
    head = format_html('<a href="{}">{}</a>', row.url, first) if row.url else first
    if picks:
        label = _("Choose %(name)s") % {"name": row.first.text}
        box = '<input type="checkbox" class="pick" form="chosen" name="row" value="{}" aria-label="{}"> {}'
        head = format_html(box, row.record.pk, label, head)
    cells = "".join(map(_cell, row.cells))
    gone = ' class="gone"' if getattr(row.record, "archived_at", None) else ""
    return mark_safe(f'<tr{gone}><th scope="row">{head}</th>\n{cells}</tr>\n')  # noqa: S308 escaped parts


def _cell(cell: Any) -> str:
    """Return one cell: a state with its shape, a way to another record, a code or words."""
    words = conditional_escape(cell.text)
    kind = "num" if cell.kind == "number" else "state" if cell.tone else ""
    if cell.text == "–":
        kind = f"{kind} void"
    if cell.tone:
        words = format_html(
            '<span class="st st-{0}">{1}{2}</span>', tone(cell.tone), mark(cell.tone), words
        )
    elif cell.url:
        words = format_html('<a href="{}">{}</a>', cell.url, words)
    elif cell.kind == "code":
        words = format_html("<code>{}</code>", words)
    return f'<td class="{kind}" data-head="{conditional_escape(cell.head)}">{words}</td>'


def _say_nothing_chosen(field: BoundField) -> None:
    """Put words where Django writes dashes for "nothing chosen"."""
    words = _("Choose …") if field.field.required else _("Choose, or leave empty")
    if getattr(field.field, "empty_label", None) == NOT_CHOSEN:
        field.field.empty_label = words  # type: ignore[attr-defined]
    elif not hasattr(field.field, "empty_label"):
        widget = field.field.widget
        widget.choices = [  # type: ignore[attr-defined]
            (key, words if str(label) == NOT_CHOSEN else label)
            for key, label in widget.choices  # type: ignore[attr-defined]
        ]


def _described(field: BoundField) -> tuple[tuple[str, bool], tuple[str, bool]]:
    name = field.auto_id
    return (f"{name}_error", bool(field.errors)), (
        f"{name}_helptext",
        bool(field.help_text) or field_kind(field) == "instant",
    )


@register.filter
def field_kind(field: BoundField) -> str:
    """Return tick, ticks, instant or plain: how a field is laid out."""
    widget = field.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return "ticks"
    if isinstance(field.field, DateTimeField):
        return "instant"
    return "tick" if isinstance(widget, CheckboxInput) else "plain"


@register.filter
def wrong(field: BoundField) -> list[str]:
    """Return what is wrong with a field, in sentences; of an empty one its name and what to do."""
    errors = field.errors.as_data()
    return [
        _empty(field) if one.code in EMPTY else words for one in errors for words in one.messages
    ]


@register.filter
def is_empty(field: BoundField) -> bool:
    """Tell whether a field is wrong because nothing stands in it: the sentence names the field then."""
    return any(one.code in EMPTY for one in field.errors.as_data()[:1])


EMPTY = frozenset({"required", "blank", "null"})


def _empty(field: BoundField) -> str:
    widget, kind = field.field.widget, field_kind(field)
    if kind == "tick":
        words = _("“%(name)s” is not ticked. Tick it to go on.")
    elif isinstance(widget, CheckboxSelectMultiple):
        words = _("“%(name)s” is empty. Tick at least one.")
    elif isinstance(widget, Select | RadioSelect):
        words = _("“%(name)s” is empty. Choose from the list.")
    elif isinstance(widget, FileInput):
        words = _("“%(name)s” is empty. Choose a file.")
    elif isinstance(widget, DateTimeInput):
        words = _("“%(name)s” is empty. Give the day and the time.")
    elif isinstance(field.field, DateField):
        words = _("“%(name)s” is empty. Give the day.")
    elif isinstance(field.field, IntegerField | DecimalField):
        words = _("“%(name)s” is empty. Write a number.")
    else:
        words = _("“%(name)s” is empty. Write it here.")
    return words % {"name": capfirst(str(field.label))}


@register.filter
def unfilled(fields: list[dict[str, Any]]) -> list[str]:
    """Return the titles of the facts that have no value."""
    return [str(field["title"]) for field in fields if field["text"] == "–"]


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


@register.filter
def after_hash(address: str) -> str:
    """Return the part of an address behind "#"."""
    return address.partition("#")[2]
