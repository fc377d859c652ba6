"""Turn frozen dataclasses into plain JSON values and back, by their type hints alone."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

Shape = TypeVar("Shape")


def encode(value: Any) -> Any:
    """Give `value` as dicts, lists, strings, integers, booleans and None.

    Fields that still hold their default are left out, so a stored dataset stays short and a field
    added later does not change the digest of an older one. Floats are refused: a number in a
    report is an exact string or a whole number.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: encode(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: give the number as an exact string.")
    return value


def decode(shape: type[Shape], value: Mapping[str, Any]) -> Shape:
    """Build the dataclass `shape` from what `encode` gave; unknown keys raise ValueError."""
    hashable: Any = shape  # mypy does not know that every class is hashable
    hints = _hints(hashable)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise ValueError(f"{shape.__name__} has no field {', '.join(unknown)}.")
    try:
        return shape(**{key: _value(hints[key], item) for key, item in value.items()})
    except TypeError as error:
        raise ValueError(f"{shape.__name__}: {error}") from error


@lru_cache(maxsize=256)
def _hints(shape: type) -> dict[str, Any]:
    return typing.get_type_hints(shape)


def _value(hint: Any, value: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is tuple:
        return tuple(_value(typing.get_args(hint)[0], item) for item in value)
    if origin in (types.UnionType, typing.Union):
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        return None if value is None else _value(inner[0], value)
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return decode(typing.cast(type, hint), value)
    return value
