"""The description is the truth: it is committed, has stable names, and random calls never break the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as choices
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as conformance

from itsm.api.documents import openapi, openapi_yaml
from itsm.wsgi import application
from tests.api.conftest import Caller
from tests.architecture.rotation import PARTS, is_whole, parts
from tests.world import World

EXAMPLES = 200 if is_whole() else 20
CHECKS = (
    schemathesis.checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
)


def test_the_committed_description_is_that_of_the_code() -> None:
    text = (Path(settings.BASE_DIR) / "docs/openapi.yaml").read_text()

    assert text == openapi_yaml(), "Run: python manage.py openapi"


def test_every_operation_has_its_own_name_and_tells_its_problems() -> None:
    operations = [
        operation
        for methods in openapi()["paths"].values()
        for method, operation in methods.items()
        if method != "parameters"
    ]
    names = [operation["operationId"] for operation in operations]

    assert openapi()["openapi"] == "3.1.0"
    assert len(names) == len(set(names))
    assert not [name for name in names if name[-1].isdigit()]
    for operation in operations:
        assert {"400", "401", "403", "404", "429"} <= operation["responses"].keys()


def test_the_description_is_served_without_a_sign_in(world: World) -> None:
    answer = Caller(None).get("/schema")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/yaml")
    assert Caller(None).get("/schema?format=json").json()["openapi"] == "3.1.0"


def _operations(part: int) -> list[Any]:
    description = schemathesis.openapi.from_dict(openapi())
    found = sorted((r.ok() for r in description.get_all_operations()), key=lambda o: o.label)
    return found[part::PARTS]


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Keep the test's transaction: a request that ends would close its connection."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.mark.matrix
@pytest.mark.parametrize("part", parts())
@pytest.mark.usefixtures("_one_connection")
def test_random_calls_are_answered_as_described(world: World, settings: Any, part: int) -> None:
    caller = Caller(world.administrator)
    settings.API_REQUESTS_PER_MINUTE = 10**9
    found = {}
    for operation in _operations(part):
        try:
            _try(operation, {"Authorization": f"Bearer {caller.secret}"})
        except (BaseExceptionGroup, Exception) as failures:
            found[operation.label] = str(failures)

    assert not found, "\n\n".join(f"{label}:\n{text}" for label, text in found.items())


def _try(operation: Any, headers: dict[str, str]) -> None:
    _call(operation.as_strategy(), EXAMPLES, headers)
    if any((operation.body, operation.query, operation.headers, operation.path_parameters)):
        wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        _call(wrong, EXAMPLES // 4, headers)


def _call(cases: Any, count: int, headers: dict[str, str]) -> None:
    @choices(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def call(case: Any) -> None:
        response = case.call(app=application, headers=headers)
        case.validate_response(response, checks=CHECKS)

    call()


def _operations_with_paths() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def test_every_body_has_an_example_and_every_operation_its_call_in_curl_and_python() -> None:
    for path, method, operation in _operations_with_paths():
        bodies = operation.get("requestBody", {}).get("content", {}).values()
        assert all("example" in body for body in bodies), operation["operationId"]
        curl, python = operation["x-codeSamples"]
        assert curl["source"].startswith(f"curl -X {method.upper()} 'https://plimsoll.example/api/")
        assert "{" not in curl["source"].splitlines()[0], path
        compile(python["source"], "sample", "exec")


def test_examples_follow_from_that_of_create() -> None:
    found = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]["example"]
        for _path, _method, operation in _operations_with_paths()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }

    assert found["outages_partial_update"] == {"title": "Mail server stopped"}
    assert found["parties_batch"] == [found["parties_create"]]
    assert "slug" not in found["parties_upsert_by_slug"]


def test_the_type_of_a_problem_leads_to_its_entry_in_the_docs(admin: Caller, settings: Any) -> None:
    kind = admin.get("/services/not-there").json()["type"]
    page = admin.get("/docs").content.decode()

    assert kind == f"{settings.SITE_URL}/api/v1/docs#not_found"
    assert 'id="not_found"' in page
