"""The calendar: what is on between two instants, and subscriptions for calendar programs."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import models as m
from itsm.api.accounts import OwnTokens
from itsm.api.base import ApiView
from itsm.api.filters import check_parameters
from itsm.api.pagination import refuse
from itsm.api.references import Reference, as_uuid, lookup_of
from itsm.api.serializers import Instant
from itsm.calendars.files import sequence_of
from itsm.calendars.gathering import KINDS, Selection, items_for
from itsm.services import calendar_feeds
from itsm.tenancy import SYSTEM, acting_as

USUAL, LONGEST, MOST = timedelta(days=31), timedelta(days=400), 1000
PARAMETERS = ("from", "to", "customer", "service", "kind")
STATES = ("tentative", "confirmed", "cancelled")


class DateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A date of the calendar; “day” is set for what lasts a whole day, in every zone."""

    uid = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    starts_at = Instant()
    ends_at = Instant(allow_null=True)
    day = serializers.DateField(allow_null=True)
    customer = serializers.UUIDField(allow_null=True)
    services = serializers.ListField(child=serializers.UUIDField())
    sequence = serializers.SerializerMethodField()
    changed_at = Instant(allow_null=True)
    url = serializers.CharField()

    def get_sequence(self, item: Any) -> int:
        """Return the revision, as in the iCalendar file."""
        return sequence_of(item)


@extend_schema_serializer(many=False)
class DateListSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The dates of a time, all of them in one page."""

    data = DateSerializer(many=True)  # type: ignore[assignment]  # the name of every list's rows
    next = serializers.CharField(allow_null=True)


class CalendarView(ApiView):
    """``GET /calendar``: maintenance, changes, reports, agreements and closed days that the caller may see."""

    model = m.MaintenanceWindow

    @extend_schema(
        operation_id="calendar_list",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="Now, if not given."),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="Exclusive; 31 days later."),
            OpenApiParameter("customer", OpenApiTypes.STR, description="What concerns it."),
            OpenApiParameter("service", OpenApiTypes.STR, description="What is about it."),
            OpenApiParameter("kind", OpenApiTypes.STR, description="Some of them, by commas."),
        ],
        responses=DateListSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return what touches the time from “from” to “to” (400 days at most), cancelled dates included."""
        check_parameters(request, PARAMETERS)
        query = request.query_params
        start = _instant(query.get("from"), "from") or self.at
        end = _instant(query.get("to"), "to") or start + USUAL
        if not start < end <= start + LONGEST:
            raise refuse("to", _("Give an instant after “from”, 400 days later at most."))
        wanted = Selection(
            start, end, _row(request, m.Party, "customer"), _row(request, m.Service, "service"),
            _kinds(query.get("kind", "")), with_called_off=True,
        )  # fmt: skip
        found = items_for(request.user, wanted)
        if len(found) > MOST:
            words = _("These are %(count)s dates. Ask for a shorter time or for one customer.")
            raise refuse("to", words % {"count": len(found)})
        return Response({"data": DateSerializer(found, many=True).data, "next": None})


def _instant(text: str | None, name: str) -> datetime | None:
    if not text:
        return None
    try:
        return Instant().run_validation(text)  # type: ignore[no-any-return]
    except serializers.ValidationError as error:
        raise refuse(name, _("Give an instant, such as 2026-03-01T08:00:00Z.")) from error


def _kinds(text: str) -> frozenset[str]:
    chosen = frozenset(filter(None, text.split(",")))
    if chosen - KINDS.keys():
        raise refuse("kind", _("Use: %(known)s.") % {"known": ", ".join(KINDS)}, "invalid_choice")
    return chosen


def _row(request: Request, model: Any, name: str) -> Any:
    given = request.query_params.get(name)
    if not given:
        return None
    lookup = lookup_of(model, given)
    row = model.objects.visible_to(request.user).filter(**lookup).first() if lookup else None
    if row is None:
        words = _("There is no such %(kind)s.") % {"kind": model._meta.verbose_name}
        raise refuse(name, words, "does_not_exist")
    return row


class FeedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A subscription; “url” is told once, in the answer that creates it."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=80)
    customer = Reference(
        queryset=m.Party.objects.all(), required=False, allow_null=True, default=None
    )
    service = Reference(
        queryset=m.Service.objects.all(), required=False, allow_null=True, default=None
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=list(KINDS)), required=False, default=list
    )
    created_at = Instant(read_only=True)
    last_used_at = Instant(read_only=True, allow_null=True)
    url = serializers.CharField(read_only=True, allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the subscription; “url” is null but in the first answer."""
        facts = super().to_representation(instance)
        return {**facts, "url": getattr(instance, "url", None)}

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that a subscription does not have."""
        unknown = [n for n in data if n not in self.fields] if isinstance(data, dict) else []
        if unknown:
            text = _("There is no such field. Use: name, customer, service, kinds.")
            raise serializers.ValidationError({str(unknown[0])[:80]: [text]}, code="unknown_field")
        return super().to_internal_value(data)


@extend_schema_serializer(many=False)
class FeedListSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The caller's subscriptions, all of them in one page."""

    data = FeedSerializer(many=True)  # type: ignore[assignment]  # the name of every list's rows
    next = serializers.CharField(allow_null=True)


class CalendarFeedViewSet(ApiView, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Calendar subscriptions of the caller: made with an address shown once, ended at any time."""

    permission_classes = [OwnTokens]
    serializer_class = FeedSerializer
    secret_fields = ("url",)
    queryset = m.CalendarFeed.objects.none()
    filter_backends = []
    pagination_class = None

    def accepted_values(self, pointer: str, code: str) -> list[str] | None:
        """Return the kinds."""
        return list(KINDS) if pointer.startswith("/kinds") else None

    @extend_schema(responses=FeedListSerializer)
    def list(self, request: Request) -> Response:
        """Return the caller's subscriptions, newest first."""
        check_parameters(request)
        with acting_as(SYSTEM):
            rows = self._own(request).order_by("-created_at")
            data = FeedSerializer(rows, many=True).data
        return Response({"data": data, "next": None})

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one of the caller's subscriptions."""
        check_parameters(request)
        with acting_as(SYSTEM):
            return Response(FeedSerializer(self._one(request, pk)).data)

    def create(self, request: Request) -> Response:
        """Make a subscription; “url” is shown in this answer only. A customer's user names the customer."""
        given = FeedSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        with acting_as(SYSTEM):
            wish = calendar_feeds.FeedWish(**given.validated_data)
            feed, token = calendar_feeds.create_feed(request.user, wish)  # type: ignore[arg-type]
            feed.url = settings.SITE_URL + reverse("itsm:calendar_feed", args=[token])  # type: ignore[attr-defined]
            return Response(FeedSerializer(feed).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """End the subscription at once."""
        with acting_as(SYSTEM):
            calendar_feeds.end_feed(request.user, self._one(request, pk).pk)  # type: ignore[arg-type]
        return Response(status=204)

    def _own(self, request: Request) -> Any:
        rows = m.CalendarFeed.objects.filter(user=request.user)
        return rows.select_related("customer", "service")

    def _one(self, request: Request, key: str) -> m.CalendarFeed:
        row: m.CalendarFeed | None = self._own(request).filter(pk=as_uuid(key)).first()
        if row is None:
            raise Http404
        return row
