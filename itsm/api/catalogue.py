"""Parties, contacts, currencies and the service catalogue."""

from rest_framework.decorators import action  # noqa: F401

from itsm import filters
from itsm import models as m
from itsm.api.base import RecordViewSet
from itsm.api.serializers import RecordSerializer

KEPT = ("created_at", "updated_at", "archived_at")
SOURCED = ("source", "external_id", *KEPT)


class PartySerializer(RecordSerializer):
    """An organisation."""

    class Meta:
        model = m.Party
        fields = (
            "id", "slug", "name", "legal_name", "roles", "timezone", "language", "currency", "parent",
            "accent", *KEPT,
        )  # fmt: skip


class PartyViewSet(RecordViewSet):
    """Parties: the provider, customers, suppliers, internal groups."""

    model = m.Party
    serializer_class = PartySerializer
    filterset_base = filters.PartyFilterSet
