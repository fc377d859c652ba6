"""Parties, contacts, currencies and the service catalogue."""

from zoneinfo import available_timezones

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from itsm import filters
from itsm import models as m
from itsm.api.base import Named, RecordViewSet, SourcedViewSet
from itsm.api.batches import Batches
from itsm.api.serializers import RecordSerializer
from itsm.api.steps import with_steps

KEPT = ("created_at", "updated_at", "archived_at")
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


class PartyViewSet(Batches, Named, RecordViewSet):
    """Parties: the provider, customers, suppliers, internal groups."""

    model = m.Party
    serializer_class = PartySerializer
    filterset_base = filters.PartyFilterSet


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
