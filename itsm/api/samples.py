"""Examples and code of every operation in the description, derived from the schema and ``EXAMPLES``."""

import json
import pprint
import re
from collections.abc import Mapping
from typing import Any

from itsm.api.examples import EXAMPLES

SITE = "https://plimsoll.example"
KEY = "0198c0de-0000-7000-8000-000000000001"
PATH_VALUES = {"source": "monitoring", "external_id": "alert-4711", "slug": "webmail"}
FORMATS = {
    "uuid": KEY,
    "date-time": "2026-03-02T07:00:00Z",
    "date": "2026-03-02",
    "time": "08:00:00",
    "email": "ana@acme.example",
    "uri": SITE,
    "decimal": "1.5",
    "binary": "",
}
PLAIN: Mapping[str, Any] = {
    "string": "text", "integer": 1, "number": 1.5, "boolean": True, "object": {}, "null": None,
}  # fmt: skip
DERIVED = ("_upsert_by_slug", "_upsert", "_partial_update", "_update", "_batch")
DEEPEST = 4


def example_of(name: str, schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Any:
    """Return a body for the operation: the given one, that of its collection's create, or a made one."""
    if name in EXAMPLES:
        return EXAMPLES[name]
    ending = next((end for end in DERIVED if name.endswith(end)), "")
    whole = EXAMPLES.get(f"{name.removesuffix(ending)}_create") if ending else None
    if whole is None:
        made = made_up(schema, parts)
        return dict(list(made.items())[:1]) if ending == "_partial_update" and made else made
    return _of_create(ending, whole)


def _of_create(ending: str, whole: Mapping[str, Any]) -> Any:
    """Return the body of another operation for the record that ``whole`` creates."""
    if ending == "_batch":
        return [whole]
    if ending == "_partial_update":
        name = next((n for n in ("title", "name", "question") if n in whole), next(iter(whole)))
        return {name: whole[name]}
    left_out = {
        "_upsert": {"source", "external_id"},
        "_upsert_by_slug": {"slug"},
    }.get(ending, set())
    return {name: value for name, value in whole.items() if name not in left_out}


def made_up(schema: Mapping[str, Any], parts: Mapping[str, Any], depth: int = 0) -> Any:
    """Return a value of the schema: its example, its first choice, or the required fields of an object."""
    if "$ref" in schema:
        return made_up(parts[schema["$ref"].rsplit("/", 1)[1]], parts, depth)
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("allOf", "oneOf", "anyOf"):
        if schema.get(name):
            return made_up(schema[name][0], parts, depth)
    if "format" in schema and schema["format"] in FORMATS:
        return FORMATS[schema["format"]]
    return _of_kind(schema, parts, depth)


def _of_kind(schema: Mapping[str, Any], parts: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [made_up(schema.get("items", {}), parts, depth + 1)] if depth < DEEPEST else []
    if kind == "object":
        return _object(schema, parts, depth)
    if kind == "integer":
        return schema.get("minimum", PLAIN["integer"])
    return PLAIN.get(kind)


def _object(schema: Mapping[str, Any], parts: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth >= DEEPEST:
        return {}
    fields = schema.get("properties", {})
    written = [name for name, part in fields.items() if not part.get("readOnly")]
    named = [name for name in written if name in schema.get("required", ())] or written[:1]
    return {name: made_up(fields[name], parts, depth + 1) for name in named}


def code_samples(
    method: str, path: str, operation: Mapping[str, Any], body: Any
) -> list[dict[str, str]]:
    """Return the call as curl and as Python; ``body`` is None when the operation takes none."""
    address = SITE + re.sub(r"\{(\w+)\}", lambda part: PATH_VALUES.get(part[1], KEY), path)
    headers = _headers(method, operation)
    return [
        {"lang": "Shell", "label": "curl", "source": _curl(method, address, headers, body)},
        {"lang": "Python", "label": "Python", "source": _python(method, address, headers, body)},
    ]


def _headers(method: str, operation: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers worth sending: the version for a change, a key for a new record."""
    declared = {part.get("name") for part in operation.get("parameters", ())}
    found = {}
    if "If-Match" in declared and method in {"put", "patch"}:
        found["If-Match"] = '"64f0c1a2b3c4d"'
    if "Idempotency-Key" in declared and method == "post":
        found["Idempotency-Key"] = "alert-4711"
    return found


def _curl(method: str, address: str, headers: Mapping[str, str], body: Any) -> str:
    parts = [f"curl -X {method.upper()} '{address}'", '-H "Authorization: Bearer $TOKEN"']
    parts += [f"-H '{name}: {value}'" for name, value in headers.items()]
    if body is not None:
        text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{text}'"]
    return " \\\n  ".join(parts)


def _python(method: str, address: str, headers: Mapping[str, str], body: Any) -> str:
    sent = ['"Authorization": f"Bearer {token}"']
    sent += [f"{name!r}: {value!r}" for name, value in headers.items()]
    lines = [f'"{method.upper()}"', f'"{address}"', f"headers={{{', '.join(sent)}}}"]
    if body is not None:
        lines.append(f"json={pprint.pformat(body, width=70, sort_dicts=False)}")
    call = "".join(f"    {line},\n" for line in lines)
    return f"import httpx\n\nanswer = httpx.request(\n{call})\nanswer.raise_for_status()"
