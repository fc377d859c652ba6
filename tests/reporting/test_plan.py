"""What is owed is written down ahead, once, in the customer's zone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from itsm.calculations.periods import Period
from itsm.models import Job
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportDefinition
from reporting.services.plan import materialise, obligation_for, refuse_unagreed
from reporting.services.publishing import NotPublishable, waive
from reporting.services.scheduling import issue_due
from slas.models import AgreementVersion
from tests.reporting.conftest import AT
from tests.world import World

Define = Callable[..., ReportDefinition]


def test_thirteen_months_ahead_are_written_once(define: Define) -> None:
    define()

    first, second = materialise(at=AT), materialise(at=AT)

    # from March 2025 to the period that ends 400 days after 1 April 2025 (6 May 2026): May 2026
    with acting_as(SYSTEM):
        labels = list(
            DeliveryObligation.objects.order_by("period").values_list("period", flat=True)
        )
    assert (first, second) == (15, 0)
    assert (labels[0], labels[-1], len(labels)) == ("2025-03", "2026-05", 15)


def test_each_customers_period_begins_at_its_own_midnight(define: Define, world: World) -> None:
    madrid = obligation_for(define(), "2025-03")
    new_york = obligation_for(define(world.bolt), "2025-03")

    assert madrid.period_starts_at == datetime(2025, 2, 28, 23, tzinfo=UTC)
    assert new_york.period_starts_at == datetime(2025, 3, 1, 5, tzinfo=UTC)
    # working day 5 of April 2025 (a Tuesday first) is Monday the 7th, 10:00 local
    assert madrid.due_at == datetime(2025, 4, 7, 8, tzinfo=UTC)
    assert new_york.due_at == datetime(2025, 4, 7, 14, tzinfo=UTC)


def test_a_period_without_an_agreement_in_force_is_not_owed(define: Define, world: World) -> None:
    define()
    with acting_as(SYSTEM):
        AgreementVersion.objects.filter(party=world.acme).update(
            ends_at=datetime(2025, 6, 30, 22, tzinfo=UTC)
        )

    assert materialise(at=AT) == 4  # March, April, May, June
    refuse_unagreed(world.acme, Period.parse("2025-06", "Europe/Madrid"))
    with pytest.raises(ValueError, match=r"no agreement in force in 2025-07\. Choose a period"):
        refuse_unagreed(world.acme, Period.parse("2025-07", "Europe/Madrid"))


def test_a_changed_due_rule_moves_what_is_not_over(define: Define) -> None:
    definition = define()
    materialise(at=AT)
    with acting_as(SYSTEM):
        ReportDefinition.objects.filter(pk=definition.pk).update(due_working_day=1)

    materialise(at=AT)

    with acting_as(SYSTEM):
        due = dict(DeliveryObligation.objects.values_list("period", "due_at"))
    assert due["2025-03"] == datetime(2025, 4, 7, 8, tzinfo=UTC)  # over: stays
    assert due["2025-04"] == datetime(2025, 5, 1, 8, tzinfo=UTC)  # Thursday 1 May


def test_a_period_of_another_kind_is_refused_with_an_example(define: Define) -> None:
    with pytest.raises(ValueError, match="2016-03, not 2025-Q1"):
        obligation_for(define(), "2025-Q1")


def test_reports_are_queued_two_hours_after_their_period_and_only_once(define: Define) -> None:
    define()
    materialise(at=AT)
    end = datetime(2025, 3, 31, 22, tzinfo=UTC)  # midnight in Madrid

    early = issue_due(at=end.replace(hour=23))
    first, second = issue_due(at=end.replace(day=1, month=4, hour=0)), issue_due(at=AT)

    with acting_as(SYSTEM):
        jobs = list(Job.objects.filter(kind="report").values_list("queue", "title"))
    assert (early, first, second) == (0, 1, 0)
    assert jobs == [("reports", "Monthly service report, Acme S.A., 2025-03")]


def test_a_waived_report_keeps_its_reason_and_is_not_queued(owed: DeliveryObligation) -> None:
    waive(owed, reason="Office closed", at=AT)

    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.get(pk=owed.pk)
    assert (row.state, row.waived_reason) == ("WAIVED", "Office closed")
    assert issue_due(at=AT) == 0


def test_waiving_needs_a_reason(owed: DeliveryObligation) -> None:
    with pytest.raises(NotPublishable, match="Write why"):
        waive(owed, reason="  ", at=AT)

    with acting_as(SYSTEM):
        assert DeliveryObligation.objects.get(pk=owed.pk).state == "PLANNED"
