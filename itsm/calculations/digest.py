"""One text for one value, so that equal evidence has an equal SHA-256 on every machine."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from itsm.calculations.wall_time import MICROSECOND, utc


def canonical_json(value: object) -> bytes:
    """Return ``value`` as JSON in UTF-8 with sorted names and no spaces.

    Written as strings: Decimal (plain digits, its decimals kept: "500.00"), Fraction ("1/3"),
    datetime (UTC, "2026-03-29T01:00:00Z", microseconds only when there are any), date, timedelta
    (ISO 8601 seconds, "PT5400S") and UUID. Tuples become lists, dataclasses objects of their
    fields. Raises ValueError naming the place for floats, naive datetimes, names that are not
    strings and every other type: what has no one text has no digest.
    """
    text = json.dumps(
        _plain("value", value), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode("utf-8")


def sha256(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``: 64 lowercase hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def duration_text(duration: timedelta) -> str:
    """Return a duration in ISO 8601 seconds: "PT5400S", "PT0.5S", "-PT60S"."""
    microseconds = duration // MICROSECOND
    seconds, rest = divmod(abs(microseconds), 1_000_000)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if microseconds < 0 else ''}PT{seconds}{decimals}S"


def _plain(where: str, value: object) -> object:
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(f"{where}[{at}]", item) for at, item in enumerate(value)]
    if isinstance(value, Mapping):
        return _object(where, value)
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if not field.name.startswith("_")]
        return _object(where, {name: getattr(value, name) for name in names})
    return _text(where, value)


def _object(where: str, value: Mapping[object, object]) -> dict[str, object]:
    plain: dict[str, object] = {}
    for name, item in value.items():
        if not isinstance(name, str):
            raise ValueError(f"{where}: the name {name!r} is not a string.")
        plain[name] = _plain(f"{where}.{name}", item)
    return plain


def _text(where: str, value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{where}: {value.isoformat()} has no time zone.")
        return utc(value).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value if value else abs(value):f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction | UUID):
        return str(value)
    raise ValueError(
        f"{where}: {value!r} has no one text. Give a Decimal or Fraction for a number, a list "
        "for a set."
    )
