"""Pages by place: every list in every order shows each row once, forwards and backwards, empty values too."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import RequestFactory

from itsm import models as m
from itsm.tenancy import SYSTEM, acting_as
from itsm.views import keyset
from itsm.views.lists import ListPage
from itsm.views.tables import Table
from tests.itsm.test_pages import signed_in
from tests.records import fill
from tests.routes import routes
from tests.world import World

pytestmark = pytest.mark.django_db
LISTS = [route for route in routes() if route.page == "list" and not route.is_api and route.model]


@pytest.fixture
def tickets(world: World) -> list[m.Ticket]:
    """Five tickets: two of the same priority and two without one."""
    with acting_as(SYSTEM):
        return [
            m.Ticket.objects.create(
                customer=world.acme, service=world.webmail, source="desk", external_id=number,
                opened_at=datetime(2026, 3, 1, tzinfo=UTC), priority=priority,
            )
            for number, priority in (("A", 2), ("B", None), ("C", 1), ("D", 2), ("E", None))
        ]  # fmt: skip


def _table(route: Any, who: m.User, query: str) -> Table:
    request = RequestFactory().get(route.address() + query)
    request.user = who
    page = route.view.view_class(**route.view.view_initkwargs)
    page.setup(request)
    return page.table()


def _walk(route: Any, who: m.User, query: str) -> list[Any]:
    """Return the keys of all rows, page after page, and check that the way back shows the same."""
    table = _table(route, who, query)
    pages = [[row.pk for row in table.records]]
    while table.next_url:
        table = _table(route, who, table.next_url)
        pages.append([row.pk for row in table.records])
    for page in pages[-2::-1]:
        table = _table(route, who, table.previous_url)
        assert [row.pk for row in table.records] == page
    assert (table.previous_url, table.first_number) == ("", 1)
    return [key for page in pages for key in page]


def test_every_list_shows_each_row_once_in_every_order(world, monkeypatch):
    with acting_as(SYSTEM):
        fill(world)
        for route in LISTS:
            orders = [column.order for column in route.view.view_initkwargs["columns"]]
            for sort in ["", *filter(None, orders), *(f"-{order}" for order in orders if order)]:
                query = f"?sort={sort}"
                monkeypatch.setattr(ListPage, "page_size", 1000)
                rows = [row.pk for row in _table(route, world.administrator, query).records]
                monkeypatch.setattr(ListPage, "page_size", 1)

                found = _walk(route, world.administrator, query)

                assert found == rows, (route.name, sort)


@pytest.mark.parametrize(
    ("sort", "order"), [("priority", "CADBE"), ("-priority", "EBDAC"), ("external_id", "ABCDE")]
)
def test_rows_without_a_value_stand_where_the_database_puts_them(
    world, tickets, monkeypatch, sort, order
):
    monkeypatch.setattr(ListPage, "page_size", 2)
    names = {row.pk: row.external_id for row in tickets}
    route = next(route for route in LISTS if route.model is m.Ticket)

    with acting_as(SYSTEM):
        found = _walk(route, world.administrator, f"?sort={sort}")

    assert "".join(names[key] for key in found if key in names) == order


def test_a_place_that_is_none_leads_to_the_first_page(world, tickets):
    client = signed_in(world.administrator)

    for word in ("x", "e30", "W10", "A" * 3000, "WzEsMSwyLDNd"):
        table = client.get("/tickets/", {"after": word}).context["table"]

        assert table.first_number == 1
        assert len(table.records) >= 5


def test_rows_are_counted_only_when_somebody_asks(world, tickets, monkeypatch):
    monkeypatch.setattr(ListPage, "page_size", 2)
    client = signed_in(world.administrator)
    total = client.get("/tickets/", {"count": "1"}).context["table"].total

    page = client.get("/tickets/").content.decode()
    asked = client.get("/tickets/", {"count": "1"}, headers={"HX-Request": "true"})

    assert 'hx-get="?count=1"' in page
    assert asked.content.decode() == str(total)


def test_a_place_is_read_back_as_it_was_written(world, tickets):
    keys = keyset.keys_of(m.Ticket, ["-opened_at", "priority"])

    word = keyset.written(tickets[1], keys, 7)

    assert keyset.read(word, keys) == (7, [tickets[1].opened_at, None, tickets[1].pk])
    assert keyset.read(word, keys[:2]) is None
