"""Saved views of lists: everybody of the provider keeps their own."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from itsm import filters
from itsm import models as m
from itsm.api.base import SAFE, RecordViewSet
from itsm.api.serializers import RecordSerializer
from itsm.services.saved_views import save_view, view_errors


class SavedViewSerializer(RecordSerializer):
    """Filters, columns and order of a list under a name; ``?view=<slug>`` on the list shows it."""

    slug = serializers.SlugField(read_only=True)
    filters = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=200), max_length=50),
        required=False,
        help_text="Parameter of the list → values.",
    )

    class Meta:
        model = m.SavedView
        fields = (
            "id", "slug", "name", "list_name", "filters", "columns", "sort", "shared_with", "role", "owner",
            "archived_at", "created_at", "updated_at",
        )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what the list does not have, and another list for a view that there is."""
        row = self.candidate(attrs)
        if self.instance is not None and row.list_name != self.instance.list_name:
            text = _("A view stays with its list. Make another one for the other list.")
            raise serializers.ValidationError({"list_name": [text]}, code="constraint")
        if errors := view_errors(row):
            raise serializers.ValidationError({name: [text] for name, text in errors.items()})
        return super().validate(attrs)


class SavedViewViewSet(RecordViewSet):
    """Saved views: your own, those of your roles and everybody's."""

    model = m.SavedView
    serializer_class = SavedViewSerializer
    filterset_base = filters.SavedViewFilterSet
    provider_only = True

    def get_object(self) -> Any:
        """Return the view; only its owner changes it, and an administrator when it is shared."""
        row = super().get_object()
        if self.request.method not in SAFE and not row.belongs_to(self.request.user):
            raise PermissionDenied(_("This view belongs to somebody else. Save one of your own."))
        return row

    def perform_create(self, serializer: Any) -> Any:
        """Write it for the caller."""
        return save_view(serializer.candidate(serializer.validated_data), by=self.request.user)

    def perform_update(self, serializer: Any) -> Any:
        """Change it."""
        return save_view(serializer.candidate(serializer.validated_data), by=self.request.user)
