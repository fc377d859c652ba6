"""Series, and the one bulk door for samples."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import ApiView, Named, SourcedViewSet
from itsm.api.catalogue import SOURCED
from itsm.api.errors import TooLarge
from itsm.api.filters import check_parameters
from itsm.api.pagination import refuse
from itsm.api.parsers import SampleLinesParser, SampleListParser
from itsm.api.references import as_uuid
from itsm.api.serializers import Instant, RecordSerializer
from itsm.services.measurements import record_samples

MOST = 100_000
MOST_ERRORS = 100
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
KEYS = frozenset({"series", "at", "value"})


class SeriesSerializer(RecordSerializer):
    """What is measured, in which unit."""

    class Meta:
        model = m.Series
        expands = ("service", "component")
        fields = (
            "id",
            "slug",
            "name",
            "unit",
            "service",
            "component",
            "interval_seconds",
            *SOURCED,
        )


class SampleSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One value at an instant."""

    at = Instant()
    value = serializers.FloatField()


class SampleOfSeriesSerializer(SampleSerializer):
    """One value of a series, named by slug or id."""

    series = serializers.CharField()


class SeriesViewSet(Named, SourcedViewSet):
    """Series of measured values."""

    model = m.Series
    serializer_class = SeriesSerializer
    filterset_base = filters.SeriesFilterSet

    @property
    def cursor_field(self) -> str:
        """Samples are paged by their instant."""
        return "at" if self.action == "samples" else "pk"

    @extend_schema(
        responses=SampleSerializer(many=True),
        filters=False,
        parameters=[
            OpenApiParameter("start", OpenApiTypes.DATETIME, description="From, inclusive."),
            OpenApiParameter("end", OpenApiTypes.DATETIME, description="Until, exclusive."),
        ],
    )
    @action(detail=True, methods=["get"])
    def samples(self, request: Request, **_lookup: str) -> Response:
        """Return the samples in [start, end), by instant."""
        check_parameters(request, ("start", "end"))
        rows = m.Sample.objects.filter(series=self.get_object())
        for name, lookup in (("start", "at__gte"), ("end", "at__lt")):
            text = request.query_params.get(name)
            if text is not None:
                rows = rows.filter(**{lookup: _instant_of(name, text)})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(SampleSerializer(page, many=True).data)


def _instant_of(name: str, text: str) -> datetime:
    try:
        return Instant().run_validation(text)
    except ValidationError as error:
        raise refuse(name, str(error.detail[0])) from error  # type: ignore[index]


_RECORDED: dict[str, Any] = {
    "received": serializers.IntegerField(),
    "written": serializers.IntegerField(),
    "batch": serializers.UUIDField(),
}


class MeasurementBatchView(ApiView):
    """Up to 100,000 samples in one call; the same again writes nothing."""

    model = m.Sample
    action = "create"
    rights = {"create": "add"}
    parser_classes = [SampleListParser, SampleLinesParser]

    @extend_schema(
        operation_id="measurements_batch",
        request={
            "application/json": SampleOfSeriesSerializer(many=True),
            "application/x-ndjson": SampleOfSeriesSerializer,
        },
        responses={200: inline_serializer("SamplesRecorded", _RECORDED)},
    )
    def post(self, request: Request) -> Response:
        """Record samples: a JSON list, or one object per line; gzip is accepted."""
        check_parameters(request)
        rows = request.data
        if not isinstance(rows, list):
            raise ValidationError([ErrorDetail(_("Send a list of samples."), "not_a_list")])
        if len(rows) > MOST:
            raise TooLarge(_("Send at most %(most)s samples in one call.") % {"most": MOST})
        known = _series_of(rows, request.user)
        triples: list[Any] = []
        errors: dict[int, Any] = {}
        for number, row in enumerate(rows):
            try:
                triples.append(_triple(row, known))
            except ValidationError as error:
                errors[number] = error.detail
                if len(errors) == MOST_ERRORS:
                    break
        if errors:
            refused: Any = errors  # by the number of the row; the stubs know names only
            raise ValidationError(refused)
        done = record_samples(triples)
        return Response({"received": done.received, "written": done.written, "batch": done.batch})


def _series_of(rows: list[Any], user: Any) -> dict[str, Any]:
    """Return id and slug → id of the series that the rows name, in two queries."""
    named = {
        row["series"]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("series"), str)
    }
    keys = [as_uuid(text) for text in named if as_uuid(text)]
    visible = m.Series.objects.visible_to(user).filter(archived_at=None)
    found = {str(pk): pk for pk in visible.filter(pk__in=keys).values_list("pk", flat=True)}
    slugs = [text for text in named if not as_uuid(text) and len(text) <= 100]
    return found | dict(visible.filter(slug__in=slugs).values_list("slug", "pk"))


def _triple(row: Any, known: dict[str, Any]) -> tuple[Any, datetime, float]:
    if not isinstance(row, dict):
        raise ValidationError([ErrorDetail(_("A sample is an object."), "invalid")])
    unknown = sorted(row.keys() - KEYS)
    if unknown:
        text = _("There is no such field. Use: series, at, value.")
        raise ValidationError({unknown[0][:80]: [ErrorDetail(text, "unknown_field")]})
    return _series_id(row.get("series"), known), _sample_at(row.get("at")), _value(row.get("value"))


def _series_id(given: Any, known: dict[str, Any]) -> Any:
    key = str(as_uuid(given)) if as_uuid(given) else given
    if not isinstance(key, str) or key not in known:
        raise ValidationError(
            {"series": [ErrorDetail(_("There is no such series."), "does_not_exist")]}
        )
    return known[key]


def _sample_at(given: Any) -> datetime:
    try:
        at = datetime.fromisoformat(given)
        if at.tzinfo is not None and EARLIEST <= at < LATEST:
            return at
    except (TypeError, ValueError, OverflowError):
        pass
    text = _("Write an instant with its offset, from 2000 to 2099, such as 2026-03-01T08:00:00Z.")
    raise ValidationError({"at": [ErrorDetail(text, "invalid")]})


def _value(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValidationError({"value": [ErrorDetail(_("A value is a number."), "invalid")]})
    return float(given)
