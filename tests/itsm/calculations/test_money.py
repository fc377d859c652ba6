"""Rounding half up and sharing out to the last cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.calculations.money import round_half_up, split


@pytest.mark.parametrize(
    ("amount", "minor_units", "expected"),
    [
        (Decimal("0.005"), 2, "0.01"),
        (Decimal("-0.005"), 2, "-0.01"),
        (Decimal("2.675"), 2, "2.68"),
        (Decimal("0.0049999999999999999999999999999999"), 2, "0.00"),
        (Fraction(1, 3), 2, "0.33"),
        (Decimal("12.5"), 0, "13"),
        (7, 3, "7.000"),
        (
            Decimal("12345678901234567890123456789012345.675"),
            2,
            "12345678901234567890123456789012345.68",
        ),
    ],
)
def test_halves_go_away_from_zero(amount, minor_units, expected):
    assert str(round_half_up(amount, minor_units)) == expected


def test_what_is_no_amount_is_refused():
    with pytest.raises(ValueError, match="not an amount"):
        round_half_up(Decimal("NaN"))
    with pytest.raises(ValueError, match="too few"):
        round_half_up(Decimal(1), -1)


def test_ten_euros_in_three_equal_parts_leave_no_cent_over():
    assert split(Decimal(10), [1, 1, 1]) == (Decimal("3.34"), Decimal("3.33"), Decimal("3.33"))
    assert split(Decimal(-10), [1, 1, 1]) == (
        Decimal("-3.34"),
        Decimal("-3.33"),
        Decimal("-3.33"),
    )


def test_the_largest_remainder_gets_the_cent():
    # 1.00 by 1:2:4 is 14.29, 28.57 and 57.14 cents; 57 has the smallest remainder.
    assert split(Decimal(1), [1, 2, 4]) == (Decimal("0.14"), Decimal("0.29"), Decimal("0.57"))


def test_wrong_weights_and_unrounded_amounts_are_refused():
    for weights in ([], [0, 0], [2, -1]):
        with pytest.raises(ValueError, match="Weights are zero or more"):
            split(Decimal(1), weights)
    with pytest.raises(ValueError, match="Round it first"):
        split(Decimal("0.001"), [1])


@given(
    st.decimals(-(10**9), 10**9, places=2),
    st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any),
)
def test_shares_add_up_and_lie_within_a_cent_of_their_quota(amount, weights):
    shares = split(amount, weights)

    assert sum(shares) == amount
    for share, weight in zip(shares, weights):
        quota = Fraction(amount) * weight / sum(weights)
        assert abs(Fraction(share) - quota) < Fraction(1, 100)
