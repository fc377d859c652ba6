"""Service hours with their dated versions and exceptions."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import Creates, Named, ProcessViewSet, RecordViewSet, Remembers
from itsm.api.catalogue import KEPT, known_zone
from itsm.api.errors import refused_at
from itsm.api.serializers import RecordSerializer
from itsm.calculations.hours_document import ServiceHoursError, read_windows
from itsm.services.hours import HoursRefused, add_version, copy_holidays

LONGEST_SPAN = 10


class ServiceHoursSerializer(RecordSerializer):
    """A calendar with its zone; its weeks are in versions."""

    class Meta:
        model = m.ServiceHours
        fields = ("id", "slug", "name", "timezone", *KEPT)

    def validate_timezone(self, value: str) -> str:
        """Refuse a zone that the time zone database does not know."""
        return known_zone(value)


class HolidaysSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Which public holidays to copy in."""

    country = serializers.RegexField(r"^[A-Z]{2}$", help_text=_("ISO 3166, such as ES."))
    subdivision = serializers.RegexField(r"^[A-Z0-9]{1,5}$", required=False, default="")
    first_year = serializers.IntegerField(min_value=1970, max_value=2100)
    last_year = serializers.IntegerField(min_value=1970, max_value=2100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a span that runs backwards or is longer than ten years."""
        if not 0 <= attrs["last_year"] - attrs["first_year"] < LONGEST_SPAN:
            text = _("Give a last year not before the first, at most ten years in one call.")
            raise serializers.ValidationError({"last_year": [ErrorDetail(text, "out_of_range")]})
        return attrs


class ServiceHoursViewSet(Named, RecordViewSet):
    """Service hours: when a service is promised."""

    model = m.ServiceHours
    serializer_class = ServiceHoursSerializer
    filterset_base = filters.HoursFilterSet

    @extend_schema(
        request=HolidaysSerializer,
        responses=inline_serializer(
            "HolidaysCopied",
            {"added": serializers.IntegerField(), "already_there": serializers.IntegerField()},
        ),
    )
    @action(detail=True, methods=["post"])
    def holidays(self, request: Request, **_lookup: str) -> Response:
        """Copy public holidays in as closed days, with their source."""
        hours = self.get_object()
        wanted = HolidaysSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        facts = wanted.validated_data
        with refused_at("country", HoursRefused):
            added, there = copy_holidays(
                hours,
                country=facts["country"],
                subdivision=facts["subdivision"],
                years=range(facts["first_year"], facts["last_year"] + 1),
            )
        return Response({"added": added, "already_there": there})


class ServiceHoursVersionSerializer(RecordSerializer):
    """A week from a day on."""

    class Meta:
        model = m.ServiceHoursVersion
        expands = ("hours",)
        fields = (
            "id", "hours", "number", "effective_date", "week", "annual_holidays", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = ("number",)
        left_to_service = ("itsm_hoursversion_number",)


class ServiceHoursVersionViewSet(Creates, Remembers, ProcessViewSet):
    """Versions of service hours: added, never rewritten."""

    model = m.ServiceHoursVersion
    serializer_class = ServiceHoursVersionSerializer
    filterset_base = filters.HoursVersionFilterSet

    def perform_create(self, serializer: Any) -> Any:
        """Add the week; what cannot be read is refused with its place."""
        facts = dict(serializer.validated_data)
        with refused_at("week", HoursRefused):
            return add_version(facts.pop("hours"), **facts)


class HoursExceptionSerializer(RecordSerializer):
    """A day with other hours."""

    class Meta:
        model = m.HoursException
        expands = ("hours",)
        fields = ("id", "hours", "date", "kind", "windows", "name", "source", *KEPT)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse times on a closed day and times that cannot be read."""
        row = self.candidate(attrs)
        with refused_at("windows", ServiceHoursError):
            windows = read_windows("windows", row.windows)
        if bool(windows) != (row.kind == m.HoursException.Kind.OPEN):
            text = _("Give times for an open day, none for a closed one.")
            raise serializers.ValidationError({"windows": [ErrorDetail(text, "invalid")]})
        return super().validate(attrs)


class HoursExceptionViewSet(RecordViewSet):
    """Exceptions to service hours: holidays and days with other times."""

    model = m.HoursException
    serializer_class = HoursExceptionSerializer
    filterset_base = filters.HoursExceptionFilterSet
