"""How many queries each page and each list of the API asks: as many with 50 rows as with one, and no more
than tests/architecture/query_counts.json says. ``PLIMSOLL_WRITE=1`` writes that file anew.
"""

import copy
import json
import logging
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from itsm import models as m
from itsm.api.throttling import MinuteThrottle
from itsm.tenancy import SYSTEM, acting_as
from reporting import models as r
from slas import models as s
from tests.architecture.matrix import Stage, call, cast
from tests.architecture.rotation import PARTS, parts
from tests.architecture.source import ROOT
from tests.records import fill
from tests.routes import Route, case_of, routes
from tests.world import World

pytestmark = pytest.mark.django_db
BASELINE = ROOT / "tests" / "architecture" / "query_counts.json"
GOAL = 12
MANY = 49
PAGING = "LIMIT 1001) subquery"  # asked when a list has more than one page
HARNESS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
# Pages that ask about each service of a customer, one after the other: at most so many queries for one more.
PER_SERVICE = {"itsm:portal_now": 3}
# Pages that answer only for a row in another state than that of the standing rows.
NO_COUNT = {"healthz", "readyz", "itsm:import_failed", "itsm:service-events_calendar"}
# Rows that cannot be copied: one of a kind, or written by the system alone.
SINGLE = {m.ApiToken, m.FeedEntry, m.Membership, m.ImportRun, s.AgreementVersion, r.ReportIssue}


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The rows and the callers, without noise."""
    monkeypatch.setattr(MinuteThrottle, "allow_request", lambda *_: True)
    logging.disable(logging.CRITICAL)
    with acting_as(SYSTEM):
        rows = fill(world)
    yield Stage(rows, cast(world))
    logging.disable(logging.NOTSET)


def _unique(model: type[models.Model]) -> set[str]:
    named = {field.name for field in model._meta.concrete_fields if field.unique}
    for rule in model._meta.constraints:
        named |= set(getattr(rule, "fields", ()))
    return named


def _another(row: Any, number: int) -> Any:
    made = copy.copy(row)
    made._state = copy.copy(row._state)
    made._state.adding, made._state.fields_cache = True, {}
    made.pk = made._meta.pk.get_default()
    for name in _unique(type(row)):
        field, value = made._meta.get_field(name), getattr(made, name, None)
        if field.primary_key or field.is_relation or field.choices or value in (None, ""):
            continue
        setattr(made, name, _other(name, value, number))
    return made


def _other(name: str, value: Any, number: int) -> Any:
    """Return a value that no other row has, of the same kind."""
    if isinstance(value, datetime | date):
        return value + timedelta(days=number)
    named = {
        "code": f"Z{chr(65 + number // 26)}{chr(65 + number % 26)}",
        "period": f"{1950 + number // 12}-{number % 12 + 1:02}",
        "email": f"n{number}.{value}",
    }
    if name in named:
        return named[name]
    if isinstance(value, str) and name not in {"role", "kind", "state"}:
        return f"{value[:40]}-{number}"
    return value + number if isinstance(value, int) and not isinstance(value, bool) else value


def multiply(stage: Stage) -> None:
    """Write 49 more rows beside each that can be copied."""
    made: dict[type, list[Any]] = {}
    with acting_as(SYSTEM):
        for model, sides in stage.rows.by_model.items():
            if model in SINGLE:
                continue
            row = sides.get("acme") or sides["provider"]
            row = model._default_manager.get(pk=row.pk)  # type: ignore[attr-defined]
            rows = [_another(row, number) for number in range(1, MANY + 1)]
            for field in model._meta.concrete_fields:
                parents = made.get(field.related_model) if getattr(row, field.attname) else None  # type: ignore[arg-type]
                if field.name in _unique(model) and parents and field.related_model is not m.Party:
                    for one, parent in zip(rows, parents, strict=True):
                        setattr(one, field.name, parent)
            made[model] = model._default_manager.bulk_create(rows)  # type: ignore[attr-defined]


def _queries(stage: Stage, route: Route, *, first: bool) -> tuple[int, list[str]]:
    case = case_of(route)
    who = stage.right_actor(route, case, "acme")
    address = route.address(stage.row(route, "acme")) + case.query
    if first:
        call(who, "GET", address)  # what is read once per process is read
    with CaptureQueriesContext(connection) as asked:
        answer = call(who, "GET", address)
    assert answer.is_success, (route.name, answer.status)
    told = [one["sql"] for one in asked.captured_queries if not one["sql"].startswith(HARNESS)]
    told = [sql for sql in told if not (sql.startswith("SELECT COUNT") and PAGING in sql)]
    return len(told), told


def _pages() -> list[Route]:
    """Return the lists and the pages without a record, and of the others those whose turn it is."""
    whole = bool(os.environ.get("PLIMSOLL_WRITE"))
    return [
        route
        for number, route in enumerate(routes())
        if (whole or not route.parts or number % PARTS in parts())
        and "GET" in route.methods and route.name not in NO_COUNT
        and not route.pattern.startswith("accounts/")
    ]  # fmt: skip


def test_no_page_asks_more_with_fifty_rows_than_with_one(stage: Stage) -> None:
    few = {route.name: _queries(stage, route, first=True) for route in _pages()}
    multiply(stage)
    many = {route.name: _queries(stage, route, first=False) for route in _pages()}
    counts = {name: many[name][0] for name in many}
    if os.environ.get("PLIMSOLL_WRITE"):
        above = {name: count for name, count in sorted(counts.items()) if count > GOAL}
        facts = {"goal": GOAL, "above_goal": above, "counts": dict(sorted(counts.items()))}
        BASELINE.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        for name, (count, told) in many.items():
            if count > few[name][0]:
                print(f"N+1 {name}: {few[name][0]} → {count}", *told[-3:], sep="\n    ")
    grown = {
        name: (few[name][0], count)
        for name, count in counts.items()
        if count > few[name][0] + PER_SERVICE.get(name, 0) * MANY
    }
    assert grown == {}
    known = json.loads(BASELINE.read_text(encoding="utf-8"))["counts"]
    assert {name: count for name, count in counts.items() if count > known.get(name, 0)} == {}


def test_only_the_known_pages_ask_more_than_twelve() -> None:
    known = json.loads(BASELINE.read_text(encoding="utf-8"))
    above = {name for name, count in known["counts"].items() if count > known["goal"]}

    assert above == set(known["above_goal"])
