"""Two customers never see each other: what is foreign is answered exactly like what does not exist."""

import re
from typing import Any

import pytest

from itsm.models import Action, Comment, Contact, Decision, StoredFile, Ticket
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import CANARY, EPOCH, World

ABSENT = "00000000-0000-7000-8000-000000000000"


def _rows(world: World) -> dict[str, Any]:
    """Return one row of Bolt per collection."""
    bolt = world.bolt
    with acting_as(SYSTEM):
        ticket = Ticket.objects.create(
            customer=bolt, service=world.crm, source="s", external_id="1", opened_at=EPOCH,
            title=CANARY["bolt"],
        )  # fmt: skip
        return {
            "parties": bolt,
            "contacts": Contact.objects.get(party=bolt),
            "services": world.crm,
            "tickets": ticket,
            "actions": Action.objects.create(
                customer=bolt, title=CANARY["bolt"], owner_name="x", due_date="2026-01-01"
            ),
            "decisions": Decision.objects.create(
                customer=bolt, question=CANARY["bolt"], options=["a", "b"], due_at=EPOCH
            ),
            "comments": Comment.objects.create(
                customer=bolt, text=CANARY["bolt"], side="STAFF", author_name="x"
            ),
            "files": StoredFile.objects.create(
                customer=bolt,
                name=CANARY["bolt"],
                content_type="text/plain",
                size=1,
                sha256="0" * 64,
            ),
        }


def _masked(answer: Any, key: object) -> tuple[int, str]:
    body = answer.content.decode().replace(str(key), "KEY")
    return answer.status_code, re.sub(r'"request_id":\s*"[^"]*"', "", body)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_foreign_record_is_answered_like_one_that_does_not_exist(
    world: World, acme: Caller, bolt: Caller, method: str
) -> None:
    for collection, row in _rows(world).items():
        foreign = getattr(acme, method)(f"/{collection}/{row.pk}")
        absent = getattr(acme, method)(f"/{collection}/{ABSENT}")

        assert _masked(foreign, row.pk) == _masked(absent, ABSENT), collection
        if method == "get":
            assert foreign.status_code == 404, collection
            assert bolt.get(f"/{collection}/{row.pk}").status_code == 200, collection


def test_no_list_shows_the_other_customer(world: World, acme: Caller, bolt: Caller) -> None:
    for collection in _rows(world):
        mine = acme.get(f"/{collection}?archived=any" if collection == "x" else f"/{collection}")
        theirs = bolt.get(f"/{collection}")

        assert (mine.status_code, theirs.status_code) == (200, 200), collection
        assert CANARY["bolt"] not in mine.content.decode(), collection
        assert theirs.json()["data"], collection


def test_a_foreign_customer_is_no_filter_and_no_target(world: World, acme: Caller) -> None:
    rows = _rows(world)
    for name in ("bolt", "nobody"):
        answer = acme.get(f"/contacts?party={name}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "does_not_exist")
    body = {
        "about": {"kind": "itsm.ticket", "id": str(rows["tickets"].pk)},
        "text": "x",
    }
    answer = acme.post("/comments", body)
    assert answer.json()["errors"][0]["pointer"] == "/about"
    own = {"about": {"kind": "itsm.service", "id": str(world.webmail.pk)}, "text": "x"}
    assert acme.post("/comments", {**own, "customer": "bolt"}).status_code == 400
    assert acme.post("/comments", own).status_code == 201


def test_a_customer_answers_its_own_question_only(world: World, acme: Caller, bolt: Caller) -> None:
    key = _rows(world)["decisions"].pk
    path = f"/decisions/{key}/answer"

    assert acme.post(path, {"answer": "a"}).status_code == 404
    wrong = bolt.post(path, {"answer": "c"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/answer")
    done = bolt.post(path, {"answer": "a"})
    assert (done.status_code, done.json()["answer"]) == (200, "a")
    assert bolt.post(path, {"answer": "b"}).status_code == 409


def test_customers_do_not_read_what_is_only_for_the_provider(world: World, acme: Caller) -> None:
    service = acme.get("/services/webmail").json()
    assert not {"owner", "family"} & set(service)
    for collection in (
        "components",
        "dependencies",
        "series",
        "jobs",
        "mails",
        "users",
        "memberships",
    ):
        assert acme.get(f"/{collection}").status_code == 403, collection
    assert acme.get("/services/webmail/history").status_code == 403
    assert acme.get("/services?family=workplace").status_code == 400


def test_an_internal_note_and_a_draft_never_leave_the_house(
    world: World, admin: Caller, acme: Caller
) -> None:
    body = {
        "service": "webmail", "title": "Down", "customer_text": "Mail was down.",
        "internal_note": "SECRET-NOTE", "starts_at": "2026-03-02T07:00:00Z",
    }  # fmt: skip
    key = admin.post("/outages", body).json()["id"]
    assert acme.get(f"/outages/{key}").status_code == 404

    admin.post(f"/outages/{key}/approve")

    seen = acme.get(f"/outages/{key}")
    assert seen.status_code == 200
    assert "SECRET-NOTE" not in seen.content.decode()
    assert "SECRET-NOTE" not in acme.get("/outages").content.decode()
    assert b"SECRET-NOTE" not in b"".join(acme.get("/outages?format=csv"))
    assert acme.get("/outages?fields=internal_note").status_code == 400


def test_customers_change_nothing(world: World, acme: Caller) -> None:
    for method, path, body in (
        ("post", "/outages", {}),
        ("patch", "/services/webmail", {"name": "x"}),
        ("post", "/services/webmail/archive", None),
        ("put", "/services/by-external-id/a/b", {}),
        ("post", "/tickets", {}),
        ("post", "/measurements:batch", []),
        ("patch", "/parties/acme", {"name": "x"}),
    ):
        assert getattr(acme, method)(path, body).status_code == 403, path
