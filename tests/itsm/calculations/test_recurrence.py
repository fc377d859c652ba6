"""Dates that come back, and working days of a calendar."""

from datetime import date, time
from itertools import islice

import pytest

from itsm.calculations.open_time import NoServiceTime
from itsm.calculations.recurrence import (
    Recurrence,
    add_months,
    at_wall_time,
    nth_working_day,
    nth_working_day_at,
)
from itsm.calculations.service_hours import ServiceHours
from tests.itsm.calculations.clocks import office, wall, zulu


def days(recurrence: Recurrence, number: int) -> list[str]:
    return [day.isoformat() for day in islice(recurrence.dates(), number)]


def test_the_31st_of_a_short_month_is_its_last_day():
    # RRULE with FREQ=MONTHLY from 31 January skips February, April and June.
    assert days(Recurrence("monthly", date(2026, 1, 31)), 5) == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
    ]


@pytest.mark.parametrize(
    ("frequency", "every", "second"),
    [
        ("daily", 3, "2024-03-03"),
        ("weekly", 2, "2024-03-14"),
        ("monthly", 3, "2024-05-29"),
        ("yearly", 1, "2025-02-28"),
        ("yearly", 4, "2028-02-29"),
    ],
)
def test_every_frequency_moves_on_by_its_own_step(frequency, every, second):
    assert days(Recurrence(frequency, date(2024, 2, 29), every), 2)[1] == second


def test_dates_end_before_the_last_one():
    weekly = Recurrence("weekly", date(2026, 5, 4))

    assert list(weekly.dates(until=date(2026, 5, 18))) == [date(2026, 5, 4), date(2026, 5, 11)]


def test_months_can_be_counted_back():
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -13) == date(2024, 12, 15)


def test_a_recurrence_that_never_moves_is_refused():
    with pytest.raises(ValueError, match="never move on"):
        Recurrence("daily", date(2026, 1, 1), 0)
    with pytest.raises(ValueError, match="Use daily, weekly, monthly, yearly"):
        Recurrence("hourly", date(2026, 1, 1))


def test_working_day_5_is_counted_in_the_calendar_of_the_customer():
    # May 2026: the 1st is a Friday and a holiday; then 4, 5, 6, 7 and 8 May.
    hours = office(annual_holidays=["05-01"])

    assert nth_working_day(hours, date(2026, 5, 1), 5) == date(2026, 5, 8)
    assert nth_working_day(hours, date(2026, 5, 4), 1) == date(2026, 5, 4)
    assert nth_working_day_at(hours, date(2026, 5, 1), 5, time(12)) == wall("2026-05-08 12:00")
    with pytest.raises(ValueError, match="Count from 1"):
        nth_working_day(hours, date(2026, 5, 1), 0)


def test_a_calendar_that_never_opens_has_no_working_day():
    never = ServiceHours.from_dict({"timezone": "UTC", "week": {}})

    with pytest.raises(NoServiceTime, match="no working day"):
        nth_working_day(never, date(2026, 5, 1), 1)


def test_a_time_the_clock_jumps_over_moves_forward_and_of_two_the_first_is_taken():
    madrid = "Europe/Madrid"

    assert at_wall_time(date(2026, 3, 29), time(2, 30), madrid) == zulu("2026-03-29 01:30")
    assert at_wall_time(date(2026, 10, 25), time(2, 30), madrid) == zulu("2026-10-25 00:30")
