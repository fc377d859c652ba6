"""Which columns a list shows, in which order: chosen in the address, by a form that needs no script."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from itsm.views.columns import Column

TIMES = ("created_at", "updated_at")


def choices_of(model: Any, usual: Sequence[Column], more: Sequence[Column]) -> Sequence[Column]:
    """Return the usual columns and those of ``more`` that a list can print without a query for each row.

    They cannot be sorted by: only the usual ones have an index where a list is long.
    """
    fields = {field.name for field in model._meta.concrete_fields}
    times = [Column(name, kind="date") for name in TIMES if name in fields]
    found = list(usual)
    names, heads = {c.name for c in usual}, {c.head(model) for c in usual}
    for column in (*more, *times):
        plain = column.value is None and column.url is None and column.kind != "long"
        if not plain or column.name.split(".")[0] not in fields:
            continue
        if column.name not in names and column.head(model) not in heads:
            found.append(replace(column, sort=None))
            names.add(column.name)
            heads.add(column.head(model))
    return found


def chosen_columns(text: str, known: Sequence[Column], usual: Sequence[Column]) -> Sequence[Column]:
    """Return the columns named in ``text`` by commas, in that order; unknown names are left out."""
    by_name = {column.name: column for column in known}
    names = dict.fromkeys(part for part in text.split(",") if part in by_name)
    return [by_name[name] for name in names] or list(usual)


def moved(names: Sequence[str], step: str) -> list[str]:
    """Return the names after ``step``: "state:up" or "state:down"; any other word moves nothing."""
    found, (name, _colon, way) = list(names), step.rpartition(":")
    if name not in found or way not in {"up", "down"}:
        return found
    place = found.index(name)
    other = place - 1 if way == "up" else place + 1
    if 0 <= other < len(found):
        found[place], found[other] = found[other], found[place]
    return found
