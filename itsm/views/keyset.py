"""Pages of a list by the place of their first row, not by counting: as fast on the last page as on the first.

A place is the values of the sort columns of one row, its key last, so that no two rows share one. PostgreSQL
puts empty values last when it sorts upwards and first when it sorts downwards; so do the conditions here.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

LONGEST = 2000  # letters of a place in an address; a longer one is not ours


class _Exact(DjangoJSONEncoder):
    """Writes instants to the microsecond, as the database keeps them."""

    def default(self, o: Any) -> Any:
        """Return the whole instant; the rest as Django writes it."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


@dataclass(frozen=True, slots=True)
class Key:
    """One sort column: its path for filters, its name on the row, its field and whether it falls."""

    path: str
    name: str
    field: Any
    falls: bool
    joined: bool

    @property
    def order(self) -> Any:
        """The column as ``order_by`` takes it."""
        return f"-{self.path}" if self.falls else self.path

    def value(self, text: Any) -> Any:
        """Return a value of a place in the type of the column."""
        return None if text is None else self.field.to_python(text)

    def turned(self) -> "Key":
        """Return the same column in the other direction."""
        return Key(self.path, self.name, self.field, not self.falls, self.joined)


def keys_of(model: type[models.Model], ordering: Sequence[str]) -> tuple[Key, ...]:
    """Return the sort columns of a list, with the key of the row last, in the direction of the one before."""
    found: list[Key] = []
    for number, word in enumerate(ordering):
        path = word.removeprefix("-")
        if path == "pk":
            continue
        field = reduce(_field_of, path.split("__"), model)
        joined = "__" in path
        if not joined:
            path = field.attname  # type: ignore[attr-defined]
        name = f"_key{number}" if joined else path
        target = getattr(field, "target_field", field)
        found.append(Key(path, name, target, word.startswith("-"), joined))
    falls = found[-1].falls if found else any(word == "-pk" for word in ordering)
    return (*found, Key("pk", "pk", model._meta.pk, falls, False))


def _field_of(owner: Any, name: str) -> Any:
    model = getattr(owner, "related_model", None) or owner
    return model._meta.get_field(name)


def with_keys(rows: Any, keys: Sequence[Key]) -> Any:
    """Return the rows in order, with the values of joined sort columns on each row."""
    joined = {key.name: F(key.path) for key in keys if key.joined}
    return rows.annotate(**joined).order_by(*(key.order for key in keys))


def beyond(keys: Sequence[Key], values: Sequence[Any]) -> Q:
    """Return the condition for rows that come after the place ``values`` in the order of ``keys``.

    The bound of the first column stands alone in front, so that an index on it can begin there.
    """
    found, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        found |= same & _later(key, value)
        same &= Q(**{f"{key.path}__isnull": True}) if value is None else Q(**{key.path: value})
    first, value = keys[0], values[0]
    if value is None or first.path == "pk":
        return found
    word = "lte" if first.falls else "gte"
    bound = Q(**{f"{first.path}__{word}": value})
    return (bound if first.falls else bound | Q(**{f"{first.path}__isnull": True})) & found


def _later(key: Key, value: Any) -> Q:
    if value is None:
        return Q(**{f"{key.path}__isnull": False}) if key.falls else Q(pk__in=[])
    if key.falls:
        return Q(**{f"{key.path}__lt": value})
    return Q(**{f"{key.path}__gt": value}) | Q(**{f"{key.path}__isnull": True})


def written(row: Any, keys: Sequence[Key], number: int) -> str:
    """Return the place of ``row``, the ``number``-th of its list, as a word for an address."""
    facts = [number, *(getattr(row, key.name) for key in keys)]
    plain = json.dumps(facts, cls=_Exact, separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read(word: str, keys: Sequence[Key]) -> tuple[int, list[Any]] | None:
    """Return the number and the values of a place; None when the word is none of this list."""
    if not word or len(word) > LONGEST:
        return None
    try:
        facts = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        number, *values = facts
        if len(values) != len(keys) or not isinstance(number, int) or values[-1] is None:
            return None
        return number, [key.value(value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, ValidationError, binascii.Error):
        return None
