"""Comments beside a record: written, shown, archived and found again, by the provider's people alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm import models as m
from itsm.tenancy import SYSTEM, acting_as
from itsm.views.remarks import NEWEST
from tests.itsm.beside_records import action, client, signed_in
from tests.world import World

__all__ = ["action", "client"]
pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ABSENT = "00000000-0000-7000-8000-000000000000"


def about(row: Any) -> str:
    return f"/comments/about/{row._meta.label_lower}/{row.pk}/"


def remarks(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.context["remarks"]


def texts(client: Client, address: str) -> list[str]:
    return [one.comment.text for one in remarks(client, address).said]


def comments() -> list[m.Comment]:
    with acting_as(SYSTEM):
        return list(m.Comment.objects.select_related("customer").order_by("created_at"))


def write(action: m.Action, count: int, **facts: Any) -> None:
    with acting_as(SYSTEM):
        m.Comment.objects.bulk_create(
            m.Comment(
                customer_id=action.customer_id, ref_app="itsm", ref_kind="action", ref_uuid=action.pk,
                ref_label=action.title, text=f"Number {number}", side="STAFF", author_name="Ana",
                created_at=AT + timedelta(hours=number), **facts,
            )
            for number in range(count)
        )  # fmt: skip


def test_a_comment_stands_beside_its_record_with_author_and_instant(
    client: Client, action: m.Action, world: World
) -> None:
    answer = client.post(
        about(action), {"text": " Ordered.\nComes on Friday. ", "is_internal": "on"}
    )

    assert (answer.status_code, answer["Location"]) == (302, f"/actions/{action.pk}/#comments")
    [made] = comments()
    author = str(world.staff["SERVICE_LEVEL_MANAGER"])
    assert (made.text, made.author_name, made.side) == (
        "Ordered.\nComes on Friday.",
        author,
        "STAFF",
    )
    assert (made.customer, made.is_internal) == (world.acme, True)
    assert made.source_ref == m.SourceRef.to(action)
    page = client.get(f"/actions/{action.pk}/").content.decode()
    assert "<p>Ordered.<br>Comes on Friday.</p>" in page
    assert f"<b>{author}</b><span>internal</span><time" in page
    assert "Your comment is added." in page


def test_what_the_customer_may_read_is_chosen_and_the_portal_people_write_nothing_here(
    client: Client, action: m.Action, world: World
) -> None:
    client.post(about(action), {"text": "You may read this"})
    client.post(about(action), {"text": "You may not", "is_internal": "on"})

    with acting_as(world.people["acme"]["CUSTOMER_APPROVER"]) as who:
        assert [row.text for row in m.Comment.objects.visible_to(who)] == ["You may read this"]
    for slug in ("acme", "bolt"):
        person = signed_in(world.people[slug]["CUSTOMER_APPROVER"])
        for row in (action.pk, ABSENT):
            address = f"/comments/about/itsm.action/{row}/"
            assert person.post(address, {"text": "x"}).status_code == 403
            assert person.get(address).status_code == 403
    assert len(comments()) == 2


def test_the_newest_twenty_stand_there_the_newest_last_and_a_link_leads_to_all(
    client: Client, action: m.Action
) -> None:
    address = f"/actions/{action.pk}/"
    write(action, NEWEST)
    assert texts(client, address) == [f"Number {number}" for number in range(NEWEST)]
    assert remarks(client, address).all_url == ""

    client.post(about(action), {"text": "One more"})

    assert texts(client, address) == [f"Number {number}" for number in range(1, NEWEST)] + [
        "One more"
    ]
    all_url = remarks(client, address).all_url
    table = client.get(all_url).context["table"]
    assert len(table.records) == NEWEST + 1
    assert [(chip.title, chip.value) for chip in table.chips] == [("About", "one record")]
    assert client.get(f"/comments/?about={ABSENT}").context["table"].records == []


def test_one_archives_ones_own_comment_and_comes_back_to_the_record(
    client: Client, action: m.Action
) -> None:
    write(action, 1)
    client.post(about(action), {"text": "A slip"})
    address = f"/actions/{action.pk}/"
    other, own = remarks(client, address).said

    answer = client.post(own.archive_url)

    assert (other.archive_url, own.archive_url) == ("", f"/comments/{own.comment.pk}/archive/")
    assert answer["Location"] == f"{address}#comments"
    assert texts(client, address) == ["Number 0"]
    client.post(f"/comments/{own.comment.pk}/restore/")
    assert texts(client, address) == ["Number 0", "A slip"]


def test_roles_that_only_read_get_no_form_and_write_nothing(action: m.Action, world: World) -> None:
    write(action, 1)
    for role in ("AUDITOR", "FINANCE_CONTROLLER"):
        reader = signed_in(world.staff[role])
        shown = remarks(reader, f"/actions/{action.pk}/")
        assert (len(shown.said), shown.form) == (1, None)
        assert reader.post(about(action), {"text": "x"}).status_code == 403
    capacity = signed_in(world.staff["CAPACITY_MANAGER"])  # may add, may not archive
    assert capacity.post(about(action), {"text": "Mine"}).status_code == 302
    assert [one.archive_url for one in remarks(capacity, f"/actions/{action.pk}/").said] == ["", ""]
    assert len(comments()) == 2


def test_an_empty_or_too_long_comment_is_refused_and_what_was_typed_stays(
    client: Client, action: m.Action
) -> None:
    empty = client.post(about(action), {"text": "  "})
    long = client.post(about(action), {"text": "x" * 4001})

    assert (empty.status_code, long.status_code) == (422, 422)
    assert empty.context["form"].errors["text"] == ["Write what you want to say."]
    assert "x" * 4001 in long.content.decode()
    assert f'href="/actions/{action.pk}/#comments"' in empty.content.decode()
    assert comments() == []


def test_what_is_shared_is_remarked_on_for_the_provider_alone(client: Client, world: World) -> None:
    for row, place in (
        (world.webmail, "/services/webmail/"),
        (world.hours, "/service-hours/always/"),
    ):
        answer = client.post(about(row), {"text": "Seen"})
        assert answer["Location"] == f"{place}#comments"
        assert texts(client, place) == ["Seen"]
    assert {(row.customer.slug, row.is_internal) for row in comments()} == {("northwind", True)}
    assert "is_internal" not in remarks(client, "/services/webmail/").form.fields


def test_settings_and_comments_themselves_take_none(
    client: Client, action: m.Action, world: World
) -> None:
    client.post(about(action), {"text": "Seen"})
    [made] = comments()

    page = client.get(f"/comments/{made.pk}/")
    assert page.context["remarks"] is None
    assert f'<a href="/actions/{action.pk}/">Replace the disk</a>' in page.content.decode()
    for label in ("itsm.comment", "itsm.user", "itsm.nothing", "auth.group", "x"):
        assert client.post(f"/comments/about/{label}/{made.pk}/", {"text": "x"}).status_code == 404
    assert client.post(f"/comments/about/itsm.action/{ABSENT}/", {"text": "x"}).status_code == 404
    assert len(comments()) == 1


def test_a_form_without_its_token_is_refused(action: m.Action, world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.administrator)

    assert strict.post(about(action), {"text": "x"}).status_code == 403
    page = strict.get(f"/actions/{action.pk}/")
    token = page.content.decode().split(about(action))[1].split('value="')[1].split('"')[0]
    body = {"text": "x", "csrfmiddlewaretoken": token}
    assert strict.post(about(action), body).status_code == 302
    assert len(comments()) == 1


def test_the_comments_of_a_record_cost_one_query(client: Client, action: m.Action) -> None:
    write(action, NEWEST + 5)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/actions/{action.pk}/")

    about_comments = [one["sql"] for one in asked.captured_queries if "itsm_comment" in one["sql"]]
    assert len(about_comments) == 1
    assert f"LIMIT {NEWEST + 1}" in about_comments[0]
