"""The kernel's pages: each list, form, record and history answers, and refuses those who may not see it."""

from datetime import UTC, datetime

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from itsm import models as m
from itsm.services import events
from itsm.tenancy import SYSTEM, acting_as
from itsm.views import errors
from itsm.views.routes import ENTITIES
from tests.world import World

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def signed_in(user: m.User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def filled(world: World) -> World:
    """The cast with an outage, an event, a maintenance window, an action, a decision and a ticket."""
    with acting_as(SYSTEM):
        facts = {
            "service": world.webmail,
            "title": "Mail stopped",
            "customer_text": "Mail stopped.",
        }
        events.record(m.Outage(starts_at=NOW, ends_at=NOW.replace(hour=10), **facts), at=NOW)
        events.record(m.ServiceEvent(kind="FAILURE", starts_at=NOW, **facts), at=NOW)
        events.record(
            m.MaintenanceWindow(starts_at=NOW, ends_at=NOW.replace(hour=11), **facts), at=NOW
        )
        m.Action.objects.create(
            customer=world.acme, title="Check", owner_name="Ana", due_date="2026-04-01"
        )
        m.Decision.objects.create(
            customer=world.acme, question="More?", options=["yes", "no"], due_at=NOW
        )
        m.Ticket.objects.create(
            customer=world.acme,
            service=world.webmail,
            source="test",
            external_id="T1",
            opened_at=NOW,
        )
        m.ServiceOffering.objects.create(service=world.webmail, slug="webmail-gold", name="Gold")
        m.Component.objects.create(slug="db", name="Database")
        m.Series.objects.create(slug="cpu", name="CPU", unit="%")
        m.HoursException.objects.create(hours=world.hours, date="2026-12-25", name="Christmas")
    return world


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.slug)
def test_every_list_form_record_and_history_opens_for_an_administrator(
    filled: World, entity
) -> None:
    client = signed_in(filled.administrator)
    name = entity.prefix

    assert client.get(reverse(f"{name}_list")).status_code == 200
    assert client.get(reverse(f"{name}_list"), {"format": "csv"}).status_code == 200
    if entity.form is not None:
        assert client.get(reverse(f"{name}_create")).status_code == 200
    with acting_as(SYSTEM):
        row = entity.model.objects.first()
    if row is None:
        return
    key = getattr(row, entity.lookup)
    assert client.get(reverse(f"{name}_detail", args=[key])).status_code == 200
    assert client.get(reverse(f"{name}_history", args=[key])).status_code == 200
    if entity.form is not None and entity.slug != "tickets":  # their log is continued, never edited
        assert client.get(reverse(f"{name}_edit", args=[key])).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "home",
        "coverage",
        "settings",
        "activity",
        "help",
        "account",
        "tokens",
        "portal_now",
        "portal_decide",
        "portal_plan",
    ],
)
def test_every_shell_page_opens_for_an_administrator(filled: World, name: str) -> None:
    assert signed_in(filled.administrator).get(reverse(f"itsm:{name}")).status_code == 200


@pytest.mark.parametrize(
    "name", ["portal_now", "portal_decide", "portal_plan", "account", "tokens"]
)
def test_the_portal_opens_for_a_customer_and_shows_nothing_of_the_other(
    filled: World, name: str
) -> None:
    answer = signed_in(filled.people["acme"]["CUSTOMER_VIEWER"]).get(reverse(f"itsm:{name}"))

    assert answer.status_code == 200
    assert b"BOLT-CANARY" not in answer.content
    assert b"CRM" not in answer.content


def test_an_outage_goes_from_draft_to_closed_by_its_steps(filled: World) -> None:
    client = signed_in(filled.administrator)
    with acting_as(SYSTEM):
        outage = m.Outage.objects.get()
    for verb, state in (("approve", "APPROVED"), ("close", "CLOSED")):
        answer = client.post(reverse("itsm:outages_step", args=[outage.pk, verb]))
        assert answer.status_code == 302
        with acting_as(SYSTEM):
            outage.refresh_from_db()
        assert outage.state == state
    assert outage.is_published


def test_an_approver_answers_a_question_and_a_viewer_may_not(filled: World) -> None:
    with acting_as(SYSTEM):
        decision = m.Decision.objects.get()
    body = {"decision": str(decision.pk), "answer": "yes"}
    people = filled.people["acme"]

    assert (
        signed_in(people["CUSTOMER_VIEWER"]).post(reverse("itsm:portal_decide"), body).status_code
        == 422
    )
    assert (
        signed_in(people["CUSTOMER_APPROVER"]).post(reverse("itsm:portal_decide"), body).status_code
        == 302
    )

    with acting_as(SYSTEM):
        decision.refresh_from_db()
    assert (decision.state, decision.answer) == ("ANSWERED", "yes")


def test_the_other_customer_cannot_answer_it(filled: World) -> None:
    with acting_as(SYSTEM):
        decision = m.Decision.objects.get()
    client = signed_in(filled.people["bolt"]["CUSTOMER_APPROVER"])

    answer = client.post(
        reverse("itsm:portal_decide"), {"decision": str(decision.pk), "answer": "yes"}
    )

    assert answer.status_code == 404


def _catalogue(world: World, count: int) -> None:
    """Give the site so many live services in all, named by number."""
    with acting_as(SYSTEM):
        m.Service.objects.bulk_create(
            m.Service(slug=f"more-{number:02}", name=f"More {number:02}", state="LIVE")
            for number in range(count - m.Service.objects.live().count())
        )


def test_coverage_shows_a_page_of_services_and_counts_all_of_them_afterwards(
    filled: World,
) -> None:
    _catalogue(filled, 30)
    client = signed_in(filled.administrator)

    first = client.get("/coverage/").content.decode()
    last = client.get("/coverage/", {"page": "3"}).content.decode()
    beyond = client.get("/coverage/", {"page": "99"}).content.decode()
    counts = client.get("/coverage/counts/").content.decode()

    assert "12 of 30 live services, the most critical first." in first
    assert 'href="?page=2"' in first
    assert "25–30 of 30" in last
    assert "25–30 of 30" in beyond
    assert "questions about 30 live services are answered with yes." in counts
    assert (
        first.partition('class="tb mid records cov"')[2]
        .partition("</table>")[0]
        .count('scope="row"')
        == 12
    )


def test_the_filters_of_a_list_are_fetched_when_they_are_opened(filled: World) -> None:
    client = signed_in(filled.administrator)

    closed = client.get("/outages/").content.decode()
    opened = client.get("/outages/", {"filter": "1", "sort": "starts_at"}).content.decode()
    wrong = client.get("/outages/", {"service": "nothing"}).content.decode()

    assert 'id="filter-form"' not in closed
    assert "filter=1" in closed
    assert 'id="filter-form"' in opened
    assert '<input type="hidden" name="sort" value="starts_at">' in opened
    assert "?sort=-starts_at" in opened  # a way on does not keep the form open
    assert 'id="filter-form"' in wrong


def test_what_was_archived_is_taken_back_from_the_message(filled: World) -> None:
    client = signed_in(filled.administrator)
    address = f"/services/{filled.webmail.slug}/"

    said = client.post(f"{address}archive/", follow=True).content.decode()
    client.post(f"{address}restore/")

    assert f'<form method="post" action="{address}restore/">' in said
    with acting_as(SYSTEM):
        assert m.Service.objects.get(pk=filled.webmail.pk).archived_at is None


def test_a_database_that_does_not_answer_is_a_pause_not_a_fault() -> None:
    request = RequestFactory().get("/services/")

    try:
        raise OperationalError("gone")
    except OperationalError:
        paused = errors.failed(request)
    fault = errors.failed(request)

    assert (paused.status_code, paused["Retry-After"]) == (503, "30")
    assert "rests for a moment" in paused.content.decode()
    assert fault.status_code == 500


def test_a_filter_that_is_not_chosen_says_any(filled: World) -> None:
    page = signed_in(filled.administrator).get("/tickets/", {"filter": "1"}).content.decode()

    form = page.partition('id="filter-form"')[2].partition("</form>")[0]

    assert form.count(">Any</option>") == form.count("<select") > 2
    assert "-----" not in form
