"""The change feed: what happened, in an order without gaps, for programs that ask now and then."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from itsm import models as m
from itsm.api.base import ApiView
from itsm.api.errors import CursorExpired, CursorUnknown
from itsm.api.filters import check_parameters
from itsm.api.pagination import MOST, USUAL, read_cursor, refuse, write_cursor
from itsm.outbox import feed
from itsm.outbox.cloudevents import cloud_event

LATEST = "latest"
MARGIN = timedelta(hours=1)  # a cursor ends before the entries behind it go


class ChangeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What happened, as a CloudEvent 1.0."""

    specversion = serializers.CharField()
    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # a word of CloudEvents
    type = serializers.CharField()
    time = serializers.DateTimeField()
    subject = serializers.CharField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]  # a word of CloudEvents


class ChangePageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One page of the feed; keep “cursor” and send it as “since” the next time."""

    data = ChangeSerializer(many=True)  # type: ignore[assignment]  # the name of every list's rows
    next = serializers.CharField(allow_null=True)
    cursor = serializers.CharField()


class ChangesView(ApiView):
    """``GET /changes``: the caller's part of the feed, oldest first."""

    model = m.FeedEntry

    @extend_schema(
        operation_id="changes_list",
        parameters=[
            OpenApiParameter("since", OpenApiTypes.STR, description="A cursor, or latest."),
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 1000 (100)."),
        ],
        responses=ChangePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return what happened after “since”; without it from the oldest entry that is kept.

        Nothing is skipped, however long a transaction ran: what commits later stands later. The same
        entry is never given twice to somebody who sends the last cursor back.
        """
        check_parameters(request, ("since",))
        limit = limit_of(request)
        last = feed.last_place()  # asked first: what is given a place meanwhile comes next time
        place = self._place(request.query_params.get("since"), last)
        rows = m.FeedEntry.objects.visible_to(request.user)
        found = list(
            rows.filter(number__gt=place, number__lte=last).order_by("number")[: limit + 1]
        )
        more, found = len(found) > limit, found[:limit]
        cursor = self._cursor(found[-1].number if more else last)
        address = request.build_absolute_uri()
        following = replace_query_param(address, "since", cursor) if more else None
        response = Response(
            {"data": [cloud_event(row) for row in found], "next": following, "cursor": cursor}
        )
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        return response

    def _cursor(self, place: int) -> str:
        """Return the place with the instant at which it was read."""
        return write_cursor(f"{place} {self.at.astimezone(UTC).isoformat()}")

    def _place(self, text: str | None, last: int) -> int:
        """Return the place that a cursor names; refuse one that was not given by the feed or is too old."""
        if text is None:
            return 0
        if text == LATEST:
            return last
        place, read_at = parse_cursor(text)
        if read_at < feed.keeps_from(self.at) + MARGIN:
            raise CursorExpired(_("It was given on %(day)s. Read the records anew, then the feed without “since”.")
                                % {"day": f"{read_at:%Y-%m-%d}"})  # fmt: skip
        if place > last:
            raise CursorUnknown(
                _("The feed ends before it. Read the records anew, then the feed without “since”.")
            )
        return place


def parse_cursor(text: str) -> tuple[int, datetime]:
    """Return the place and the instant of a cursor; raise ValidationError for other texts."""
    try:
        number, instant = read_cursor(text).split(" ")
        place, read_at = int(number), datetime.fromisoformat(instant)
        if place < 0 or read_at.tzinfo is None:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        words = _("This cursor was not given by the feed. Start without one, or with “latest”.")
        raise refuse("since", words) from error
    return place, read_at


def limit_of(request: Request) -> int:
    """Return how many entries are wanted: 1 to 1000, usually 100."""
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise refuse("limit", _("Give a number from 1 to %(most)s.") % {"most": MOST})
    return int(text)
