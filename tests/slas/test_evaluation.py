"""Judgments through the database: worked examples T30 to T41, T50, T60, and once-only rows."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from itsm.calculations.periods import Period
from itsm.models import Outage, OutboxMessage
from itsm.tenancy import acting_as
from slas.models import Agreement, Evaluation, Target
from slas.services.evaluation import NotInForce, PeriodNotBegun, evaluate_period
from tests.factories import slas as make
from tests.world import World

pytestmark = pytest.mark.django_db
SEPTEMBER = Period.parse("2026-09", "Europe/Madrid")
LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def agreement(world: World, system: None) -> Agreement:
    """The standing agreement of Acme: Webmail, 99.9 %, all day, in force since 2025."""
    return world.agreements["acme"]


def judge(agreement: Agreement, period: Period = SEPTEMBER, at: datetime = LATER) -> Evaluation:
    rows = evaluate_period(agreement=agreement, period=period, at=at)
    assert len(rows) == 1
    return rows[0]


def fresh(world: World, *, hours: Any = None, **facts: Any) -> Agreement:
    """An agreement of Acme about Webmail with one target, in force since 2025."""
    terms = facts.pop("terms", {})
    agreement = Agreement.objects.create(reference="SLA-T", title="T", party=world.acme)
    version = make.make_version(agreement, make.madrid("2025-01-01 00:00"), **terms)
    make.make_target(version, world.webmail, hours or world.hours, **facts)
    make.in_force(version)
    return agreement


def test_t30_agreed_maintenance_leaves_the_agreed_time_and_overlaps_count_once(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    make.make_outage(world.webmail, "2026-09-10 10:30", "2026-09-10 11:30")
    make.make_outage(world.webmail, "2026-09-20 01:30", "2026-09-20 03:30")
    make.make_window(world.webmail, "2026-09-20 02:00", "2026-09-20 04:00")

    row = judge(agreement)

    assert row.denominator == 2_584_800  # 718 h
    assert row.denominator - row.numerator == 7_200  # 90 + 30 min
    assert row.value == Decimal("0.997214484679")
    assert row.met is False
    assert row.completeness == 1
    lost = [outage["seconds"] for outage in row.trace["outages"]]
    assert lost == ["3600.000000", "1800.000000", "1800.000000"]
    assert row.trace["agreed_downtime"][0]["excluded_seconds"] == "7200.000000"
    assert row.trace["outages_counted"] == 2


def test_t31_only_service_hours_count(world: World, system: None) -> None:
    agreement = fresh(world, hours=make.make_hours(make.OFFICE), objective="99.5")
    make.make_outage(world.webmail, "2026-09-04 19:30", "2026-09-07 08:45")

    row = judge(agreement)

    assert row.denominator == 264 * 3600
    assert row.denominator - row.numerator == 75 * 60
    assert row.value == Decimal("0.995265151515")
    assert row.met is True


def test_t32_an_outage_over_the_end_of_a_month_counts_in_both_and_once_in_the_year(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-08-31 23:00", "2026-09-01 02:00")

    lost = {
        label: row.denominator - row.numerator
        for label in ("2026-08", "2026-09", "2026")
        for row in [
            judge(agreement, Period.parse(label, "Europe/Madrid"), datetime(2027, 2, 1, tzinfo=UTC))
        ]
    }

    assert lost == {"2026-08": 3600, "2026-09": 7200, "2026": 10_800}


def test_t33_degraded_time_counts_by_its_weight(world: World, agreement: Agreement) -> None:
    make.make_outage(world.webmail, "2026-09-05 10:00", "2026-09-05 11:00")
    make.make_outage(
        world.webmail, "2026-09-06 10:00", "2026-09-06 14:00", kind="DEGRADED", weight="0.25"
    )

    assert judge(agreement).value == Decimal("0.997222222222")


def test_t34_the_greatest_weight_counts_at_each_instant(world: World, agreement: Agreement) -> None:
    make.make_outage(
        world.webmail, "2026-09-05 09:00", "2026-09-05 12:00", kind="DEGRADED", weight="0.25"
    )
    make.make_outage(world.webmail, "2026-09-05 10:00", "2026-09-05 11:00")

    row = judge(agreement)

    assert row.denominator - row.numerator == 90 * 60


@pytest.mark.parametrize(
    ("rule", "value", "denominator"),
    [
        ("up", "0.998611111111", 720 * 3600),
        ("down", "0.990277777777", 720 * 3600),
        ("exclude", "0.998599439775", 714 * 3600),
    ],
)
def test_t35_time_without_data_follows_the_rule_and_always_shows(
    world: World, system: None, rule: str, value: str, denominator: int
) -> None:
    agreement = fresh(world, terms={"unknown_rule": rule})
    make.make_outage(world.webmail, "2026-09-05 10:00", "2026-09-05 11:00")
    make.make_outage(world.webmail, "2026-09-08 00:00", "2026-09-08 06:00", kind="UNKNOWN")

    row = judge(agreement)

    assert (row.value, row.denominator) == (Decimal(value), denominator)
    assert row.completeness == Decimal("0.991666666")


def test_t36_maintenance_that_runs_over_costs_its_over_run(
    world: World, agreement: Agreement
) -> None:
    make.make_window(
        world.webmail,
        "2026-09-20 02:00",
        "2026-09-20 04:00",
        state="DONE",
        actual_starts_at="2026-09-20 02:00",
        actual_ends_at="2026-09-20 04:40",
    )

    row = judge(agreement)

    assert row.denominator == 718 * 3600
    assert row.denominator - row.numerator == 40 * 60


def test_t37_maintenance_announced_late_is_lost_time(world: World, system: None) -> None:
    agreement = fresh(world, terms={"notice_hours": 120})
    make.make_window(
        world.webmail,
        "2026-09-20 02:00",
        "2026-09-20 04:00",
        announced_at="2026-09-19 02:00",
        approved_at="2026-09-19 03:00",
    )

    row = judge(agreement)

    assert row.denominator == 720 * 3600
    assert row.denominator - row.numerator == 7200
    assert row.trace["agreed_downtime"][0]["standing"] == "late_notice"


def test_t38_the_allowance_covers_windows_in_the_order_of_time(world: World, system: None) -> None:
    agreement = fresh(world, terms={"allowance_minutes": 480})
    for day in (4, 11, 18, 25):
        make.make_window(world.webmail, f"2026-09-{day:02d} 01:00", f"2026-09-{day:02d} 03:30")

    row = judge(agreement)

    assert row.denominator == (720 - 8) * 3600
    assert row.denominator - row.numerator == 2 * 3600
    assert [window["standing"] for window in row.trace["agreed_downtime"]] == [
        "agreed",
        "agreed",
        "agreed",
        "over_allowance",
    ]


def test_t39_time_before_the_service_went_live_is_not_agreed(
    world: World, agreement: Agreement
) -> None:
    world.webmail.live_at = make.madrid("2026-09-15 00:00")
    world.webmail.save()
    make.make_outage(world.webmail, "2026-09-20 10:00", "2026-09-20 11:00")

    assert judge(agreement).denominator == 16 * 24 * 3600


def test_t41_a_running_month_is_judged_up_to_now_and_stays_provisional(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-09-05 10:00:00", "2026-09-05 10:21:36")

    row = judge(agreement, at=make.madrid("2026-09-11 00:00"))

    assert row.state == "PROVISIONAL"
    assert row.denominator == 10 * 86_400
    assert row.denominator - row.numerator == 1296
    assert row.met is False  # 99.85 % so far


@pytest.mark.parametrize(
    ("first", "second", "met"),
    [(3600, 600, [True, True]), (600, 3600, [True, False])],
)
def test_t50_a_target_that_changes_in_the_month_is_judged_in_two_parts(
    world: World, system: None, first: int, second: int, met: list[bool]
) -> None:
    agreement = Agreement.objects.create(reference="SLA-T", title="T", party=world.acme)
    middle = make.madrid("2026-09-15 00:00")
    old = make.make_version(agreement, make.madrid("2026-01-01 00:00"), middle)
    new = make.make_version(agreement, middle)
    make.make_target(old, world.webmail, world.hours, objective="99.5")
    make.make_target(new, world.webmail, world.hours, objective="99.9")
    make.in_force(old)
    make.in_force(new)
    make.make_outage(
        world.webmail,
        "2026-09-03 10:00",
        f"2026-09-03 {10 + first // 3600}:{first % 3600 // 60:02d}",
    )
    make.make_outage(
        world.webmail,
        "2026-09-20 10:00",
        f"2026-09-20 {10 + second // 3600}:{second % 3600 // 60:02d}",
    )

    rows = evaluate_period(agreement=agreement, period=SEPTEMBER, at=LATER)

    assert [row.denominator for row in rows] == [1_209_600, 1_382_400]
    assert [row.denominator - row.numerator for row in rows] == [first, second]
    assert [row.met for row in rows] == met


def test_t60_forty_six_of_forty_nine_cases_miss_ninety_five_per_cent(
    world: World, system: None
) -> None:
    agreement = fresh(
        world, reference="P1", kind="RESOLUTION", limit_seconds=4 * 3600, objective="95", priority=1
    )
    for number in range(49):
        hour = 12 if number < 46 else 15
        make.make_ticket(
            world.acme,
            world.webmail,
            [("START", "2026-09-10 10:00"), ("STOP", f"2026-09-10 {hour}:00")],
        )
    make.make_ticket(
        world.acme, world.webmail, [("START", "2026-09-10 10:00"), ("STOP", "2026-09-10 23:00")],
        priority=2,
    )  # fmt: skip

    row = judge(agreement)

    assert (row.numerator, row.denominator) == (46, 49)
    assert row.value == Decimal("0.938775510204")
    assert row.met is False
    assert row.trace["missed_total"] == 3
    assert row.trace["missed"][0]["elapsed_seconds"] == "18000.000000"


def test_equality_with_the_limit_is_met(world: World, system: None) -> None:
    agreement = fresh(
        world, reference="P1", kind="RESOLUTION", limit_seconds=4 * 3600, objective="100"
    )
    make.make_ticket(
        world.acme, world.webmail, [("START", "2026-09-10 10:00"), ("STOP", "2026-09-10 14:00")]
    )

    assert judge(agreement).met is True


def test_t24_reopening_continues_the_clock(world: World, system: None) -> None:
    hours = make.make_hours(
        {day: [["09:00", "17:00"]] for day in ("Mon", "Tue", "Wed", "Thu", "Fri")}
    )
    agreement = fresh(
        world,
        hours=hours,
        reference="P1",
        kind="RESOLUTION",
        limit_seconds=5 * 3600,
        objective="95",
    )
    make.make_ticket(
        world.acme,
        world.webmail,
        [
            ("START", "2026-05-04 10:00"),
            ("STOP", "2026-05-04 13:00"),
            ("REOPEN", "2026-05-06 09:30"),
            ("STOP", "2026-05-06 12:00"),
        ],
    )

    row = judge(agreement, Period.parse("2026-05", "Europe/Madrid"))

    assert row.trace["missed"][0]["elapsed_seconds"] == "19800.000000"  # 5.5 h


def test_only_pauses_with_an_agreed_reason_stop_the_clock(world: World, system: None) -> None:
    agreement = fresh(
        world, reference="P1", kind="RESOLUTION", limit_seconds=2 * 3600, objective="95",
        pause_reasons=["Awaiting customer"],
    )  # fmt: skip
    for reason in ("Awaiting customer", "Awaiting supplier"):
        make.make_ticket(
            world.acme,
            world.webmail,
            [
                ("START", "2026-09-10 10:00"),
                ("PAUSE", "2026-09-10 11:00", reason),
                ("RESUME", "2026-09-10 15:00", "Active"),
                ("STOP", "2026-09-10 16:00"),
            ],
        )

    row = judge(agreement)

    assert (row.numerator, row.denominator) == (1, 2)
    assert row.trace["missed"][0]["elapsed_seconds"] == "21600.000000"


def test_an_open_ticket_past_its_limit_is_missed_once_and_not_again_next_month(
    world: World, system: None
) -> None:
    agreement = fresh(
        world, reference="P1", kind="RESOLUTION", limit_seconds=4 * 3600, objective="95"
    )
    make.make_ticket(
        world.acme,
        world.webmail,
        [("START", "2026-08-30 10:00"), ("STOP", "2026-09-02 10:00")],
        number="OLD",
    )

    august = judge(agreement, Period.parse("2026-08", "Europe/Madrid"))
    september = judge(agreement)

    assert (august.numerator, august.denominator) == (0, 1)
    assert august.trace["still_open"] == 1
    assert (september.denominator, september.value, september.met) == (0, None, None)


def test_a_ticket_answered_only_by_its_solution_counts_as_answered_then(
    world: World, system: None
) -> None:
    agreement = fresh(world, reference="R", kind="RESPONSE", limit_seconds=1800, objective="95")
    make.make_ticket(
        world.acme, world.webmail, [("START", "2026-09-10 10:00"), ("STOP", "2026-09-10 10:20")]
    )
    make.make_ticket(
        world.acme,
        world.webmail,
        [
            ("START", "2026-09-10 10:00"),
            ("RESPOND", "2026-09-10 10:40"),
            ("STOP", "2026-09-12 10:20"),
        ],
    )

    row = judge(agreement)

    assert (row.numerator, row.denominator) == (1, 2)


def test_the_priority_at_the_stop_chooses_the_target(world: World, system: None) -> None:
    agreement = fresh(
        world, reference="P1", kind="RESOLUTION", limit_seconds=4 * 3600, objective="95", priority=1
    )
    make.make_ticket(
        world.acme,
        world.webmail,
        [
            ("START", "2026-09-10 09:00", "", 3),
            ("PRIORITY", "2026-09-10 12:00", "", 1),
            ("STOP", "2026-09-10 13:00"),
        ],
        priority=1,
    )

    row = judge(agreement)

    assert (row.numerator, row.denominator) == (1, 1)  # T25, keep elapsed: due at 13:00


def test_fewer_cases_than_agreed_are_not_assessable(world: World, system: None) -> None:
    agreement = fresh(
        world, reference="P1", kind="RESOLUTION", limit_seconds=3600, objective="95", min_sample=2
    )
    make.make_ticket(
        world.acme, world.webmail, [("START", "2026-09-10 10:00"), ("STOP", "2026-09-10 10:30")]
    )

    row = judge(agreement)

    assert (row.numerator, row.denominator, row.value, row.met) == (1, 1, None, None)


def test_a_service_without_any_record_is_not_assessable(agreement: Agreement) -> None:
    row = judge(agreement)

    assert (row.value, row.met, row.denominator, row.completeness) == (None, None, 0, 0)
    assert row.trace["reason"] == "no_records"


def test_a_service_that_is_watched_and_never_failed_kept_everything(
    world: World, system: None
) -> None:
    agreement = fresh(world, recorded_from=make.madrid("2026-01-01 00:00"))

    row = judge(agreement)

    assert (row.value, row.met) == (1, True)


def test_the_verdict_compares_the_exact_fraction(world: World, system: None) -> None:
    agreement = fresh(world)  # 99.9 % of 2,592,000 s allows 2,592 s
    outage = make.make_outage(world.webmail, "2026-09-05 10:00:00", "2026-09-05 10:43:12")

    assert judge(agreement).met is True

    Outage.objects.filter(pk=outage.pk).update(ends_at=make.madrid("2026-09-05 10:43:12.000001"))
    row = judge(agreement)
    assert row.met is False
    assert Fraction(row.denominator - row.numerator) == Fraction("2592.000001")


def test_the_same_evidence_gives_the_same_rows(world: World, agreement: Agreement) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    first = judge(agreement)

    second = judge(agreement, at=datetime(2027, 1, 1, tzinfo=UTC))

    assert (second.pk, second.as_of) == (first.pk, first.as_of)
    assert Evaluation.objects.count() == 1
    assert OutboxMessage.objects.filter(event="slas.period_evaluated").count() == 1


def test_other_evidence_replaces_a_provisional_row(world: World, agreement: Agreement) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    first = judge(agreement, at=make.madrid("2026-09-20 00:00"))

    final = judge(agreement)

    assert (final.pk, final.state) == (first.pk, "FINAL")
    assert Evaluation.objects.count() == 1


def test_other_evidence_supersedes_a_final_row_with_a_reason(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    first = judge(agreement)
    make.make_outage(world.webmail, "2026-09-12 10:00", "2026-09-12 10:30")

    rows = evaluate_period(
        agreement=agreement, period=SEPTEMBER, at=LATER, reason="An outage was recorded late."
    )

    assert rows[0].supersedes_id == first.pk
    assert rows[0].reason == "An outage was recorded late."
    first.refresh_from_db()
    assert first.superseded_at == LATER
    assert first.denominator - first.numerator == 3600
    assert rows[0].denominator - rows[0].numerator == 5400


def test_a_record_of_another_month_leaves_the_result_alone(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    first = judge(agreement)
    make.make_outage(world.webmail, "2026-10-12 10:00", "2026-10-12 10:30")

    assert judge(agreement).pk == first.pk


def test_a_period_outside_the_agreement_is_refused_and_changes_nothing(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    row = judge(agreement)
    agreement.versions.update(ends_at=make.madrid("2026-06-01 00:00"))

    with pytest.raises(NotInForce, match="SLA-ACME is not in force in 2026-09"):
        judge(agreement)

    row.refresh_from_db()
    assert row.superseded_at is None


def test_a_period_that_has_not_begun_is_refused(agreement: Agreement) -> None:
    with pytest.raises(PeriodNotBegun, match="2026-09 has not begun"):
        judge(agreement, at=make.madrid("2026-08-31 23:00"))


def test_the_tickets_and_outages_of_another_customer_change_nothing(
    world: World, system: None
) -> None:
    agreement = fresh(world, reference="P1", kind="RESOLUTION", limit_seconds=3600, objective="95")
    make.make_target(
        make.make_version(world.agreements["bolt"], make.madrid("2030-01-01 00:00")),
        world.crm,
        world.hours,
    )
    make.make_ticket(
        world.bolt, world.webmail, [("START", "2026-09-10 10:00"), ("STOP", "2026-09-10 23:00")]
    )
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00", customer=world.bolt)

    cases = judge(agreement)
    availability = judge(world.agreements["acme"])

    assert cases.denominator == 0
    assert availability.trace["reason"] == "no_records"


def test_evaluations_of_another_customer_are_behind_both_walls(
    world: World, agreement: Agreement
) -> None:
    make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
    judge(agreement)

    with acting_as(world.bolt):
        assert Evaluation.objects.count() == 0
        assert Target.objects.filter(party=world.acme).count() == 0
    with acting_as(world.acme):
        assert Evaluation.objects.visible_to(world.acme).count() == 1
    bolt = world.people["bolt"]["CUSTOMER_VIEWER"]
    assert Evaluation.objects.visible_to(bolt).count() == 0
