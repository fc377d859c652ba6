"""One text for one value."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from itsm.calculations.digest import canonical_json, sha256
from tests.itsm.calculations.clocks import wall


@dataclass(frozen=True)
class Target:
    name: str
    share: Fraction


def test_names_are_sorted_and_nothing_is_spaced():
    assert canonical_json({"b": [1, True, None], "a": {"é": "ü\n"}}) == (
        '{"a":{"é":"ü\\n"},"b":[1,true,null]}'.encode()
    )


def test_every_exact_type_has_its_one_text():
    value = {
        "amount": Decimal("500.00"),
        "tiny": Decimal("1E-7"),
        "large": Decimal("1E+3"),
        "nothing": Decimal("-0.0"),
        "share": Fraction(2, 6),
        "at": wall("2026-03-29 03:00"),
        "precise": datetime(2026, 1, 1, microsecond=5, tzinfo=UTC),
        "day": date(2026, 3, 29),
        "long": timedelta(minutes=90),
        "short": timedelta(milliseconds=-1500),
        "id": UUID(int=1),
        "target": Target("P1", Fraction(1)),
    }

    assert canonical_json(value).decode() == (
        '{"amount":"500.00","at":"2026-03-29T01:00:00Z","day":"2026-03-29",'
        '"id":"00000000-0000-0000-0000-000000000001","large":"1000","long":"PT5400S",'
        '"nothing":"0.0","precise":"2026-01-01T00:00:00.000005Z","share":"1/3",'
        '"short":"-PT1.5S","target":{"name":"P1","share":"1"},"tiny":"0.0000001"}'
    )


def test_the_order_of_names_and_the_kind_of_list_change_nothing():
    assert sha256({"a": 1, "b": (2, 3)}) == sha256({"b": [2, 3], "a": 1})
    assert sha256({}) == hashlib.sha256(b"{}").hexdigest()
    assert sha256({"a": 1}) != sha256({"a": "1"})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, 2.5]}, r"value.a\[1\]: 2.5 has no one text"),
        ({"a": {1, 2}}, "value.a: .* a list for a set"),
        ({1: 2}, "the name 1 is not a string"),
        (datetime(2026, 1, 1), "has no time zone"),  # noqa: DTZ001
        (Decimal("NaN"), "no one text"),
        (b"bytes", "no one text"),
    ],
)
def test_what_has_no_one_text_is_refused_with_its_place(value, message):
    with pytest.raises(ValueError, match=message):
        sha256(value)
