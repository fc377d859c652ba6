"""Saved views: what is kept is what is shown and what is exported, on pages, in files and in the API."""

import csv
import io
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from itsm import models as m
from itsm.calculations.view_query import difference, free_name, laid_over
from itsm.registry import lists
from itsm.services.saved_views import open_with
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import World

SERVICES = "/services/"
QUERY = "state=LIVE&q=e&columns=criticality,name,state&sort=-name"


def signed_in(user: m.User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(world: World) -> Client:
    """An administrator's browser; one of the three live services is made a proposal."""
    with acting_as(SYSTEM):
        m.Service.objects.filter(pk=world.crm.pk).update(state="PROPOSED")
    return signed_in(world.administrator)


def save(
    client: Client, *, query: str = QUERY, name: str = "Live ones", **facts: str
) -> m.SavedView:
    body = {"name": name, "list_name": "services", "query": query, "shared_with": "ME", **facts}
    answer = client.post("/saved-views/new/", body)
    assert answer.status_code == 302, answer.context["form"].errors
    with acting_as(SYSTEM):
        return m.SavedView.objects.latest("created_at")


def heads(client: Client, address: str) -> list[str]:
    return [head.title for head in client.get(address).context["table"].heads]


def names(client: Client, address: str) -> list[str]:
    return [str(row) for row in client.get(address).context["table"].records]


def test_what_is_saved_is_what_is_shown_and_what_is_exported(client: Client) -> None:
    view = save(client)

    address = f"{SERVICES}?view={view.slug}"
    shown = heads(client, address)
    assert (view.slug, shown) == ("live-ones", ["Criticality", "Name", "State"])
    assert names(client, address) == ["Webmail", "Managed Network"]
    text = b"".join(client.get(f"{address}&format=csv").streaming_content).decode("utf-8-sig")
    first, *rows = list(csv.reader(io.StringIO(text)))
    assert (first, [row[1] for row in rows]) == (shown, ["Webmail", "Managed Network"])
    found = json.loads(b"".join(client.get(f"{address}&format=json").streaming_content))
    assert [list(row) for row in found] == [["id", "criticality", "name", "state"]] * 2
    book = b"".join(client.get(f"{address}&format=xlsx").streaming_content)
    sheet = load_workbook(io.BytesIO(book)).active
    assert [cell.value for cell in sheet[1]] == shown


def test_what_stands_in_the_address_wins_over_the_view(client: Client) -> None:
    view = save(client)

    assert names(client, f"{SERVICES}?view={view.slug}&q=mail") == ["Webmail"]
    assert names(client, f"{SERVICES}?view={view.slug}&q=&state=PROPOSED") == ["CRM"]
    assert names(client, f"{SERVICES}?view={view.slug}&sort=name") == ["Managed Network", "Webmail"]


def test_each_filter_of_a_view_has_a_chip_that_takes_it_away(client: Client) -> None:
    view = save(client)
    table = client.get(f"{SERVICES}?view={view.slug}").context["table"]

    assert [(chip.title, chip.value) for chip in table.chips] == [
        ("Search", "e"),
        ("state", "Live"),
    ]
    without = table.chips[1].url
    assert parse_qs(urlsplit(without).query, keep_blank_values=True) == {
        "view": [view.slug],
        "state": [""],
    }
    assert [chip.title for chip in client.get(SERVICES + without).context["table"].chips] == [
        "Search"
    ]


def test_a_range_has_a_chip_in_words(client: Client) -> None:
    address = "/outages/?starts_at_after=2026-03-01T00:00:00Z&starts_at_before=2026-04-01T00:00:00Z"

    [chip] = client.get(address).context["table"].chips

    assert (chip.title, chip.value) == ("Start", "1 Mar 2026, 01:00 – 1 Apr 2026, 02:00")
    assert chip.url == "?"


def test_an_unknown_or_private_view_shows_no_list_rather_than_all_rows(
    client: Client, world: World
) -> None:
    private = save(client)
    other = signed_in(world.staff["REPORT_EDITOR"])

    unknown = client.get(f"{SERVICES}?view=nobody-has-it")
    assert (unknown.status_code, unknown.context["table"].records) == (404, [])
    assert client.get(f"{SERVICES}?view=nobody-has-it&format=csv").status_code == 404
    assert other.get(f"{SERVICES}?view={private.slug}").context["views"]["problem"]["text"] == (
        "This list has no view “live-ones” that you may see. Its owner may have archived it or keep it alone."
    )
    assert other.get(f"{SERVICES}?view={private.slug}").status_code == 404
    assert other.get(f"/saved-views/{private.pk}/").status_code == 404


def test_a_view_for_a_role_is_seen_by_that_role_and_changed_by_its_owner_alone(
    client: Client, world: World
) -> None:
    owner = signed_in(world.staff["SERVICE_LEVEL_MANAGER"])
    view = save(owner, shared_with="ROLE", role="AUDITOR")
    auditor, editor = (signed_in(world.staff[role]) for role in ("AUDITOR", "REPORT_EDITOR"))

    assert auditor.get(f"{SERVICES}?view={view.slug}").status_code == 200
    assert editor.get(f"{SERVICES}?view={view.slug}").status_code == 404
    body = {"name": "Mine now", "query": "", "shared_with": "ME"}
    assert auditor.post(f"/saved-views/{view.pk}/edit/", body).status_code == 403
    assert auditor.post(f"/saved-views/{view.pk}/archive/").status_code == 403
    with acting_as(SYSTEM):
        view.refresh_from_db()
    assert (view.name, view.archived_at) == ("Live ones", None)


def test_a_view_that_names_what_the_list_has_not_is_refused_and_keeps_what_was_typed(
    client: Client,
) -> None:
    body = {"name": "X", "list_name": "services", "query": "colour=red", "shared_with": "ME"}

    answer = client.post("/saved-views/new/", body)

    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == [
        "The list has no filter “colour”. Use: criticality, family, q, state."
    ]
    assert answer.context["form"]["name"].value() == "X"


def change(view: m.SavedView, **facts: object) -> None:
    with acting_as(SYSTEM):
        m.SavedView.objects.filter(pk=view.pk).update(**facts)


def test_a_view_whose_filter_is_gone_shows_no_row_says_why_and_can_be_mended(
    client: Client,
) -> None:
    view = save(client)
    change(view, filters={"colour": ["red"], "state": ["LIVE"]})
    address = f"{SERVICES}?view={view.slug}"

    context = client.get(address).context
    assert context["table"].records == []
    problem = context["views"]["problem"]
    assert problem["list"] == [
        "The list has no filter “colour”. Use: criticality, family, q, state."
    ]
    assert client.get(f"{address}&format=csv").status_code == 422
    mended = client.get(SERVICES + problem["url"]).context
    assert [str(row) for row in mended["table"].records] == ["Webmail", "Managed Network"]
    assert mended["views"]["problem"] is None
    kept = parse_qs(parse_qs(urlsplit(mended["views"]["keep_url"]).query)["query"][0])
    assert kept == {
        "state": ["LIVE"],
        "columns": ["criticality,name,state"],
        "sort": ["-name"],
    }


def test_a_view_whose_column_and_order_are_gone_shows_its_rows_without_them(client: Client) -> None:
    view = save(client)
    change(view, columns=["name", "colour"], sort="colour")

    context = client.get(f"{SERVICES}?view={view.slug}").context
    assert [str(row) for row in context["table"].records] == ["Managed Network", "Webmail"]
    assert [head.title for head in context["table"].heads] == ["Name"]
    problem = context["views"]["problem"]
    assert [words.partition(". ")[0] for words in problem["list"]] == [
        "The list has no column “colour”",
        "The list cannot be ordered by “colour”",
    ]
    without = client.get(SERVICES + problem["url"]).context
    assert without["views"]["problem"] is None
    assert [head.title for head in without["table"].heads] == ["Name"]


def test_the_link_of_an_archived_view_leads_to_it_and_shows_no_row(client: Client) -> None:
    view = save(client)
    assert client.post(f"/saved-views/{view.pk}/archive/").status_code == 302

    answer = client.get(f"{SERVICES}?view={view.slug}")

    assert (answer.status_code, answer.context["table"].records) == (404, [])
    assert answer.context["views"]["problem"] == {
        "text": "The view “Live ones” is archived: none of its rows are shown.",
        "url": f"/saved-views/{view.pk}/",
        "act": "About this view",
    }
    assert client.post(f"/saved-views/{view.pk}/restore/").status_code == 302
    assert names(client, f"{SERVICES}?view={view.slug}") == ["Webmail", "Managed Network"]


def test_who_only_reads_keeps_views_alone(client: Client, world: World) -> None:
    auditor = signed_in(world.staff["AUDITOR"])
    assert list(auditor.get("/saved-views/new/").context["form"].fields) == [
        "name",
        "list_name",
        "opens_list",
        "query",
    ]

    view = save(auditor, shared_with="EVERYBODY")
    assert (view.shared_with, view.owner.email) == ("ME", world.staff["AUDITOR"].email)
    answer = Caller(world.staff["AUDITOR"]).send(
        "PATCH", f"/saved-views/{view.pk}", {"shared_with": "EVERYBODY"}
    )
    assert answer.status_code == 400
    assert [(one["pointer"], one["detail"]) for one in answer.json()["errors"]] == [
        ("/shared_with", "Your role only reads: keep this view for yourself.")
    ]
    with acting_as(SYSTEM):
        view.refresh_from_db()
    assert view.shared_with == "ME"


def test_the_choice_in_the_top_bar_narrows_a_view_and_is_not_kept_in_it(client: Client) -> None:
    view = save(client, opens_list="on")

    for address in (f"{SERVICES}?c=bolt", f"{SERVICES}?view={view.slug}&c=bolt"):
        answer = client.get(address)
        assert answer.context["table"].view == view
        assert names(client, address) == ["Managed Network"]
        assert answer.context["views"]["save_url"] == ""  # the choice makes it no other view
        assert f'href="?view={view.slug}&amp;format=csv&amp;c=bolt"' in answer.content.decode()
        text = b"".join(client.get(f"{address}&format=csv").streaming_content).decode()
        assert [line.split(",")[1] for line in text.splitlines()[1:]] == ["Managed Network"]
    assert names(client, f"{SERVICES}?view=&c=bolt") == ["CRM", "Managed Network"]


def test_a_list_asks_no_more_where_nobody_has_a_view_and_once_more_where_one_is(
    client: Client, world: World
) -> None:
    def told(address: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        return [one["sql"] for one in asked.captured_queries if "itsm_savedview" in one["sql"]]

    told(SERVICES)
    [one] = told(SERVICES)
    assert 'FROM "itsm_party"' in one  # told with the provider
    save(client)
    assert len(told(SERVICES)) == 2
    assert len(told("/outages/")) == 1


def test_a_list_opens_with_the_view_that_its_reader_chose(client: Client, world: World) -> None:
    view = save(client, opens_list="on")

    assert names(client, SERVICES) == ["Webmail", "Managed Network"]
    assert names(client, f"{SERVICES}?view=") == ["CRM", "Managed Network", "Webmail"]
    assert names(signed_in(world.staff["AUDITOR"]), SERVICES) == [
        "CRM",
        "Managed Network",
        "Webmail",
    ]
    client.post(f"/saved-views/{view.pk}/first/")
    assert names(client, SERVICES) == ["CRM", "Managed Network", "Webmail"]


def test_the_view_chosen_first_may_be_gone(client: Client, world: World) -> None:
    with acting_as(SYSTEM):
        open_with(world.administrator, list_name="services", slug="gone")

    assert names(client, SERVICES) == ["CRM", "Managed Network", "Webmail"]


def test_columns_are_chosen_and_ordered_by_a_form_without_scripts(client: Client) -> None:
    answer = client.get(f"{SERVICES}?columns=name&columns=state&columns=criticality&move=state:up")

    target = answer.headers["Location"]
    assert parse_qs(urlsplit(target).query) == {
        "columns": ["state,name,criticality"],
        "choose": ["1"],
    }
    assert heads(client, target) == ["State", "Name", "Criticality"]
    page = client.get(target).content.decode()
    assert page.index('id="column-state"') < page.index('id="column-name"')
    assert 'id="up-state"' not in page
    assert heads(client, f"{SERVICES}?columns=nothing") == heads(client, SERVICES)


@pytest.mark.parametrize("name", sorted(lists()))
def test_every_column_of_every_list_can_be_shown(client: Client, name: str) -> None:
    facts = lists()[name]

    answer = client.get(reverse(facts.url_name), {"columns": ",".join(facts.columns)})

    assert answer.status_code == 200
    shown = [column.name for column in answer.context["table"].columns]
    assert shown == list(facts.columns)


def test_saving_again_gives_another_short_name_and_history_tells_each_change(
    client: Client,
) -> None:
    first, second = save(client), save(client)

    assert (first.slug, second.slug) == ("live-ones", "live-ones-2")
    client.post(
        f"/saved-views/{first.pk}/edit/",
        {"name": "Proposals", "query": "state=PROPOSED", "shared_with": "ME",
         "row_version": first.updated_at.isoformat()},
    )  # fmt: skip
    changes = client.get(f"/saved-views/{first.pk}/history/").context["changes"]
    assert [change.title for change in changes] == ["Changed", "Added"]
    assert {field.title for field in changes[0].fields} == {"Name", "Filters", "Columns", "Order"}
    assert names(client, f"{SERVICES}?view={first.slug}") == ["CRM"]


def test_the_api_shows_the_same_view(client: Client, world: World) -> None:
    caller = Caller(world.administrator)
    body = {
        "name": "Late", "list_name": "services", "filters": {"state": ["LIVE"]}, "sort": "-name",
        "columns": ["criticality", "name"], "shared_with": "EVERYBODY",
    }  # fmt: skip
    made = caller.post("/saved-views", body)
    assert made.status_code == 201, made.content

    rows = caller.get("/services?view=late").json()["data"]
    assert [list(row) for row in rows] == [["id", "criticality", "name"]] * 2
    assert {row["name"] for row in rows} == {"Webmail", "Managed Network"}
    file = caller.get("/services?view=late&format=csv").getvalue().decode().splitlines()
    assert file[0] == "id,criticality,name"
    assert [line.split(",")[2] for line in file[1:]] == ["Webmail", "Managed Network"]
    lines = caller.get("/services?view=late&format=ndjson").getvalue().decode().splitlines()
    assert [list(json.loads(line)) for line in lines] == [["id", "criticality", "name"]] * 2
    book = caller.get("/services?view=late&format=xlsx").getvalue()
    [first, *others] = load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True)
    assert (first, [row[2] for row in others]) == (
        ("id", "criticality", "name"),
        ["Webmail", "Managed Network"],
    )
    assert caller.get("/services?view=late&state=PROPOSED").json()["data"][0]["name"] == "CRM"
    assert names(client, f"{SERVICES}?view=late") == ["Webmail", "Managed Network"]


def test_the_api_refuses_a_view_that_the_caller_may_not_see(client: Client, world: World) -> None:
    save(client)
    customer = world.people["acme"]["CUSTOMER_APPROVER"]

    for user in (world.staff["AUDITOR"], customer):
        answer = Caller(user).get("/services?view=live-ones")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "does_not_exist"
    assert Caller(customer).get("/saved-views").status_code == 403


def test_others_do_not_change_a_view_through_the_api(client: Client, world: World) -> None:
    view = save(client, shared_with="EVERYBODY")
    other = Caller(world.staff["SERVICE_LEVEL_MANAGER"])

    assert other.send("PATCH", f"/saved-views/{view.pk}", {"name": "X"}).status_code == 403
    assert other.get(f"/saved-views/{view.pk}").json()["name"] == "Live ones"


def test_search_finds_a_view_and_a_list(client: Client) -> None:
    save(client)

    found = client.get("/search.json?q=live ones").json()["hits"]
    assert ("Saved view", "Live ones") in {(hit["kind"], hit["title"]) for hit in found}
    found = client.get("/search.json?q=famil").json()["hits"]
    assert {"kind": "List", "title": "Service families", "url": "/service-families/"} in found


def test_what_differs_from_a_view_is_the_shortest_address() -> None:
    view = {"state": ["LIVE"], "sort": ["name"]}

    for wanted in ({}, {"state": ["LIVE"]}, {"q": ["x"], "sort": ["-name"]}, view):
        assert laid_over(view, difference(view, wanted)) == wanted
    assert difference(view, {"state": ["LIVE"], "q": ["x"]}) == {"q": ["x"], "sort": [""]}
    assert free_name("late", frozenset({"late", "late-2"})) == "late-3"
