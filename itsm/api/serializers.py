"""The base of every serializer: explicit fields, references, the model's own constraints, no mass assignment."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from itsm.api import expansion
from itsm.api.errors import WHOLE, from_django
from itsm.api.references import Reference
from itsm.tenancy import actor_for

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SECRET_WALLS = frozenset({"provider", "system"})


class Instant(serializers.DateTimeField):
    """RFC 3339: any offset comes in, UTC goes out; a time without offset is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)

    def to_internal_value(self, value: Any) -> datetime:
        """Return an aware instant between the years 1900 and 2200."""
        if isinstance(value, str) and not _has_offset(value):
            raise ValidationError(
                _("Add Z or an offset, such as 2026-03-01T08:00:00Z."), code="time_zone_missing"
            )
        found: datetime = super().to_internal_value(value)
        if not EARLIEST <= found < LATEST:
            raise ValidationError(_("Give a year from 1900 to 2199."), code="out_of_range")
        return found


def _has_offset(text: str) -> bool:
    clock = text.strip()[10:]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock


class Day(serializers.DateField):
    """A day between the years 1900 and 2199."""

    def to_internal_value(self, value: Any) -> Any:
        """Return the date."""
        found = super().to_internal_value(value)
        if not EARLIEST.year <= found.year < LATEST.year:
            raise ValidationError(_("Give a year from 1900 to 2199."), code="out_of_range")
        return found


class RecordSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """A record as JSON. ``Meta.fields`` is explicit; ``Meta.staff_only`` names what customers never read.

    Fields that the model does not let people edit are read-only; an unknown name is refused. Before a
    write the model's constraints are asked, so that a refusal points to the field. ``Meta.expands`` names
    the links that ``?expand=`` may give whole.
    """

    expanded: Mapping[str, Any] | None = None

    serializer_related_field = Reference
    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Instant,
        models.DateField: Day,
    }

    def __init_subclass__(cls, **facts: Any) -> None:
        """Know the serializer of each model: the first one that is declared."""
        super().__init_subclass__(**facts)
        meta = getattr(cls, "Meta", None)
        if meta is not None:
            expansion.SERIALIZERS.setdefault(meta.model, cls)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields that this caller may read and asked for."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is None:
            return fields
        if not actor_for(request.user).is_staff:
            fields = {n: f for n, f in fields.items() if n not in self.hidden_from_customers()}
        if request.method in {"GET", "HEAD"} and self._is_outermost():
            fields = chosen(in_view(fields, request), request.query_params)
            self.expanded = expansion.asked(
                request.query_params.get("expand", ""), type(self), request.user
            )
        return {**fields, **self._whole(fields)}

    def _whole(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the serializers of the links that are to be given whole."""
        found = {}
        for name, inner in (self.expanded or {}).items():
            if name in fields:
                target = expansion.target_of(type(self), name)
                found[name] = expansion.SERIALIZERS[target](read_only=True)
                found[name].expanded = inner
        return found

    def _is_outermost(self) -> bool:
        above: Any = self.parent
        return above is None or (
            isinstance(above, serializers.ListSerializer) and above.parent is None
        )

    @classmethod
    def hidden_from_customers(cls) -> frozenset[str]:
        """Return the fields that only the provider reads: declared ones and links behind its wall."""
        meta: Any = cls.Meta
        model, hidden = meta.model, set(getattr(meta, "staff_only", ()))
        for field in model._meta.concrete_fields:
            target = field.related_model
            if target is not None and getattr(target, "wall", "") in SECRET_WALLS:
                hidden.add(field.name)
        return frozenset(hidden)

    def get_uniqueness_extra_kwargs(
        self, field_names: Any, declared_fields: Any, extra_kwargs: Any
    ) -> Any:
        """Leave uniqueness of several fields to the model's constraints."""
        return extra_kwargs, {}

    def get_unique_together_validators(self) -> list[Any]:
        """Leave uniqueness of several fields to the model's constraints."""
        return []

    def to_internal_value(self, data: Any) -> Any:
        """Return the accepted values; refuse names that this record does not have."""
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                known = [n for n, f in self.fields.items() if not f.read_only]
                text = _("There is no such field. Use: %(known)s.") % {"known": ", ".join(known)}
                raise ValidationError(
                    {str(name)[:80]: [ErrorDetail(text, "unknown_field")] for name in unknown[:20]}
                )
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask the model's own rules and constraints about the record as it would be."""
        check_constraints(
            self.candidate(attrs), attrs, left=getattr(self.Meta, "left_to_service", ())
        )
        return attrs

    def candidate(self, attrs: Mapping[str, Any]) -> Any:
        """Return the record as it would be after the write, not saved."""
        meta: Any = self.Meta
        model = meta.model
        row = copy.copy(self.instance) if self.instance is not None else model()
        known = {field.name for field in model._meta.concrete_fields}
        for name, value in attrs.items():
            if name in known:
                setattr(row, name, value)
        return row


def in_view(fields: dict[str, Any], request: Any) -> dict[str, Any]:
    """Return the fields that the columns of ``?view=`` show, in their order; ``fields`` and ``omit`` win."""
    view = getattr(request, "saved_view", None)
    if view is None or not view.columns or {"fields", "omit"} & request.query_params.keys():
        return fields
    named = dict.fromkeys(("id", *(column.split(".")[0] for column in view.columns)))
    return {name: fields[name] for name in named if name in fields}


def chosen(fields: Mapping[str, Any], query: Any) -> dict[str, Any]:
    """Return the fields left by ``?fields=a,b`` and ``?omit=c``; refuse a name that is not there."""
    wanted, unwanted = _names(query.get("fields")), _names(query.get("omit"))
    for parameter, names in (("fields", wanted), ("omit", unwanted)):
        unknown = sorted(names - fields.keys())
        if unknown:
            text = _("“%(name)s” is not a field. Use: %(known)s.") % {
                "name": unknown[0][:40],
                "known": ", ".join(fields),
            }
            raise ValidationError({f"?{parameter}": [ErrorDetail(text, "unknown_field")]})
    return {
        name: field
        for name, field in fields.items()
        if (not wanted or name in wanted) and name not in unwanted
    }


def _names(text: str | None) -> set[str]:
    return {part.strip() for part in (text or "").split(",") if part.strip()}


def check_constraints(
    row: models.Model, written: Iterable[str] = (), *, left: Iterable[str] = ()
) -> None:
    """Raise ValidationError with a field for each rule of the model that the row breaks.

    ``written`` are the fields that were sent; constraints named in ``left`` are their service's business.
    """
    found: dict[str, list[Any]] = {}
    written = set(written)
    try:
        row.clean()
    except DjangoValidationError as error:
        found.update(from_django(error))
    for model, constraint in _constraints(row, set(left)):
        try:
            constraint.validate(model, row)
        except DjangoValidationError as error:
            code = _CODES.get(type(constraint), "constraint")
            details = [ErrorDetail(text, code) for text in error.messages]
            found.setdefault(_place(constraint, written), []).extend(details)
    if found:
        raise ValidationError(found)


def _constraints(row: models.Model, left: set[str]) -> Iterator[tuple[Any, Any]]:
    for model, constraints in row.get_constraints():
        yield from ((model, one) for one in constraints if one.name not in left)


_CODES = {models.CheckConstraint: "constraint", models.UniqueConstraint: "unique"}


def _place(constraint: Any, written: set[str]) -> str:
    """Return the field that an error of this constraint belongs to: the last one written, or none."""
    named = list(getattr(constraint, "fields", ())) or sorted(
        {name.split("__")[0] for name in _leaves(getattr(constraint, "condition", None))}
    )
    sent = [name for name in named if name in written]
    ends = [name for name in sent if name.startswith("ends")]
    return (ends or sent or [WHOLE])[0]


def _leaves(condition: Any) -> Iterable[str]:
    for child in getattr(condition, "children", ()):
        if isinstance(child, tuple):
            yield child[0]
        else:
            yield from _leaves(child)
