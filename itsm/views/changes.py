"""The history of any record, read from the rows that the database triggers wrote."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from itsm.views.columns import words_for

MOST = 200
UNSAID = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: what stood there and what stands there now, in words."""

    title: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One act on a record; ``kind`` is insert, update or delete."""

    at: datetime
    who: str
    kind: str
    title: str
    fields: tuple[FieldChange, ...]


def changes_of(record: models.Model) -> list[Change]:
    """Return the newest 200 changes of a record, newest first; empty when its kind is not audited."""
    events = _event_model(type(record))
    if events is None:
        return []
    rows = list(
        events._default_manager.filter(pgh_obj_id=record.pk)
        .select_related("pgh_context")
        .order_by("-pgh_created_at", "-pgh_id")[: MOST + 1]
    )
    people = _people(rows)
    pairs = zip(rows, [*rows[1:], None], strict=True)
    return [_change(row, before, people) for row, before in list(pairs)[:MOST]]


def _event_model(model: type[models.Model]) -> Any:
    known = getattr(model, "pgh_event_models", None)
    if not known:
        name = f"{model.__name__}History"
        return apps.all_models[model._meta.app_label].get(name.lower())
    return next(iter(known.values()))


def _metadata(row: Any) -> dict[str, Any]:
    context = getattr(row, "pgh_context", None)
    return (getattr(context, "metadata", None) or {}) if context else {}


def _people(rows: list[Any]) -> dict[str, str]:
    keys = {key for row in rows if (key := _metadata(row).get("user_id"))}
    found = get_user_model()._default_manager.filter(pk__in=keys)
    return {str(person.pk): str(person) for person in found}


def _who(row: Any, people: dict[str, str]) -> str:
    facts = _metadata(row)
    named = str(facts.get("user") or "")
    return (
        people.get(str(facts.get("user_id") or ""))
        or ("" if named == "system" else named)
        or "Plimsoll"
    )


def _change(row: Any, before: Any, people: dict[str, str]) -> Change:
    titles = {
        "insert": _("Added"),
        "update": _("Changed"),
        "delete": _("Deleted"),
    }
    fields = () if row.pgh_label == "delete" else tuple(_fields(row, before))
    title = titles.get(row.pgh_label, row.pgh_label)
    names = {name.attname: name for name in row._meta.fields}
    if row.pgh_label == "update" and before is not None and "archived_at" in names:
        was, now = before.archived_at, row.archived_at
        if bool(was) != bool(now):
            title = _("Archived") if now else _("Restored")
            fields = tuple(part for part in fields if part.title != _title(names["archived_at"]))
    return Change(row.pgh_created_at, _who(row, people), row.pgh_label, title, fields)


def _title(named: Any) -> str:
    words = str(named.verbose_name)
    return words[:1].upper() + words[1:]


def _fields(row: Any, before: Any) -> Any:
    for named in row._meta.fields:
        if named.name.startswith("pgh_") or named.name in UNSAID:
            continue
        new = getattr(row, named.attname)
        old = getattr(before, named.attname) if before is not None else None
        if old == new or (before is None and new in (None, "", [], {})):
            continue
        yield FieldChange(_title(named), _words(before, named), _words(row, named))


def _words(row: Any, named: Any) -> Any:
    if row is None:
        return ""
    display = getattr(row, f"get_{named.name}_display", None)
    if display is not None:
        return words_for(display())
    value = getattr(row, named.attname)
    if named.is_relation and value is not None:
        target = named.related_model._default_manager.filter(pk=value).first()
        return str(target) if target is not None else _("a record that is gone")
    return words_for(value)
