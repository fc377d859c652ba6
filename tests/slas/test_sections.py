"""Words of the attainment chapter: a margin is told as its column shows it."""

from fractions import Fraction

import pytest

from slas.sections import _amount
from slas.selectors.figures import Margin


@pytest.mark.parametrize(
    ("left", "unit", "words"),
    [
        # 3 of 28 tickets were late, 90 % are agreed: 2.8 may be, so one whole ticket is too many
        (Fraction(28, 10) - 3, "cases", "1 ticket"),
        (Fraction(28, 10) - 2, "cases", "0 tickets"),
        (Fraction(5, 2), "cases", "2 tickets"),
        (Fraction(-22, 1) - Fraction(28, 100), "minutes", "22.28 minutes"),
    ],
)
def test_tickets_are_counted_whole_to_the_customers_side(
    left: Fraction, unit: str, words: str
) -> None:
    assert _amount(Margin(Fraction(1), Fraction(1), left, unit)) == words
