"""A monthly report for both customers, and paper that is made without the print engine."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from itsm.calculations.digest import canonical_json
from itsm.models import Outage, Party, User
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, Recipient, ReportDefinition, ReportIssue
from reporting.services.issue import issue
from reporting.services.plan import obligation_for
from tests.world import World

AT = datetime(2025, 4, 1, 6, tzinfo=UTC)  # 08:00 in Madrid, the morning after March 2025


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replace the print engine by something fast; the list counts the documents."""
    made: list[int] = []

    def quick(dataset: Any, **_options: Any) -> bytes:
        made.append(1)
        return b"%PDF-quick " + hashlib.sha256(canonical_json(dataset)).hexdigest().encode()

    monkeypatch.setattr("reporting.services.issue.pdf", quick)
    return made


@pytest.fixture
def define(world: World) -> Callable[..., ReportDefinition]:
    """Make an active monthly definition with the customer's reader as mail recipient."""

    def make(customer: Party | None = None, **facts: Any) -> ReportDefinition:
        customer = customer or world.acme
        with acting_as(SYSTEM):
            row = ReportDefinition.objects.create(
                **{
                    "customer": customer,
                    "slug": "monthly",
                    "name": "Monthly service report",
                    "starts_date": "2025-03-01",
                    "state": "ACTIVE",
                    **facts,
                }
            )
            row = ReportDefinition.objects.select_related("customer", "hours").get(pk=row.pk)
            Recipient.objects.create(
                customer=customer, definition=row, contact=customer.contacts.get()
            )
        return row

    return make


@pytest.fixture
def owed(define: Callable[..., ReportDefinition]) -> DeliveryObligation:
    """Acme's report on March 2025, due on Monday 7 April 2025 at 10:00 in Madrid."""
    return obligation_for(define(), "2025-03")


@pytest.fixture
def published(owed: DeliveryObligation, paper: list[int]) -> ReportIssue:
    """Acme's report on March 2025, published."""
    return issue(obligation=owed, at=AT)


def signed_in(user: User) -> Client:
    """Return a client in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def state(row: ReportIssue) -> str:
    """Return the state of what was owed for this report."""
    with acting_as(SYSTEM):
        found = DeliveryObligation.objects.values_list("state", flat=True)
        return str(found.get(pk=row.obligation_id))


def add_outage(world: World, **facts: Any) -> Outage:
    """Record an hour without webmail on 12 March 2025."""
    with acting_as(SYSTEM):
        return Outage.objects.create(
            **{
                "reference": "OUT-2025-0001",
                "service": world.webmail,
                "title": "Mail could not be sent",
                "customer_text": "Mail waited for an hour.",
                "is_published": True,
                "state": "CLOSED",
                "starts_at": datetime(2025, 3, 12, 9, tzinfo=UTC),
                "ends_at": datetime(2025, 3, 12, 10, tzinfo=UTC),
                **facts,
            }
        )
