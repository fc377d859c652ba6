"""The actors of the matrices and one call of a cell: everything it wrote is undone afterwards."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler, encode_multipart

from itsm.models import Membership, User
from itsm.services.accounts import create_token
from itsm.tenancy import SYSTEM, acting_as
from slas.models import AgreementVersion
from tests.records import Rows
from tests.routes import Case, Route, Situation, draft_of, form_values
from tests.world import CANARY, World

STAFF = tuple(role for role in Membership.Role.values if not role.startswith("CUSTOMER_"))
CUSTOMERS = tuple(role for role in Membership.Role.values if role.startswith("CUSTOMER_"))
OTHER = {"acme": "bolt", "bolt": "acme"}
REQUEST_ID = "matrix-cell-0001"
_TOKEN = re.compile(
    rb"[A-Za-z0-9]{64}|[0-9]{2}:[0-9]{2}:[0-9]{2}"
)  # CSRF token, clock of an error page


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: a session, a token or neither; ``side`` is the customer he belongs to."""

    name: str
    session: str = ""
    secret: str = ""
    side: str = ""
    role: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether he works for the provider."""
        return self.role in STAFF


@dataclass(frozen=True)
class Answer:
    """What came back: status, body and the headers that could tell something."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    context: Any = field(default=None, compare=False)

    @property
    def is_success(self) -> bool:
        """2xx, or the redirect after a form was saved."""
        return self.status < 300 or (
            self.status == 302 and "/accounts/login/" not in self.headers["Location"]
        )

    def masked(self, *echoed: str) -> tuple[Any, ...]:
        """Return the answer without CSRF tokens and what the address itself said."""
        texts = [
            self.body,
            self.headers["Location"].encode(),
            self.headers["Content-Type"].encode(),
        ]
        texts = [_TOKEN.sub(b"CSRF", text) for text in texts]  # first: a token may hold a key
        for word in sorted(filter(None, echoed), key=len, reverse=True):
            texts = [text.replace(word.encode(), b"KEY") for text in texts]
        return (self.status, *texts, self.headers["Allow"])


def cast(world: World) -> dict[str, Caller]:
    """Return everybody who calls: 9 staff roles, 6 customers, 2 tokens each side, and those without rights."""
    found = {"anonymous": Caller("anonymous")}
    for role in STAFF:
        found[role] = Caller(role, _session(world.staff[role]), role=role)
    for side, people in world.people.items():
        for role, user in people.items():
            found[f"{side} {role}"] = Caller(f"{side} {role}", _session(user), "", side, role)
    with acting_as(SYSTEM):
        gone = User.objects.create(email="gone@acme.example", name="Gone", password="!")
        Membership.objects.create(user=gone, role="CUSTOMER_APPROVER", customer=world.acme)
        found["inactive"] = Caller("inactive", _session(gone))
        User.objects.filter(pk=gone.pk).update(is_active=False)
        found["stranger"] = Caller("stranger", _session(world.stranger))
        for name, user, scope, side in (
            ("token INTEGRATION", world.staff["INTEGRATION"], "write", ""),
            ("token read", world.administrator, "read", ""),
            ("token acme", world.people["acme"]["CUSTOMER_APPROVER"], "write", "acme"),
        ):
            role = name.split()[-1] if name.endswith("INTEGRATION") else ""
            role = role or ("ADMINISTRATOR" if scope == "read" else "CUSTOMER_APPROVER")
            secret = create_token(user, name=name, scope=scope)[1]
            found[name] = Caller(name, "", secret, side, role)
    return found


def _session(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@cache
def _handler() -> ClientHandler:
    """Build the middleware once, not for every request."""
    return ClientHandler(enforce_csrf_checks=False)


def call(who: Caller, method: str, address: str, body: Any = None, *, keep: bool = False) -> Answer:
    """Send one request and undo what it wrote, unless ``keep``."""
    client = Client(raise_request_exception=False)
    client.handler = _handler()
    if who.session:
        client.cookies[settings.SESSION_COOKIE_NAME] = who.session
    headers = {"X-Request-ID": REQUEST_ID}
    if who.secret:
        headers["Authorization"] = f"Bearer {who.secret}"
    if address.startswith("/api/") and method not in {"GET", "HEAD"}:
        headers["If-Match"] = "*"
    with transaction.atomic():
        answer = client.generic(method, address, *_encoded(address, method, body), headers=headers)
        content = b"".join(answer) if answer.streaming else answer.content
        if not keep:
            transaction.set_rollback(True)
    told = {name: answer.get(name, "") for name in ("Location", "Content-Type", "Allow")}
    return Answer(answer.status_code, content, told, answer.context)


def _encoded(address: str, method: str, body: Any) -> tuple[bytes, str]:
    if address.startswith("/api/"):
        return (b"" if body is None else json.dumps(body).encode()), "application/json"
    if method != "POST":
        return b"", "application/octet-stream"
    return encode_multipart(BOUNDARY, body or {}), MULTIPART_CONTENT


class Stage:
    """The rows, the callers and the bodies of one test."""

    def __init__(self, rows: Rows, callers: Mapping[str, Caller]) -> None:
        self.rows, self.callers = rows, callers
        self._bodies: dict[tuple[str, str, str], Any] = {}

    def row(self, route: Route, side: str) -> Any:
        """Return the row of the address for one side, or None for an address without a key."""
        if route.model is None or not set(route.parts) & {"pk", "slug", "number"}:
            return None
        return self.rows.of(route.model, side)

    def right_actor(self, route: Route, case: Case, side: str) -> Caller:
        """Return who may do it: an administrator, or the customer's approver."""
        name = case.actor
        return self.callers[f"{side} {name}" if name.startswith("CUSTOMER_") else name]

    def prepare(self, route: Route, case: Case, side: str) -> Any:
        """Bring the row of the address into the state that the call needs; return it."""
        row = self.row(route, side)
        if not case.before or row is None:
            return row
        with acting_as(SYSTEM):
            if case.before.get("model") == "draft":
                now = Situation(self.rows, side, row, lambda _address: {})
                return self._draft(row, draft_of(now))
            type(row).objects.filter(pk=row.pk).update(**case.before)
        return row

    @staticmethod
    def _draft(row: Any, draft: AgreementVersion) -> Any:
        if isinstance(row, AgreementVersion):
            if not draft.targets.exists():
                others = AgreementVersion.objects.exclude(pk=draft.pk)
                target = others.get(agreement=draft.agreement_id).targets.get()
                target.pk, target.version, target._state.adding = None, draft, True
                target.save()
            return draft
        copied = type(row).objects.filter(version=draft).first()
        if copied is None:
            copied = type(row).objects.get(pk=row.pk)
            copied.pk, copied.version, copied._state.adding = None, draft, True
            copied.save()
        return copied

    def body(self, route: Route, case: Case, method: str, side: str, row: Any) -> Any:
        """Return the body that works for the right actor."""
        make = case.bodies.get(method)
        if make is None:
            return None
        with acting_as(SYSTEM):
            return make(Situation(self.rows, side, row, self.read_form))

    def read_form(self, address: str) -> dict[str, Any]:
        """Open a form as an administrator and return what a browser would send."""
        answer = call(self.callers["ADMINISTRATOR"], "GET", address)
        if answer.context is None or "form" not in answer.context:
            raise AssertionError(f"{address} shows no form: {answer.status}")
        version = answer.context.get("version")
        return form_values(answer.context["form"]) | ({"row_version": version} if version else {})


def foreign_canary(who: Caller, answer: Answer) -> bool:
    """Whether the answer shows a row of another customer to somebody who is not staff."""
    hidden = [words for side, words in CANARY.items() if side != who.side]
    return any(words.encode() in answer.body for words in hidden)
