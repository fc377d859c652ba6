"""Idempotency-Key: one request acts once, however often and however parallel it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from itsm import tasks
from itsm.models import IdempotencyRecord, ServiceFamily
from itsm.services.idempotency import forget_expired
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import World, build_world

BODY = {"slug": "network-services", "name": "Network services"}


def _count() -> int:
    with acting_as(SYSTEM):
        return ServiceFamily.objects.filter(slug=BODY["slug"]).count()


def test_the_same_request_is_answered_again_without_acting(admin: Caller) -> None:
    first = admin.post("/service-families", BODY, Idempotency_Key="k-1")
    again = admin.post("/service-families", BODY, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert _count() == 1


def test_the_key_with_another_body_is_answered_422(admin: Caller) -> None:
    admin.post("/service-families", BODY, Idempotency_Key="k-1")
    answer = admin.post("/service-families", {**BODY, "name": "Other"}, Idempotency_Key="k-1")

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_a_refused_request_is_not_kept_so_it_may_be_corrected(admin: Caller) -> None:
    refused = admin.post("/service-families", {"slug": "a b"}, Idempotency_Key="k-1")
    corrected = admin.post("/service-families", BODY, Idempotency_Key="k-1")

    assert (refused.status_code, corrected.status_code) == (400, 201)


def test_keys_belong_to_one_caller(admin: Caller, world: World) -> None:
    other = Caller(world.staff["SERVICE_LEVEL_MANAGER"])
    admin.post("/service-families", BODY, Idempotency_Key="k-1")
    answer = other.post("/api-tokens", {"name": "x"}, Idempotency_Key="k-1")

    assert answer.status_code == 201


def test_a_key_that_cannot_be_one_is_refused(admin: Caller) -> None:
    answer = admin.post("/service-families", BODY, Idempotency_Key="k" * 256)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["header"] == "Idempotency-Key"


def test_a_key_is_free_again_after_a_day(admin: Caller) -> None:
    admin.post("/service-families", BODY, Idempotency_Key="k-1")
    with acting_as(SYSTEM):
        IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))

    answer = admin.post("/service-families", {**BODY, "slug": "b"}, Idempotency_Key="k-1")

    assert answer.status_code == 201
    with acting_as(SYSTEM):
        IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert forget_expired(at=timezone.now()) == 1


def test_the_secret_of_a_token_is_not_kept(admin: Caller) -> None:
    first = admin.post("/api-tokens", {"name": "x"}, Idempotency_Key="k-1").json()
    again = admin.post("/api-tokens", {"name": "x"}, Idempotency_Key="k-1").json()

    assert first["secret"].startswith("itsd_")
    assert again == {**first, "secret": None}


def test_a_customers_request_is_kept_too(acme: Caller, world: World) -> None:
    body = {"about": {"kind": "itsm.service", "id": str(world.webmail.pk)}, "text": "Thanks"}
    first = acme.post("/comments", body, Idempotency_Key="k-1")
    again = acme.post("/comments", body, Idempotency_Key="k-1")

    assert first.status_code == 201, first.content
    assert again["Idempotency-Replayed"] == "true"
    assert again.json()["id"] == first.json()["id"]


@pytest.fixture
def committed_world(transactional_db: None) -> World:
    """The cast, committed, so that several connections see it."""
    with acting_as(SYSTEM):
        return build_world()


def test_twenty_parallel_twins_make_one_object(committed_world: World) -> None:
    callers = [Caller(committed_world.administrator) for _number in range(20)]

    def send(caller: Caller) -> tuple[int, str, str]:
        try:
            answer = caller.post("/service-families", BODY, Idempotency_Key="k-20")
            return (
                answer.status_code,
                answer.json().get("id"),
                answer.get("Idempotency-Replayed", ""),
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, callers))

    assert {status for status, _id, _replayed in answers} == {201}
    assert len({key for _status, key, _replayed in answers}) == 1
    assert sorted(replayed for _s, _i, replayed in answers) == [""] + ["true"] * 19
    assert _count() == 1


def test_beat_forgets_answers_older_than_a_day_every_day(admin: Caller) -> None:
    body = {"slug": "new-one", "name": "New"}
    admin.post("/service-families", body, Idempotency_Key="old")
    admin.post("/service-families", {**body, "slug": "two"}, Idempotency_Key="fresh")
    with acting_as(SYSTEM):
        long_ago = timezone.now() - timedelta(hours=25)
        IdempotencyRecord.objects.filter(key="old").update(created_at=long_ago)

    tasks.forget_answers()

    with acting_as(SYSTEM):
        assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["fresh"]
    [entry] = [e for e in tasks.SCHEDULE if e.task == "itsm.tasks.forget_answers"]
    assert entry.every_seconds == 24 * 60 * 60
