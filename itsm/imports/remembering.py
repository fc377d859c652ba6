"""What is remembered of a source: which column of its files means which field, and how it writes dates."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from itsm.calculations.wall_time import zone
from itsm.imports.commanding import columns_of_kind
from itsm.imports.instants import ORDERS
from itsm.imports.runs import choices
from itsm.models import ImportMapping

OPTIONS = ("date_order", "zone")
LONGEST_NAME = 200
MARK = "="


def mapping_errors(row: ImportMapping) -> dict[str, list[str]]:
    """Return field → sentences about what a remembered mapping holds and no import could use."""
    if row.kind not in dict(choices()):
        known = ", ".join(key for key, _title in choices())
        words = _("There is no kind of record “%(key)s”. One of: %(names)s.")
        return {"kind": [words % {"key": row.kind, "names": known}]}
    found = {"columns": _column_errors(row), "options": _option_errors(row.options)}
    return {name: sentences for name, sentences in found.items() if sentences}


def _column_errors(row: ImportMapping) -> list[str]:
    fields = [one.name for one in columns_of_kind(row.kind)]
    words = _("There is no field “%(name)s”. One of: %(names)s.")
    found = [
        words % {"name": name, "names": ", ".join(fields)}
        for name in row.columns
        if name not in fields
    ]
    found += [
        _("Name a column for “%(name)s”.") % {"name": name}
        for name, column in row.columns.items()
        if not column
    ]
    taken = list(row.columns.values())
    twice = sorted({name for name in taken if taken.count(name) > 1})
    found += [_("The column “%(name)s” stands for two fields.") % {"name": name} for name in twice]
    if not row.columns:
        found.append(_("Name at least one column."))
    return found  # fmt: skip


def _option_errors(options: Mapping[str, Any]) -> list[str]:
    words = _("There is no option “%(name)s”. One of: %(names)s.")
    found = [
        words % {"name": name, "names": ", ".join(OPTIONS)}
        for name in options
        if name not in OPTIONS
    ]
    if options.get("date_order") and options["date_order"] not in ORDERS:
        words = _("There is no order of dates “%(name)s”. One of: %(names)s.")
        found.append(words % {"name": options["date_order"], "names": ", ".join(ORDERS)})
    if options.get("zone"):
        try:
            zone(options["zone"])
        except ValueError as error:
            found.append(str(error))
    return found


def as_lines(row: ImportMapping) -> list[str]:
    """Return ``title = Subject`` for each field, in the order of the kind's fields."""
    names = [one.name for one in columns_of_kind(row.kind)]
    order = {name: place for place, name in enumerate(names)}
    known = sorted(row.columns.items(), key=lambda pair: order.get(pair[0], len(order)))
    return [f"{field} {MARK} {column}" for field, column in known]


def in_words(row: ImportMapping) -> list[str]:
    """Return ``Subject → Title`` for each column, as people read it."""
    titles = {one.name: str(one.title) for one in columns_of_kind(row.kind)}
    return [
        f"{column} → {titles.get(field, field)}"
        for field, column in (line.split(f" {MARK} ", 1) for line in as_lines(row))
    ]


def from_lines(lines: Sequence[str]) -> dict[str, str]:
    """Return field → column of lines such as ``title = Subject``; raise ValueError naming the bad line."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        field, mark, column = (part.strip() for part in line.partition(MARK))
        if not (field and mark and column):
            words = _("Line %(n)s is not “field = column of the file”: %(text)s")
            raise ValueError(words % {"n": number, "text": line.strip()[:80]})
        if field in found:
            words = _("Line %(n)s names the field “%(name)s” again.")
            raise ValueError(words % {"n": number, "name": field[:80]})
        found[field] = column
    return found
