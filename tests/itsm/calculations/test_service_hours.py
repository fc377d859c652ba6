"""Service time in real zones. T numbers refer to the worked examples of service level management."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from itsm.calculations.intervals import Interval, total
from itsm.calculations.open_time import NoServiceTime
from itsm.calculations.service_hours import ServiceHours, VersionedHours, elapsed_many
from tests.itsm.calculations.clocks import around_the_clock, office, span, wall, zulu

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2025-10-01", "2025-11-01", 2_682_000),  # T01: 745 h, one hour twice
        ("2025-03-01", "2025-04-01", 2_674_800),  # T02: 743 h, one hour missing
        ("2026-02-01", "2026-03-01", 2_419_200),  # T03: 672 h
    ],
)
def test_a_month_around_the_clock_is_as_long_as_it_really_is(start, end, seconds):
    elapsed = around_the_clock().elapsed(wall(start), wall(end))

    assert elapsed == timedelta(seconds=seconds)


def test_t04_eight_hours_from_friday_afternoon_end_on_monday_after_the_change_of_the_clock():
    deadline = office().deadline(wall("2026-03-27 16:30"), 8 * HOUR)

    assert deadline == wall("2026-03-30 16:30")
    assert deadline.astimezone(UTC) == zulu("2026-03-30 14:30")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-28 23:00", "2026-03-29 04:00"),  # T05: 06:00 CEST
        ("2026-10-24 23:00", "2026-10-25 03:00"),  # T06: 04:00 CET
    ],
)
def test_six_hours_through_the_night_of_the_change(start, expected):
    deadline = around_the_clock().deadline(wall(start), 6 * HOUR)

    assert deadline.astimezone(UTC) == zulu(expected)


def test_t07_holidays_are_skipped():
    hours = office(closed=["2026-04-02", "2026-04-03"])

    assert hours.deadline(wall("2026-04-01 16:00"), 8 * HOUR) == wall("2026-04-06 16:00")


def test_t08_april_at_lord_howe_gains_half_an_hour():
    zone = "Australia/Lord_Howe"
    elapsed = around_the_clock(zone).elapsed(wall("2026-04-01", zone), wall("2026-05-01", zone))

    assert elapsed == timedelta(hours=720.5)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-22", 2), ("2026-03-29", 1), ("2026-10-25", 3)]
)
def test_t10_a_sunday_window_is_the_time_at_which_the_clock_reads_within_it(day, hours):
    sunday = ServiceHours.from_dict(
        {"timezone": "Europe/Madrid", "week": {"Sun": [["02:00", "04:00"]]}}
    )

    assert total(sunday.hours_on(date.fromisoformat(day))) == hours * HOUR


@pytest.mark.parametrize(
    ("day", "pieces"),
    [
        ("2026-03-22", [("01:15", "01:45")]),
        ("2026-03-29", []),
        ("2026-10-25", [("00:15", "00:45"), ("01:15", "01:45")]),
    ],
)
def test_t10b_a_window_the_clock_jumps_over_is_empty_and_one_it_repeats_comes_twice(day, pieces):
    sunday = ServiceHours.from_dict(
        {"timezone": "Europe/Madrid", "week": {"Sun": [["02:15", "02:45"]]}}
    )

    found = sunday.intervals(wall(f"{day} 00:00"), wall(f"{day} 12:00"))

    assert found == tuple(
        Interval(zulu(f"{day} {start}"), zulu(f"{day} {end}")) for start, end in pieces
    )
    assert found == sunday.hours_on(date.fromisoformat(day))


def test_t11_half_an_hour_from_the_closing_instant_ends_the_next_morning():
    assert office().deadline(wall("2026-05-04 17:00"), 30 * MINUTE) == wall("2026-05-05 09:30")


def test_t12_a_deadline_may_be_the_closing_instant():
    assert office().deadline(wall("2026-05-04 16:30"), 30 * MINUTE) == wall("2026-05-04 17:00")


def test_t13_no_day_is_counted_twice_in_autumn():
    # A loop in steps of 86,400 s from the start gives 107.5 h (D1).
    start, end = wall("2026-10-24 00:30"), wall("2026-10-27 12:00")

    assert around_the_clock().elapsed(start, end) == timedelta(hours=84.5)


def test_d1_no_day_is_skipped_in_spring():
    # The same loop gives 12.5 h: the 29th is lost.
    start, end = wall("2026-03-28 23:30"), wall("2026-03-30 12:00")

    assert around_the_clock().elapsed(start, end) == timedelta(hours=35.5)


def test_t14_office_hours_keep_their_wall_time_after_the_change():
    # Week start plus multiples of 604,800 s would give 10:00 to 18:00 (D4).
    assert office().hours_on(date(2026, 3, 30)) == (
        Interval(zulu("2026-03-30 07:00"), zulu("2026-03-30 15:00")),
    )
    assert office().hours_on(date(2026, 3, 31)) == (span("2026-03-31 09:00", "2026-03-31 17:00"),)


def test_t15_annual_holidays_may_run_over_the_new_year():
    hours = office(annual_holidays=["12-24/01-02"])
    days = ("2026-12-23", "2026-12-24", "2026-12-28", "2027-01-01", "2027-01-04")

    open_days = [bool(hours.hours_on(date.fromisoformat(day))) for day in days]

    assert open_days == [True, False, False, False, True]


def test_t26_one_clock_may_span_two_versions_of_the_hours():
    # Old hours 09-17 until 10 May 2026, new hours 08-18 from then on. From Friday 8 May 16:00:
    # 1 h on Friday (old), 10 h on Monday 11 May (new).
    hours = VersionedHours(
        [(wall("2026-05-10"), office("08:00", "18:00")), (wall("2026-01-01"), office())]
    )

    assert hours.elapsed(wall("2026-05-08 16:00"), wall("2026-05-12")) == 11 * HOUR
    assert hours.deadline(wall("2026-05-08 16:00"), 2 * HOUR) == wall("2026-05-11 09:00")
    assert hours.deadline(wall("2026-05-11 09:00"), -2 * HOUR) == wall("2026-05-08 16:00")
    assert hours.add_working_days(wall("2026-05-08 10:00"), 1, rule="end_of_day") == wall(
        "2026-05-11 18:00"
    )


def test_a_version_may_begin_in_the_middle_of_a_day_and_the_first_counts_before_its_start():
    hours = VersionedHours(
        [(wall("2026-05-04"), office()), (wall("2026-05-05 12:00"), office("14:00", "20:00"))]
    )

    assert hours.intervals(wall("2026-05-01"), wall("2026-05-06")) == (
        span("2026-05-01 09:00", "2026-05-01 17:00"),
        span("2026-05-04 09:00", "2026-05-04 17:00"),
        span("2026-05-05 09:00", "2026-05-05 12:00"),
        span("2026-05-05 14:00", "2026-05-05 20:00"),
    )


def test_versions_must_be_told_apart():
    with pytest.raises(ValueError, match="at least one"):
        VersionedHours([])
    with pytest.raises(ValueError, match="same instant"):
        VersionedHours([(zulu("2026-01-01"), office()), (wall("2026-01-01 01:00"), office())])
    with pytest.raises(ValueError, match="whole seconds"):
        VersionedHours([(zulu("2026-01-01 00:00:00.5"), office())])


def test_the_order_of_precedence_is_open_closed_annual_week():
    hours = ServiceHours.from_dict(
        {
            "timezone": "Europe/Berlin",
            "week": {"Thu": [["08:00", "12:00"], ["13:00", "24:00"]], "Fri": [["08:00", "12:00"]]},
            "annual_holidays": ["12-25", "12-24/01-02"],
            "closed": ["2026-04-03", "2026-04-09"],
            "open": {"2026-12-24": [["08:00", "12:00"]], "2026-04-09": [["10:00", "11:00"]]},
        }
    )

    def open_hours(day):
        return total(hours.hours_on(date.fromisoformat(day))) / HOUR

    assert open_hours("2026-12-17") == 15  # Thursday by the week
    assert open_hours("2026-12-24") == 4  # a holiday, but opened
    assert open_hours("2026-12-25") == 0
    assert open_hours("2026-04-03") == 0  # a closed Friday
    assert open_hours("2026-04-09") == 1  # closed and opened: opened wins
    assert ServiceHours.from_dict(hours.to_dict()) == hours


def test_open_until_24_and_from_00_is_one_piece():
    hours = ServiceHours.from_dict(
        {
            "timezone": "Europe/Madrid",
            "week": {"Thu": [["22:00", "24:00"]], "Fri": [["00:00", "06:00"]]},
            "closed": ["2027-01-08"],
        }
    )

    # Also across the turn of a year: Thursday 31 December 2026.
    assert hours.intervals(wall("2026-12-31"), wall("2027-01-08")) == (
        span("2026-12-31 22:00", "2027-01-01 06:00"),
        span("2027-01-07 22:00", "2027-01-08 00:00"),
    )
    assert hours.is_open(wall("2027-01-01 00:00"))
    assert not hours.is_open(wall("2027-01-01 06:00"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"holidays": []}, "service hours: unknown 'holidays'. Use timezone, week"),
        ({"timezone": "Europe/Atlantis"}, "timezone: There is no time zone 'Europe/Atlantis'"),
        ({"timezone": "../etc"}, "timezone: There is no time zone"),
        ({"timezone": None}, "timezone: There is no time zone"),
        ({"week": {"Monday": []}}, "week: unknown 'Monday'. Use Mon, Tue"),
        ({"week": []}, "week: .* is not an object"),
        ({"week": {"Mon": "09:00"}}, "week.Mon: '09:00' is not a list"),
        ({"week": {"Mon": [["9:00", "17:00"]]}}, r"week.Mon\[0\]: '9:00' is not a time of day"),
        ({"week": {"Mon": [["09:00", "24:01"]]}}, "'24:01' is not a time of day"),
        ({"week": {"Mon": [["09:00"]]}}, "is not a window"),
        ({"week": {"Mon": [["17:00", "09:00"]]}}, "17:00 is not before 09:00"),
        ({"week": {"Mon": [["09:00", "09:00"]]}}, "09:00 is not before 09:00"),
        (
            {"week": {"Mon": [["12:00", "14:00"], ["09:00", "13:00"]]}},
            "week.Mon: the windows 09:00–13:00 and 12:00–14:00 overlap",
        ),
        ({"annual_holidays": ["02-30"]}, r"annual_holidays\[0\]: '02-30' is not a day of the year"),
        ({"annual_holidays": ["12-24/12-26/12-31"]}, "is not a range"),
        ({"annual_holidays": "12-25"}, "annual_holidays: '12-25' is not a list"),
        ({"closed": ["2026-02-30"]}, r"closed\[0\]: '2026-02-30' is not a date"),
        ({"closed": ["20260403"]}, "'20260403' is not a date"),
        ({"closed": ["2026-W14-5"]}, "'2026-W14-5' is not a date"),
        ({"closed": ["2026-02-02/2026-02-01"]}, "is not a range"),
        ({"open": {"Christmas": []}}, "open: 'Christmas' is not a date"),
    ],
)
def test_a_mistake_in_the_written_hours_is_named_with_its_place(change, message):
    document = {"timezone": "Europe/Madrid", "week": {}, **change}

    with pytest.raises(ValueError, match=message):
        ServiceHours.from_dict(document)


def test_the_zone_and_the_week_must_be_given():
    with pytest.raises(ValueError, match="service hours: timezone is missing"):
        ServiceHours.from_dict({"week": {}})
    with pytest.raises(ValueError, match="service hours: week is missing"):
        ServiceHours.from_dict({"timezone": "UTC"})


def test_touching_windows_are_joined_and_ranges_of_closed_days_are_whole():
    hours = ServiceHours.from_dict(
        {
            "timezone": "UTC",
            "week": {"Mon": [["12:00", "13:00"], ["09:00", "12:00"]]},
            "closed": ["2026-05-04/2026-05-11"],
        }
    )

    assert hours.windows_on(date(2026, 5, 18)) == ((540, 780),)
    assert hours.windows_on(date(2026, 5, 11)) == ()


def test_a_calendar_that_never_opens_ends_every_search():
    never = ServiceHours.from_dict({"timezone": "Europe/Madrid", "week": {}})
    at = wall("2026-05-04 12:00")

    assert never.next_open(at) is None
    assert never.previous_open(at) is None
    assert never.elapsed(at, wall("2030-01-01")) == timedelta()
    for question in (
        lambda: never.deadline(at, HOUR),
        lambda: never.deadline(at, -HOUR),
        lambda: never.add_working_days(at, 1),
    ):
        with pytest.raises(NoServiceTime, match="Open the calendar on at least one day"):
            question()


def test_naive_instants_are_refused():
    naive = datetime(2026, 5, 4, 12)  # noqa: DTZ001
    for question in (
        office().is_open,
        office().next_open,
        office().previous_open,
        lambda at: office().elapsed(at, at),
        lambda at: office().deadline(at, HOUR),
        lambda at: office().add_working_days(at, 1),
    ):
        with pytest.raises(ValueError, match="has no time zone"):
            question(naive)


def test_no_service_time_lies_between_an_instant_and_an_earlier_one():
    assert office().elapsed(wall("2026-05-05 12:00"), wall("2026-05-04 12:00")) == timedelta()
    assert office().intervals(wall("2026-05-05 12:00"), wall("2026-05-04 12:00")) == ()


def test_counting_back_mirrors_counting_on():
    hours = office()

    assert hours.deadline(wall("2026-05-05 10:00"), -2 * HOUR) == wall("2026-05-04 16:00")
    assert hours.deadline(wall("2026-05-04 17:00"), -8 * HOUR) == wall("2026-05-04 09:00")
    assert hours.deadline(wall("2026-05-04 20:00"), timedelta()) == wall("2026-05-04 20:00")


def test_the_next_and_the_previous_open_instant_of_a_weekend():
    hours = office()
    saturday = wall("2026-05-09 12:00")

    assert hours.next_open(saturday) == wall("2026-05-11 09:00")
    assert hours.previous_open(saturday) == wall("2026-05-08 17:00")
    assert hours.next_open(wall("2026-05-08 17:00")) == wall("2026-05-11 09:00")
    assert hours.next_open(wall("2026-05-08 10:00")) == wall("2026-05-08 10:00")
    assert hours.previous_open(wall("2026-05-11 09:00")) == wall("2026-05-11 09:00")


def test_instants_come_back_in_the_zone_that_was_asked_in():
    asked = zulu("2026-05-04 08:00")

    assert office().deadline(asked, HOUR).tzinfo is UTC
    assert office().add_working_days(asked, 1).tzinfo is UTC


def test_working_days_keep_the_wall_time_across_the_change_and_leave_gaps_forward():
    always = around_the_clock()

    assert always.add_working_days(wall("2026-03-28 09:00"), 1) == wall("2026-03-29 09:00")
    assert always.add_working_days(wall("2026-03-28 02:30"), 1).astimezone(UTC) == zulu(
        "2026-03-29 01:30"
    )
    assert always.add_working_days(wall("2026-10-24 02:30"), 1).astimezone(UTC) == zulu(
        "2026-10-25 00:30"
    )


def test_zero_working_days_stay_on_the_day_or_find_the_next_one():
    hours, saturday = office(), wall("2026-05-09 12:00")

    assert hours.add_working_days(saturday, 0) == saturday
    assert hours.add_working_days(saturday, 0, rule="end_of_day") == wall("2026-05-11 17:00")
    assert hours.add_working_days(saturday, 0, rule="into_hours") == wall("2026-05-11 09:00")
    with pytest.raises(ValueError, match="There is no rule 'same_time'"):
        hours.add_working_days(saturday, 1, rule="same_time")


def test_a_part_of_a_working_day_is_refused():
    with pytest.raises(ValueError, match=r"1\.5 is not a number of whole working days"):
        office().add_working_days(wall("2026-05-04 10:00"), 1.5)


def test_a_day_that_a_zone_skipped_is_no_working_day():
    # Samoa had no 30 December 2011.
    hours = around_the_clock("Pacific/Apia")
    start = wall("2011-12-29 10:00", "Pacific/Apia")

    assert hours.hours_on(date(2011, 12, 30)) == ()
    assert hours.add_working_days(start, 1) == wall("2011-12-31 10:00", "Pacific/Apia")
    assert hours.elapsed(start, wall("2011-12-31 10:00", "Pacific/Apia")) == 24 * HOUR


def test_a_window_at_a_midnight_that_comes_twice_is_counted_twice():
    # St. John's set its clock back at 00:01 until 2011: 00:00 to 00:01 on 7 November 2010 came
    # twice, and so did 23:01 to 24:00 on the 6th.
    hours = ServiceHours.from_dict(
        {"timezone": "America/St_Johns", "week": {"Sun": [["00:00", "00:30"]]}}
    )

    assert hours.hours_on(date(2010, 11, 7)) == (
        Interval(zulu("2010-11-07 02:30"), zulu("2010-11-07 02:31")),
        Interval(zulu("2010-11-07 03:30"), zulu("2010-11-07 04:00")),
    )


def test_many_tickets_at_once_give_the_same_seconds_as_one_at_a_time():
    random = np.random.default_rng(20260329)
    hours = office("08:30", "18:15", annual_holidays=["12-24/01-02"])
    starts = random.integers(1_700_000_000, 1_800_000_000, 2_000)
    ends = starts + random.integers(-1_000_000, 5_000_000, 2_000)

    many = elapsed_many(hours, starts, ends)

    assert many.dtype == np.int64
    for start, end, seconds in zip(starts.tolist(), ends.tolist(), many.tolist()):
        one = hours.elapsed(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        assert one == timedelta(seconds=seconds)


def test_many_tickets_keep_their_shape_and_refuse_what_is_not_seconds():
    empty = np.array([], dtype=np.int64)
    pair = np.array([[0, 86_400]], dtype=np.int64)

    assert elapsed_many(office(), empty, empty).shape == (0,)
    assert elapsed_many(around_the_clock("UTC"), pair, pair + 5).tolist() == [[5, 5]]
    with pytest.raises(ValueError, match="shape"):
        elapsed_many(office(), pair, empty)
    with pytest.raises(ValueError, match="Give int64 seconds"):
        elapsed_many(office(), pair * 1.0, pair)
    for far in (np.iinfo(np.int64).min, np.iinfo(np.int64).max):
        with pytest.raises(ValueError, match="lie outside 1800 to 9990"):
            elapsed_many(office(), np.array([far]), np.array([0]))


def test_many_tickets_may_span_versions_of_the_hours():
    hours = VersionedHours(
        [(wall("2026-01-01"), office()), (wall("2026-05-10"), office("08:00", "18:00"))]
    )
    start, end = wall("2026-05-08 16:00"), wall("2026-05-12 00:00")

    many = elapsed_many(hours, np.array([int(start.timestamp())]), np.array([int(end.timestamp())]))

    assert many.tolist() == [11 * 3600]
