"""Tokens: shown once, scoped, expiring, revocable, worthless for an inactive user."""

from datetime import timedelta

from django.utils import timezone

from itsm.models import ApiToken, User
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import World


def test_a_token_is_created_with_a_secret_that_works_and_is_never_shown_again(
    admin: Caller,
) -> None:
    made = admin.post("/api-tokens", {"name": "Monitoring", "scope": "read"})
    body = made.json()
    caller = Caller(None)
    caller.secret = body["secret"]

    assert made.status_code == 201
    assert body["secret"].startswith("itsd_")
    assert body["scopes"] == ["read"]
    assert caller.get("/services").status_code == 200
    listed = admin.get("/api-tokens").json()["data"]
    assert [row["secret"] for row in listed] == [None, None]
    assert body["secret"] not in admin.get(f"/api-tokens/{body['id']}").content.decode()
    with acting_as(SYSTEM):
        row = ApiToken.objects.get(name="Monitoring")
        assert row.digest != body["secret"]
        days = (row.expiry - row.created).total_seconds() / 86400
        assert round(days, 3) == 90


def test_a_reading_token_changes_nothing(world: World) -> None:
    caller = Caller(world.administrator, scope="read")

    assert caller.get("/services").status_code == 200
    for answer in (
        caller.post("/service-families", {"slug": "x", "name": "X"}),
        caller.patch("/services/webmail", {"name": "X"}),
        caller.post("/measurements:batch", []),
        caller.post("/api-tokens", {"name": "x", "scope": "write"}),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "read_only_token"


def test_expired_revoked_and_inactive_are_all_answered_401(world: World) -> None:
    expired, revoked, inactive = (Caller(world.administrator) for _number in range(3))
    inactive = Caller(world.staff["AUDITOR"])
    with acting_as(SYSTEM):
        ApiToken.objects.filter(pk=expired.token.pk).update(expiry=timezone.now() - timedelta(1))
        ApiToken.objects.filter(pk=revoked.token.pk).update(revoked_at=timezone.now())
        User.objects.filter(pk=world.staff["AUDITOR"].pk).update(is_active=False)

    for caller in (expired, revoked, inactive):
        answer = caller.get("/services")
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_authenticated"


def test_a_header_that_is_no_token_is_answered_401(world: World) -> None:
    for header in ("Bearer", "Bearer a b", "Bearer itsd_x", "Basic YTpi", "Bearer \xff\xfe"):
        answer = Caller(None).get("/services", Authorization=header)
        assert answer.status_code == 401, header


def test_a_revoked_token_stops_at_once(admin: Caller) -> None:
    made = admin.post("/api-tokens", {"name": "x", "scope": "write"}).json()
    caller = Caller(None)
    caller.secret = made["secret"]
    assert caller.get("/services").status_code == 200

    assert admin.delete(f"/api-tokens/{made['id']}").status_code == 204
    assert caller.get("/services").status_code == 401


def test_nobody_sees_or_revokes_the_token_of_somebody_else(admin: Caller, acme: Caller) -> None:
    key = admin.token.token_key

    assert acme.get(f"/api-tokens/{key}").status_code == 404
    assert acme.delete(f"/api-tokens/{key}").status_code == 404
    assert [row["name"] for row in acme.get("/api-tokens").json()["data"]] == ["test"]
    assert admin.get("/services").status_code == 200


def test_a_customers_token_is_confined_to_the_customer(acme: Caller) -> None:
    assert [r["slug"] for r in acme.get("/parties").json()["data"]] == ["acme"]
    assert sorted(r["slug"] for r in acme.get("/services").json()["data"]) == [
        "network",
        "webmail",
    ]


def test_the_last_use_is_noted(admin: Caller) -> None:
    admin.get("/services")

    with acting_as(SYSTEM):
        assert ApiToken.objects.get(pk=admin.token.pk).last_used_at is not None
