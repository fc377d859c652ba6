"""The demo says what it promises: its size, its three zones, its agreements, and both walls around it."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from itsm.demo.cast import sign_ins
from itsm.demo.loading import DemoRefused, is_loaded, load
from itsm.demo.plan import Demo, Plan
from itsm.models import (
    Decision,
    DependencyGroup,
    Job,
    MaintenanceWindow,
    Membership,
    Outage,
    Party,
    Sample,
    Service,
    ServiceEvent,
    Ticket,
    TicketEvent,
    User,
)
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportDefinition
from slas.models import Agreement, Evaluation, Target

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
HOURS_OF_THREE_MONTHS = 24 * (31 + 30 + 31)  # August, September and October 2026


@pytest.fixture
def demo(db: None) -> Demo:
    """The small demo, loaded as of 25 November 2026."""
    return load(Plan.of(AT, small=True), lambda _percent, _stage: None)


def test_the_small_demo_has_exactly_what_it_promises(demo: Demo) -> None:
    with acting_as(SYSTEM):
        customers = Party.objects.customers().order_by("slug")
        assert list(customers.values_list("slug", "timezone")) == [
            ("hudson", "America/New_York"),
            ("iberia", "Europe/Madrid"),
            ("lord-howe", "Australia/Lord_Howe"),
        ]
        assert Service.objects.live().count() == 8
        assert DependencyGroup.objects.count() == 23
        assert Counter(Agreement.objects.values_list("kind", flat=True)) == {
            "SLA": 3, "OLA": 2, "UNDERPINNING": 3,
        }  # fmt: skip
        assert Target.objects.filter(party__slug="iberia").count() == 13
        assert Sample.objects.count() == 6 * HOURS_OF_THREE_MONTHS
        assert (
            Job.objects.filter(state="PENDING").count() == 3 * 3
        )  # customers × months; no quarter has ended
        assert ReportDefinition.objects.filter(state="ACTIVE").count() == 4
        assert MaintenanceWindow.objects.count() == 3 * 4 + 2 + 3
        assert User.objects.count() == 9 + 9
        assert set(Membership.objects.values_list("role", flat=True)) == set(Membership.Role.values)


def test_records_end_with_the_last_full_month_and_nothing_lies_in_the_future(demo: Demo) -> None:
    with acting_as(SYSTEM):
        last_month = datetime(2026, 11, 1, tzinfo=UTC)
        first = datetime(2026, 8, 1, tzinfo=UTC)
        days = Ticket.objects.values_list("opened_at", flat=True)
        samples = Sample.objects.values_list("at", flat=True)
        assert all(-1 <= (at - first).days <= 92 for at in days)  # months of the customer's zone
        assert (min(samples), max(samples)) == (first, datetime(2026, 10, 31, 23, tzinfo=UTC))
        assert not Outage.objects.filter(starts_at__gte=last_month).exists()
        assert not TicketEvent.objects.filter(effective_at__gte=AT).exists()
        assert set(Evaluation.objects.values_list("period", flat=True)) == {
            "2026-08", "2026-09", "2026-10",
        }  # fmt: skip


def test_most_promises_are_kept_and_some_are_missed(demo: Demo) -> None:
    with acting_as(SYSTEM):
        verdicts = Counter(
            Evaluation.objects.filter(party__slug="iberia").values_list("met", flat=True)
        )
        missed = Evaluation.objects.get(
            party__slug="iberia", period="2026-10",
            target__reference="MANAGED-NETWORK-AVAILABILITY",
        )  # fmt: skip
    assert verdicts[True] > 5 * verdicts[False] > 0
    # one route was wrong for 41 minutes: at least 2,460 of 2,682,000 seconds of October were lost
    assert missed.met is False
    assert missed.denominator - missed.numerator >= 41 * 60


def test_the_same_clock_gives_the_same_demo(db: None) -> None:
    first, second = _once(), _once()

    assert len(first) > 60
    assert first == second


class _Undo(Exception):
    """Leave the transaction without keeping anything."""


def _once() -> list[Any]:
    """Load the demo, read its facts and undo it."""
    facts: list[Any] = []
    with suppress(_Undo), transaction.atomic():
        load(Plan.of(AT, small=True), lambda _percent, _stage: None)
        with acting_as(SYSTEM):
            for model, name in ((Ticket, "external_id"), (Outage, "reference")):
                start = "opened_at" if model is Ticket else "starts_at"
                facts += model.objects.order_by(name).values_list(name, start, "title")
        raise _Undo
    return facts


def test_customers_see_their_own_part_behind_both_walls(demo: Demo) -> None:
    for slug in ("iberia", "hudson", "lord-howe"):
        customer = demo.parties[slug]
        with acting_as(customer):
            # the second wall alone: no visible_to here
            assert set(Ticket.objects.values_list("customer_id", flat=True)) == {customer.pk}
            assert set(Decision.objects.values_list("customer_id", flat=True)) == {customer.pk}
            assert set(Agreement.objects.values_list("party_id", flat=True)) == {customer.pk}
            assert set(DeliveryObligation.objects.values_list("customer_id", flat=True)) == {
                customer.pk
            }
            only = set(ServiceEvent.objects.values_list("customer_id", flat=True))
            assert only <= {None, customer.pk}
        with acting_as(SYSTEM):
            # the first wall alone: staff's role in the database, the customer's eyes
            assert set(
                Ticket.objects.visible_to(customer).values_list("customer_id", flat=True)
            ) == {customer.pk}


def test_a_second_load_says_that_the_demo_is_there(demo: Demo, capsys: Any) -> None:
    with acting_as(SYSTEM):
        before = Ticket.objects.count()

    call_command("load_demo", "--small", "--no-progress")

    assert "here already" in capsys.readouterr().out
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == before


def test_names_that_are_taken_are_named_before_anything_is_written(db: None) -> None:
    with acting_as(SYSTEM):
        Service.objects.create(slug="webmail", name="Our own mail")

    with pytest.raises(DemoRefused, match="service “webmail”"):
        load(Plan.of(AT, small=True), lambda _percent, _stage: None)

    assert not is_loaded()


def test_every_person_can_sign_in_with_the_printed_password(demo: Demo) -> None:
    people = sign_ins()
    users = {user.email: user for user in User.objects.all()}

    assert len(people) == 18
    assert all(users[one["email"]].is_active for one in people)
    assert users[people[0]["email"]].check_password(people[0]["password"])
    assert len({users[one["email"]].password for one in people}) == 1
    assert [one["url"].endswith("/portal/") for one in people].count(True) == 9
