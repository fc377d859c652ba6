"""The declared roles are what happens: a refused act changes nothing, and docs/roles.md says the same.

``PLIMSOLL_WRITE=1`` writes docs/roles.md anew.
"""

import logging
import os
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.urls import reverse

from itsm import models as m
from itsm.api.throttling import MinuteThrottle
from itsm.permissions import PERSONAL_MODELS, RIGHTS, SETTINGS_MODELS, allowed
from itsm.registry import processes
from itsm.tenancy import SYSTEM, acting_as
from tests.architecture.matrix import STAFF, Stage, call, cast
from tests.architecture.rotation import PARTS, parts
from tests.architecture.source import APPS, ROOT
from tests.records import fill
from tests.routes import Route, case_of, routes
from tests.world import World

ORDER = ("view", "add", "change", "archive", "approve", "delete")
PAGE_RIGHT = {
    "list": "view", "detail": "view", "history": "view", "create": "add", "edit": "change",
    "archive": "archive", "restore": "archive",
}  # fmt: skip
EVIL: dict[type, Any] = {
    models.UUIDField: "00000000-0000-7000-8000-000000000001",
    models.BooleanField: "on",
    models.DateTimeField: "2000-01-01T00:00:00Z",
    models.DateField: "2000-01-01",
    models.ForeignKey: "00000000-0000-7000-8000-000000000001",
}


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The rows and the callers, without noise."""
    monkeypatch.setattr(MinuteThrottle, "allow_request", lambda *_: True)
    logging.disable(logging.CRITICAL)
    with acting_as(SYSTEM):
        rows = fill(world)
    yield Stage(rows, cast(world))
    logging.disable(logging.NOTSET)


def rights_of(role: str, app: str) -> frozenset[str]:
    """Return the rights that an app declares for a role; everybody of the provider views."""
    if role == "ADMINISTRATOR":
        return RIGHTS
    declared = next((dict(p.roles) for p in processes() if p.key == app), {})
    return frozenset({"view"}) | declared.get(role, frozenset())


def table() -> str:
    """Return docs/roles.md."""
    lines = [
        "# Roles and rights", "",
        "Written from the apps' declarations (`Process.roles`); "
        "`PLIMSOLL_WRITE=1 pytest tests/architecture/test_permissions.py` writes it anew.", "",
        "Everybody of the provider views everything; an auditor only views, and keeps saved views for itself."
        " Everybody else of the provider keeps and shares saved views. Accounts, roles and tokens "
        "of others belong to administrators. Customers see their own records in the portal and the API: "
        "viewers acknowledge reports and comment, approvers also decide, financial viewers also see money.", "",
        "| Role | " + " | ".join(APPS) + " |", "|---|" + "---|" * len(APPS),
    ]  # fmt: skip
    for role in STAFF:
        cells = [
            ", ".join(right for right in ORDER if right in rights_of(role, app)) for app in APPS
        ]
        lines.append(f"| {role} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_page_about_roles_is_what_the_apps_declare() -> None:
    path = ROOT / "docs" / "roles.md"
    if os.environ.get("PLIMSOLL_WRITE"):
        path.write_text(table(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == table()


def test_an_auditor_and_nobody_else_unnamed_may_write() -> None:
    for app in APPS:
        assert rights_of("AUDITOR", app) == {"view"}, app


@pytest.mark.django_db
def test_the_rights_asked_for_are_the_declared_ones(world: World) -> None:
    for role in STAFF:
        for model in apps.get_models():
            app = model._meta.app_label
            if app not in APPS or model.__name__ in SETTINGS_MODELS | PERSONAL_MODELS:
                continue
            for right in RIGHTS:
                may = allowed(world.staff[role], right, model)
                assert may == (right in rights_of(role, app)), (role, right, model)


@pytest.mark.django_db
def test_only_administrators_write_accounts_and_currencies(world: World) -> None:
    named = [one for one in apps.get_models() if one.__name__ in SETTINGS_MODELS]
    for role in STAFF:
        for model in named:
            for right in RIGHTS - {"view"}:
                assert allowed(world.staff[role], right, model) == (role == "ADMINISTRATOR")


def _written() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
            " WHERE relname LIKE ANY (ARRAY['itsm_%', 'slas_%', 'reporting_%'])"
        )
        return int(cursor.fetchone()[0] or 0)


@pytest.mark.matrix
@pytest.mark.django_db
@pytest.mark.parametrize("number", parts())
def test_pages_do_what_the_table_says_and_a_refused_act_writes_nothing(
    stage: Stage, number: int
) -> None:
    wrong = []
    for route in list(routes())[number::PARTS]:
        right = PAGE_RIGHT.get(route.page)
        if route.is_api or right is None or route.model is None or ":" not in route.name:
            continue
        method = "GET" if right == "view" else "POST"
        if method not in route.methods:
            continue
        with transaction.atomic():
            wrong += _differences(stage, route, method, right)
            transaction.set_rollback(True)
    assert wrong == []


def _may(user: Any, right: str, route: Route, row: Any) -> bool:
    """Return the declared right; of somebody else's saved view that is to look at it."""
    mine = row is None or right == "view" or not hasattr(row, "belongs_to") or row.belongs_to(user)
    return allowed(user, right, route.model) and mine


@pytest.mark.django_db
def test_everybody_of_the_provider_keeps_own_views(world: World) -> None:
    for role in STAFF:
        rights = {one for one in RIGHTS if allowed(world.staff[role], one, m.SavedView)}
        usual = {"view", "add", "change", "archive"}
        assert rights == (RIGHTS if role == "ADMINISTRATOR" else usual), role
    for person in world.people["acme"].values():
        assert not any(allowed(person, one, m.SavedView) for one in RIGHTS)


def _differences(stage: Stage, route: Route, method: str, right: str) -> Iterator[str]:
    case = case_of(route)
    row = stage.prepare(route, case, "acme")
    body = stage.body(route, case, method, "acme", row)
    for role in STAFF:
        may = _may(stage.rows.world.staff[role], right, route, row)
        before = _written()
        answer = call(stage.callers[role], method, route.address(row), body)
        if answer.is_success != may:
            yield f"{route.name} {role}: {answer.status}, declared {may}"
        if not may and answer.status != 403:
            yield f"{route.name} {role}: refused with {answer.status}"
        if not may and _written() != before:
            yield f"{route.name} {role}: refused and yet written"


def _plain(row: models.Model) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}


@pytest.mark.django_db
def test_a_form_writes_its_own_fields_and_no_other(stage: Stage) -> None:
    found = []
    for route in routes():
        if route.is_api or route.page != "edit":
            continue
        with transaction.atomic():
            found += _smuggled(stage, route)
            transaction.set_rollback(True)
    assert found == []


def _smuggled(stage: Stage, route: Route) -> Iterator[str]:
    case = case_of(route)
    row = stage.prepare(route, case, "acme")
    body = stage.body(route, case, "POST", "acme", row)
    form = _form_fields(stage, route.address(row))
    with acting_as(SYSTEM):
        before = _plain(type(row).objects.get(pk=row.pk))  # type: ignore[attr-defined]
    extra = {
        name: _evil(field)
        for field in row._meta.concrete_fields
        for name in (field.name, field.attname)
        if name not in form
    }
    answer = call(
        stage.callers["ADMINISTRATOR"], "POST", route.address(row), {**extra, **body}, keep=True
    )
    if not answer.is_success:
        yield f"{route.name}: {answer.status}"
    with acting_as(SYSTEM):
        after = _plain(type(row).objects.get(pk=row.pk))  # type: ignore[attr-defined]
    for field in row._meta.concrete_fields:
        kept = field.name not in form and field.name != "updated_at"
        if kept and before[field.attname] != after[field.attname]:
            yield f"{route.name}: {field.name} became {after[field.attname]!r}"


def _form_fields(stage: Stage, address: str) -> set[str]:
    answer = call(stage.callers["ADMINISTRATOR"], "GET", address)
    return {name for name in answer.context["form"].fields}


def _evil(field: Any) -> Any:
    for kind, value in EVIL.items():
        if isinstance(field, kind):
            return value
    return "7" if isinstance(field, models.IntegerField | models.DecimalField) else "SMUGGLED"


@pytest.mark.django_db
def test_a_new_record_takes_no_key_state_or_time_from_a_form(stage: Stage) -> None:
    evil = {
        "id": str(EVIL[models.UUIDField]), "pk": str(EVIL[models.UUIDField]), "state": "APPROVED",
        "is_published": "on", "is_demo": "on", "created_at": "2000-01-01", "archived_at": "2000-01-01",
        "reference": "OUT-SMUGGLED", "superseded_at": "2000-01-01",
    }  # fmt: skip
    route = next(one for one in routes() if one.name == "itsm:outages_create")
    body = stage.body(route, case_of(route), "POST", "acme", None)
    answer = call(
        stage.callers["ADMINISTRATOR"], "POST", reverse(route.name), {**evil, **body}, keep=True
    )
    assert answer.is_success
    with acting_as(SYSTEM):
        row = route.model.objects.latest("created_at")  # type: ignore[union-attr]
    assert str(row.pk) != evil["id"]
    assert (row.state, row.is_published, row.is_demo) == ("DRAFT", False, False)
    assert (row.archived_at, row.superseded_at) == (None, None)
    assert row.reference.startswith("OUT-20")
    assert isinstance(row.created_at, datetime)
    assert row.created_at.date() > date(2020, 1, 1)
