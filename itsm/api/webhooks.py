"""Webhooks and their deliveries, for administrators."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import ProcessViewSet, RecordViewSet
from itsm.api.serializers import RecordSerializer
from itsm.services import webhooks


class WebhookSerializer(RecordSerializer):
    """An address; “secret” is told in the answer that creates or rotates it, else null."""

    secret = serializers.SerializerMethodField()

    class Meta:
        model = m.WebhookEndpoint
        fields = (
            "id", "name", "url", "event_kinds", "customer", "is_active", "disabled_reason", "failing_since",
            "old_secret_until", "secret", "archived_at", "created_at", "updated_at",
        )  # fmt: skip

    def get_secret(self, row: Any) -> str | None:
        """Return the secret in the answer that made it."""
        return row.secret if self.context.get("shows_secret") else None


class WebhookViewSet(RecordViewSet):
    """Addresses that are told what happened (Standard Webhooks 1.0)."""

    model = m.WebhookEndpoint
    serializer_class = WebhookSerializer
    filterset_base = filters.WebhookFilterSet
    provider_only = True
    secret_fields = ("secret",)
    shows_secret = False

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell the serializer whether the secret was made in this request."""
        return {**super().get_serializer_context(), "shows_secret": self.shows_secret}

    def perform_create(self, serializer: Any) -> Any:
        """Write the address and make its secret."""
        self.shows_secret = True
        return webhooks.save_endpoint(serializer.candidate(serializer.validated_data))

    def perform_update(self, serializer: Any) -> Any:
        """Change the address."""
        return webhooks.save_endpoint(serializer.candidate(serializer.validated_data))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, **_lookup: str) -> Response:
        """Make a new secret; for 24 hours the old one signs too."""
        row = self.get_object()
        self.check_version(row)
        self.shows_secret = True
        webhooks.rotate(row, at=self.at)
        return self.answer(row)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, **_lookup: str) -> Response:
        """Queue a message of the kind “webhook.test”."""
        row = self.get_object()
        webhooks.send_test(row, at=self.at)
        return self.answer(row)


class DeliverySerializer(RecordSerializer):
    """A message to an address, with its tries."""

    class Meta:
        model = m.WebhookDelivery
        fields = (
            "id", "endpoint", "message", "event", "body", "state", "attempts", "due_at", "tried_at",
            "status", "error", "tries", "created_at", "updated_at",
        )  # fmt: skip


class DeliveryViewSet(ProcessViewSet):
    """What was sent to webhooks."""

    model = m.WebhookDelivery
    serializer_class = DeliverySerializer
    filterset_base = filters.WebhookDeliveryFilterSet
    provider_only = True

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, **_lookup: str) -> Response:
        """Send the message again, with the same webhook-id."""
        return self.answer(webhooks.resend(self.get_object(), at=self.at))
