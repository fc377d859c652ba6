"""Tickets and the append-only log of their clocks."""

from typing import Any

import django_filters as df
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import Creates, ProcessViewSet, SavesOver
from itsm.api.batches import Batches
from itsm.api.errors import refused_at
from itsm.api.filters import check_parameters
from itsm.api.references import Reference, lookup_of
from itsm.api.serializers import RecordSerializer
from itsm.services.ticket_log import HIGHEST, LOWEST, EventRefused, append_event, open_ticket


def _priority() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=HIGHEST, max_value=LOWEST, required=False, allow_null=True
    )


class TicketSerializer(RecordSerializer):
    """An incident or request, as its ticket system knows it."""

    priority = _priority()

    class Meta:
        model = m.Ticket
        expands = ("customer", "service")
        fields = (
            "id", "customer", "service", "kind", "source", "external_id", "title", "priority",
            "category", "group", "opened_at", "tool_verdict", "created_at", "updated_at",
        )  # fmt: skip


class TicketReference(Reference):
    """A ticket by its id or by ``{"source": "helpdesk", "external_id": "INC-1"}``."""

    def __init__(self) -> None:
        super().__init__(queryset=m.Ticket.objects.all())

    def to_internal_value(self, data: Any) -> Any:
        """Return the ticket; a number that several customers have needs ``customer`` too."""
        numbers = data if isinstance(data, dict) else {}
        if not {"source", "external_id"} <= numbers.keys():
            return super().to_internal_value(data)
        rows = m.Ticket.objects.visible_to(self.context["request"].user)
        rows = rows.filter(source=str(data["source"]), external_id=str(data["external_id"]))
        if party := lookup_of(m.Party, data.get("customer")):
            rows = rows.filter(**{f"customer__{name}": value for name, value in party.items()})
        found = list(rows[:2])
        if len(found) != 1:
            text = _("There is no such ticket, or several customers have one: add the customer.")
            raise serializers.ValidationError(text, code="does_not_exist")
        return found[0]


_WRITTEN_HERE = ("recorded_by", "supersedes", "correction", "superseded_at")


class TicketEventSerializer(RecordSerializer):
    """One moment in the life of a ticket's clock."""

    priority = _priority()

    class Meta:
        model = m.TicketEvent
        expands = ("ticket",)
        fields = (
            "id", "ticket", "sequence", "kind", "effective_at", "reason", "priority", "external_id",
            "recorded_by", "supersedes", "correction", "superseded_at", "created_at",
        )  # fmt: skip
        read_only_fields = ("ticket", "sequence", *_WRITTEN_HERE)
        left_to_service = ("itsm_ticketevent_order", "itsm_ticketevent_source_number")


class TicketViewSet(Batches, SavesOver, Creates, ProcessViewSet):
    """Tickets: recorded once; what happens later is an event."""

    model = m.Ticket
    serializer_class = TicketSerializer
    filterset_base = filters.TicketFilterSet
    rights = {"append": "add"}

    def perform_create(self, serializer: Any) -> Any:
        """Open the ticket; its clock starts."""
        return open_ticket(
            serializer.candidate(serializer.validated_data), at=self.at, by=str(self.request.user)
        )

    def save_item(self, item: dict[str, Any]) -> tuple[Any, bool]:
        """Open the ticket; one that this customer has already from that source stays as it is."""
        party = lookup_of(m.Party, item.get("customer"))
        numbers = {name: item.get(name) for name in ("source", "external_id")}
        if party and all(isinstance(text, str) for text in numbers.values()):
            path = {f"customer__{name}": value for name, value in party.items()}
            row = self.get_queryset().filter(**numbers, **path).first()
            if row is not None:
                return row, False
        return self.save_over(None, item)

    @extend_schema(responses=TicketEventSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=TicketEventSerializer)
    def events(self, request: Request, **_lookup: str) -> Response:
        """Return the log of the ticket, in order."""
        check_parameters(request)
        rows = m.TicketEvent.objects.visible_to(request.user).filter(ticket=self.get_object())
        return self.get_paginated_response(
            self.get_serializer(self.paginate_queryset(rows), many=True).data
        )

    @extend_schema(request=TicketEventSerializer, responses={201: TicketEventSerializer})
    @events.mapping.post
    def append(self, request: Request, **_lookup: str) -> Response:
        """Append an event; the same external_id again gives the one that is there (200)."""
        ticket = self.get_object()
        serializer = TicketEventSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        event = serializer.candidate(serializer.validated_data)
        event.recorded_by = str(request.user)
        with refused_at("effective_at", EventRefused):
            row, is_new = append_event(ticket, event, at=self.at)
        body = TicketEventSerializer(row, context=self.get_serializer_context()).data
        return Response(body, status=201 if is_new else 200)


class TicketEventItemSerializer(TicketEventSerializer):
    """An event that names its ticket: by id, or by customer, source and number."""

    ticket = TicketReference()

    class Meta(TicketEventSerializer.Meta):
        read_only_fields: tuple[str, ...] = ("sequence", *_WRITTEN_HERE)  # type: ignore[assignment]  # the ticket is given


class TicketEventFilterSet(df.FilterSet):
    """Events by customer, ticket, kind and instant."""

    effective_at = filters.InstantRangeFilter()

    class Meta:
        model = m.TicketEvent
        fields = ["customer", "ticket", "kind", "effective_at"]


class TicketEventViewSet(Batches, ProcessViewSet):
    """Ticket events of all tickets: read here, appended at their ticket."""

    model = m.TicketEvent
    serializer_class = TicketEventSerializer
    filterset_base = TicketEventFilterSet

    def save_item(self, item: dict[str, Any]) -> tuple[Any, bool]:
        """Append the event to its ticket; the same external_id again gives the one that is there."""
        serializer = TicketEventItemSerializer(data=item, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        event = serializer.candidate(serializer.validated_data)
        event.recorded_by = str(self.request.user)
        with refused_at("effective_at", EventRefused):
            return append_event(event.ticket, event, at=self.at)
