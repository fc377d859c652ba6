"""Due dates: working days after the period in the customer's zone, across leap days and clock changes."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest

from itsm.calculations.periods import Period
from reporting.calculations.due import due_at, monday_to_friday, nth_working_day, periods

TEN = time(10)


def due(label: str, zone: str, day: int = 5, at: time = TEN) -> datetime:
    return due_at(
        Period.parse(label, zone), working_day=day, at_time=at, is_working=monday_to_friday
    )


def test_the_first_day_after_the_period_counts_when_it_is_a_working_day() -> None:
    # 1 April 2016 was a Friday: working days 1 Fri, 4 Mon, 5 Tue, 6 Wed, 7 Thu
    assert nth_working_day(date(2016, 4, 1), 1, monday_to_friday) == date(2016, 4, 1)
    assert nth_working_day(date(2016, 4, 1), 5, monday_to_friday) == date(2016, 4, 7)


def test_due_times_are_read_on_the_customers_clock() -> None:
    # Thursday 7 April 2016, 10:00: Madrid is two hours ahead of UTC, New York four behind, Lord Howe 10:30 ahead
    assert due("2016-03", "Europe/Madrid") == datetime(2016, 4, 7, 8, tzinfo=UTC)
    assert due("2016-03", "America/New_York") == datetime(2016, 4, 7, 14, tzinfo=UTC)
    assert due("2016-03", "Australia/Lord_Howe") == datetime(2016, 4, 6, 23, 30, tzinfo=UTC)


def test_a_leap_day_belongs_to_its_february() -> None:
    # February 2024 ends after the 29th; 1 March 2024 was a Friday, so working day 2 is Monday the 4th
    assert Period.parse("2024-02", "Europe/Madrid").end == datetime(2024, 2, 29, 23, tzinfo=UTC)
    assert due("2024-02", "Europe/Madrid", day=2) == datetime(2024, 3, 4, 9, tzinfo=UTC)


def test_a_due_time_that_the_clock_jumps_over_moves_forward() -> None:
    # Tehran 2022: at midnight of 22 March the clock went to 01:00; 00:30 does not exist and becomes 01:30 (+04:30)
    first = due_at(
        Period.parse("2022-02", "Asia/Tehran"),
        working_day=16,
        at_time=time(0, 30),
        is_working=monday_to_friday,
    )

    assert first == datetime(2022, 3, 21, 21, 0, tzinfo=UTC)


def test_of_two_equal_wall_times_the_first_is_meant() -> None:
    # Berlin, Sunday 29 October 2023, 02:30 happens twice; the first is summer time, +02:00
    every_day = due_at(
        Period.parse("2023-09", "Europe/Berlin"),
        working_day=29,
        at_time=time(2, 30),
        is_working=lambda _day: True,
    )

    assert every_day == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)


def test_ten_years_of_months_touch_each_other_in_every_zone() -> None:
    for zone in ("Europe/Berlin", "America/Sao_Paulo", "Asia/Tehran", "Australia/Lord_Howe"):
        until = datetime(2026, 6, 1, tzinfo=UTC)

        found = list(periods(Period.parse("2016-06", zone), until))

        # June 2016 to May 2026 are 120 months; a zone west of UTC ends May after the instant asked for
        assert len(found) == 120 + (found[119].end < until)
        assert all(one.end == after.start for one, after in pairwise(found))
        assert len({period.label for period in found}) == len(found)


def test_hours_that_are_never_open_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="never open"):
        nth_working_day(date(2026, 1, 1), 1, lambda _day: False)


def test_a_working_day_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="working day 1 or later"):
        nth_working_day(date(2026, 1, 1), 0, monday_to_friday)
