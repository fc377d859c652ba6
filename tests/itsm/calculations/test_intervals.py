"""The algebra of time, by hand and against a count of single minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.calculations.intervals import Interval, intersect, subtract, total, union

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def minutes(start: int, end: int) -> Interval:
    return Interval(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


def test_an_end_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        Interval(datetime(2026, 5, 4, 12), NOON)  # noqa: DTZ001
    with pytest.raises(ValueError, match="has no time zone"):
        Interval(NOON, datetime(2026, 5, 4, 13))  # noqa: DTZ001


def test_an_interval_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="after its end"):
        minutes(1, 0)


def test_the_end_is_not_part_of_the_interval():
    hour = minutes(0, 60)

    assert NOON in hour
    assert NOON + timedelta(minutes=60) not in hour


def test_empty_intervals_are_dropped_everywhere():
    empty = minutes(5, 5)

    assert union([empty]) == ()
    assert intersect([minutes(0, 10)], [empty]) == ()
    assert subtract([minutes(0, 10), empty], [empty]) == (minutes(0, 10),)
    assert total([empty]) == timedelta()


def test_touching_and_overlapping_pieces_become_one():
    assert union([minutes(10, 20), minutes(0, 10)], [minutes(15, 30), minutes(40, 50)]) == (
        minutes(0, 30),
        minutes(40, 50),
    )


def test_a_difference_leaves_the_parts_around_each_hole():
    assert subtract([minutes(0, 60)], [minutes(10, 20), minutes(15, 30), minutes(50, 90)]) == (
        minutes(0, 10),
        minutes(30, 50),
    )


def test_one_hole_may_cut_two_pieces():
    assert subtract([minutes(0, 10), minutes(20, 30)], [minutes(5, 25)]) == (
        minutes(0, 5),
        minutes(25, 30),
    )


def test_lengths_are_true_time_across_the_change_of_the_clock():
    # 2026-03-28 23:00 to 2026-03-29 06:00 in Madrid: 7 hours on the wall, 6 on the stopwatch.
    madrid = ZoneInfo("Europe/Madrid")
    night = Interval(
        datetime(2026, 3, 28, 23, tzinfo=madrid), datetime(2026, 3, 29, 6, tzinfo=madrid)
    )

    assert night.duration == timedelta(hours=6)
    assert total([night]) == timedelta(hours=6)


def test_the_same_instants_of_two_zones_are_one_interval():
    madrid = ZoneInfo("Europe/Madrid")
    first_half_past_two = datetime(2026, 10, 25, 2, 30, tzinfo=madrid)
    second_half_past_two = first_half_past_two.replace(fold=1)

    assert Interval(first_half_past_two, second_half_past_two) == Interval(
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    )


pieces = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda p: minutes(p[0], p[0] + p[1])),
    max_size=8,
)


def counted(intervals) -> set[int]:
    return {
        minute
        for minute in range(80)
        if any(NOON + timedelta(minutes=minute) in interval for interval in intervals)
    }


@given(pieces, pieces)
def test_every_operation_agrees_with_a_count_of_single_minutes(a, b):
    assert counted(union(a, b)) == counted(a) | counted(b)
    assert counted(intersect(a, b)) == counted(a) & counted(b)
    assert counted(subtract(a, b)) == counted(a) - counted(b)
    assert total(a) == timedelta(minutes=len(counted(a)))


@given(pieces, pieces)
def test_every_result_is_sorted_disjoint_and_without_empties(a, b):
    for result in (union(a, b), intersect(a, b), subtract(a, b)):
        assert all(piece.start < piece.end for piece in result)
        assert all(left.end < right.start for left, right in pairwise(result))
