"""Every answer carries the protecting headers; unsafe calls of a session need their CSRF token."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from itsm.api.throttling import MinuteThrottle
from itsm.tenancy import SYSTEM, acting_as
from tests.architecture.matrix import Stage, call, cast
from tests.architecture.source import ROOT
from tests.records import fill
from tests.routes import routes
from tests.world import PASSWORD, World

WANTED = {
    "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
    "Permissions-Policy", "Cross-Origin-Opener-Policy", "X-Request-ID",
}  # fmt: skip
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The rows and the callers, without noise."""
    monkeypatch.setattr(MinuteThrottle, "allow_request", lambda *_: True)
    logging.disable(logging.CRITICAL)
    with acting_as(SYSTEM):
        rows = fill(world)
    yield Stage(rows, cast(world))
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["anonymous", "ADMINISTRATOR", "acme CUSTOMER_VIEWER"])
def test_every_answer_of_every_address_has_the_seven_headers(stage: Stage, name: str) -> None:
    who, missing = stage.callers[name], []
    client = Client(raise_request_exception=False)
    if who.session:
        client.cookies[settings.SESSION_COOKIE_NAME] = who.session
    for route in routes():
        if route.name == "account_logout":
            continue
        answer = client.get(route.address(stage.row(route, "acme")))
        lacking = WANTED - set(answer.headers)
        b"".join(answer) if answer.streaming else answer.content
        if lacking:
            missing.append(f"{route.name} {answer.status_code}: {sorted(lacking)}")
    assert missing == []


@pytest.mark.django_db
def test_the_policy_allows_no_inline_script_and_no_other_host(stage: Stage) -> None:
    policy = Client().get("/accounts/login/")["Content-Security-Policy"]
    rules = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}

    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "*" not in policy
    assert rules["default-src"] == ["'none'"]
    assert rules["frame-ancestors"] == ["'none'"]
    assert rules["base-uri"] in (["'self'"], ["'none'"])
    assert rules["form-action"] == ["'self'"]
    assert rules["script-src"] == ["'self'"]
    assert "object-src" not in rules  # falls back to none


@pytest.mark.django_db
def test_every_unsafe_call_of_a_session_needs_its_csrf_token(stage: Stage) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = stage.callers["ADMINISTRATOR"].session
    open_to_all, tried = [], 0
    for route in routes():
        for method in UNSAFE:
            if method not in route.methods:
                continue
            tried += 1
            kind = "application/json" if route.is_api else "application/x-www-form-urlencoded"
            answer = client.generic(method, route.address(stage.row(route, "acme")), b"", kind)
            if answer.status_code != 403:
                open_to_all.append(f"{route.name} {method}: {answer.status_code}")
    assert open_to_all == []
    assert tried >= 150


@pytest.mark.django_db
def test_a_token_in_a_foreign_sites_form_is_of_no_use(stage: Stage) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = stage.callers["ADMINISTRATOR"].session
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    headers = {"Origin": "https://evil.example", "X-CSRFToken": "a" * 32}

    assert client.post("/theme/", {"theme": "dark"}, headers=headers).status_code == 403


@pytest.mark.django_db
def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(world: World) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": world.administrator.email, "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert settings.CSRF_COOKIE_SAMESITE == "Lax"


def test_djangos_own_deployment_check_finds_nothing() -> None:
    environment = {**os.environ, "ITSM_SECURE": "true", "ALLOWED_HOSTS": "plimsoll.example"}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # set by the browser tests for themselves
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.django_db
def test_a_secure_site_marks_its_cookies_secure_and_keeps_browsers_on_https() -> None:
    script = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS)"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", script],
        cwd=ROOT, env={**os.environ, "ITSM_SECURE": "true"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    words = done.stdout.split()
    assert words[:3] == ["True", "True", "True"], done.stdout + done.stderr[-500:]
    assert int(words[3]) >= 31_536_000


@pytest.mark.django_db
def test_a_stranger_sees_no_record_on_any_page(stage: Stage) -> None:
    shown = [
        route.name
        for route in routes()
        if "GET" in route.methods and route.page == "detail" and not route.is_public
        and call(stage.callers["stranger"], "GET", route.address(stage.row(route, "acme"))).is_success
    ]  # fmt: skip
    assert shown == []
