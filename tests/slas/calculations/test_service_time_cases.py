"""Sixty facts from the public test suites of four other projects, answered by our arithmetic.

Each case names its project, file and licence; see `tests/data/SOURCES.md`.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from itsm.calculations.intervals import Interval, subtract, total
from itsm.calculations.service_hours import ServiceHours
from slas.calculations import clock
from slas.calculations.attainment import WeightedInterval, availability, time_in_states
from slas.calculations.clock import WorkingDays
from slas.calculations.credits import credit

CASES = json.loads(
    (Path(__file__).parents[2] / "data" / "service_time_cases.json").read_text(encoding="utf-8")
)["cases"]


def of_kind(kind: str):
    cases = [
        pytest.param(c["inputs"], c["expected"], id=c["id"]) for c in CASES if c["kind"] == kind
    ]
    return pytest.mark.parametrize(("given", "expected"), cases)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours_of(given: dict) -> ServiceHours:
    zone = given["calendar"]["timezone"].removesuffix(" (naive)")
    return ServiceHours.from_dict({**given["calendar"], "timezone": zone})


def test_every_kind_of_fact_has_its_test():
    assert len(CASES) == 60
    assert {case["kind"] for case in CASES} == {
        "sla_target",
        "add_working_days",
        "add_working_days_snap",
        "is_working_time",
        "add_business_time",
        "quarter_uptime_credit",
        "business_time_between",
        "next_active_moment",
        "state_seconds",
    }


@of_kind("add_working_days")
def test_working_days_are_added(given, expected):
    rule = "end_of_day" if given["end_of_working_day"] else "keep_time"

    end = hours_of(given).add_working_days(
        at(given["start_local"]), given["add_working_days"], rule=rule
    )

    assert end == at(expected["end_local"])


@of_kind("add_working_days_snap")
def test_working_days_are_added_into_the_hours(given, expected):
    end = hours_of(given).add_working_days(
        at(given["start_local"]), given["add_working_days"], rule="into_hours"
    )

    assert end == at(expected["end_local"])


@of_kind("business_time_between")
def test_service_time_lies_between_two_instants(given, expected):
    elapsed = hours_of(given).elapsed(at(given["start_local"]), at(given["end_local"]))

    assert elapsed == timedelta(seconds=expected["seconds"])


@of_kind("is_working_time")
def test_an_instant_is_service_time_or_not(given, expected):
    assert hours_of(given).is_open(at(given["at_local"])) is expected["working"]


@of_kind("add_business_time")
def test_service_time_is_added(given, expected):
    end = hours_of(given).deadline(
        at(given["start_local"]), timedelta(seconds=given["add_seconds"])
    )

    assert end == at(expected["end_local"])


@of_kind("next_active_moment")
def test_the_nearest_open_instant_is_found(given, expected):
    hours = hours_of(given)
    search = hours.next_open if given["direction"] == "forward" else hours.previous_open

    assert search(at(given["at_local"])) == at(expected["at_local"])


@of_kind("sla_target")
def test_a_target_falls_due(given, expected):
    hours, start = hours_of(given), at(given["begin_local"])
    units = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
    target = (
        WorkingDays(given["limit"])
        if given["unit"] == "day"
        else given["limit"] * units[given["unit"]]
    )
    counts_pauses = given["type"].startswith("TTR")
    pauses = [Interval(*map(at, pause)) for pause in given["pauses"] if counts_pauses]
    rule = "end_of_day" if given["end_of_working_day"] else "keep_time"

    due = clock.deadline(hours, start, target, pauses=pauses, rule=rule)
    waited = sum((hours.elapsed(p.start, p.end) for p in pauses), timedelta())

    assert due == at(expected["target_local"])
    assert waited == timedelta(seconds=expected["waiting_seconds"])
    assert escalation(hours, due, given, rule) == at(expected["escalation_local"])


def escalation(hours, due, given, rule) -> datetime:
    """The instant of an escalation before or after the due time, in seconds or working days."""
    offset = given["escalation_offset"]
    if isinstance(offset, int):
        return hours.deadline(due, timedelta(seconds=offset))
    return hours.add_working_days(due, int(offset.split()[0]), rule=rule)


@of_kind("state_seconds")
def test_states_last_as_long_as_the_period_sees_them(given, expected):
    states = [(unix(moment), state.lower()) for moment, state in given["states"]]
    whole = Interval(unix(given["start"]), unix(given["end"]))
    coverage = given["coverage"] or [[given["start"], given["end"]]]
    covered = [Interval(unix(start), unix(end)) for start, end in coverage]

    lasted = time_in_states(states, period=covered)

    assert lasted == {
        "ok": timedelta(seconds=expected["ok"]),
        "critical": timedelta(seconds=expected["critical"]),
    }
    assert total(subtract([whole], covered)) == timedelta(seconds=expected["outside"])


@of_kind("quarter_uptime_credit")
def test_a_quarter_has_its_uptime_and_its_credit(given, expected):
    weights = {name: Fraction(str(weight)) for name, weight in given["weights"].items()}
    outages = [
        WeightedInterval(at(start), at(end), weights[impact])
        for start, end, impact in given["incidents"]
    ]
    bands = [(Decimal("99.9"), 10), (Decimal("99.0"), 25)]

    kept = availability(service_time=[Interval(*map(at, given["period"]))], outages=outages)
    due = credit(kept.ratio, bands=bands, fee=Decimal(100))

    assert round(float(kept.ratio * 100), 4) == expected["uptime"]
    assert kept.downtime == timedelta(minutes=expected["downtime_minutes"])
    assert due == expected["credit"]
    assert (kept.ratio < Fraction(999, 1000)) is expected["violation"]


def unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
