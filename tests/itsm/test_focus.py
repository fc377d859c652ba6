"""Customer, service and period of the top bar: in the address, honoured by pages, carried by links."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm import models as m
from itsm.services import events
from itsm.tenancy import SYSTEM, acting_as
from itsm.views.focus import with_words
from tests.world import World

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@pytest.fixture
def client(world: World) -> Client:
    """An administrator; webmail (Acme's) failed in March and in May, the CRM (Bolt's) in March."""
    failures = (
        ("Mail in March", world.webmail, 3),
        ("Mail in May", world.webmail, 5),
        ("CRM in March", world.crm, 3),
    )
    with acting_as(SYSTEM):
        for title, service, month in failures:
            start = MARCH.replace(month=month)
            outage = m.Outage(
                title=title, service=service, starts_at=start, ends_at=start.replace(hour=10)
            )
            events.record(outage, at=MARCH)
        m.Component.objects.create(slug="db", name="Database")
    found = Client()
    found.force_login(world.administrator)
    return found


def _titles(client: Client, query: str) -> set[str]:
    words = client.get(f"/outages/{query}").content.decode()
    return {title for title in ("Mail in March", "Mail in May", "CRM in March") if title in words}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Mail in March", "Mail in May", "CRM in March"}),
        ("?c=acme", {"Mail in March", "Mail in May"}),
        ("?s=crm", {"CRM in March"}),
        ("?p=2026-03", {"Mail in March", "CRM in March"}),
        ("?p=2026-Q2", {"Mail in May"}),
        ("?c=acme&s=webmail&p=2026-03", {"Mail in March"}),
        ("?c=bolt&s=webmail", set()),
    ],
)
def test_a_list_shows_what_is_chosen(client: Client, query: str, titles: set[str]) -> None:
    assert _titles(client, query) == titles


def test_words_that_nobody_knows_are_told_and_narrow_nothing(client: Client) -> None:
    words = client.get("/outages/?c=nobody&s=nothing&p=2026-13").content.decode()

    assert "There is no customer “nobody”: all are shown." in words
    assert "There is no service “nothing”: all are shown." in words
    assert "“2026-13” is no period: all are shown. Write 2026-03, 2026-Q1 or 2026." in words
    assert "CRM in March" in words
    assert 'href="/services/"' in words  # and nothing is carried on


def test_links_forms_and_exports_carry_the_choice_and_its_clearing_does_not(client: Client) -> None:
    words = client.get("/outages/?c=acme&p=2026&sort=starts_at").content.decode()

    assert 'href="/services/?c=acme&amp;p=2026"' in words
    assert '<input type="hidden" name="c" value="acme">' in words
    assert 'data-plain href="/outages/?p=2026&amp;sort=starts_at" aria-label="Clear ' in words
    assert "format=csv" in words
    assert 'href="/accounts/' not in words.replace('href="/accounts/2fa/"', "")


def test_a_redirect_carries_the_choice(client: Client, world: World) -> None:
    answer = client.post(f"/services/{world.webmail.slug}/archive/?c=acme")

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?c=acme")


def test_records_that_know_no_customer_say_so(client: Client) -> None:
    words = client.get("/components/?c=acme").content.decode()

    assert "These records know no customer" in words
    assert "Database" in words


def test_nothing_more_is_asked_until_something_is_chosen(client: Client) -> None:
    client.get("/outages/")
    counts = []
    for query in ("", "?c=acme", "?c=acme&s=webmail&p=2026-03"):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/outages/{query}")
        counts.append(len(asked))

    assert (counts[1] - counts[0], counts[2] - counts[0]) == (1, 2)


@pytest.mark.parametrize(
    "address", ["/", "/coverage/", "/compliance/", "/reports/board/", "/reports/", "/services/"]
)
def test_every_page_of_the_staff_answers_with_a_choice(client: Client, address: str) -> None:
    answer = client.get(address, {"c": "acme", "s": "webmail", "p": "2026-03"})

    assert answer.status_code == 200
    assert "Clear March 2026" in answer.content.decode()


def test_coverage_asks_about_the_services_of_the_choice(client: Client) -> None:
    words = client.get("/coverage/?c=acme").content.decode()

    assert 'href="/services/webmail/?c=acme"' in words
    assert "/services/crm/" not in words


def test_the_menu_leads_back_to_the_page_with_another_choice(client: Client) -> None:
    words = client.get("/focus/?next=/outages/%3Fc%3Dacme%26after%3Dx").content.decode()

    assert 'href="/outages/?c=bolt"' in words
    assert 'href="/outages/?c=acme" aria-current="true"' in words
    assert 'href="/outages/?c=acme&amp;s=webmail"' in words
    assert 'action="/outages/"' in words


def test_the_menu_leads_to_no_other_site(client: Client) -> None:
    words = client.get("/focus/?next=//evil.example/").content.decode()

    assert "evil.example/?c=" not in words


def test_a_customer_cannot_choose(world: World) -> None:
    customer = Client()
    customer.force_login(world.people["acme"]["CUSTOMER_VIEWER"])

    assert customer.get("/focus/").status_code == 403
    assert "Clear " not in customer.get("/portal/?c=bolt").content.decode()


def test_only_local_addresses_get_the_words() -> None:
    words = {"c": "acme"}

    assert with_words("/outages/?c=", words) == "/outages/?c="
    assert with_words("//evil.example/", words) == "//evil.example/"
    assert with_words("https://example.org/", words) == "https://example.org/"
    assert with_words("/portal/", words) == "/portal/"
    assert with_words("?sort=name", words) == "?sort=name&c=acme"
