"""Parties, contacts, currencies and the service catalogue."""

import base64
from typing import Any
from zoneinfo import available_timezones

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request

from itsm import filters
from itsm import models as m
from itsm.api.base import Named, RecordViewSet, SourcedViewSet
from itsm.api.batches import Batches
from itsm.api.filters import check_parameters
from itsm.api.parsers import StrictFormParser, StrictJsonParser
from itsm.api.serializers import RecordSerializer
from itsm.api.steps import with_steps
from itsm.permissions import allowed
from itsm.services import files, looks

KEPT = ("created_at", "updated_at", "archived_at")
LOGO_PARSERS = [StrictFormParser, StrictJsonParser]
SOURCED = ("source", "external_id", *KEPT)


class PartySerializer(RecordSerializer):
    """An organisation and the parts it plays."""

    class Meta:
        model = m.Party
        expands = ("currency", "parent")
        fields = (
            "id", "slug", "name", "legal_name", "roles", "timezone", "language", "currency", "parent",
            "accent", *KEPT,
        )  # fmt: skip

    def validate_timezone(self, value: str) -> str:
        """Refuse a zone that the time zone database does not know."""
        return known_zone(value)


class LogoSerializer(serializers.Serializer[Any]):
    """A logo as a part of a form (``file``), or as JSON (``content_base64``, ``name``)."""

    file = serializers.FileField(required=False, max_length=200)
    content_base64 = serializers.CharField(required=False, max_length=2_800_000)
    name = serializers.CharField(required=False, max_length=200, default="logo.png")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return name and bytes; refuse a request with no picture, with two, or with broken Base64."""
        if ("file" in attrs) == ("content_base64" in attrs):
            words = _("Send the picture as file, or its bytes as content_base64.")
            raise ValidationError({"file": [ErrorDetail(words, "required")]})
        if "file" in attrs:
            looks.check_size(attrs["file"].size)
            return {"name": attrs["file"].name, "content": attrs["file"].read()}
        try:
            content = base64.b64decode(attrs["content_base64"], validate=True)
        except ValueError:
            words = _("This is no Base64.")
            raise ValidationError({"content_base64": [ErrorDetail(words, "invalid")]}) from None
        return {"name": attrs["name"], "content": content}


class PartyViewSet(Batches, Named, RecordViewSet):
    """Parties: the provider, customers, suppliers, internal groups."""

    model = m.Party
    serializer_class = PartySerializer
    filterset_base = filters.PartyFilterSet
    rights = {"logo": "view"}

    @extend_schema(
        methods=["GET"], filters=False, responses={(200, "image/png"): OpenApiTypes.BINARY}
    )
    @extend_schema(
        methods=["PUT"],
        operation_id="parties_set_logo",
        request=LogoSerializer,
        responses=PartySerializer,
    )
    @extend_schema(
        methods=["DELETE"],
        operation_id="parties_remove_logo",
        request=None,
        responses={200: PartySerializer},
    )
    @action(
        detail=True,
        methods=["get", "put", "delete"],
        pagination_class=None,
        parser_classes=LOGO_PARSERS,
    )
    def logo(self, request: Request, **_lookup: str) -> Any:
        """Read the logo (a PNG; 404 without one), give another (PNG or JPEG of at most 2 MiB), remove it.

        It stands in the portal at once and on reports made from now on; issued reports keep theirs.
        """
        if request.method == "GET":
            check_parameters(request)
            return self._logo_file()
        if not allowed(request.user, "change", m.Party):
            raise PermissionDenied
        row, logo = self.get_object(), None
        self.check_version(row)
        if request.method == "PUT":
            asked = LogoSerializer(data=request.data)
            asked.is_valid(raise_exception=True)
            logo = looks.keep_logo(row, **asked.validated_data, at=self.at)
        return self.answer(looks.set_look(row, logo=logo))

    def _logo_file(self) -> FileResponse:
        rows = self.get_queryset().select_related("logo")
        row = rows.filter(**self.lookup(self.kwargs["pk"])).first()
        if row is None or row.logo is None:
            raise Http404
        try:
            stream = files.open_file(row.logo)
        except files.FileMissing as error:
            raise Http404 from error
        answer = FileResponse(stream, content_type=row.logo.content_type)
        answer["ETag"] = f'"{row.logo.sha256}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


class ContactSerializer(RecordSerializer):
    """A person of a party."""

    class Meta:
        model = m.Contact
        expands = ("party",)
        fields = ("id", "party", "name", "email", "phone", "role", "language", *KEPT)


class ContactViewSet(RecordViewSet):
    """Contacts: people of a party with their part in it."""

    model = m.Contact
    serializer_class = ContactSerializer
    filterset_base = filters.ContactFilterSet


class CurrencySerializer(RecordSerializer):
    """A currency (ISO 4217)."""

    minor_units = serializers.IntegerField(min_value=0, max_value=4, default=2)

    class Meta:
        model = m.Currency
        fields = ("id", "code", "name", "minor_units", *KEPT)


class CurrencyViewSet(RecordViewSet):
    """Currencies."""

    model = m.Currency
    serializer_class = CurrencySerializer
    filterset_base = filters.CurrencyFilterSet


class ServiceFamilySerializer(RecordSerializer):
    """A group of services."""

    class Meta:
        model = m.ServiceFamily
        fields = ("id", "slug", "name", "description", *KEPT)


class ServiceFamilyViewSet(Named, RecordViewSet):
    """Service families: groups of the catalogue."""

    model = m.ServiceFamily
    serializer_class = ServiceFamilySerializer
    filterset_base = filters.FamilyFilterSet


class ServiceSerializer(RecordSerializer):
    """What is delivered; its state is changed by steps."""

    class Meta:
        model = m.Service
        expands = ("family", "hours")
        fields = (
            "id", "slug", "name", "description", "intended_outcomes", "family", "owner", "criticality",
            "hours", "state", "live_at", "retired_at", *SOURCED,
        )  # fmt: skip


@with_steps
class ServiceViewSet(Batches, Named, SourcedViewSet):
    """Services: the hub of all six processes."""

    model = m.Service
    serializer_class = ServiceSerializer
    filterset_base = filters.ServiceFilterSet


class ServiceOfferingSerializer(RecordSerializer):
    """A service as it may be ordered."""

    class Meta:
        model = m.ServiceOffering
        expands = ("service", "hours")
        fields = ("id", "service", "slug", "name", "features", "hours", "price_note", *KEPT)


class ServiceOfferingViewSet(RecordViewSet):
    """Service offerings."""

    model = m.ServiceOffering
    serializer_class = ServiceOfferingSerializer
    filterset_base = filters.OfferingFilterSet


class ComponentSerializer(RecordSerializer):
    """What services stand on."""

    class Meta:
        model = m.Component
        expands = ("supplier",)
        fields = ("id", "slug", "name", "kind", "description", "owner", "supplier", *SOURCED)


class ComponentViewSet(Batches, Named, SourcedViewSet):
    """Components: applications, servers, networks, teams, suppliers' services."""

    model = m.Component
    serializer_class = ComponentSerializer
    filterset_base = filters.ComponentFilterSet


def known_zone(name: str) -> str:
    """Return the IANA name of a time zone, or refuse it."""
    if name not in available_timezones():
        text = _("“%(zone)s” is not a time zone. Write one such as Europe/Madrid.")
        raise ValidationError([ErrorDetail(text % {"zone": name}, "invalid_choice")])
    return name
