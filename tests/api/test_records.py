"""Each kernel entity through the API: examples, steps, references, mass assignment, history, batches."""

import gzip
import json
from typing import Any

import pytest
from django.db import models

from itsm.api.examples import EXAMPLES
from itsm.models import Outage, Sample, Series, ServiceEvent, TicketEvent, User
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import World

OUTAGE = EXAMPLES["outages_create"]


@pytest.mark.parametrize("operation", sorted(name for name in EXAMPLES if name.endswith("_create")))
def test_each_example_of_the_description_works(admin: Caller, operation: str) -> None:
    path = "/" + operation.removesuffix("_create").replace("_", "-")
    answer = admin.post(path, EXAMPLES[operation])

    assert answer.status_code == 201, answer.content
    body = answer.json()
    read = admin.get(f"{path}/{body['id']}")
    assert read.status_code == 200
    shown_once = {"secret": None, "url": None}
    assert {**read.json(), **shown_once} == {**body, **shown_once}
    if path not in {"/api-tokens", "/calendar-feeds"}:  # they cannot be read in full again
        assert answer["Location"] == f"http://testserver/api/v1{path}/{body['id']}"
        assert answer["ETag"] == read["ETag"]


def test_a_record_is_named_by_slug_id_or_attributes(admin: Caller, world: World) -> None:
    key = str(world.webmail.pk)
    for number, named in enumerate(({"slug": "webmail"}, "webmail", key, {"id": key})):
        body = {"slug": f"o-{number}", "name": "Basic", "service": named}
        answer = admin.post("/service-offerings", body)
        assert answer.json()["service"] == {"id": key, "slug": "webmail"}


def test_nothing_that_people_may_not_edit_is_written(admin: Caller) -> None:
    evil = {
        "id": "00000000-0000-7000-8000-000000000001",
        "state": "APPROVED",
        "is_published": True,
        "reference": "OUT-1",
        "created_at": "2000-01-01T00:00:00Z",
        "updated_at": "2000-01-01T00:00:00Z",
        "archived_at": "2000-01-01T00:00:00Z",
        "superseded_at": "2000-01-01T00:00:00Z",
        "supersedes": None,
    }
    made = admin.post("/outages", {**OUTAGE, **evil}).json()

    assert made["id"] != evil["id"]
    assert (made["state"], made["is_published"]) == ("DRAFT", False)
    assert made["reference"] == "OUT-2026-0001"
    assert made["created_at"] > "2026"
    assert (made["archived_at"], made["superseded_at"]) == (None, None)
    changed = admin.patch(f"/outages/{made['id']}", {**evil, "title": "T"}).json()
    assert {**changed, "title": "", "updated_at": ""} == {**made, "title": "", "updated_at": ""}


def test_columns_that_are_not_in_the_contract_are_refused(admin: Caller) -> None:
    known = set(admin.post("/outages", OUTAGE).json())
    hidden = {f.name for f in Outage._meta.concrete_fields} - known
    assert hidden == {"is_demo"}
    for name in hidden:
        answer = admin.post("/outages", {**OUTAGE, name: True})
        assert answer.json()["errors"][0]["code"] == "unknown_field"


def test_an_outage_goes_through_its_steps_and_each_only_once(admin: Caller) -> None:
    key = admin.post("/outages", {**OUTAGE, "customer_text": "Mail was down."}).json()["id"]

    approved = admin.post(f"/outages/{key}/approve")
    again = admin.post(f"/outages/{key}/approve")
    closed = admin.post(f"/outages/{key}/close")

    assert (approved.status_code, approved.json()["state"]) == (200, "APPROVED")
    assert approved.json()["is_published"] is True
    assert (again.status_code, again.json()["code"]) == (409, "transition_refused")
    assert closed.json()["state"] == "CLOSED"
    assert admin.post(f"/outages/{key}/announce").status_code == 404


def test_a_step_needs_what_customers_will_read(admin: Caller) -> None:
    key = admin.post("/outages", OUTAGE).json()["id"]
    answer = admin.post(f"/outages/{key}/approve")

    assert answer.status_code == 409
    assert "Text for customers" in answer.json()["detail"]
    assert admin.get(f"/outages/{key}").json()["state"] == "DRAFT"


def test_maintenance_is_announced_approved_and_completed(admin: Caller) -> None:
    key = admin.post("/maintenance-windows", EXAMPLES["maintenance_windows_create"]).json()["id"]
    states = [
        admin.post(f"/maintenance-windows/{key}/{verb}").json()["state"]
        for verb in ("announce", "approve", "complete")
    ]
    assert states == ["ANNOUNCED", "APPROVED", "DONE"]


def test_the_same_external_number_twice_makes_one_outage(admin: Caller) -> None:
    first = admin.post("/outages", OUTAGE).json()
    again = admin.post("/outages", OUTAGE).json()

    assert again["id"] == first["id"]
    with acting_as(SYSTEM):
        assert Outage.objects.count() == 1


def test_put_by_external_id_creates_then_corrects(admin: Caller) -> None:
    body = EXAMPLES["outages_upsert"]
    path = "/outages/by-external-id/monitoring/alert-1"
    made = admin.put(path, body)
    same = admin.put(path, body)
    corrected = admin.put(path, {**body, "ends_at": "2026-03-03T08:00:00Z"})

    assert [a.status_code for a in (made, same, corrected)] == [201, 200, 200]
    assert same.json()["id"] == made.json()["id"]
    assert corrected.json()["supersedes"]["id"] == made.json()["id"]
    assert corrected.json()["external_id"] == "alert-1"


def test_put_by_external_id_changes_a_service_in_place(admin: Caller) -> None:
    path = "/services/by-external-id/cmdb/42"
    made = admin.put(path, EXAMPLES["services_upsert"])
    changed = admin.put(path, {"slug": "backup", "name": "Backups"})

    assert (made.status_code, changed.status_code) == (201, 200)
    assert changed.json()["id"] == made.json()["id"]
    assert changed.json()["name"] == "Backups"


def test_a_circle_of_dependencies_is_refused_with_its_path(admin: Caller) -> None:
    assert admin.post("/dependencies", EXAMPLES["dependencies_create"]).status_code == 201
    answer = admin.post(
        "/dependencies",
        {
            "service": "network",
            "operator": "ANY",
            "members": [{"service": "webmail"}],
            "starts_at": "2026-02-01T00:00:00Z",
        },
    )

    assert answer.status_code == 409
    assert answer.json()["code"] == "dependency_refused"
    assert "Managed Network" in answer.json()["detail"]
    assert len(admin.get("/dependencies").json()["data"]) == 1


def test_an_archived_dependency_comes_back_only_without_a_circle(admin: Caller) -> None:
    key = admin.post("/dependencies", EXAMPLES["dependencies_create"]).json()["id"]
    admin.post(f"/dependencies/{key}/archive")
    other = {
        "service": "network",
        "operator": "ANY",
        "members": [{"service": "webmail"}],
        "starts_at": "2026-02-01T00:00:00Z",
    }
    assert admin.post("/dependencies", other).status_code == 201

    answer = admin.post(f"/dependencies/{key}/restore")

    assert answer.status_code == 409
    assert admin.get(f"/dependencies/{key}").json()["archived_at"] is not None


def test_a_week_that_cannot_be_read_is_refused_with_its_place(admin: Caller) -> None:
    body = {"hours": "always", "effective_date": "2026-01-01", "week": {"Mon": [["9", "10"]]}}
    answer = admin.post("/service-hours-versions", body)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (400, "/week")
    assert "week.Mon" in error["detail"]


def test_public_holidays_are_copied_in_once(admin: Caller) -> None:
    body = {"country": "ES", "first_year": 2026, "last_year": 2026}
    first = admin.post("/service-hours/always/holidays", body).json()
    again = admin.post("/service-hours/always/holidays", body).json()

    assert first["already_there"] == 0
    assert first["added"] > 5
    assert again == {"added": 0, "already_there": first["added"]}


def test_a_tickets_log_starts_with_it_and_is_only_continued(admin: Caller) -> None:
    key = admin.post("/tickets", EXAMPLES["tickets_create"]).json()["id"]
    pause = {"kind": "PAUSE", "effective_at": "2026-03-02T10:00:00Z", "external_id": "e1"}
    made = admin.post(f"/tickets/{key}/events", pause)
    again = admin.post(f"/tickets/{key}/events", pause)
    early = admin.post(
        f"/tickets/{key}/events", {"kind": "RESUME", "effective_at": "2026-03-02T09:30:00Z"}
    )

    assert [a.status_code for a in (made, again, early)] == [201, 200, 400]
    assert early.json()["errors"][0]["pointer"] == "/effective_at"
    log = admin.get(f"/tickets/{key}/events").json()["data"]
    assert [(row["sequence"], row["kind"], row["effective_at"]) for row in log] == [
        (1, "START", "2026-03-02T08:00:00Z"),
        (2, "PAUSE", "2026-03-02T10:00:00Z"),
    ]
    assert admin.patch(f"/ticket-events/{made.json()['id']}", {"reason": "x"}).status_code == 405


def test_a_frozen_row_is_answered_409(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from itsm.api import tickets

    key = admin.post("/tickets", EXAMPLES["tickets_create"]).json()["id"]

    def rewrite(self: Any, request: Any, **_lookup: str) -> None:
        TicketEvent.objects.filter(ticket=self.get_object()).update(reason="x")

    monkeypatch.setattr(tickets.TicketViewSet, "append", rewrite)
    answer = admin.post(f"/tickets/{key}/events", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "frozen")
    assert answer.json()["detail"].startswith("A ticket event is frozen")


def _batch(admin: Caller, body: bytes, **headers: str) -> Any:
    return admin.post("/measurements:batch", body, **headers)


def test_samples_come_in_as_list_as_lines_and_compressed_and_count_once(admin: Caller) -> None:
    key = admin.post("/series", EXAMPLES["series_create"]).json()["id"]
    rows = [
        {"series": "mail-latency", "at": "2026-03-01T00:00:00Z", "value": 10},
        {"series": key, "at": "2026-03-01T01:00:00+01:00", "value": 10},
        {"series": key, "at": "2026-04-01T00:00:00Z", "value": 12.5},
    ]
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    lists = _batch(admin, json.dumps(rows).encode())
    plain = _batch(admin, lines, Content_Type="application/x-ndjson")
    packed = _batch(
        admin, gzip.compress(lines), Content_Type="application/x-ndjson", Content_Encoding="gzip"
    )

    written = [
        (a.status_code, a.json()["received"], a.json()["written"]) for a in (lists, plain, packed)
    ]
    assert written == [(200, 3, 2), (200, 3, 0), (200, 3, 0)]
    read = admin.get("/series/mail-latency/samples?limit=1&start=2026-03-01T00:00:00Z").json()
    assert read["data"] == [{"at": "2026-03-01T00:00:00Z", "value": 10.0}]
    following = admin.get(read["next"].removeprefix("http://testserver")).json()
    assert following == {"data": [{"at": "2026-04-01T00:00:00Z", "value": 12.5}], "next": None}


def test_every_bad_sample_is_pointed_to_and_none_is_written(admin: Caller) -> None:
    admin.post("/series", EXAMPLES["series_create"])
    rows = [
        {"series": "mail-latency", "at": "2026-03-01T00:00:00Z", "value": 1},
        {"series": "nothing", "at": "2026-03-01T00:00:00Z", "value": 1},
        {"series": "mail-latency", "at": "2026-03-01T00:00:00", "value": 1},
        {"series": "mail-latency", "at": "2026-03-01T00:00:00Z", "value": "1"},
    ]
    answer = _batch(admin, json.dumps(rows).encode())

    places = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert places == [
        ("/1/series", "does_not_exist"),
        ("/2/at", "invalid"),
        ("/3/value", "invalid"),
    ]
    with acting_as(SYSTEM):
        assert Sample.objects.filter(series=Series.objects.get()).count() == 0


def test_broken_compression_is_answered_400(admin: Caller) -> None:
    answer = _batch(admin, b"\x1f\x8bxx", Content_Encoding="gzip")

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_the_history_tells_who_changed_what(admin: Caller) -> None:
    admin.patch("/services/webmail", {"name": "Mail"})
    [change, first] = admin.get("/services/webmail/history").json()["data"]

    assert change["changes"] == {"name": {"old": "Webmail", "new": "Mail"}}
    assert change["by"] == "administrator@northwind.example"
    assert (change["act"], first["act"]) == ("update", "insert")


def test_nothing_is_left_of_a_refused_request(admin: Caller) -> None:
    answer = admin.post(
        "/memberships", {"user": "auditor@northwind.example", "role": "CUSTOMER_VIEWER"}
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "constraint"


def test_the_last_administrator_stays(admin: Caller, world: World) -> None:
    [row] = admin.get("/memberships?role=ADMINISTRATOR").json()["data"]
    refused = admin.delete(f"/memberships/{row['id']}")
    added = admin.post(
        "/memberships", {"user": "auditor@northwind.example", "role": "ADMINISTRATOR"}
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "account_refused")
    assert added.status_code == 201
    assert admin.delete(f"/memberships/{row['id']}").status_code == 204


def test_a_user_is_made_with_roles_and_only_by_an_administrator(
    admin: Caller, world: World
) -> None:
    body = {
        "email": "New@Acme.example",
        "name": "New",
        "roles": [{"role": "CUSTOMER_VIEWER", "customer": {"slug": "acme"}}],
    }
    manager = Caller(world.staff["SERVICE_LEVEL_MANAGER"])
    assert manager.post("/users", body).status_code == 403
    assert manager.get("/users").status_code == 403

    made = admin.post("/users", body)

    assert made.status_code == 201, made.content
    assert made.json()["email"] == "new@acme.example"
    assert made.json()["roles"][0]["customer"]["slug"] == "acme"
    with acting_as(SYSTEM):
        assert not User.objects.get(email="new@acme.example").has_usable_password()


def test_every_model_field_shown_is_declared_explicitly() -> None:
    from itsm.api.urls import router

    for prefix, viewset, _basename in router.registry:
        meta = getattr(viewset.serializer_class, "Meta", None)
        if meta is not None:
            assert isinstance(meta.fields, tuple), prefix
            secrets = {"password", "digest", "is_demo", "inputs_sha256", "arguments", "body_text"}
            assert not secrets & set(meta.fields), prefix
            assert issubclass(meta.model, models.Model)
    assert ServiceEvent in {v.model for _p, v, _b in router.registry if hasattr(v, "model")}
