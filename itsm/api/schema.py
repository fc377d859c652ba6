"""The OpenAPI 3.1 description: stable operation ids, problem documents, headers of the contract."""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from itsm.api.expansion import declared, names_of
from itsm.api.negotiation import FORMATS
from itsm.api.samples import code_samples, example_of
from itsm.services.problems import CONTENT_TYPE, PROBLEMS
from itsm.workbooks import CONTENT_TYPE as WORKBOOK

USUAL = frozenset({"list", "create", "retrieve", "update", "partial_update", "destroy"})
PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": sorted(PROBLEMS)},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "The query parameter."},
                    "header": {"type": "string", "description": "The header."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "accepted": {"type": "array", "items": {}},
                },
            },
        },
    },
}
_REFUSALS = {
    "400": "Some values are not accepted.",
    "401": "Nobody is signed in.",
    "403": "The roles or the token do not allow this.",
    "404": "There is no such record for this caller.",
    "405": "The address does not know the method.",
    "406": "The answer has no such format.",
    "409": "The record's state stands in the way.",
    "410": "The feed is not kept as far back as the cursor.",
    "412": "The record was changed meanwhile.",
    "413": "The request is too large.",
    "415": "The type of the contents is not known.",
    "422": "The Idempotency-Key was used for another request.",
    "428": "If-Match is missing.",
    "429": "Too many requests.",
}
CHANGES = "/api/v1/changes"
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_TWO_ANSWERS = (
    ("_upsert", "200", "201"),
    ("_upsert_by_slug", "200", "201"),
    ("_append", "201", "200"),
)
_WRITES = frozenset({"409", "412", "413", "415", "422", "428"})


class ApiSchema(AutoSchema):
    """Adds what every operation of the contract has."""

    def get_override_parameters(self) -> list[Any]:
        """Return the headers and query parameters of the contract."""
        found: list[OpenApiParameter] = []
        if self.method == "POST":
            found.append(_header("Idempotency-Key", "The same key within 24 hours acts once."))
        if self.method in {"PUT", "PATCH"} or self._is_act():
            found.append(_header("If-Match", "The ETag of the version that is to be changed."))
        if self.method == "GET" and hasattr(self.view, "serializer_class"):
            found.extend(self._reading())
        return found

    def get_operation_id(self) -> str:
        """Return collection and act: "outages_approve"; these names are methods of clients, so they stay."""
        action = getattr(self.view, "action", "") or ""
        basename = getattr(self.view, "basename", "")
        if action in USUAL or not basename:
            return super().get_operation_id()
        return f"{basename}_{action}".replace("-", "_")

    def _reading(self) -> list[OpenApiParameter]:
        action = getattr(self.view, "action", "")
        if action not in {"list", "retrieve"}:
            return []
        names = [
            OpenApiParameter("fields", OpenApiTypes.STR, description="Only these, by commas."),
            OpenApiParameter("omit", OpenApiTypes.STR, description="All but these, by commas."),
        ]
        view: Any = self.view
        if links := names_of(declared(view.serializer_class)):
            text = f"Linked records whole, by commas: {', '.join(links)}."
            names.append(OpenApiParameter("expand", OpenApiTypes.STR, description=text))
        if action == "list":
            names.append(OpenApiParameter("format", OpenApiTypes.STR, enum=list(FORMATS)))
            return names
        return [*names, _header("If-None-Match", "The ETag that the caller has: 304 when current.")]

    def _is_act(self) -> bool:
        action = getattr(self.view, "action", "") or ""
        return (
            self.method == "POST"
            and action not in {"create", "list", "append", "batch"}
            and "{" in self.path
        )


def _header(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, location=OpenApiParameter.HEADER, description=text
    )


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add problem documents and examples to every operation (a postprocessing hook of drf-spectacular)."""
    parts = result.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {
        f"Problem{status}": {"description": text, "content": content}
        for status, text in _REFUSALS.items()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                operation["security"] = [{"token": []}, {"session": []}]
                _refusals(path, method, operation)
                _examples(path, method, operation, parts["schemas"])
    _tidy(result)
    return result


def _tidy(part: Any) -> None:
    """Remove the marks that the generator leaves for its own hook on enumerations."""
    if isinstance(part, dict):
        part.pop("x-spec-enum-id", None)
        for inner in part.values():
            _tidy(inner)
    elif isinstance(part, list):
        for inner in part:
            _tidy(inner)


def _refusals(path: str, method: str, operation: dict[str, Any]) -> None:
    for status in _REFUSALS:
        if (method == "get" and status in _WRITES) or (status == "410" and path != CHANGES):
            continue
        answer = {"$ref": f"#/components/responses/Problem{status}"}
        operation["responses"].setdefault(status, answer)
    for ending, known, other in _TWO_ANSWERS:
        if operation["operationId"].endswith(ending) and known in operation["responses"]:
            operation["responses"][other] = operation["responses"][known]
    if operation["operationId"].endswith("_list") and method == "get":
        content = operation["responses"]["200"].setdefault("content", {})
        for kind in ("text/csv", "application/x-ndjson", WORKBOOK):
            content.setdefault(kind, {"schema": {"type": "string"}})
    if method == "get" and re.search(r"\{[^}]+\}$", path):
        operation["responses"].setdefault("304", {"description": "The caller has this version."})


def _examples(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give the body an example, and the operation its call as code."""
    content = operation.get("requestBody", {}).get("content", {})
    example = None
    if content:
        usual = content.get("application/json") or next(iter(content.values()))
        example = example_of(operation["operationId"], usual.get("schema", {}), schemas)
        for kind in content.values():
            kind["example"] = example
    operation["x-codeSamples"] = code_samples(method, path, operation, example)
