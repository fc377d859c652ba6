"""Turn the cells of a row into facts: typed, JSON-able, every error with the accepted values."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from itsm.calculations.wall_time import zone
from itsm.imports.columns import ImportColumn, Options, plain
from itsm.imports.instants import reader
from itsm.imports.problems import BadValue
from itsm.models import Party, Series, Service

MISSING = frozenset({"", "?", "-", "n/a", "null", "none"})
SHOWN = 12
LONGEST_NUMBER = 60  # characters; what is longer is no number that anybody measured
_DIGITS = re.compile(r"\d+")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_COMMA_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
YES = {"yes", "true", "1", "y", "on"}
NO = {"no", "false", "0", "n", "off"}


@dataclass(frozen=True, slots=True)
class Names:
    """What a reference may be called: plain name → key, and the short names that are shown."""

    keys: Mapping[str, str]
    shown: Sequence[str]
    thing: str


def names_of(kind: str) -> Names:
    """Return the records in use that a column of this kind may name, by short name or by name."""
    if kind == "series":
        rows = list(Series.objects.active().order_by("slug").values_list("id", "slug", "name"))
        thing = _("series")
    elif kind == "service":
        rows = list(Service.objects.active().order_by("slug").values_list("id", "slug", "name"))
        thing = _("service")
    else:
        parties = Party.objects.active().order_by("slug")
        parties = parties.customers() if kind == "customer" else parties
        rows = list(parties.values_list("id", "slug", "name"))
        thing = _("customer") if kind == "customer" else _("party")
    keys: dict[str, str] = {}
    for key, slug, name in rows:
        keys.setdefault(plain(name), str(key))
        keys[plain(slug)] = str(key)
    return Names(keys, [slug for _key, slug, _name in rows], thing)


def converter(column: ImportColumn, options: Options) -> Callable[[str], Any]:
    """Return a function text → fact for one column; it raises BadValue. Missing texts give None or ""."""
    read = _READERS.get(column.kind, _text)(column, options)
    empty: Any = "" if column.kind in ("text", "slug") else None

    def convert(text: str) -> Any:
        text = text.strip()
        if text.lower() in MISSING:
            if column.required:
                raise BadValue("required", _("A value must stand here."))
            return empty
        return read(text)

    return convert


def _text(column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    def read(text: str) -> str:
        if len(text) > column.most:
            raise BadValue(
                "too_long",
                _("This text has %(n)s characters. At most %(most)s fit.")
                % {"n": len(text), "most": column.most},
            )
        return text

    return read


def _slug(_column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    def read(text: str) -> str:
        if _SLUG.fullmatch(text.lower()) is None:
            raise BadValue(
                "short_name",
                _(
                    "“%(text)s” is no short name. Use small letters, digits and hyphens, such as acme-it."
                )
                % {"text": text[:60]},
            )
        return text.lower()

    return read


def _is_short_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def _whole(column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    def read(text: str) -> int:
        if not _is_short_whole(text) or int(text) > column.most:
            raise BadValue(
                "whole_number",
                _("“%(text)s” is not a whole number from 0 to %(most)s.")
                % {"text": text[:60], "most": column.most},
            )
        return int(text)

    return read


def _priority(_column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    words = {"critical": 1, "highest": 1, "urgent": 1, "high": 2, "medium": 3, "moderate": 3,
             "normal": 3, "low": 4, "lowest": 5, "planning": 5}  # fmt: skip

    def read(text: str) -> int:
        found = _DIGITS.search(text[:LONGEST_NUMBER])
        number = int(found[0]) if found else words.get(text.lower(), 0)
        if not 0 < number < 100:
            raise BadValue(
                "priority",
                _("“%(text)s” is not a priority. Write 1 (the highest), 2, 3 … or “2 - High”.")
                % {"text": text[:60]},
                ("1", "2", "3", "4", "5"),
            )
        return number

    return read


def _decimal(_column: ImportColumn, options: Options) -> Callable[[str], Any]:
    comma = options.decimal_sign == ","

    def read(text: str) -> Decimal:
        bare = text.replace(" ", "").replace("\u00a0", "").rstrip("%")
        if len(bare) > LONGEST_NUMBER or (comma and _COMMA_NUMBER.fullmatch(bare) is None):
            raise _not_a_number(text, comma=comma)
        bare = bare.replace(".", "").replace(",", ".") if comma else bare
        try:
            number = Decimal(bare)
        except InvalidOperation as error:
            raise _not_a_number(text, comma=comma) from error
        if not number.is_finite() or not isfinite(float(number)):
            raise _not_a_number(text, comma=comma)
        return number

    return read


def _not_a_number(text: str, *, comma: bool) -> BadValue:
    if not comma and re.fullmatch(r"-?\d+,\d+", text):
        other = text.replace(",", ".")
        return BadValue("decimal_sign", _("Use a point: %(text)s") % {"text": other}, (other,))
    if comma and re.fullmatch(r"-?\d+\.\d+", text):
        other = text.replace(".", ",")
        return BadValue("decimal_sign", _("Use a comma: %(text)s") % {"text": other}, (other,))
    return BadValue("number", _("“%(text)s” is not a number.") % {"text": text[:60]})


def _instant(_column: ImportColumn, options: Options) -> Callable[[str], Any]:
    read = reader(options.date_order, options.zone)
    return lambda text: _as_in_database(read(text))


def _as_in_database(at: datetime) -> str:
    """Return an instant of UTC as PostgreSQL writes it in JSON: fractions without zeros at their end."""
    plain_text = at.isoformat().removesuffix("+00:00")
    return (plain_text.rstrip("0") if at.microsecond else plain_text) + "+00:00"


def _choice(column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    titles = [str(title) for _value, title in column.choices]
    known = {plain(str(title)): value for value, title in column.choices}
    known |= {plain(value): value for value, _title in column.choices}

    def read(text: str) -> str:
        if plain(text) not in known:
            raise BadValue(
                "choice", _("One of: %(accepted)s") % {"accepted": ", ".join(titles)}, titles
            )
        return known[plain(text)]

    return read


def _yes_no(_column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    def read(text: str) -> bool:
        if text.lower() not in YES | NO:
            raise BadValue("choice", _("Write yes or no."), ("yes", "no"))
        return text.lower() in YES

    return read


def _zone(_column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    def read(text: str) -> str:
        try:
            zone(text)
        except ValueError as error:
            raise BadValue("zone", str(error), ("Europe/Madrid", "America/New_York")) from error
        return text

    return read


def _reference(column: ImportColumn, _options: Options) -> Callable[[str], Any]:
    names = names_of(column.kind)

    def read(text: str) -> str:
        key = names.keys.get(plain(text))
        if key is None:
            raise _unknown(text, names)
        return key

    return read


def _unknown(text: str, names: Names) -> BadValue:
    near = difflib.get_close_matches(text.lower(), names.shown, n=1, cutoff=0.6)
    facts = {"thing": names.thing, "near": near[0] if near else "", "text": text[:60]}
    if near:
        words = _("No such %(thing)s. Did you mean %(near)s?") % facts
    elif names.shown:
        facts["accepted"] = ", ".join(names.shown[:SHOWN])
        words = _("No such %(thing)s. One of: %(accepted)s") % facts
    else:
        words = _("There is no %(thing)s yet. Add it first.") % facts
    return BadValue("unknown", words, tuple(near or names.shown[:SHOWN]))


_READERS: dict[str, Callable[[ImportColumn, Options], Callable[[str], Any]]] = {
    "slug": _slug, "whole": _whole, "decimal": _decimal, "instant": _instant, "choice": _choice,
    "yes_no": _yes_no, "priority": _priority, "zone": _zone, "customer": _reference,
    "party": _reference, "service": _reference, "series": _reference,
}  # fmt: skip


def bad_cells(
    cells: Sequence[tuple[ImportColumn, str, Callable[[str], Any]]],
) -> Iterator[tuple[ImportColumn, Any, BadValue | None, str]]:
    """Yield (column, fact, None, text) or (column, None, error, text) for each cell of a row."""
    for column, text, convert in cells:
        try:
            yield column, convert(text), None, text
        except BadValue as bad:
            yield column, None, bad, text
