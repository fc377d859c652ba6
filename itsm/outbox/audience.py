"""Who may hear of an announcement: its subject decides, and what nobody can name stays with the provider."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps

from itsm.tenancy import CUSTOMER_ROLE, Actor

# What customers may read of a payload: identifiers and words of their own records.
CUSTOMER_KEYS = frozenset(
    {
        "uuid", "service", "agreement", "customer", "issue", "obligation", "definition", "feedback",
        "version", "period", "kind", "answer",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audience:
    """The subject of an announcement and who may hear of it: nobody outside without customer and service."""

    kind: str = ""
    uuid: UUID | None = None
    customer_id: UUID | None = None
    service_id: UUID | None = None

    @property
    def is_provider_only(self) -> bool:
        """Whether no customer may hear of it."""
        return self.customer_id is None and self.service_id is None

    def share(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of ``payload`` that this audience may read."""
        if self.is_provider_only:
            return dict(payload)
        return {key: value for key, value in payload.items() if key in CUSTOMER_KEYS}


def audience_of(event: str, payload: Mapping[str, Any]) -> Audience:
    """Return who may hear of ``event`` now: at most two queries, as the system.

    The subject is the record of ``payload["uuid"]`` when the event begins with a model's name
    ("outage.approved"), else the first record of the app that begins it ("reporting.report_published").
    A customer hears of it only while it may see that record.
    """
    found = next(_named(event.partition(".")[0], payload), None)
    if found is None:
        return Audience()
    model, key = found
    row = model._base_manager.filter(pk=key).first()
    kind = str(model._meta.model_name)
    if row is None:
        return Audience(kind, key)
    wall = getattr(model, "wall", "")
    if wall == "customer":
        return _of_customer(kind, row, getattr(row, getattr(model, "wall_column", "customer_id")))
    if wall == "shared" and hasattr(row, "is_published"):
        if row.customer_id:
            return _of_customer(kind, row, row.customer_id)
        return Audience(kind, key, None, row.service_id if row.is_published else None)
    return Audience(kind, key)


def _of_customer(kind: str, row: Any, customer: UUID) -> Audience:
    actor = Actor(role=CUSTOMER_ROLE, customer_ids=(customer,))
    is_seen = type(row)._default_manager.filter(pk=row.pk).visible_to(actor).exists()
    return Audience(kind, row.pk, customer if is_seen else None)


def _named(head: str, payload: Mapping[str, Any]) -> Iterator[tuple[Any, UUID]]:
    if head in _models() and (key := _uuid(payload.get("uuid"))):
        yield _models()[head], key
    if apps.is_installed(head):
        names = {
            str(model._meta.model_name): model for model in apps.get_app_config(head).get_models()
        }
        for word, value in payload.items():
            exact = names.get(word)
            model = exact or next((m for name, m in names.items() if name.endswith(word)), None)
            if model is not None and (key := _uuid(value)):
                yield model, key


@cache
def _models() -> dict[str, Any]:
    return {
        str(model._meta.model_name): model
        for model in apps.get_models()
        if hasattr(model, "wall") and not hasattr(model, "pgh_tracked_model")
    }


def _uuid(value: Any) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
