"""Deadlines and elapsed time with pauses, reopening and changes of priority (T20 to T25)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.calculations.intervals import Interval
from slas.calculations.clock import WorkingDays, deadline, elapsed
from tests.itsm.calculations.clocks import office, span, wall

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
START = wall("2026-05-04 10:00")  # a Monday


def test_t20_a_pause_over_night_moves_the_deadline_by_its_service_time():
    # Before the pause 1.5 h, from Tuesday 10:15 the other 6.5 h. Adding the 22 h 45 of wall time
    # to the old deadline would give Wednesday 08:45, outside the hours.
    pauses = [span("2026-05-04 11:30", "2026-05-05 10:15")]

    assert deadline(office(), START, 8 * HOUR, pauses=pauses) == wall("2026-05-05 16:45")
    assert elapsed(office(), START, wall("2026-05-05 16:00"), pauses=pauses) == 7.25 * HOUR


def test_t21_a_pause_outside_the_hours_changes_nothing():
    pauses = [span("2026-05-04 18:00", "2026-05-05 08:00")]

    assert deadline(office(), START, 8 * HOUR, pauses=pauses) == wall("2026-05-05 10:00")


def test_t22_overlapping_pauses_count_once():
    # Customer 11:00-13:00 and vendor 12:00-14:00: three hours, not four.
    pauses = [
        span("2026-05-04 11:00", "2026-05-04 13:00"),
        span("2026-05-04 12:00", "2026-05-04 14:00"),
    ]

    assert elapsed(office(), START, wall("2026-05-04 16:00"), pauses=pauses) == 3 * HOUR
    assert deadline(office(), START, 4 * HOUR, pauses=pauses) == wall("2026-05-04 17:00")


def test_t23_a_pause_that_still_runs_ends_where_the_clock_stops():
    # Paused at 11:00 and resolved at 12:00 while still paused: 1 h was used.
    pauses = [span("2026-05-04 11:00", "2026-09-01 12:00")]

    assert elapsed(office(), START, wall("2026-05-04 12:00"), pauses=pauses) == HOUR


def test_t24_a_reopened_ticket_goes_on_starts_again_or_never_stopped():
    # Monday 10:00-13:00, reopened Wednesday 09:30-12:00.
    hours, resolved = office(), span("2026-05-04 13:00", "2026-05-06 09:30")
    stop = wall("2026-05-06 12:00")

    goes_on = elapsed(hours, START, stop, pauses=[resolved])
    as_if_never_stopped = elapsed(hours, START, stop)
    new_cycle = elapsed(hours, resolved.end, stop)

    assert goes_on == 5.5 * HOUR
    assert as_if_never_stopped == 18 * HOUR
    assert elapsed(hours, START, resolved.start) == 3 * HOUR
    assert new_cycle == 2.5 * HOUR


def test_t25_a_new_priority_keeps_the_time_used_or_starts_afresh():
    # Raised to a 4 h target at 12:00, three hours after 09:00.
    hours, start, change = office(), wall("2026-05-04 09:00"), wall("2026-05-04 12:00")

    kept = deadline(hours, change, 4 * HOUR - elapsed(hours, start, change))

    assert kept == wall("2026-05-04 13:00")
    assert deadline(hours, change, 4 * HOUR) == wall("2026-05-04 16:00")
    assert deadline(hours, start, 4 * HOUR) == wall("2026-05-04 13:00")
    pauses = [span("2026-05-04 10:00", "2026-05-04 10:30")]
    assert deadline(hours, start, 4 * HOUR, pauses=pauses) == wall("2026-05-04 13:30")


def test_t27_a_pause_recorded_late_gives_the_deadline_it_would_have_given_at_once():
    early, late = (
        span("2026-05-04 11:00", "2026-05-04 12:00"),
        span("2026-05-04 13:00", "2026-05-04 14:00"),
    )

    assert deadline(office(), START, 4 * HOUR, pauses=[late, early]) == deadline(
        office(), START, 4 * HOUR, pauses=[early, late]
    )


def test_a_pause_from_before_the_start_holds_the_clock_until_it_ends():
    pauses = [span("2026-05-04 08:00", "2026-05-04 11:00")]

    assert deadline(office(), START, HOUR, pauses=pauses) == wall("2026-05-04 12:00")
    assert elapsed(office(), START, wall("2026-05-04 12:00"), pauses=pauses) == HOUR


def test_a_pause_that_begins_at_the_deadline_does_not_move_it():
    pauses = [span("2026-05-04 11:00", "2026-05-04 15:00")]

    assert deadline(office(), START, HOUR, pauses=pauses) == wall("2026-05-04 11:00")
    assert deadline(office(), START, WorkingDays(0), pauses=pauses) == START


def test_working_days_are_days_of_the_calendar_and_not_24_hours():
    friday = wall("2026-05-08 08:15")

    assert deadline(office(), friday, WorkingDays(1)) == wall("2026-05-11 08:15")
    assert deadline(office(), friday, WorkingDays(1), rule="into_hours") == wall("2026-05-11 09:00")
    assert deadline(office(), friday, WorkingDays(1), rule="end_of_day") == wall("2026-05-11 17:00")


def test_a_pause_puts_a_target_in_working_days_off_by_its_service_time():
    # Due Wednesday 10:00; paused Tuesday 09:00-11:00; a pause that begins before the new
    # deadline (Wednesday 11:30-12:30) counts as well: 10:00 + 2 h + 1 h.
    first = span("2026-05-05 09:00", "2026-05-05 11:00")
    second = span("2026-05-06 11:30", "2026-05-06 12:30")
    after = span("2026-05-06 13:00", "2026-05-06 14:00")

    assert deadline(office(), START, WorkingDays(2), pauses=[first]) == wall("2026-05-06 12:00")
    assert deadline(office(), START, WorkingDays(2), pauses=[first, second, after]) == wall(
        "2026-05-06 13:00"
    )


def test_a_negative_target_is_refused():
    with pytest.raises(ValueError, match="negative"):
        deadline(office(), START, -HOUR)
    with pytest.raises(ValueError, match="negative"):
        WorkingDays(-1)


def test_a_clock_that_stops_before_it_starts_has_used_nothing():
    pauses = [span("2026-05-04 08:00", "2026-05-04 11:00")]

    assert elapsed(office(), START, wall("2026-05-04 09:00"), pauses=pauses) == timedelta()


minutes = st.integers(0, 7 * 24 * 60)
pauses_of_a_week = st.lists(st.tuples(minutes, st.integers(1, 2000)), max_size=5).map(
    lambda pairs: [
        Interval(START + start * MINUTE, START + (start + length) * MINUTE)
        for start, length in pairs
    ]
)


@given(pauses_of_a_week, st.integers(1, 3000))
def test_exactly_the_target_is_used_up_at_the_deadline_and_less_before(pauses, target):
    due = deadline(office(), START, target * MINUTE, pauses=pauses)

    assert elapsed(office(), START, due, pauses=pauses) == target * MINUTE
    assert elapsed(office(), START, due - MINUTE, pauses=pauses) < target * MINUTE


@pytest.mark.parametrize("days", [1.5, True, "2"])
def test_working_days_are_whole(days):
    with pytest.raises(ValueError, match="not a number of whole working days"):
        WorkingDays(days)


def test_an_unknown_rule_is_refused_for_every_target():
    for target in (HOUR, WorkingDays(1)):
        with pytest.raises(ValueError, match="There is no rule 'next_day'"):
            deadline(office(), START, target, rule="next_day")
