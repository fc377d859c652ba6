"""Filters of the kernel's lists, shared by pages and API."""

from datetime import UTC, datetime
from typing import Any

import django_filters as df
from django.db.models import Q, QuerySet
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from itsm import models as m

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class InstantField(df.fields.IsoDateTimeField):
    """An instant (RFC 3339) as UTC: the database takes no offset of 16 hours or more."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant; one before or after all that UTC can write is the first or the last of them."""
        found = super().to_python(value)
        try:
            return found and found.astimezone(UTC)
        except OverflowError:
            return FIRST if found.year == FIRST.year else LAST


class InstantRangeField(df.fields.RangeField):
    """Two instants; widget and order as for other ranges of dates."""

    widget = df.widgets.DateRangeWidget

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__((InstantField(), InstantField()), *args, **options)


class InstantFilter(df.IsoDateTimeFilter):
    """Filters by one instant."""

    field_class = InstantField


class InstantRangeFilter(df.IsoDateTimeFromToRangeFilter):
    """Filters by ``_after`` (inclusive) and ``_before``."""

    field_class = InstantRangeField


class SearchFilter(df.CharFilter):
    """Finds rows in which one of the fields contains the text, whatever its case."""

    def __init__(self, *fields: str, **options: Any) -> None:
        options.setdefault("label", _("Search"))
        super().__init__(**options)
        self.fields_searched = fields

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Return the matching rows; an empty text filters nothing."""
        text = str(value or "").strip()
        if not text:
            return qs
        found = Q()
        for name in self.fields_searched:
            found |= Q(**{f"{name}__icontains": text})
        return qs.filter(found)


class PartyFilterSet(df.FilterSet):
    """Parties by text and role."""

    q = SearchFilter("name", "slug", "legal_name")
    role = df.ChoiceFilter(
        field_name="roles", lookup_expr="contains", choices=m.Party.Role.choices, label=_("Role")
    )

    class Meta:
        model = m.Party
        fields = ["q", "role"]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter by role as a member of the list of roles."""
        role = self.form.cleaned_data.pop("role", "")
        rows = super().filter_queryset(queryset)
        return rows.filter(roles__contains=[role]) if role else rows


class ContactFilterSet(df.FilterSet):
    """Contacts by text, party and role."""

    q = SearchFilter("name", "email")

    class Meta:
        model = m.Contact
        fields = ["q", "party", "role"]


class FamilyFilterSet(df.FilterSet):
    """Families by text."""

    q = SearchFilter("name", "slug")

    class Meta:
        model = m.ServiceFamily
        fields = ["q"]


class ServiceFilterSet(df.FilterSet):
    """Services by text, state, family and criticality."""

    q = SearchFilter("name", "slug", "description")

    class Meta:
        model = m.Service
        fields = ["q", "state", "family", "criticality"]


class OfferingFilterSet(df.FilterSet):
    """Offerings by text and service."""

    q = SearchFilter("name", "slug")

    class Meta:
        model = m.ServiceOffering
        fields = ["q", "service"]


class ComponentFilterSet(df.FilterSet):
    """Components by text, kind and supplier."""

    q = SearchFilter("name", "slug", "description")

    class Meta:
        model = m.Component
        fields = ["q", "kind", "supplier"]


class DependencyFilterSet(df.FilterSet):
    """Dependencies by what depends."""

    class Meta:
        model = m.DependencyGroup
        fields = ["service", "component", "operator"]


class HoursFilterSet(df.FilterSet):
    """Service hours by text."""

    q = SearchFilter("name", "slug")

    class Meta:
        model = m.ServiceHours
        fields = ["q", "timezone"]


class HoursVersionFilterSet(df.FilterSet):
    """Versions by hours."""

    class Meta:
        model = m.ServiceHoursVersion
        fields = ["hours"]


class HoursExceptionFilterSet(df.FilterSet):
    """Exceptions by hours, kind and day."""

    q = SearchFilter("name")
    date = df.DateFromToRangeFilter(label=_("Day"))

    class Meta:
        model = m.HoursException
        fields = ["q", "hours", "kind", "date"]


class _EventFilterSet(df.FilterSet):
    q = SearchFilter("reference", "title", "customer_text")
    starts_at = InstantRangeFilter(label=_("Start"))


class ServiceEventFilterSet(_EventFilterSet):
    """Events by text, kind, service, state and start."""

    class Meta:
        model = m.ServiceEvent
        fields = ["q", "kind", "service", "state", "outcome", "starts_at"]


class OutageFilterSet(_EventFilterSet):
    """Outages by text, kind, service, cause, state and start."""

    class Meta:
        model = m.Outage
        fields = ["q", "kind", "service", "cause", "state", "starts_at"]


class MaintenanceWindowFilterSet(_EventFilterSet):
    """Maintenance windows by text, service, state and start."""

    class Meta:
        model = m.MaintenanceWindow
        fields = ["q", "service", "state", "starts_at"]


class TicketFilterSet(df.FilterSet):
    """Tickets by number, customer, service, priority and opening."""

    q = SearchFilter("external_id", "title")
    opened_at = InstantRangeFilter(label=_("Opened"))

    class Meta:
        model = m.Ticket
        fields = ["q", "customer", "service", "kind", "priority", "opened_at"]


class SeriesFilterSet(df.FilterSet):
    """Series by text, service and component."""

    q = SearchFilter("name", "slug")

    class Meta:
        model = m.Series
        fields = ["q", "service", "component"]


class ActionFilterSet(df.FilterSet):
    """Actions by text, customer, state and due date."""

    q = SearchFilter("title", "owner_name")
    due_date = df.DateFromToRangeFilter(label=_("Due"))

    class Meta:
        model = m.Action
        fields = ["q", "customer", "state", "due_date"]


class DecisionFilterSet(df.FilterSet):
    """Decisions by text, customer and state."""

    q = SearchFilter("question")

    class Meta:
        model = m.Decision
        fields = ["q", "customer", "state"]


class AboutFilter(df.UUIDFilter):
    """The key of the record that a row is about; pages link with it, nobody types it."""

    def __init__(self) -> None:
        super().__init__(field_name="ref_uuid", label=_("About"), widget=HiddenInput)


class CommentFilterSet(df.FilterSet):
    """Comments by text, customer, side and the record that they are about."""

    q = SearchFilter("text", "author_name")
    about = AboutFilter()

    class Meta:
        model = m.Comment
        fields = ["q", "customer", "side", "about"]


class ImportMappingFilterSet(df.FilterSet):
    """Remembered columns by source and kind of record."""

    q = SearchFilter("source", "kind")

    class Meta:
        model = m.ImportMapping
        fields = ["q", "kind"]


class CurrencyFilterSet(df.FilterSet):
    """Currencies by text."""

    q = SearchFilter("code", "name")

    class Meta:
        model = m.Currency
        fields = ["q"]


class UserFilterSet(df.FilterSet):
    """Users by text and whether they are active."""

    q = SearchFilter("name", "email")

    class Meta:
        model = m.User
        fields = ["q", "is_active"]


class JobFilterSet(df.FilterSet):
    """Jobs by text, state and queue."""

    q = SearchFilter("title", "kind")

    class Meta:
        model = m.Job
        fields = ["q", "state", "queue"]


class MailFilterSet(df.FilterSet):
    """Mails by text, holder and state."""

    q = SearchFilter("subject", "recipient")

    class Meta:
        model = m.Mail
        fields = ["q", "customer", "state"]


class WebhookFilterSet(df.FilterSet):
    """Webhooks by text, customer and whether they are on."""

    q = SearchFilter("name", "url")

    class Meta:
        model = m.WebhookEndpoint
        fields = ["q", "customer", "is_active"]


class WebhookDeliveryFilterSet(df.FilterSet):
    """Deliveries by event, webhook and state."""

    q = SearchFilter("event")

    class Meta:
        model = m.WebhookDelivery
        fields = ["q", "endpoint", "state"]


class FileFilterSet(df.FilterSet):
    """Files by name, holder and the record that they are evidence for."""

    q = SearchFilter("name", "sha256")
    about = AboutFilter()

    class Meta:
        model = m.StoredFile
        fields = ["q", "customer", "about"]


class SavedViewFilterSet(df.FilterSet):
    """Saved views by text, list and who sees them."""

    q = SearchFilter("name", "slug")
    list_name = df.CharFilter(label=_("List"))

    class Meta:
        model = m.SavedView
        fields = ["q", "list_name", "shared_with"]
