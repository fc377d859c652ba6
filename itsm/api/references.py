"""How one record names another: ``{"id", "slug"}`` out; in by id, by slug or by ``{"slug": "webmail"}``."""

import re
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

NATURAL_KEYS = ("slug", "code", "reference", "email")
_UUID = re.compile(r"^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$")
REFERENCE_SCHEMA = {
    "oneOf": [
        {"type": "string", "format": "uuid"},
        {"type": "string", "description": "The short name, code, number or e-mail."},
        {
            "type": "object",
            "properties": {"id": {"type": "string", "format": "uuid"}, "slug": {"type": "string"}},
            "additionalProperties": True,
        },
    ],
    "examples": [{"slug": "webmail"}],
}


def natural_key(model: type[models.Model]) -> str:
    """Return the unique text field by which people know rows of this model, or an empty text."""
    for name in NATURAL_KEYS:
        field = next((f for f in model._meta.concrete_fields if f.name == name), None)
        if field is not None and field.unique:
            return name
    return ""


def as_uuid(text: Any) -> UUID | None:
    """Return the UUID that this text is, or None."""
    return UUID(text) if isinstance(text, str) and _UUID.match(text) else None


def lookup_of(model: type[models.Model], given: Any) -> dict[str, Any] | None:
    """Return the filter that finds the named row, or None when nothing can be read from ``given``."""
    key = natural_key(model)
    if isinstance(given, dict) and len(given) >= 1:
        if as_uuid(given.get("id")):
            return {"pk": as_uuid(given["id"])}
        named = given.get(key) if key else None
        return {key: named} if isinstance(named, str) and named else None
    if as_uuid(given):
        return {"pk": as_uuid(given)}
    return {key: given} if key and isinstance(given, str) and given else None


@extend_schema_field(REFERENCE_SCHEMA)
class Reference(serializers.RelatedField):  # type: ignore[type-arg]
    """A related record, looked up among the rows that the caller may see."""

    def use_pk_only_optimization(self) -> bool:
        """Models without a natural key need no join."""
        model = self._model()
        return model is None or not natural_key(model)

    def _model(self) -> type[models.Model] | None:
        queryset = getattr(self, "queryset", None)
        if queryset is not None:
            return queryset.model  # type: ignore[no-any-return]
        parent = getattr(self.parent, "Meta", None)
        if parent is None or self.source is None:
            return None
        return parent.model._meta.get_field(self.source).related_model  # type: ignore[no-any-return]

    def to_representation(self, value: Any) -> dict[str, str]:
        """Return key and natural key."""
        key = natural_key(self._model() or type(value))
        named = {key: str(getattr(value, key))} if key else {}
        return {"id": str(value.pk), **named}

    def to_internal_value(self, data: Any) -> Any:
        """Return the row; a row that the caller may not see does not exist."""
        model = self._model()
        assert model is not None  # noqa: S101 a writable reference has a queryset
        lookup = lookup_of(model, data)
        if lookup is None:
            raise serializers.ValidationError(_words(model), code="invalid")
        rows = model._default_manager.all()
        user = self.context["request"].user
        visible = getattr(rows, "visible_to", None)
        row = (visible(user) if visible else rows).filter(**lookup).first()
        if row is None:
            text = _("There is no such %(kind)s.") % {"kind": model._meta.verbose_name}
            raise serializers.ValidationError(text, code="does_not_exist")
        return row


def _words(model: type[models.Model]) -> str:
    key = natural_key(model)
    if not key:
        return _("Name the %(kind)s by its id.") % {"kind": model._meta.verbose_name}
    return _('Name the %(kind)s by id or as {"%(key)s": "…"}.') % {
        "kind": model._meta.verbose_name,
        "key": key,
    }
