"""Months, quarters and years in the customer's zone."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.calculations.periods import Period
from tests.itsm.calculations.clocks import wall, zulu


def test_t09_march_of_a_customer_in_new_york_is_not_march_in_madrid():
    march = Period.parse("2026-03", "America/New_York")

    assert (march.start, march.end) == (zulu("2026-03-01 05:00"), zulu("2026-04-01 04:00"))
    assert march.interval.duration == timedelta(hours=743)
    assert march.start != Period.parse("2026-03", "Europe/Madrid").start


@pytest.mark.parametrize(
    ("label", "kind", "start", "end"),
    [
        ("2016", "year", "2016-01-01", "2017-01-01"),
        ("2016-Q1", "quarter", "2016-01-01", "2016-04-01"),
        ("2016-Q4", "quarter", "2016-10-01", "2017-01-01"),
        ("2016-12", "month", "2016-12-01", "2017-01-01"),
    ],
)
def test_a_label_names_a_year_a_quarter_or_a_month(label, kind, start, end):
    period = Period.parse(label, "Europe/Madrid")

    assert (period.start, period.end) == (wall(start), wall(end))
    assert period.kind == kind
    assert str(period) == label
    assert period.start.tzinfo is UTC


@pytest.mark.parametrize("label", ["", "16", "2016-13", "2016-Q5", "2016-3", "2016-03-01", "0000"])
def test_other_labels_are_refused(label):
    with pytest.raises(ValueError, match="Write 2016, 2016-Q1 or 2016-03"):
        Period.parse(label)


def test_periods_follow_each_other_without_a_gap():
    for label in ("2026", "2026-Q1", "2026-Q4", "2026-01", "2026-12"):
        period = Period.parse(label, "Australia/Lord_Howe")

        assert period.next().start == period.end
        assert period.previous().end == period.start
        assert period.next().previous() == period


def test_an_instant_lies_in_the_month_of_the_zone():
    new_year = zulu("2026-12-31 23:30")

    assert str(Period.containing(new_year, "month", "Europe/Madrid")) == "2027-01"
    assert str(Period.containing(new_year, "month", "America/New_York")) == "2026-12"
    assert str(Period.containing(new_year, "quarter", "America/New_York")) == "2026-Q4"
    assert str(Period.containing(new_year, "year", "Europe/Madrid")) == "2027"
    with pytest.raises(ValueError, match="Use year, quarter, month"):
        Period.containing(new_year, "week")
    with pytest.raises(ValueError, match="no time zone"):
        Period.containing(datetime(2026, 1, 1), "year")  # noqa: DTZ001


def test_the_months_of_a_period_cover_it():
    year = Period.parse("2026", "Europe/Madrid")
    months = year.months()

    assert [str(month) for month in months][::11] == ["2026-01", "2026-12"]
    assert [str(month) for month in Period.parse("2026-Q2").months()] == [
        "2026-04",
        "2026-05",
        "2026-06",
    ]
    assert (months[0].start, months[-1].end) == (year.start, year.end)
    assert sum((m.interval.duration for m in months), timedelta()) == year.interval.duration


def test_a_month_may_begin_at_a_midnight_that_does_not_exist():
    # Cuba set its clock forward at 00:00 on 1 April 1990 (tzdata): the month began at 01:00.
    april = Period.parse("1990-04", "America/Havana")

    assert april.start == zulu("1990-04-01 05:00")
    assert april.previous().end == april.start
