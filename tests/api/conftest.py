"""Callers of the API: a client per person that sends a token and JSON."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from itsm.models import User
from itsm.services.accounts import create_token
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

BASE = "/api/v1"


class Caller:
    """Somebody with a token: ``caller.post("/services", {...}, key="k")`` → response."""

    def __init__(self, user: User | None, scope: str = "write") -> None:
        self.client = Client(raise_request_exception=False)
        self.user = user
        self.secret = ""
        if user is not None:
            with acting_as(SYSTEM):
                self.token, self.secret = create_token(user, name="test", scope=scope)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a request below /api/v1; names of headers are written with underscores."""
        facts = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            facts.setdefault("Authorization", f"Bearer {self.secret}")
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        kind = facts.pop("Content-Type", "application/json")
        address = path if path.startswith("/api/") else BASE + path
        return self.client.generic(method, address, raw, content_type=kind, headers=facts)

    def get(self, path: str, **headers: str) -> HttpResponse:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Create or act."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Write all."""
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Write some."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        """Delete."""
        return self.send("DELETE", path, **headers)


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def admin(world: World) -> Caller:
    """The provider's administrator."""
    return Caller(world.administrator)


@pytest.fixture
def caller_for(world: World) -> Callable[..., Caller]:
    """Return a caller for a user, with the scope that is asked for."""
    return Caller


@pytest.fixture
def acme(world: World) -> Caller:
    """An approver of the customer Acme."""
    return Caller(world.people["acme"]["CUSTOMER_APPROVER"])


@pytest.fixture
def bolt(world: World) -> Caller:
    """An approver of the customer Bolt."""
    return Caller(world.people["bolt"]["CUSTOMER_APPROVER"])
