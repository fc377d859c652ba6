"""Batches and natural keys (interface contract, 3.2.2 and 3.2.8)."""

from typing import Any

from itsm.models import Outage, Party, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import World

GOOD = {"slug": "fabrikam", "name": "Fabrikam", "roles": ["CUSTOMER"], "currency": "EUR"}
BAD = {"slug": "no name", "roles": ["CUSTOMER"], "currency": {"code": "EUR"}}
OUTAGE = {
    "service": {"slug": "webmail"},
    "title": "Mail server stopped",
    "starts_at": "2026-03-02T07:00:00Z",
    "source": "monitoring",
    "external_id": "alert-4711",
}


def _count(model: Any, **facts: Any) -> int:
    with acting_as(SYSTEM):
        return model.objects.filter(**facts).count()


def test_an_item_that_is_refused_leaves_the_others_written(admin: Caller) -> None:
    answer = admin.post("/parties:batch", [BAD, GOOD, 5])

    assert answer.status_code == 207
    assert (answer.json()["succeeded"], answer.json()["failed"]) == (1, 2)
    first, second, third = answer.json()["data"]
    assert (first["index"], first["status"], first["id"]) == (0, 400, None)
    assert sorted(e["pointer"] for e in first["problem"]["errors"]) == ["/name", "/slug"]
    assert (second["index"], second["status"], second["problem"]) == (1, 201, None)
    assert (third["index"], third["status"]) == (2, 400)
    with acting_as(SYSTEM):
        assert str(Party.objects.get(slug="fabrikam").pk) == second["id"]


def test_one_bad_item_of_an_atomic_batch_leaves_nothing(admin: Caller) -> None:
    answer = admin.post("/parties:batch?atomic=true", [GOOD, BAD, BAD])

    assert answer.status_code == 400
    assert sorted(error["pointer"] for error in answer.json()["errors"]) == [
        "/1/name",
        "/1/slug",
        "/2/name",
        "/2/slug",
    ]
    assert _count(Party, slug="fabrikam") == 0


def test_a_batch_sent_twice_changes_what_is_there(admin: Caller) -> None:
    first = admin.post("/parties:batch?atomic=true", [GOOD])
    again = admin.post("/parties:batch?atomic=true", [{**GOOD, "name": "Fabrikam Ltd"}])

    assert (first.status_code, again.status_code) == (200, 200)
    assert [first.json()["data"][0]["status"], again.json()["data"][0]["status"]] == [201, 200]
    assert first.json()["data"][0]["id"] == again.json()["data"][0]["id"]
    assert _count(Party, name="Fabrikam Ltd") == 1


def test_other_facts_of_the_same_alert_make_a_correction(admin: Caller) -> None:
    admin.post("/outages:batch", [OUTAGE, OUTAGE])
    assert _count(Outage, external_id="alert-4711") == 1

    answer = admin.post("/outages:batch", [{**OUTAGE, "ends_at": "2026-03-02T08:00:00Z"}])

    assert answer.json()["data"][0]["status"] == 200
    assert _count(Outage, external_id="alert-4711") == 2
    assert _count(Outage, external_id="alert-4711", superseded_at=None) == 1


def test_tickets_and_their_events_come_in_batches_and_twice_without_harm(admin: Caller) -> None:
    ticket = {
        "customer": {"slug": "acme"},
        "service": {"slug": "webmail"},
        "source": "helpdesk",
        "external_id": "INC-1",
        "opened_at": "2026-03-02T09:00:00Z",
    }
    named = {"customer": "acme", "source": "helpdesk", "external_id": "INC-1"}
    events = [
        {"ticket": named, "kind": "PAUSE", "effective_at": "2026-03-02T10:00:00Z", "external_id": "1"},
        {"ticket": named, "kind": "RESUME", "effective_at": "2026-03-02T11:00:00Z", "external_id": "2"},
    ]  # fmt: skip
    statuses = []
    for _time in range(2):
        for address, items in (("/tickets:batch", [ticket]), ("/ticket-events:batch", events)):
            answer = admin.post(address, items).json()
            statuses.append([result["status"] for result in answer["data"]])

    assert statuses == [[201], [201, 201], [200], [200, 200]]
    assert _count(Ticket, external_id="INC-1") == 1
    assert _count(TicketEvent, ticket__external_id="INC-1") == 3  # the start, and these two


def test_a_circle_of_dependencies_is_one_refused_item(admin: Caller) -> None:
    needs = {"service": "webmail", "members": [{"service": "network"}]}
    back = {"service": "network", "members": [{"service": "webmail"}]}
    usual = {"operator": "ALL", "starts_at": "2026-01-01T00:00:00Z"}

    answer = admin.post("/dependencies:batch", [{**needs, **usual}, {**back, **usual}])

    assert [result["status"] for result in answer.json()["data"]] == [201, 409]


def test_a_batch_has_a_list_of_at_most_a_thousand_and_a_known_flag(admin: Caller) -> None:
    no_list = admin.post("/parties:batch", GOOD)
    too_many = admin.post("/parties:batch", [GOOD] * 1001)
    flag = admin.post("/parties:batch?atomic=maybe", [GOOD])

    assert no_list.json()["errors"][0]["code"] == "not_a_list"
    assert too_many.status_code == 413
    assert flag.json()["errors"][0]["parameter"] == "atomic"
    assert _count(Party, slug="fabrikam") == 0


def test_a_batch_with_a_key_is_written_once(admin: Caller) -> None:
    first = admin.post("/parties:batch", [GOOD, BAD], Idempotency_Key="b-1")
    again = admin.post("/parties:batch", [GOOD, BAD], Idempotency_Key="b-1")

    assert again["Idempotency-Replayed"] == "true"
    assert again.status_code == 207
    assert again.json() == first.json()


def test_a_short_name_is_written_whether_it_is_there_or_not(admin: Caller) -> None:
    facts = {name: value for name, value in GOOD.items() if name != "slug"}

    new = admin.put("/parties/by-slug/fabrikam", facts)
    there = admin.put("/parties/by-slug/fabrikam", {**facts, "name": "Fabrikam Ltd"})
    old = admin.put("/parties/by-slug/fabrikam", facts, If_Match=new["ETag"])

    assert (new.status_code, there.status_code, old.status_code) == (201, 200, 412)
    assert there.json()["id"] == new.json()["id"]
    assert _count(Party, name="Fabrikam Ltd") == 1


def test_customers_and_auditors_send_no_batch(world: World, acme: Caller) -> None:
    auditor = Caller(world.staff["AUDITOR"])

    for caller in (acme, auditor):
        assert caller.post("/outages:batch", [OUTAGE]).status_code == 403
    assert _count(Outage, external_id="alert-4711") == 0
