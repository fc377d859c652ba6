"""Ticked rows of a list are archived at once, all or none, and an undo brings them back."""

from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from itsm import models as m
from itsm.tenancy import SYSTEM, acting_as
from tests.itsm.test_saved_views import save, signed_in
from tests.world import World

ARCHIVE, RESTORE = "/lists/archive/", "/lists/restore/"


@pytest.fixture
def families(world: World) -> list[m.ServiceFamily]:
    """Three service families besides that of the world."""
    with acting_as(SYSTEM):
        return [
            m.ServiceFamily.objects.create(slug=name.lower(), name=name)
            for name in ("Alpha", "Beta", "Gamma")
        ]


@pytest.fixture
def client(world: World) -> Client:
    """An administrator's browser."""
    return signed_in(world.administrator)


def in_use() -> list[str]:
    with acting_as(SYSTEM):
        return sorted(
            m.ServiceFamily.objects.filter(archived_at=None).values_list("name", flat=True)
        )


def body(*rows: object, name: str = "service-families", **more: str) -> dict[str, object]:
    return {"list": name, "row": [str(getattr(row, "pk", row)) for row in rows], **more}


def test_boxes_are_shown_when_they_are_asked_for(client: Client, families: list) -> None:
    usual = client.get("/service-families/").content.decode()
    assert 'href="?pick=1">Choose rows</a>' in usual
    assert 'class="pick"' not in usual

    picking = client.get("/service-families/?pick=1").content.decode()

    assert f'name="row" value="{families[0].pk}" aria-label="Choose Alpha"' in picking
    assert picking.count('class="pick"') == 4
    assert 'action="/lists/archive/"' in picking
    assert 'class="pick"' not in client.get("/tickets/?pick=1").content.decode()


def test_ticked_rows_are_named_archived_and_brought_back(client: Client, families: list) -> None:
    alpha, beta, _gamma = families
    page = client.get(ARCHIVE, body(beta, alpha, back="?sort=-name"))
    assert [str(row) for row in page.context["rows"]] == ["Alpha", "Beta"]
    assert len(in_use()) == 4

    answer = client.post(ARCHIVE, body(alpha, beta, back="?sort=-name"))

    assert (answer.status_code, answer.url) == (302, "/service-families/?sort=-name")
    assert in_use() == ["Gamma", "Workplace"]
    [message] = get_messages(answer.wsgi_request)
    assert str(message) == "2 records are archived."
    undone = client.post(message.extra_tags)
    assert (undone.status_code, undone.url) == (302, "/service-families/?sort=-name")
    assert in_use() == ["Alpha", "Beta", "Gamma", "Workplace"]


def test_one_row_that_is_not_there_keeps_all_as_they_are(client: Client, families: list) -> None:
    gone = "01a21bf9-c2e3-76b7-ae68-e9e19d2ff877"

    answer = client.post(ARCHIVE, body(families[0], gone))

    assert answer.status_code == 422
    assert list(answer.context["problems"]) == ["1 chosen record is not there for you any more."]
    assert "Alpha" in in_use()


def test_a_view_of_somebody_else_is_named_and_keeps_all_as_they_are(
    client: Client, world: World
) -> None:
    owner = signed_in(world.staff["SERVICE_LEVEL_MANAGER"])
    mine = save(signed_in(world.staff["REPORT_EDITOR"]), name="Mine")
    theirs = save(owner, name="Theirs", shared_with="EVERYBODY")

    answer = signed_in(world.staff["REPORT_EDITOR"]).post(
        ARCHIVE, body(mine, theirs, name="saved-views")
    )

    assert answer.status_code == 422
    assert list(answer.context["problems"]) == [
        "“Theirs” belongs to somebody else: only its owner archives it."
    ]
    with acting_as(SYSTEM):
        assert m.SavedView.objects.filter(archived_at=None).count() == 2


def test_with_every_tick_taken_away_nothing_is_archived(client: Client, families: list) -> None:
    address = f"{ARCHIVE}?list=service-families&row={families[0].pk}"

    answer = client.post(address, {"list": "service-families", "back": "https://example.com/"})

    assert (answer.status_code, urlsplit(answer.url).path) == (302, "/service-families/")
    assert "Alpha" in in_use()


@pytest.mark.parametrize("role", ["AUDITOR", "FINANCE_CONTROLLER", "RISK_OWNER"])
def test_who_may_not_archive_sees_no_boxes_and_is_refused(
    world: World, families: list, role: str
) -> None:
    reader = signed_in(world.staff[role])

    assert "Choose rows" not in reader.get("/service-families/?pick=1").content.decode()
    assert reader.post(ARCHIVE, body(*families)).status_code == 403
    assert reader.post(RESTORE, body(*families)).status_code == 403
    customer = signed_in(world.people["acme"]["CUSTOMER_APPROVER"])
    assert customer.post(ARCHIVE, body(*families)).status_code == 403
    assert len(in_use()) == 4


@pytest.mark.parametrize("name", ["nothing", "tickets", ""])
def test_a_list_that_archives_nothing_is_no_page(client: Client, name: str) -> None:
    assert client.get(ARCHIVE, {"list": name}).status_code == 404


def test_history_tells_each_record_once(client: Client, families: list) -> None:
    client.post(ARCHIVE, body(*families))
    client.post(ARCHIVE, body(*families))  # they are there already

    for row in families:
        changes = client.get(f"/service-families/{row.slug}/history/").context["changes"]
        assert [change.title for change in changes] == ["Archived", "Added"]
