"""Service credits by hand (T70): bands are half-open, chosen by the unrounded availability."""

from decimal import Decimal
from fractions import Fraction

import pytest

from slas.calculations.credits import CreditBand, credit

FEE = Decimal(10_000)
IN_PERCENT = [
    (Decimal("99.5"), Decimal("99.9"), Decimal(5)),
    (Decimal("99.0"), Decimal("99.5"), Decimal(10)),
    (0, Decimal("99.0"), Decimal(25)),
]
AS_PAIRS = [("99.9", 5), ("99.5", 10), ("99.0", 25)]
AS_SHARES = [("0.999", "0.05"), ("0.995", "0.10"), ("0.990", "0.25")]


def percent(text: str) -> Fraction:
    return Fraction(text) / 100


@pytest.mark.parametrize("bands", [IN_PERCENT, AS_PAIRS, IN_PERCENT[::-1]])
@pytest.mark.parametrize(
    ("kept", "due"),
    [
        ("100", "0.00"),
        ("99.9", "0.00"),
        ("99.8999999", "500.00"),
        ("99.721448", "500.00"),
        ("99.5", "500.00"),
        ("99.4999999", "1000.00"),
        ("99", "1000.00"),
        ("98.2", "1500.00"),
        ("0", "1500.00"),
    ],
)
def test_t70_the_band_of_the_unrounded_availability_counts_up_to_the_cap(bands, kept, due):
    assert credit(percent(kept), bands=bands, fee=FEE, cap=Decimal(15)) == Decimal(due)


def test_a_scheme_may_be_written_in_shares():
    assert credit(percent("98.2"), bands=AS_SHARES, fee=FEE, cap=Decimal("0.15")) == 1500
    assert credit(percent("98.2"), bands=AS_SHARES, fee=FEE) == 2500
    bands = [CreditBand(Fraction(0), Fraction("0.999"), Fraction("0.05"))]
    assert credit(percent("98.2"), bands=bands, fee=FEE) == 500


def test_no_data_no_bands_and_a_gap_between_bands_give_no_credit():
    gap = [(Decimal(98), Decimal(99), 10)]

    assert credit(None, bands=IN_PERCENT, fee=FEE) == Decimal("0.00")
    assert credit(percent("10"), bands=[], fee=FEE) == Decimal("0.00")
    assert credit(percent("97"), bands=gap, fee=FEE) == Decimal("0.00")


def test_the_amount_is_rounded_once_half_up_to_cents():
    # 5 % of 0.10 is half a cent; 5 % of 33.33 is 1.6665.
    assert str(credit(percent("99.6"), bands=IN_PERCENT, fee=Decimal("0.10"))) == "0.01"
    assert str(credit(percent("99.6"), bands=IN_PERCENT, fee=Decimal("33.33"))) == "1.67"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ratio": Fraction("99.5")}, "ratio is 9950.00%, outside 0 to 100 %"),
        ({"bands": [("99.9", 101)]}, "credit is 101.00%"),
        ({"cap": Decimal(101)}, "cap is 101.00%"),
        ({"fee": Decimal(-1)}, "A fee of -1 is negative"),
        ({"bands": [(99.9, 5)]}, "binary float"),
        ({"bands": [(99, "99.9", 5), (0, "99.5", 10)]}, "empty or overlaps the next"),
        ({"bands": [("99.9", 5), ("99.9", 10)]}, "empty or overlaps the next"),
        ({"bands": [("99.9",)]}, "is not a band"),
        ({"bands": [(0, None, 5)]}, "is not a band"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(change, message):
    arguments = {"ratio": percent("99"), "bands": IN_PERCENT, "fee": FEE, **change}

    with pytest.raises(ValueError, match=message):
        credit(arguments.pop("ratio"), **arguments)
