"""Availability and states by hand. T numbers: worked examples; September 2026 has 720 hours."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.calculations.intervals import Interval, total
from itsm.calculations.periods import Period
from slas.calculations.attainment import (
    Availability,
    WeightedInterval,
    availability,
    lasting_at_least,
    time_in_states,
    within_allowance,
)
from tests.itsm.calculations.clocks import around_the_clock, office, span, wall

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SEPTEMBER = span("2026-09-01", "2026-10-01")


def percent(ratio: Fraction) -> str:
    return f"{float(ratio * 100):.6f}"


def weighted(start: str, end: str, weight: str) -> WeightedInterval:
    return WeightedInterval(wall(start), wall(end), Fraction(weight))


def test_t30_overlaps_count_once_and_agreed_maintenance_is_no_service_time():
    # 720 h − 2 h agreed; down 10:00-11:30 (90 min) and 01:30-02:00 (30 min).
    kept = availability(
        service_time=around_the_clock().intervals(SEPTEMBER.start, SEPTEMBER.end),
        outages=[
            span("2026-09-10 10:00", "2026-09-10 11:00"),
            span("2026-09-10 10:30", "2026-09-10 11:30"),
            span("2026-09-20 01:30", "2026-09-20 03:30"),
        ],
        agreed_downtime=[span("2026-09-20 02:00", "2026-09-20 04:00")],
    )

    assert kept == Availability(
        ratio=Fraction(43080 - 120, 43080),
        agreed=718 * HOUR,
        downtime=120 * MINUTE,
        unknown=timedelta(),
        outages=2,
    )
    assert percent(kept.ratio) == "99.721448"
    assert kept.completeness == 1


def test_t31_an_outage_over_the_weekend_costs_the_service_hours_only():
    outage = [span("2026-09-04 19:30", "2026-09-07 08:45")]
    hours = office("08:00", "20:00").intervals(SEPTEMBER.start, SEPTEMBER.end)

    in_hours = availability(service_time=hours, outages=outage)
    around = availability(service_time=[SEPTEMBER], outages=outage)

    assert (in_hours.agreed, in_hours.downtime) == (264 * HOUR, 75 * MINUTE)
    assert percent(in_hours.ratio) == "99.526515"
    assert around.downtime == 61.25 * HOUR
    assert percent(around.ratio) == "91.493056"
    assert in_hours.outages == 1


def test_t32_an_outage_over_the_turn_of_the_month_is_in_both_months_and_once_in_the_year():
    outage = [span("2026-08-31 23:00", "2026-09-01 02:00")]
    periods = [
        span("2026-08-01", "2026-09-01"),
        SEPTEMBER,
        span("2026-01-01", "2027-01-01"),
    ]

    kept = [availability(service_time=[period], outages=outage) for period in periods]

    assert [k.downtime for k in kept] == [60 * MINUTE, 120 * MINUTE, 180 * MINUTE]
    assert [k.outages for k in kept] == [1, 1, 1]


@pytest.mark.parametrize(
    ("weight", "expected"), [("1/4", "99.722222"), ("1", "99.305556"), ("0", "99.861111")]
)
def test_t33_degraded_service_costs_its_weight(weight, expected):
    kept = availability(
        service_time=[SEPTEMBER],
        outages=[
            span("2026-09-10 10:00", "2026-09-10 11:00"),
            weighted("2026-09-11 10:00", "2026-09-11 14:00", weight),
        ],
    )

    assert percent(kept.ratio) == expected


def test_t34_the_greatest_weight_counts_at_each_instant():
    kept = availability(
        service_time=[SEPTEMBER],
        outages=[
            weighted("2026-09-10 09:00", "2026-09-10 12:00", "0.25"),
            span("2026-09-10 10:00", "2026-09-10 11:00"),
        ],
    )

    assert kept.downtime == 90 * MINUTE
    assert kept.outages == 1


@pytest.mark.parametrize(
    ("rule", "expected", "agreed"),
    [("up", "99.861111", 720), ("down", "99.027778", 720), ("exclude", "99.859944", 714)],
)
def test_t35_time_without_data_follows_the_rule_of_the_target(rule, expected, agreed):
    kept = availability(
        service_time=[SEPTEMBER],
        outages=[span("2026-09-10 10:00", "2026-09-10 11:00")],
        unknown=[span("2026-09-12 00:00", "2026-09-12 06:00")],
        unknown_rule=rule,
    )

    assert percent(kept.ratio) == expected
    assert kept.agreed == agreed * HOUR
    assert kept.unknown == 6 * HOUR
    assert percent(kept.completeness) == "99.166667"


def test_an_outage_during_time_without_data_is_an_outage():
    outage = span("2026-09-12 02:00", "2026-09-12 03:00")
    kept = availability(
        service_time=[SEPTEMBER],
        outages=[outage],
        unknown=[span("2026-09-12 00:00", "2026-09-12 06:00")],
    )

    assert kept == Availability(
        ratio=Fraction(714, 715),
        agreed=715 * HOUR,
        downtime=HOUR,
        unknown=5 * HOUR,
        outages=1,
    )


def test_under_the_rule_down_a_partial_outage_without_data_costs_its_own_weight():
    kept = availability(
        service_time=[SEPTEMBER],
        outages=[weighted("2026-09-12 00:00", "2026-09-12 02:00", "1/2")],
        unknown=[span("2026-09-12 00:00", "2026-09-12 03:00")],
        unknown_rule="down",
    )

    assert kept.downtime == 2 * HOUR  # 2 h at one half, 1 h unknown
    assert kept.unknown == HOUR


def test_t36_maintenance_that_overruns_is_downtime_beyond_its_window():
    kept = availability(
        service_time=[SEPTEMBER],
        outages=[span("2026-09-20 02:00", "2026-09-20 04:40")],
        agreed_downtime=[span("2026-09-20 02:00", "2026-09-20 04:00")],
    )

    assert kept.downtime == 40 * MINUTE


def test_t37_maintenance_announced_late_is_not_agreed_and_counts_in_full():
    kept = availability(
        service_time=[SEPTEMBER], outages=[span("2026-09-20 02:00", "2026-09-20 04:00")]
    )

    assert (kept.agreed, kept.downtime) == (720 * HOUR, 2 * HOUR)


def test_t38_an_allowance_is_used_up_in_the_order_of_time():
    # Four windows of 2 h 30 and 8 h allowed: three whole ones and 30 minutes of the last.
    windows = [
        span(f"2026-09-{day} 01:00", f"2026-09-{day} 03:30") for day in ("27", "06", "13", "20")
    ]

    covered = within_allowance(windows, 8 * HOUR)
    kept = availability(service_time=[SEPTEMBER], outages=windows, agreed_downtime=covered)

    assert total(covered) == 8 * HOUR
    assert covered[-1] == span("2026-09-27 01:00", "2026-09-27 01:30")
    assert kept.downtime == 2 * HOUR
    assert within_allowance(windows, timedelta()) == ()
    with pytest.raises(ValueError, match="negative"):
        within_allowance(windows, -HOUR)


def test_t39_a_service_launched_within_the_month_is_measured_from_its_launch():
    since_launch = span("2026-09-15", "2026-10-01")
    before, after = (
        span("2026-09-10 10:00", "2026-09-10 11:00"),
        span("2026-09-20 10:00", "2026-09-20 11:00"),
    )

    kept = availability(service_time=[since_launch], outages=[before, after])

    assert (kept.agreed, kept.downtime, kept.outages) == (384 * HOUR, HOUR, 1)


def test_t40_outages_below_the_agreed_length_can_be_left_out():
    first = wall("2026-09-01 08:00")
    flaps = [
        Interval(first + n * HOUR, first + n * HOUR + timedelta(seconds=40)) for n in range(50)
    ]

    assert lasting_at_least(flaps, MINUTE) == ()
    assert total(flaps) == timedelta(minutes=33, seconds=20)
    assert lasting_at_least(flaps, timedelta(seconds=40)) == tuple(flaps)


def test_t50_a_month_of_two_targets_is_judged_in_two_parts():
    first, second = span("2026-09-01", "2026-09-15"), span("2026-09-15", "2026-10-01")
    outages = [
        span("2026-09-03 10:00", "2026-09-03 11:00"),
        span("2026-09-20 10:00", "2026-09-20 10:10"),
    ]

    parts = [availability(service_time=[part], outages=outages) for part in (first, second)]

    assert [percent(part.ratio) for part in parts] == ["99.702381", "99.956597"]
    whole = availability(service_time=[SEPTEMBER], outages=outages)
    assert percent(whole.ratio) == "99.837963"


def test_nothing_agreed_is_neither_kept_nor_missed():
    kept = availability(service_time=[SEPTEMBER], outages=[SEPTEMBER], agreed_downtime=[SEPTEMBER])

    assert kept == Availability(None, timedelta(), timedelta(), timedelta(), 0)
    assert kept.completeness is None


def test_a_month_without_any_data_says_so():
    kept = availability(service_time=[SEPTEMBER], outages=[], unknown=[SEPTEMBER])

    assert kept.ratio is None
    assert kept.unknown == 720 * HOUR
    assert kept.completeness == 0


def test_an_outage_cut_by_hours_or_maintenance_counts_once():
    hours = office().intervals(SEPTEMBER.start, SEPTEMBER.end)
    long = span("2026-09-01 12:00", "2026-09-04 12:00")
    at_night = span("2026-09-08 20:00", "2026-09-09 06:00")

    kept = availability(
        service_time=hours,
        outages=[long, at_night],
        agreed_downtime=[span("2026-09-02 12:00", "2026-09-02 14:00")],
    )

    assert kept.outages == 1
    assert kept.downtime == (5 + 6 + 8 + 3) * HOUR


def test_a_failure_of_weight_zero_is_no_outage():
    kept = availability(
        service_time=[SEPTEMBER], outages=[weighted("2026-09-10", "2026-09-11", "0")]
    )

    assert (kept.ratio, kept.outages) == (1, 0)


def test_wrong_weights_rules_and_zones_are_refused():
    with pytest.raises(ValueError, match="outside 0 to 1"):
        weighted("2026-09-10", "2026-09-11", "5/4")
    with pytest.raises(ValueError, match="after its end"):
        weighted("2026-09-11", "2026-09-10", "1")
    with pytest.raises(ValueError, match="Use exclude, up, down"):
        availability(service_time=[], outages=[], unknown_rule="ignore")


hour = st.integers(0, 40)
hours = st.lists(
    st.tuples(hour, st.integers(0, 10)).map(
        lambda p: Interval(SEPTEMBER.start + p[0] * HOUR, SEPTEMBER.start + (p[0] + p[1]) * HOUR)
    ),
    max_size=5,
)
weights = st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1, 3), Fraction(1)])


@given(hours, st.lists(st.tuples(hours, weights), max_size=3), hours, hours)
def test_availability_agrees_with_a_count_of_single_hours(agreed, failures, maintenance, dark):
    outages = [WeightedInterval(p.start, p.end, w) for pieces, w in failures for p in pieces]

    kept = availability(
        service_time=agreed, outages=outages, agreed_downtime=maintenance, unknown=dark
    )

    base, lost = 0, Fraction()
    for number in range(60):
        at = SEPTEMBER.start + number * HOUR
        worst = max((o.weight for o in outages if at in o.interval), default=Fraction())
        unknown = not worst and any(at in piece for piece in dark)
        if any(at in p for p in agreed) and not any(at in p for p in maintenance) and not unknown:
            base, lost = base + 1, lost + worst
    assert kept.agreed == base * HOUR
    assert kept.ratio == (1 - lost / base if base else None)


def test_each_state_lasts_until_the_next_change():
    changes = [
        (wall("2026-09-10 12:00"), "down"),
        (wall("2026-08-01"), "up"),
        (wall("2026-09-10 13:00"), "up"),
        (wall("2026-10-02"), "retired"),
    ]

    assert time_in_states(changes, period=SEPTEMBER) == {
        "up": 719 * HOUR,
        "down": HOUR,
        "retired": timedelta(),
    }


def test_a_calendar_period_is_as_good_as_its_interval():
    changes = [(wall("2026-08-01"), "up"), (wall("2026-09-30 23:00"), "down")]

    lasted = time_in_states(changes, period=Period.parse("2026-09", "Europe/Madrid"))

    assert lasted == {"up": 719 * HOUR, "down": HOUR}


def test_of_overlapping_spans_the_later_one_counts():
    spans = [
        ("up", SEPTEMBER),
        ("degraded", span("2026-09-10 10:00", "2026-09-10 14:00")),
        ("down", span("2026-09-10 13:00", "2026-09-10 15:00")),
    ]

    assert time_in_states(spans, period=SEPTEMBER) == {
        "up": 715 * HOUR,
        "degraded": 3 * HOUR,
        "down": 2 * HOUR,
    }


def test_a_record_that_is_neither_change_nor_span_is_refused():
    with pytest.raises(ValueError, match="neither a change nor a span"):
        time_in_states([("up", "down")], period=SEPTEMBER)
