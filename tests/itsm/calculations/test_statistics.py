"""Percentiles that were measured and shares with their doubt."""

from decimal import Decimal

import pytest

from itsm.calculations.statistics import percentile, wilson_interval


def test_t61_percentiles_are_taken_over_all_values_and_never_averaged():
    a, b = list(range(1, 101)), [1000] * 10

    assert percentile(a, 95) == 95
    assert percentile(b, 95) == 1000
    assert percentile(a + b, 95) == 1000


def test_a_percentile_is_one_of_the_values():
    # Nearest rank of 15, 20, 35, 40, 50: ceil(0.3 × 5) = 2nd, ceil(0.4 × 5) = 2nd.
    values = [50, 15, 40, 20, 35]

    assert [percentile(values, p) for p in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]
    assert percentile(values, Decimal("40.1")) == 35
    assert percentile([], 50) is None
    for outside in (0, 101):
        with pytest.raises(ValueError, match="outside 0"):
            percentile(values, outside)


def test_the_score_interval_of_a_share():
    # 46 of 49 (T60). Centre (46/49 + 1.9208/49) / (1 + 3.8416/49), by hand to four digits.
    low, high = wilson_interval(46, 49)

    assert (round(low, 4), round(high, 4)) == (0.8348, 0.9790)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(0, 10)[0] == 0.0
    assert wilson_interval(10, 10)[1] == 1.0
    with pytest.raises(ValueError, match="not a share"):
        wilson_interval(3, 2)
