"""The history of a record as data: who changed which field when, newest first."""

from typing import Any

from django.db import models

MOST = 200
UNSAID = frozenset({"id", "created_at", "updated_at", "is_demo"})


def history_model(model: type[models.Model]) -> Any:
    """Return the history table of an audited model, or None."""
    known = getattr(model, "pgh_event_models", None) or {}
    return next(iter(known.values()), None)


def history_of(row: models.Model) -> list[dict[str, Any]]:
    """Return the newest 200 changes: ``{"at", "act", "by", "request_id", "changes": {field: {"old", "new"}}}``."""
    table = history_model(type(row))
    if table is None:
        return []
    found = list(
        table._default_manager.filter(pgh_obj_id=row.pk)
        .select_related("pgh_context")
        .order_by("-pgh_created_at", "-pgh_id")[: MOST + 1]
    )
    pairs = zip(found, [*found[1:], None], strict=True)
    return [_entry(now, before) for now, before in list(pairs)[:MOST]]


def _entry(now: Any, before: Any) -> dict[str, Any]:
    context = now.pgh_context
    facts = (context.metadata if context else None) or {}
    return {
        "at": now.pgh_created_at,
        "act": now.pgh_label,
        "by": facts.get("user", ""),
        "request_id": facts.get("request", ""),
        "changes": {} if now.pgh_label == "delete" else dict(_changes(now, before)),
    }


def _changes(now: Any, before: Any) -> Any:
    for field in now._meta.concrete_fields:
        if field.name.startswith("pgh_") or field.name in UNSAID:
            continue
        new = getattr(now, field.attname)
        old = getattr(before, field.attname) if before is not None else None
        if new != old:
            yield field.name, {"old": old, "new": new}
