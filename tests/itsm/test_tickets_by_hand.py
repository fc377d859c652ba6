"""A provider without a ticket system records tickets and what happens to them by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from itsm.models import OutboxMessage, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

pytestmark = pytest.mark.django_db
NEW = "/tickets/new/"


@pytest.fixture
def client(world: World) -> Client:
    """An administrator's browser."""
    found = Client()
    found.force_login(world.administrator)
    return found


def typed(world: World, **facts: Any) -> dict[str, Any]:
    """Return the form of a ticket as a browser sends it."""
    return {
        "customer": str(world.acme.pk), "service": str(world.webmail.pk), "kind": "INCIDENT", "title": "No mail",
        "priority": "2", "opened_at": "2026-03-11T09:00:00", "external_id": "", "key": str(uuid4()), **facts,
    }  # fmt: skip


def tickets() -> list[Ticket]:
    with acting_as(SYSTEM):
        return list(Ticket.objects.order_by("created_at"))


def test_a_ticket_is_recorded_in_the_customers_time_and_its_clock_starts(
    client: Client, world: World
) -> None:
    """09:00 in Madrid in winter is 08:00 UTC."""
    answer = client.post(NEW, typed(world))

    [ticket] = tickets()
    opened = datetime(2026, 3, 11, 8, tzinfo=UTC)
    assert answer["Location"] == reverse("itsm:tickets_detail", args=[ticket.pk])
    assert (ticket.source, ticket.external_id) == ("hand", f"TCK-{timezone.now().year}-0001")
    assert (ticket.opened_at, ticket.priority, ticket.title) == (opened, 2, "No mail")
    with acting_as(SYSTEM):
        [event] = TicketEvent.objects.all()
        told = OutboxMessage.objects.filter(event="tickets.recorded").get().payload
    assert (event.kind, event.effective_at, event.priority) == ("START", opened, 2)
    months = told["touched"][str(world.webmail.pk)]
    assert months[0] == "2026-03"
    assert months[-1] == f"{timezone.now() + timedelta(days=1):%Y-%m}"
    assert len(months) == len(set(months)) > 1


def test_the_same_form_twice_makes_one_ticket(client: Client, world: World) -> None:
    sent = typed(world)

    first, second = client.post(NEW, sent), client.post(NEW, sent)

    assert first["Location"] == second["Location"]
    assert len(tickets()) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"opened_at": "2999-01-01T09:00"}, "A ticket cannot be opened in the future."),
        ({"opened_at": "yesterday"}, "Give the day and the time, such as 2026-03-11 09:30."),
        ({"opened_at": ""}, "“Opened” is empty."),
        ({"priority": "11"}, "“11” is no priority. Choose 1, the highest, to 9."),
        ({"external_id": "A-1"}, "This customer already has ticket A-1."),
        ({"customer": ""}, "“Customer” is empty. Choose from the list."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    client: Client, world: World, facts: dict[str, str], words: str
) -> None:
    client.post(NEW, typed(world, external_id="A-1"))

    answer = client.post(NEW, typed(world, **facts))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert len(tickets()) == 1


def test_a_number_that_somebody_typed_is_not_given_again(client: Client, world: World) -> None:
    year = timezone.now().year
    client.post(NEW, typed(world, external_id=f"TCK-{year}-0001"))

    client.post(NEW, typed(world))

    assert [row.external_id for row in tickets()] == [f"TCK-{year}-0001", f"TCK-{year}-0002"]


def test_the_empty_list_offers_to_record_and_to_import(client: Client) -> None:
    page = client.get("/tickets/").content.decode()

    assert f'href="{NEW}"' in page
    assert "Record a ticket" in page
    assert f'href="{reverse("itsm:import_new")}"' in page


def test_who_only_reads_records_nothing(world: World) -> None:
    client = Client()
    client.force_login(world.staff["AUDITOR"])

    assert client.post(NEW, typed(world)).status_code == 403
    assert f'href="{NEW}"' not in client.get("/tickets/").content.decode()
    assert tickets() == []
