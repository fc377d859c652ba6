"""Who changed what: exactly one entry per change of an audited record, by its author, without secrets."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError

from itsm.api.throttling import MinuteThrottle
from itsm.models import Decision, User
from itsm.tenancy import SYSTEM, acting_as
from tests.architecture.matrix import REQUEST_ID, Answer, Stage, call, cast
from tests.architecture.source import APPS
from tests.records import fill
from tests.routes import Route, case_of, routes
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
WRITES = {"create": "insert", "edit": "update", "archive": "update"}


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The rows and the callers, without noise."""
    monkeypatch.setattr(MinuteThrottle, "allow_request", lambda *_: True)
    logging.disable(logging.CRITICAL)
    with acting_as(SYSTEM):
        rows = fill(world)
    yield Stage(rows, cast(world))
    logging.disable(logging.NOTSET)


def history_of(model: type[Any]) -> Any:
    """Return the history table of a model, or None."""
    known = getattr(model, "pgh_event_models", None) or {}
    return next(iter(known.values()), None)


def audited() -> list[type[Any]]:
    """Return the audited models of the product."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in APPS and history_of(model) is not None
    ]


def _entries(table: Any, since: int) -> list[Any]:
    with acting_as(SYSTEM):
        rows = table.objects.filter(pgh_id__gt=since).select_related("pgh_context")
        return list(rows.order_by("pgh_id"))


def _last(table: Any) -> int:
    with acting_as(SYSTEM):
        return table.objects.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0


def _faults(stage: Stage, route: Route, method: str, label: str, who: str) -> Iterator[str]:
    case, table = case_of(route), history_of(route.model)  # type: ignore[arg-type]
    row = stage.prepare(route, case, "acme")
    body = stage.body(route, case, method, "acme", row)
    since = _last(table)
    answer: Answer = call(stage.callers[who], method, route.address(row), body, keep=True)
    if not answer.is_success:
        yield f"{route.name}: {answer.status}"
        return
    found = _entries(table, since)
    labels = [entry.pgh_label for entry in found]
    if labels != [label]:
        yield f"{route.name}: {labels}"
    for entry in found:
        facts = entry.pgh_context.metadata if entry.pgh_context else {}
        if facts.get("user") != "administrator@northwind.example":
            yield f"{route.name}: by {facts.get('user')}"
        if facts.get("request") != REQUEST_ID:
            yield f"{route.name}: request {facts.get('request')}"


def test_each_change_by_a_page_leaves_one_entry_with_its_author(stage: Stage) -> None:
    faults, seen = [], set()
    for route in routes():
        label = WRITES.get(route.page)
        if route.is_api or label is None or route.model is None or history_of(route.model) is None:
            continue
        label = "insert" if route.name == "itsm:service-hours-versions_edit" else label
        with transaction.atomic():
            faults += _faults(stage, route, "POST", label, "ADMINISTRATOR")
            transaction.set_rollback(True)
        seen.add(route.model)
    assert faults == []
    assert len(seen) >= 20


def test_each_change_by_the_api_leaves_one_entry_with_its_author(stage: Stage) -> None:
    faults = []
    for route in routes():
        if not route.is_api or route.model is None or history_of(route.model) is None:
            continue
        wanted = {"list": ("POST", "insert"), "archive": ("POST", "update")}.get(route.page)
        if wanted is None or wanted[0] not in route.methods:
            continue
        with transaction.atomic():
            faults += _faults(stage, route, *wanted, "ADMINISTRATOR")
            transaction.set_rollback(True)
    assert faults == []


def test_a_deleted_membership_leaves_one_entry(stage: Stage) -> None:
    route = next(one for one in routes() if one.name == "memberships-detail")
    assert list(_faults(stage, route, "DELETE", "delete", "ADMINISTRATOR")) == []


def test_no_entry_holds_a_password_or_a_secret() -> None:
    secret = ("password", "secret", "digest", "token_key", "last_login")
    found = [
        f"{model.__name__}.{field.name}"
        for model in audited()
        for field in history_of(model)._meta.concrete_fields
        if field.name in secret
    ]
    assert found == []


def test_a_changed_password_stands_nowhere_in_the_history(stage: Stage) -> None:
    with acting_as(SYSTEM):
        user = User.objects.get(email="auditor@northwind.example")
        user.set_password(PASSWORD + "-new")
        user.name = "Another"
        user.save()
        rows = list(history_of(User).objects.filter(pgh_obj_id=user.pk).values())
    assert rows
    assert "pbkdf2" not in str(rows)
    assert "argon2" not in str(rows)
    assert user.password not in str(rows)


def test_a_customers_answer_names_the_customers_person(stage: Stage) -> None:
    decision = stage.rows.of(Decision, "acme")
    who = stage.callers["acme CUSTOMER_APPROVER"]
    body = {"decision": str(decision.pk), "answer": "Yes"}
    assert call(who, "POST", "/portal/decide/", body, keep=True).is_success

    with acting_as(SYSTEM):
        entry = history_of(Decision).objects.filter(pgh_obj_id=decision.pk).latest("pgh_id")
        facts = entry.pgh_context.metadata
    assert facts["user"] == "customer_approver@acme.example"
    assert (entry.pgh_label, entry.answer) == ("update", "Yes")


@pytest.mark.parametrize("model", audited(), ids=lambda model: model.__name__)
def test_customers_can_neither_read_foreign_nor_write_any_history(
    stage: Stage, model: type[Any]
) -> None:
    table = history_of(model)._meta.db_table
    for words in (f'DELETE FROM "{table}"', f'UPDATE "{table}" SET pgh_label = pgh_label'):
        with (
            pytest.raises(DatabaseError),
            acting_as(stage.rows.world.acme),
            connection.cursor() as cursor,
        ):
            cursor.execute(words)
