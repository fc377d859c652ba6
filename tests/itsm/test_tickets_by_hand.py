"""A provider without a ticket system records tickets and what happens to them by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from itsm.calculations.periods import Period
from itsm.models import OutboxMessage, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as
from slas.models import Evaluation
from slas.services.evaluation import evaluate_period
from tests.slas.test_evaluation import fresh
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


def opened(client: Client, world: World, at: str = "2026-09-07T09:00:00", **facts: Any) -> str:
    """Record a ticket by the page and return the address of its page."""
    return client.post(NEW, typed(world, opened_at=at, **facts))["Location"]


def happens(client: Client, ticket: str, kind: str, at: str, **facts: Any) -> Any:
    """Send the form of the ticket's page."""
    sent = {"kind": kind, "effective_at": at, "reason": "", "key": str(uuid4()), **facts}
    return client.post(f"{ticket}events/new/", sent)


def events() -> list[tuple[Any, ...]]:
    """Return all events in the order in which they were recorded, with the hour in UTC."""
    with acting_as(SYSTEM):
        rows = TicketEvent.objects.order_by("sequence")
        return [(e.kind, f"{e.effective_at:%H:%M}", e.reason, e.priority) for e in rows]


def test_the_log_is_continued_by_what_is_possible_now(client: Client, world: World) -> None:
    ticket = opened(client, world)
    offered = {}
    for kind, at, facts in (
        ("RESPOND", "2026-09-07T09:10", {}),
        ("PAUSE", "2026-09-07T10:00", {"reason": "Customer"}),
        ("RESUME", "2026-09-07T12:00", {}),
        ("PRIORITY", "2026-09-07T12:30", {"priority": "1"}),
        ("STOP", "2026-09-07T13:00", {}),
        ("REOPEN", "2026-09-07T14:00", {}),
    ):
        page = client.get(ticket)
        [panel] = page.context["panels"]
        choices = panel["facts"]["form"].fields["kind"].widget.choices
        offered[kind] = (str(page.context["state_text"]), [name for name, _title in choices])
        assert happens(client, ticket, kind, at, **facts).status_code == 302, kind

    assert offered == {
        "RESPOND": ("Clock runs", ["RESPOND", "PAUSE", "STOP", "PRIORITY"]),
        "PAUSE": ("Clock runs", ["PAUSE", "STOP", "PRIORITY"]),
        "RESUME": ("Clock is paused", ["RESUME", "STOP", "PRIORITY"]),
        "PRIORITY": ("Clock runs", ["PAUSE", "STOP", "PRIORITY"]),
        "STOP": ("Clock runs", ["PAUSE", "STOP", "PRIORITY"]),
        "REOPEN": ("Clock is stopped", ["REOPEN"]),
    }
    assert events() == [
        ("START", "07:00", "", 2), ("RESPOND", "07:10", "", None), ("PAUSE", "08:00", "Customer", None),
        ("RESUME", "10:00", "", None), ("PRIORITY", "10:30", "", 1), ("STOP", "11:00", "", None),
        ("REOPEN", "12:00", "", None),
    ]  # fmt: skip


def test_the_form_of_the_page_is_sent_by_a_browser(client: Client, world: World) -> None:
    """With the check against forged requests that a browser meets."""
    ticket = opened(client, world)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.administrator)
    page = browser.get(ticket).content.decode()
    form = page.partition(f'action="{ticket}events/new/"')[2].partition("</form>")[0]
    token = form.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

    answer = happens(browser, ticket, "STOP", "2026-09-07T10:00", csrfmiddlewaretoken=token)

    assert answer.status_code == 302
    assert happens(browser, ticket, "REOPEN", "2026-09-07T11:00").status_code == 403
    assert [kind for kind, *_rest in events()] == ["START", "STOP"]


def test_a_form_sent_twice_makes_one_event(client: Client, world: World) -> None:
    ticket, key = opened(client, world), str(uuid4())

    for _time in range(2):
        answer = happens(client, ticket, "STOP", "2026-09-07T10:00", key=key)
        assert answer.status_code == 302

    assert [kind for kind, *_rest in events()] == ["START", "STOP"]


@pytest.mark.parametrize(
    ("kind", "at", "facts", "words"),
    [
        ("RESUME", "2026-09-07T12:00", {}, "The clock is stopped: reopen the ticket first."),
        ("REOPEN", "2026-09-07T09:30", {}, "“Stop”, was at 2026-09-07 10:00:00 in Europe/Madrid."),
        ("REOPEN", "2999-09-07T12:00", {}, "This lies in the future."),
        ("PAUSE", "2026-09-07T12:00", {}, "Say what the ticket waits for"),
        ("PRIORITY", "2026-09-07T12:00", {}, "Choose the new priority."),
        ("PRIORITY", "2026-09-07T12:00", {"priority": "12"}, "“12” is no priority."),
        ("REOPEN", "noon", {}, "Give the day and the time"),
    ],
)
def test_what_cannot_come_now_is_refused_with_what_to_do(
    client: Client, world: World, kind: str, at: str, facts: dict[str, str], words: str
) -> None:
    ticket = opened(client, world)
    happens(client, ticket, "STOP", "2026-09-07T10:00")

    answer = happens(client, ticket, kind, at, **facts)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert [kind for kind, *_rest in events()] == ["START", "STOP"]


def test_a_correction_supersedes_and_both_are_told(client: Client, world: World) -> None:
    ticket = opened(client, world)
    happens(client, ticket, "STOP", "2026-09-07T14:00")
    late = client.post(
        f"{ticket}events/1/correct/", {"effective_at": "2026-09-07T14:00", "why": "Too late"}
    )
    address = f"{ticket}events/2/correct/"
    sent = {"effective_at": "2026-09-07T12:00", "why": "Solved before lunch"}

    assert client.post(address, sent).status_code == 302
    again = client.post(address, sent)
    early = client.post(f"{ticket}events/3/correct/", {**sent, "effective_at": "2026-09-07T08:00"})

    assert "This event was corrected already." in again.content.decode()
    for answer in (early, late):
        assert "The order of what happened cannot change" in answer.content.decode()
    with acting_as(SYSTEM):
        rows = list(TicketEvent.objects.order_by("sequence"))
    assert [(row.kind, row.supersedes, row.superseded_at is None) for row in rows] == [
        ("START", None, True), ("STOP", None, False), ("STOP", 2, True),
    ]  # fmt: skip
    assert (rows[2].correction, rows[2].recorded_by) == (
        "Solved before lunch", str(world.administrator),
    )  # fmt: skip
    changes = client.get(f"{ticket}history/").context["changes"]
    assert [change.title for change in changes] == ["3. Stop", "2. Stop", "1. Start"]
    assert {change.who for change in changes} == {str(world.administrator)}


def test_a_corrected_start_moves_the_opening(client: Client, world: World) -> None:
    ticket = opened(client, world)

    client.post(
        f"{ticket}events/1/correct/",
        {"effective_at": "2026-09-07T08:00", "why": "The mail came in earlier", "priority": "3"},
    )

    [row] = tickets()
    assert (row.opened_at, row.priority) == (datetime(2026, 9, 7, 6, tzinfo=UTC), 3)


def test_the_evaluation_sees_what_was_recorded_and_corrected(client: Client, world: World) -> None:
    """Four hours at all times: 4:00 is met, 4:30 is missed, 5:30 with 2:00 of pause is met."""
    with acting_as(SYSTEM):
        agreement = fresh(
            world, reference="P2", kind="RESOLUTION", limit_seconds=4 * 3600, objective="95"
        )
    for stop, pause in (("13:00", False), ("13:30", False), ("14:30", True)):
        ticket = opened(client, world)
        if pause:
            happens(client, ticket, "PAUSE", "2026-09-07T10:00", reason="Customer")
            happens(client, ticket, "RESUME", "2026-09-07T12:00")
        happens(client, ticket, "STOP", f"2026-09-07T{stop}")
        if stop == "13:30":
            late = ticket

    assert judged(agreement) == (2, 3, False)

    sent = {"effective_at": "2026-09-07T12:59", "why": "Read wrong"}
    assert client.post(f"{late}events/2/correct/", sent).status_code == 302
    assert judged(agreement) == (3, 3, True)


def judged(agreement: Any) -> tuple[Any, ...]:
    """Return met cases, cases and the verdict of September."""
    with acting_as(SYSTEM):
        september = Period.parse("2026-09", "Europe/Madrid")
        at = datetime(2026, 11, 1, tzinfo=UTC)
        row: Evaluation
        [row] = evaluate_period(agreement=agreement, period=september, at=at)
    return row.trace["met"], row.trace["cases"], row.met


def test_tickets_of_a_ticket_system_are_continued_there(client: Client, world: World) -> None:
    with acting_as(SYSTEM):
        row = Ticket.objects.create(
            customer=world.acme, service=world.webmail, source="helpdesk", external_id="H-1",
            opened_at=datetime(2026, 9, 7, 7, tzinfo=UTC),
        )  # fmt: skip
    page = reverse("itsm:tickets_detail", args=[row.pk])

    answer = happens(client, page, "STOP", "2026-09-07T12:00")

    assert "This ticket comes from “helpdesk”" in answer.content.decode()
    shown = client.get(page).content.decode()
    assert "Add to the ticket" not in shown
    assert "what happens to it is recorded there and arrives by import or API." in shown
    assert events() == []
