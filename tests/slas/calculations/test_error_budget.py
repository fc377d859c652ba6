"""The budget of downtime by hand (T01 to T03, T41)."""

from datetime import timedelta
from fractions import Fraction

import pytest

from slas.calculations.error_budget import error_budget, exhausted_at
from tests.itsm.calculations.clocks import around_the_clock, wall

NOTHING = timedelta()


@pytest.mark.parametrize(
    ("hours", "target", "seconds"),
    [(745, "0.999", 2682), (743, "0.999", 2674.8), (672, "0.999", 2419.2), (672, "0.9995", 1209.6)],
)
def test_the_allowed_downtime_of_a_month(hours, target, seconds):
    budget = error_budget(
        target=Fraction(target),
        agreed=timedelta(hours=hours),
        agreed_so_far=NOTHING,
        downtime=NOTHING,
    )

    assert budget.allowed == timedelta(seconds=seconds)
    assert budget.burn is None
    assert budget.lasts is None


def test_t41_half_the_budget_in_a_third_of_the_month_is_gone_on_day_20():
    at = wall("2026-09-11")
    budget = error_budget(
        target=Fraction("0.999"),
        agreed=timedelta(days=30),
        agreed_so_far=timedelta(days=10),
        downtime=timedelta(seconds=1296),
    )

    assert budget.allowed == timedelta(seconds=2592)
    assert budget.used == budget.left == timedelta(seconds=1296)
    assert budget.used_share == Fraction(1, 2)
    assert budget.burn == Fraction(3, 2)
    assert budget.lasts == timedelta(days=10)
    # 20 whole days of the month have passed then.
    assert exhausted_at(budget, hours=around_the_clock(), at=at) == wall("2026-09-21")


def test_an_overspent_budget_is_gone_now():
    at = wall("2026-09-11")
    budget = error_budget(
        target=Fraction("0.999"),
        agreed=timedelta(days=30),
        agreed_so_far=timedelta(days=10),
        downtime=timedelta(seconds=2600),
    )

    assert budget.left == timedelta(seconds=-8)
    assert exhausted_at(budget, hours=around_the_clock(), at=at) == at


def test_without_losses_the_budget_has_no_last_day():
    budget = error_budget(
        target=Fraction("0.999"),
        agreed=timedelta(days=30),
        agreed_so_far=timedelta(days=10),
        downtime=NOTHING,
    )

    assert budget.burn == 0
    assert exhausted_at(budget, hours=around_the_clock(), at=wall("2026-09-11")) is None


def test_a_target_of_100_percent_allows_nothing_and_has_no_speed():
    budget = error_budget(
        target=Fraction(1),
        agreed=timedelta(days=30),
        agreed_so_far=timedelta(days=10),
        downtime=timedelta(seconds=1),
    )

    assert (budget.allowed, budget.used_share, budget.burn) == (NOTHING, None, None)
    assert budget.lasts == NOTHING


def test_contradictions_are_refused():
    day = timedelta(days=1)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        error_budget(target=Fraction(999, 10), agreed=day, agreed_so_far=day, downtime=day)
    with pytest.raises(ValueError, match="contradict"):
        error_budget(target=Fraction(1), agreed=day, agreed_so_far=2 * day, downtime=day)
