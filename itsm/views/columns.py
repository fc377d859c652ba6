"""Columns of lists and fields of detail pages, declared as data; how a value becomes words."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

type_text = str | Promise
TONES = frozenset({"ok", "risk", "breach", "unknown", "excluded"})
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list or a field of a detail page.

    ``name`` is an attribute path with dots ("party.name"); ``value`` replaces it by a function of the row.
    ``kind``: text, number, date, state or code. ``states`` maps a stored choice to ok, risk, breach,
    unknown or excluded; choices without an entry are plain words. ``sort`` is the ordering path:
    empty derives it from ``name``, None says that the column cannot be sorted. ``unit`` follows the title.
    ``url`` is a function row → address.
    """

    name: str
    title: type_text = ""
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    sort: str | None = ""
    unit: str = ""
    states: dict[str, str] = field(default_factory=dict)
    url: Callable[[Any], str] | None = None

    @property
    def order(self) -> str | None:
        """The ordering path of this column, or None when it cannot be sorted."""
        if self.sort is None or (self.value is not None and not self.sort):
            return None
        return self.sort or self.name.replace(".", "__")

    def raw(self, row: Any) -> Any:
        """Return the value of ``row`` in this column; None when a part of the path is missing."""
        if self.value is not None:
            return self.value(row)
        return reduce(lambda owner, name: getattr(owner, name, None), self.name.split("."), row)

    def head(self, model: type[models.Model]) -> str:
        """Return the title: the given one, or the model's name of the field."""
        words = str(self.title) or _field_name(model, self.name)
        words = words[:1].upper() + words[1:]
        return f"{words}, {self.unit}" if self.unit else words

    def text(self, row: Any) -> str | SafeString:
        """Return the value as the reader sees it; an en dash when there is none."""
        display = None
        if self.value is None and "." not in self.name:
            display = getattr(row, f"get_{self.name}_display", None)
        return words_for(display() if display else self.raw(row))

    def tone(self, row: Any) -> str:
        """Return the state shape of the value, or the empty text for plain words."""
        tone = self.states.get(str(self.raw(row)), "")
        return tone if tone in TONES else ""

    def plain(self, row: Any) -> Any:
        """Return the value for CSV and JSON: ISO 8601, plain decimals, texts."""
        return exported(self.raw(row))

    def cell(self, row: Any) -> Any:
        """Return the value for a sheet: numbers, days and instants as such, anything else as text."""
        value = self.raw(row)
        if isinstance(value, Decimal | date):
            return value
        plain = exported(value)
        return ", ".join(map(str, plain)) if isinstance(plain, list) else plain


def _field_name(model: type[models.Model], path: str) -> str:
    try:
        named = model._meta.get_field(path.split(".")[0])
    except Exception:
        return path.replace("_", " ").replace(".", " ")
    return str(getattr(named, "verbose_name", path))


def words_for(value: Any) -> str | SafeString:
    """Return a value in the reader's language and zone; an en dash for nothing."""
    if value is None or value == "":
        return "–"
    for kind, words in _WORDS:
        if isinstance(value, kind):
            return words(value)
    return value if isinstance(value, SafeString) else str(value)


def _instant(value: datetime) -> SafeString:
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    stamp = date_format(local, "j M Y, H:i")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), stamp)


def _decimal(value: Decimal) -> str:
    plain = value.normalize() if value == value.to_integral() else _trimmed(value)
    return number_format(f"{plain:f}", use_l10n=True, force_grouping=True)


def _trimmed(value: Decimal) -> Decimal:
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return value.quantize(Decimal(1).scaleb(-places))


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number}\u202f{unit}" for number, unit in parts if number) or "0\u202fmin"


_WORDS: tuple[tuple[Any, Callable[[Any], str | SafeString]], ...] = (
    (bool, lambda value: _("yes") if value else _("no")),
    (datetime, _instant),
    (date, lambda value: date_format(value, "j M Y")),
    (timedelta, _duration),
    (Decimal, _decimal),
    (int, lambda value: number_format(value, use_l10n=True, force_grouping=True)),
    (list | tuple, lambda value: ", ".join(str(words_for(part)) for part in value) or "–"),
    (dict, lambda value: json.dumps(value, ensure_ascii=False)),
)


def exported(value: Any) -> Any:
    """Return a value as programs read it: None, bool, int, float or text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [exported(part) for part in value]
    return str(value)


def guarded(value: Any) -> str:
    """Return a cell for a spreadsheet that runs no formula (OWASP, CSV injection).

    Texts that start like a formula get an apostrophe in front; numbers keep their sign.
    """
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    words = "" if value is None else str(value)
    if not words.startswith(FORMULA_STARTS):
        return words
    try:
        float(words)
    except ValueError:
        return f"'{words}"
    return words


def link(name: str, *args: Any) -> str:
    """Return the address of a route, or the empty text when there is no such route."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
