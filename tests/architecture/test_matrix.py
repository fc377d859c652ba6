"""Every address × every method × everybody × own, foreign and absent record (architecture, section 8).

What is foreign is answered exactly like what does not exist, nobody reads another customer's canary, and
a cell counts only if the same call by the right person works.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from itsm.api.throttling import MinuteThrottle
from itsm.permissions import PERSONAL_MODELS
from itsm.tenancy import SYSTEM, ScopedQuerySet, acting_as
from tests.architecture.matrix import OTHER, Answer, Caller, Stage, call, cast, foreign_canary
from tests.architecture.rotation import PARTS, is_changed, parts
from tests.records import fill
from tests.routes import ABSENT, ABSENT_SLUG, METHODS, Case, Route, case_of, routes
from tests.world import CANARY, World

pytestmark = pytest.mark.matrix
SAFE = {"GET", "HEAD", "OPTIONS"}
OWN_ACCOUNT = {
    "itsm:account", "itsm:sessions", "itsm:tokens", "itsm:calendars", "itsm:theme",
}  # fmt: skip
# Methods that an address does not answer are tried by one of each kind of caller.
FEW = ("anonymous", "ADMINISTRATOR", "acme CUSTOMER_APPROVER", "token acme", "token read")
# A site without beat is not ready, and says so.
NOT_READY = {"readyz"}
# The right person's call is refused for a reason of its own: no such confirmation key.
REFUSED_TO_ALL = {("account_confirm_email", "POST")}
# Pages that show a customer's record without any of its texts.
WITHOUT_WORDS = {
    "api-tokens-detail", "calendar-feeds-detail", "slas:subscriptions_detail", "subscriptions-detail",
    "evaluations-detail",
    "agreement-versions-detail", "report-recipients-detail",
}  # fmt: skip
LEAST_CELLS = 20_000


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The rows and the callers; refusals are not logged and nobody is slowed down."""
    monkeypatch.setattr(MinuteThrottle, "allow_request", lambda *_: True)
    logging.disable(logging.CRITICAL)
    with acting_as(SYSTEM):
        rows = fill(world)
    yield Stage(rows, cast(world))
    logging.disable(logging.NOTSET)


def part_of(number: int) -> list[Route]:
    """Return the routes of one part, spread over the whole map."""
    return list(routes())[number::PARTS]


def whose(route: Route, method: str, names: Any) -> list[str]:
    """Return who tries a method of an address."""
    return list(names) if method in route.methods else [n for n in names if n in FEW]


def places(stage: Stage, route: Route, method: str, who: Caller) -> list[str]:
    """Return which records are tried: own, foreign, absent; one where the address has no key."""
    if stage.row(route, "acme") is None:
        return ["none"]
    if method not in route.methods:
        return ["own"]
    if (who.is_staff and not who.side) or not _is_foreign(stage, route):
        return ["own", "absent"]
    return ["own", "foreign", "absent"]


def _is_foreign(stage: Stage, route: Route) -> bool:
    """Whether the other side's row is hidden: a customer's own, or the provider's alone."""
    wall = getattr(route.model, "wall", "")
    return stage.rows.knows(route.model, "bolt") or wall not in {"shared"}  # type: ignore[arg-type]


def test_every_route_of_the_url_map_has_its_case() -> None:
    unknown = []
    for route in routes():
        try:
            case_of(route)
        except LookupError:
            unknown.append(f"{route.name} {route.pattern}")
    assert unknown == []


def test_every_route_and_name_is_there_once() -> None:
    patterns = [route.pattern for route in routes()]
    assert len(patterns) == len(set(patterns))


@pytest.mark.django_db
def test_the_whole_matrix_has_twenty_thousand_cells(stage: Stage) -> None:
    count = sum(
        len(places(stage, route, method, stage.callers[name]))
        for route in routes()
        for method in METHODS
        if method in route.methods
        for name in whose(route, method, stage.callers)
    )
    assert count >= LEAST_CELLS


@pytest.mark.django_db
@pytest.mark.parametrize("number", [*parts(), -1])
def test_foreign_is_answered_like_absent_and_nobody_sees_the_other(
    stage: Stage, number: int
) -> None:
    chosen = part_of(number) if number >= 0 else [r for r in routes() if is_changed(r.view)][:6]
    faults: list[str] = []
    for route in chosen:
        with transaction.atomic():
            faults += _route_faults(stage, route)
            transaction.set_rollback(True)
    assert faults == []


def _route_faults(stage: Stage, route: Route) -> Iterator[str]:
    cache.clear()  # sign-in pages count their callers
    case = case_of(route)
    rows = {side: stage.prepare(route, case, side) for side in OTHER}
    for method in METHODS:
        bodies = {
            side: stage.body(route, case, method, side, row) if method in route.methods else None
            for side, row in rows.items()
        }
        if method in route.methods:
            yield from _refused_to_the_right_person(stage, route, case, method, rows, bodies)
        for name in whose(route, method, stage.callers):
            yield from _cell_faults(stage, route, case, method, stage.callers[name], rows, bodies)


def _refused_to_the_right_person(
    stage: Stage, route: Route, case: Case, method: str, rows: Any, bodies: Any
) -> Iterator[str]:
    for side in OTHER:
        who = stage.right_actor(route, case, side)
        answer = call(who, method, route.address(rows[side]) + case.query, bodies[side])
        signs_in = route.pattern.startswith("accounts/") and answer.status in {302, 429}
        excused = signs_in or route.name in NOT_READY or (route.name, method) in REFUSED_TO_ALL
        if not answer.is_success and not excused:
            yield f"{route.name} {method} {side}: the right person gets {answer.status}"


def _cell_faults(
    stage: Stage, route: Route, case: Case, method: str, who: Caller, rows: Any, bodies: Any
) -> Iterator[str]:
    own = who.side or "acme"
    answers: dict[str, Answer] = {}
    for place in places(stage, route, method, who):
        row = rows[OTHER[own] if place == "foreign" else own]
        address = route.address(row, absent=place == "absent") + case.query
        answers[place] = answer = call(who, method, address, bodies[own])
        where = f"{route.name} {method} {who.name} {place}: {answer.status}"
        if answer.status >= 500 and route.name not in NOT_READY:
            yield f"{where} broke"
        if not who.is_staff and foreign_canary(who, answer):
            yield f"{where} shows another customer"
        yield from (f"{where} {words}" for words in _rights_faults(route, method, who, answer))
    if "foreign" in answers and method in route.methods:
        yield from _existence_faults(route, method, who, answers, rows[OTHER[own]])


def _rights_faults(route: Route, method: str, who: Caller, answer: Answer) -> Iterator[str]:
    refused = not answer.is_success
    unknown = not (who.session or (who.secret and route.takes_tokens)) or who.name == "inactive"
    if unknown and not route.is_public:
        if not refused:
            yield "is open to people who are not signed in"
        if route.is_api and answer.status not in {401, 405}:
            yield "should be 401"
    if method in SAFE or route.is_public or route.name in OWN_ACCOUNT:
        return
    if who.name == "token read" and not refused:
        yield "a token that only reads has written"
    own_token = route.pattern.startswith(("api/v1/^api-tokens", "api/v1/^calendar-feeds"))
    own_view = getattr(route.model, "__name__", "") in PERSONAL_MODELS
    if who.role == "AUDITOR" and not refused and not own_token and not own_view:
        yield "an auditor has written"
    if who.name == "stranger" and not refused and not own_token:
        yield "somebody without a role has written"


def _existence_faults(
    route: Route, method: str, who: Caller, answers: dict[str, Answer], foreign: Any
) -> Iterator[str]:
    keys = [str(foreign.pk), getattr(foreign, "slug", ""), getattr(foreign, "token_key", "")]
    keys += [getattr(foreign, "number", "")] if route.name.endswith("verify_number") else []
    known = answers["foreign"].masked(*map(str, keys))
    absent = answers["absent"].masked(ABSENT, ABSENT_SLUG, "A" * 15, "RPT-NONE")
    if known != absent:
        told = [pair for pair in zip(known, absent, strict=True) if pair[0] != pair[1]]
        yield f"{route.name} {method} {who.name}: tells that a foreign record exists: {told}"
    if answers["foreign"].is_success and not route.is_public:
        yield f"{route.name} {method} {who.name}: opens a foreign record"


@pytest.mark.django_db
@pytest.mark.parametrize("number", parts())
def test_the_second_wall_stands_when_the_first_is_gone(
    stage: Stage, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, _who: rows)
    customers = [who for who in stage.callers.values() if who.side or who.name == "stranger"]
    faults = []
    for route in part_of(number):
        case = case_of(route)
        if "GET" not in route.methods or route.pattern.startswith("accounts/"):
            continue
        for who in customers:
            own = who.side or "acme"
            for side in (own, OTHER[own]) if stage.row(route, own) is not None else (own,):
                answer = call(who, "GET", route.address(stage.row(route, side)) + case.query)
                if foreign_canary(who, answer):
                    faults.append(f"{route.name} {who.name} {side}")
    assert faults == []


@pytest.mark.django_db
def test_the_canaries_are_there_for_those_who_may_see_them(stage: Stage) -> None:
    shown = {
        route.name
        for route in routes()
        if route.page in {"detail", "list"} and "GET" in route.methods
        for answer in [call(stage.callers["ADMINISTRATOR"], "GET", route.address(stage.row(route, "bolt")))]
        if CANARY["bolt"].encode() in answer.body
    }  # fmt: skip
    hidden = {
        route.name
        for route in routes()
        if route.page == "detail" and route.model is not None
        and stage.rows.knows(route.model, "bolt") and route.name not in shown
    }  # fmt: skip
    assert hidden <= WITHOUT_WORDS
    assert len(shown) >= 40
