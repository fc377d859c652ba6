"""Filters of the API: those of the pages, references by id or short name, and what pollers need."""

from typing import Any

import django_filters as df
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import CharField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail
from rest_framework.exceptions import ValidationError as Refused
from rest_framework.request import Request

from itsm.api.pagination import PARAMETERS
from itsm.api.references import lookup_of
from itsm.api.view_parameter import with_view
from itsm.filters import InstantFilter
from itsm.services.saved_views import known_parameters

GENERAL = (*PARAMETERS, "view", "fields", "omit", "expand", "format")


@extend_schema_field(OpenApiTypes.STR)
class ReferenceFilter(df.Filter):
    """Rows that point to the named record: ``?service=webmail`` or its id."""

    field_class = CharField

    def __init__(self, target: type[models.Model], **options: Any) -> None:
        super().__init__(**options)
        self.target = target

    def filter(self, qs: Any, value: Any) -> Any:
        """Return the rows; refuse a name that the caller cannot see."""
        if not value:
            return qs
        rows = self.target._default_manager.all()
        visible = getattr(rows, "visible_to", None)
        user = self.parent.request.user
        lookup = lookup_of(self.target, value)
        found = (visible(user) if visible else rows).filter(**lookup).first() if lookup else None
        if found is None:
            text = _("There is no such %(kind)s.") % {"kind": self.target._meta.verbose_name}
            name = next(n for n, f in self.parent.filters.items() if f is self)
            raise Refused({f"?{name}": [ErrorDetail(text, "does_not_exist")]})
        return qs.filter(**{self.field_name: found})


class ArchivedFilter(df.ChoiceFilter):
    """Only rows in use, unless ``archived`` is true or any."""

    def __init__(self, **options: Any) -> None:
        choices = [("false", lazy("In use")), ("true", lazy("Archived")), ("any", lazy("All"))]
        super().__init__(choices=choices, **options)

    def filter(self, qs: Any, value: Any) -> Any:
        """Filter by the archive mark."""
        if value == "any":
            return qs
        return qs.filter(archived_at__isnull=value != "true")


def filterset_for(model: type[models.Model], base: type[df.FilterSet] | None) -> type[df.FilterSet]:
    """Return the API's filterset of ``model``: the page's one made safe, and the general filters."""
    filters: dict[str, Any] = {}
    for name, usual in (base.base_filters if base else {}).items():
        if isinstance(usual, df.ModelChoiceFilter) and usual.field_name:
            target = model._meta.get_field(usual.field_name).related_model
            filters[name] = ReferenceFilter(target, field_name=usual.field_name, label=usual.label)  # type: ignore[arg-type]
    columns = {field.name for field in model._meta.concrete_fields}
    for name in ("source", "external_id", "slug"):
        if name in columns:
            filters[name] = df.CharFilter(field_name=name)
    if "archived_at" in columns:
        filters["archived"] = ArchivedFilter(empty_label=None)
    if "updated_at" in columns:
        filters["updated_since"] = InstantFilter(field_name="updated_at", lookup_expr="gte")
    meta = type("Meta", (), {"model": model, "fields": []})
    bases = (base or df.FilterSet,)
    return type(
        f"Api{model.__name__}FilterSet", bases, {**filters, "Meta": getattr(base, "Meta", meta)}
    )


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses a parameter that is not known, instead of answering with all rows."""

    def get_filterset_class(self, view: Any, queryset: Any = None) -> Any:
        """Return the view's filterset."""
        return view.get_filterset_class()

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Return the filtered rows; places of errors read "/?name"."""
        kind = view.get_filterset_class()
        check_parameters(request, known_parameters(kind))
        query = with_view(request, view.collection, known_parameters(kind))
        filterset = kind(query, queryset=queryset, request=request)
        if not filterset.is_valid():
            raise Refused({f"?{name}": _details(p) for name, p in filterset.errors.items()})
        try:
            return filterset.qs
        except ValidationError as error:
            raise Refused({"__all__": error.messages}) from error


def _details(parts: Any) -> list[ErrorDetail]:
    return [
        ErrorDetail(text, part.code or "invalid")
        for part in parts.as_data()
        for text in part.messages
    ]


def check_parameters(request: Request, known: Any = ()) -> None:
    """Raise ValidationError for the first query parameter that is neither general nor ``known``."""
    for name in request.query_params:
        if name not in GENERAL and name not in known:
            names = ", ".join(sorted({*GENERAL, *known}))
            text = _("There is no such parameter. Use: %(known)s.") % {"known": names}
            raise Refused({f"?{name[:60]}": [ErrorDetail(text, "unknown_parameter")]})
