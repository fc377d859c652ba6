"""Weeks of a month, days of every year, local days."""

from datetime import UTC, date, datetime

import pytest

from itsm.calculations.month_grid import (
    annual_days,
    local_days,
    month_of,
    next_month,
    previous_month,
    weeks_of,
)


def test_the_weeks_of_a_month_are_whole_and_begin_on_monday() -> None:
    weeks = weeks_of(date(2026, 11, 1))

    assert len(weeks) == 6
    assert weeks[0][0] == date(2026, 10, 26)
    assert weeks[-1][-1] == date(2026, 12, 6)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "11-2026", "2026-11-01", "0001-01", "9999-12"]
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert month_of(text) is None


def test_months_follow_each_other_over_the_new_year() -> None:
    assert month_of("2026-12") == date(2026, 12, 1)
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert previous_month(date(2027, 1, 1)) == date(2026, 12, 1)


def test_a_range_of_every_year_runs_over_the_new_year() -> None:
    days = list(annual_days([((12, 30), (1, 1))], date(2026, 12, 29), date(2027, 1, 3)))

    assert days == [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("ends", "days"),
    [
        (None, [date(2026, 10, 25)]),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), [date(2026, 10, 25)]),  # midnight in Madrid
        (datetime(2026, 10, 25, 23, 1, tzinfo=UTC), [date(2026, 10, 25), date(2026, 10, 26)]),
    ],
)
def test_an_end_at_midnight_does_not_touch_the_next_day(
    ends: datetime | None, days: list[date]
) -> None:
    begins = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # 25 October, 00:00 in Madrid

    assert local_days(begins, ends, "Europe/Madrid") == days
