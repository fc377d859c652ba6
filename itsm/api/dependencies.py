"""The dependency graph: groups with their members; a circle is refused with its path."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import RecordViewSet, SavesOver
from itsm.api.batches import Batches
from itsm.api.catalogue import KEPT
from itsm.api.references import Reference
from itsm.api.serializers import Instant, RecordSerializer
from itsm.services.dependencies import Dependency, save_dependency


class DependencyMemberSerializer(RecordSerializer):
    """One service or component that is needed."""

    service = Reference(queryset=m.Service.objects.all(), required=False, allow_null=True)
    component = Reference(queryset=m.Component.objects.all(), required=False, allow_null=True)

    class Meta:
        model = m.DependencyMember
        fields = ("service", "component")
        left_to_service = (
            "itsm_dependencymember_service_once",
            "itsm_dependencymember_component_once",
        )


class DependencySerializer(RecordSerializer):
    """What a service or component stands on, and how many of the members it needs."""

    members = DependencyMemberSerializer(many=True)
    starts_at = Instant()

    class Meta:
        model = m.DependencyGroup
        expands = ("service", "component")
        fields = (
            "id", "service", "component", "operator", "k", "members", "starts_at", "ends_at", "note",
            *KEPT,
        )  # fmt: skip

    def validate_members(self, value: list[Any]) -> list[Any]:
        """Refuse more members than one group can show."""
        if len(value) > 200:
            raise serializers.ValidationError("A dependency has at most 200 members.", "max_length")
        return value


class DependencyViewSet(Batches, SavesOver, RecordViewSet):
    """Dependencies: one graph, effective-dated, without circles."""

    model = m.DependencyGroup
    serializer_class = DependencySerializer
    filterset_base = filters.DependencyFilterSet
    prefetch = ("members__service", "members__component")

    def perform_create(self, serializer: Any) -> Any:
        """Write the group with its members."""
        return save_dependency(_wanted(serializer))

    def perform_update(self, serializer: Any) -> Any:
        """Write the group as it would be."""
        return save_dependency(_wanted(serializer), group=serializer.instance)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **_lookup: str) -> Response:
        """Bring it back into use, unless that would make a circle."""
        answer = self._mark(None)
        group = self.get_object()
        nodes = [row.service or row.component for row in group.members.all()]
        save_dependency(_dependency(group, nodes), group=group)
        return answer


def _wanted(serializer: Any) -> Dependency:
    row = serializer.candidate(serializer.validated_data)
    given = serializer.validated_data.get("members")
    if given is None:
        nodes = [member.service or member.component for member in row.members.all()]
    else:
        nodes = [member.get("service") or member.get("component") for member in given]
    return _dependency(row, nodes)


def _dependency(row: Any, nodes: list[Any]) -> Dependency:
    unique = list({(type(node), node.pk): node for node in nodes}.values())
    return Dependency(
        parent=row.service or row.component,
        members=unique,
        operator=row.operator,
        starts_at=row.starts_at,
        k=row.k,
        ends_at=row.ends_at,
        note=row.note,
    )
