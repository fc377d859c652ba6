"""Every kernel entity is created, edited, archived, filtered, exported and traced: by page and by the API."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape

from itsm.services.accounts import first_administrator
from itsm.tenancy import SYSTEM, acting_as
from itsm.views.entities import Entity
from itsm.views.routes import ENTITIES
from tests.api.conftest import Caller
from tests.records import Rows, fill
from tests.world import World

ALL = ("create", "edit", "archive", "restore")
# What an entity does not have by page, and why.
WITHOUT: Mapping[str, tuple[str, ...]] = {
    "service-hours-versions": ALL[2:],  # a version ends when the next one begins
    "tickets": ALL[1:],  # what happens after one is recorded is an event of its log
    "comments": ALL[:2],  # written beside what they are about, and never reworded
    "files": ALL[:2],  # uploaded where they belong, and never changed
    "users": ALL[2:],  # switched off in their form
    "jobs": ALL,  # written by the system, as are the next two
    "mails": ALL,
    "webhook-deliveries": ALL,
}
# Rows that nobody edits are their own record (tests/architecture/test_history.py): the API gives them no history.
OWN_RECORD = frozenset({"tickets", "comments", "jobs", "mails", "webhook-deliveries"})
NEVER = "zz nothing is called so zz"


def has_route(entity: Entity, page: str) -> bool:
    """Tell whether the entity has this page."""
    for kind in ((), ("x",), ("01a21bf9-c2e3-76b7-ae68-e9e19d2ff877",)):
        try:
            reverse(f"{entity.prefix}_{page}", args=kind)
        except NoReverseMatch:
            continue
        return True
    return False


@pytest.fixture
def rows(world: World) -> Rows:
    """One row of every kind."""
    with acting_as(SYSTEM):
        return fill(world)


@pytest.fixture
def client(world: World) -> Client:
    """An administrator's browser."""
    found = Client()
    found.force_login(world.administrator)
    return found


def own_rows(rows: Rows) -> Iterator[tuple[Entity, Any]]:
    """Yield each kernel entity with a row of it."""
    for entity in ENTITIES:
        if entity.model in rows.by_model:
            yield entity, rows.of(entity.model, "acme")


def of(entity: Entity, page: str, row: Any) -> str:
    """Return the address of a page of the row."""
    return reverse(f"{entity.prefix}_{page}", args=[getattr(row, entity.lookup)])


def test_every_entity_has_the_pages_of_its_life_or_a_reason_why_not() -> None:
    found = {
        entity.slug: tuple(page for page in ALL if not has_route(entity, page))
        for entity in ENTITIES
    }

    assert {slug: pages for slug, pages in found.items() if pages} == WITHOUT
    for entity in ENTITIES:
        for page in ("list", "detail", "history"):
            assert has_route(entity, page), (entity.slug, page)
        assert entity.filterset is not None, entity.slug
        assert str(entity.empty_text) or entity.slug == "users", entity.slug


@pytest.mark.django_db
def test_there_is_a_row_of_every_entity_to_try(rows: Rows) -> None:
    assert [entity.slug for entity in ENTITIES if entity.model not in rows.by_model] == []


@pytest.mark.django_db
def test_every_empty_list_says_what_to_do() -> None:
    with acting_as(SYSTEM):
        user = first_administrator("first@northwind.example", "a long enough word", name="First")
    client, filled = Client(), []
    client.force_login(user)
    for entity in ENTITIES:
        answer = client.get(reverse(f"{entity.prefix}_list"))
        page = answer.content.decode()
        if answer.context["table"].records:
            filled.append(entity.slug)
            continue
        assert escape(str(entity.empty_text)) in page, entity.slug
        if entity.form is not None:
            assert reverse(f"{entity.prefix}_create") in page, entity.slug
    assert filled == ["users"]


@pytest.mark.django_db
def test_every_list_is_exported_as_it_is_shown(client: Client, rows: Rows) -> None:
    for entity, _row in own_rows(rows):
        address = reverse(f"{entity.prefix}_list")
        table = client.get(address).context["table"]
        ids, heads = [str(row.pk) for row in table.records], [head.title for head in table.heads]
        file = b"".join(client.get(address, {"format": "csv"}).streaming_content)
        first, *lines = csv.reader(io.StringIO(file.decode("utf-8-sig")))
        assert (first, len(lines)) == (heads, len(ids)), entity.slug
        found = json.loads(b"".join(client.get(address, {"format": "json"}).streaming_content))
        assert [row["id"] for row in found] == ids, entity.slug
        assert ids, entity.slug


@pytest.mark.django_db
def test_every_filter_of_every_list_answers_and_narrows(client: Client, rows: Rows) -> None:
    for entity, _row in own_rows(rows):
        address = reverse(f"{entity.prefix}_list")
        form = entity.filterset(QueryDict(), queryset=entity.model.objects.none()).form
        page = client.get(address, {"filter": "1"}).content.decode()
        for name in form.fields:
            assert f'name="{name}' in page, (entity.slug, name)
        if "q" in form.fields:
            answer = client.get(address, {"q": NEVER})
            assert answer.context["table"].records == [], entity.slug
            assert f"Nothing matches: Search {NEVER}." in answer.content.decode(), entity.slug
        else:
            refused = client.get(address, {next(iter(form.fields)): NEVER})
            assert refused.context["table"].records == [], entity.slug


@pytest.mark.django_db
def test_every_record_is_archived_restored_and_both_are_told(client: Client, rows: Rows) -> None:
    for entity, row in own_rows(rows):
        if not has_route(entity, "archive"):
            continue
        address = reverse(f"{entity.prefix}_list")
        assert client.post(of(entity, "archive", row)).status_code == 302, entity.slug
        assert row not in client.get(address).context["table"].records, entity.slug
        assert row in client.get(address, {"archived": "1"}).context["table"].records, entity.slug
        assert client.post(of(entity, "restore", row)).status_code == 302, entity.slug
        assert row in client.get(address).context["table"].records, entity.slug
        if entity.slug in OWN_RECORD:
            continue
        changes = client.get(of(entity, "history", row)).context["changes"]
        assert [change.title for change in changes[:2]] == ["Restored", "Archived"], entity.slug


@pytest.mark.django_db
def test_every_form_opens_empty_and_with_the_record(client: Client, rows: Rows) -> None:
    for entity, row in own_rows(rows):
        if entity.form is None:
            continue
        assert client.get(reverse(f"{entity.prefix}_create")).status_code == 200, entity.slug
        if not entity.edits:
            continue
        answer = client.get(of(entity, "edit", row))
        assert answer.status_code == 200, entity.slug
        assert answer.context["form"].instance == row, entity.slug


@pytest.mark.django_db
def test_every_entity_is_read_filtered_exported_and_traced_by_the_api(
    rows: Rows, world: World
) -> None:
    caller, wrong = Caller(world.administrator), []
    for entity, row in own_rows(rows):
        name = entity.prefix.split(":")[-1]
        asked = {
            f"/{name}?limit=1": 200,
            f"/{name}?format=csv": 200,
            f"/{name}?format=ndjson": 200,
            f"/{name}?no-such-filter=1": 400,
            f"/{name}/{row.pk}": 200,
            f"/{name}/{row.pk}/history": 404 if name in OWN_RECORD else 200,
        }
        found = {address: caller.get(address).status_code for address in asked}
        wrong += [(address, code) for address, code in found.items() if code != asked[address]]
    assert wrong == []
