"""Every address that makes something acts once for one Idempotency-Key (assurance 16)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.urls import resolve

from itsm.api.documents import openapi
from itsm.api.examples import EXAMPLES
from itsm.models import ApiToken, CalendarFeed, IdempotencyRecord, Sample, Series
from itsm.tenancy import SYSTEM, acting_as
from slas.models import AgreementVersion
from tests.api.conftest import Caller
from tests.world import World, build_world

#: What is told once: the second answer holds null there.
SECRETS = {"api-tokens": "secret", "calendar-feeds": "url", "webhook-endpoints": "secret"}
#: Views that name no model of their own.
OTHER_MODELS: dict[str, Any] = {
    "api-tokens": ApiToken, "calendar-feeds": CalendarFeed, "measurements:batch": Sample,
}  # fmt: skip
BATCHES = (
    "parties", "services", "components", "dependencies", "service-events", "outages",
    "maintenance-windows", "tickets",
)  # fmt: skip
TICKET = {"customer": "acme", "source": "helpdesk", "external_id": "INC-0"}


def _example(collection: str) -> Any:
    return EXAMPLES[f"{collection.replace('-', '_')}_create"]


def _another(collection: str) -> Any:
    """Return the example under another name: the one of the description is there already."""
    body = _example(collection)
    named = {name: f"{body[name]}-2" for name in ("slug", "external_id") if name in body}
    return {**body, **named}


def _draft(world: World) -> AgreementVersion:
    with acting_as(SYSTEM):
        return AgreementVersion.objects.create(
            agreement=world.agreements["bolt"], party=world.bolt, number=2, state="DRAFT",
            starts_at="2027-01-01T00:00:00Z",
        )  # fmt: skip


def _series(world: World) -> list[dict[str, Any]]:
    with acting_as(SYSTEM):
        Series.objects.get_or_create(
            slug="cpu", defaults={"name": "CPU", "unit": "%", "service": world.shared}
        )
    return [{"series": "cpu", "at": "2026-03-01T00:00:00Z", "value": 12.5}]


#: Bodies of what has no example in the description.
BODIES: dict[str, Callable[[World], Any]] = {
    "agreements": lambda w: {"reference": "SLA-NEW", "title": "New", "kind": "SLA", "party": "acme"},
    "agreement-versions": lambda w: {"agreement": "SLA-ACME", "starts_at": "2027-01-01T00:00:00Z"},
    "targets": lambda w: {
        "version": str(_draft(w).pk), "reference": "UPTIME", "name": "Uptime", "kind": "AVAILABILITY",
        "service": "crm", "hours": "always", "objective": "99.5",
    },
    "subscriptions": lambda w: {
        "customer": "bolt", "service": "webmail", "starts_at": "2026-01-01T00:00:00Z",
    },
    "report-definitions": lambda w: {
        "customer": "acme", "slug": "weekly", "name": "Service report", "starts_date": "2026-01-01",
        "purpose": "What was promised", "audience": "IT", "data_sources": "Tickets",
    },
    "comments": lambda w: {
        "about": {"kind": "itsm.service", "id": str(w.webmail.pk)}, "text": "Thanks", "customer": "acme",
    },
    "currencies": lambda w: {"code": "CHF", "name": "Swiss franc"},
    "import-mappings": lambda w: {"source": "desk", "kind": "tickets", "columns": {"title": "Subject"}},
    "service-families": lambda w: {"slug": "network-services", "name": "Network services"},
    "service-offerings": lambda w: {"service": "webmail", "slug": "gold", "name": "Gold"},
    "service-hours-exceptions": lambda w: {
        "hours": "always", "date": "2026-12-25", "name": "Christmas",
    },
    "imports": lambda w: {"content": "name,slug\nFabrikam,fabrikam\n", "kind": "parties"},
    "users": lambda w: {"email": "new@northwind.example", "name": "New", "roles": [{"role": "AUDITOR"}]},
    "memberships": lambda w: {"user": w.stranger.email, "role": "AUDITOR"},
    "ticket-events:batch": lambda w: [
        {"ticket": TICKET, "kind": "PAUSE", "effective_at": "2026-03-02T10:00:00Z"}
    ],
    "measurements:batch": _series,
    **{f"{name}:batch": lambda w, name=name: [_another(name)] for name in BATCHES},
}  # fmt: skip


def _collections() -> list[str]:
    """Return what is posted to without a record in the address, as the description tells."""
    found = [path for path, methods in openapi()["paths"].items() if "post" in methods]
    return sorted(path.removeprefix("/api/v1/") for path in found if "{" not in path)


def _body(collection: str, world: World) -> Any:
    made = BODIES.get(collection)
    return made(world) if made else _example(collection)


def _rows(collection: str) -> int:
    model = OTHER_MODELS.get(collection) or resolve(f"/api/v1/{collection}").func.cls.model
    with acting_as(SYSTEM):
        return model._base_manager.count()


def _prepare(collection: str, caller: Caller) -> None:
    if collection == "ticket-events:batch":
        body = {**_example("tickets"), "external_id": "INC-0"}
        assert caller.post("/tickets", body).status_code == 201


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path


def test_each_create_acts_once_for_its_key(admin: Caller, world: World) -> None:
    wrong = {}
    collections = _collections()
    for collection in collections:
        _prepare(collection, admin)
        body, path = _body(collection, world), f"/{collection}"
        before = _rows(collection)
        first = admin.post(path, body, Idempotency_Key=collection)
        again = admin.post(path, body, Idempotency_Key=collection)
        other = admin.post(path, {"other": "body"}, Idempotency_Key=collection)
        told = first.json()
        if collection in SECRETS:
            assert told[SECRETS[collection]], collection
            told = {**told, SECRETS[collection]: None}
        found = (
            first.status_code < 300, again.status_code == first.status_code,
            again.get("Idempotency-Replayed"), again.json() == told,
            _rows(collection) - before, other.status_code, other.json().get("code"),
        )  # fmt: skip
        if found != (True, True, "true", True, 1, 422, "idempotency_key_reused"):
            wrong[collection] = (found, first.content[:300])

    assert not wrong, "\n".join(f"{name}: {told}" for name, told in wrong.items())
    assert len(collections) >= 38


@pytest.fixture
def committed(transactional_db: None) -> World:
    """The cast, committed, so that several connections see it."""
    with acting_as(SYSTEM):
        return build_world()


@pytest.mark.whole
def test_twenty_twins_of_each_create_make_one_record(committed: World) -> None:
    callers = [Caller(committed.administrator) for _number in range(20)]
    wrong = {}
    with ThreadPoolExecutor(20) as pool:
        for collection in _collections():
            _prepare(collection, callers[0])
            body = _body(collection, committed)
            before = _rows(collection)

            def send(caller: Caller, collection: str = collection, body: Any = body) -> Any:
                try:
                    answer = caller.post(f"/{collection}", body, Idempotency_Key=f"{collection}-20")
                    return answer.status_code, answer.get("Idempotency-Replayed", "")
                finally:
                    connection.close()

            answers = list(pool.map(send, callers))
            made = _rows(collection) - before
            statuses = {status for status, _replayed in answers}
            replays = sorted(replayed for _status, replayed in answers)
            if (made, len(statuses), replays) != (1, 1, ["", *["true"] * 19]):
                wrong[collection] = (made, statuses, replays.count("true"))

    assert not wrong, "\n".join(f"{name}: {told}" for name, told in wrong.items())
    with acting_as(SYSTEM):
        assert IdempotencyRecord.objects.count() == len(_collections())
