"""What customers must be told about: events, outages, maintenance windows."""

from typing import Any

from rest_framework import serializers

from itsm import filters
from itsm import models as m
from itsm.api.base import SourcedViewSet
from itsm.api.batches import Batches
from itsm.api.catalogue import SOURCED
from itsm.api.serializers import RecordSerializer
from itsm.api.steps import with_steps
from itsm.services import events

HEAD = ("id", "reference", "service", "customer", "title")
TEXTS = ("internal_note", "customer_text", "state", "is_published")
TAIL = ("supersedes", "superseded_at", *SOURCED)


class ServiceEventSerializer(RecordSerializer):
    """A failure, breakdown, update, change, improvement or known problem."""

    class Meta:
        model = m.ServiceEvent
        expands = ("service", "customer")
        fields = (
            *HEAD, "kind", *TEXTS, "starts_at", "ends_at", "outcome", "possible_effect", "remedy",
            "benefit", *TAIL,
        )  # fmt: skip
        staff_only = ("internal_note",)
        left_to_service = ("itsm_serviceevent_source_number",)


class OutageSerializer(RecordSerializer):
    """Time in which a service was down, degraded or not observed."""

    weight = serializers.DecimalField(
        max_digits=4, decimal_places=3, min_value=0, max_value=1, required=False
    )

    class Meta:
        model = m.Outage
        expands = ("service", "customer", "component", "event")
        fields = (
            *HEAD, "kind", *TEXTS, "weight", "component", "event", "starts_at", "detected_at",
            "responded_at", "repaired_at", "recovered_at", "ends_at", "cause", "root_cause", *TAIL,
        )  # fmt: skip
        staff_only = ("internal_note",)
        left_to_service = ("itsm_outage_source_number",)


class MaintenanceWindowSerializer(RecordSerializer):
    """Planned work, announced and approved."""

    class Meta:
        model = m.MaintenanceWindow
        expands = ("service", "customer")
        fields = (
            *HEAD, *TEXTS, "starts_at", "ends_at", "announced_at", "approved_at", "actual_starts_at",
            "actual_ends_at", "expected_effect", *TAIL,
        )  # fmt: skip
        staff_only = ("internal_note",)
        left_to_service = ("itsm_maintenance_source_number",)


class EventViewSet(Batches, SourcedViewSet):
    """What the three kinds share: written by the service that numbers, announces and supersedes."""

    def perform_create(self, serializer: Any) -> Any:
        """Record the row; the same source and number with other facts corrects the one that is there."""
        return events.record(serializer.candidate(serializer.validated_data), at=self.at)

    def perform_update(self, serializer: Any) -> Any:
        """Save the edited row and say so."""
        return events.change(serializer.candidate(serializer.validated_data), at=self.at)

    def save_over(self, row: Any, data: dict[str, Any]) -> tuple[Any, bool]:
        """Record by the number in another system; other facts than before make a correction."""
        serializer = self.get_serializer(data=data)
        serializer.is_valid(raise_exception=True)
        return self.perform_create(serializer), row is None


@with_steps
class ServiceEventViewSet(EventViewSet):
    """Service events: failures, breakdowns, updates, changes, improvements, known problems."""

    model = m.ServiceEvent
    serializer_class = ServiceEventSerializer
    filterset_base = filters.ServiceEventFilterSet


@with_steps
class OutageViewSet(EventViewSet):
    """Outages with their five timestamps."""

    model = m.Outage
    serializer_class = OutageSerializer
    filterset_base = filters.OutageFilterSet


@with_steps
class MaintenanceWindowViewSet(EventViewSet):
    """Maintenance windows."""

    model = m.MaintenanceWindow
    serializer_class = MaintenanceWindowSerializer
    filterset_base = filters.MaintenanceWindowFilterSet
