"""The kernel's routes below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from itsm.api import (
    accounts,
    calendar,
    catalogue,
    changes,
    dependencies,
    documents,
    events,
    files,
    hours,
    imports,
    records,
    saved_views,
    tickets,
    webhooks,
)
from itsm.api import measurements as samples
from itsm.api.base import ApiRouter

router = ApiRouter()
router.register("parties", catalogue.PartyViewSet)
router.register("contacts", catalogue.ContactViewSet)
router.register("currencies", catalogue.CurrencyViewSet)
router.register("service-families", catalogue.ServiceFamilyViewSet)
router.register("services", catalogue.ServiceViewSet)
router.register("service-offerings", catalogue.ServiceOfferingViewSet)
router.register("components", catalogue.ComponentViewSet)
router.register("dependencies", dependencies.DependencyViewSet)
router.register("service-hours", hours.ServiceHoursViewSet)
router.register("service-hours-versions", hours.ServiceHoursVersionViewSet)
router.register("service-hours-exceptions", hours.HoursExceptionViewSet)
router.register("service-events", events.ServiceEventViewSet)
router.register("outages", events.OutageViewSet)
router.register("maintenance-windows", events.MaintenanceWindowViewSet)
router.register("tickets", tickets.TicketViewSet)
router.register("ticket-events", tickets.TicketEventViewSet)
router.register("series", samples.SeriesViewSet)
router.register("actions", records.ActionViewSet)
router.register("decisions", records.DecisionViewSet)
router.register("comments", records.CommentViewSet)
router.register("files", files.FileViewSet)
router.register("imports", imports.ImportViewSet)
router.register("import-mappings", imports.ImportMappingViewSet)
router.register("jobs", records.JobViewSet)
router.register("mails", records.MailViewSet)
router.register("webhook-endpoints", webhooks.WebhookViewSet)
router.register("webhook-deliveries", webhooks.DeliveryViewSet)
router.register("saved-views", saved_views.SavedViewViewSet)
router.register("users", accounts.UserViewSet)
router.register("memberships", accounts.MembershipViewSet)
router.register("api-tokens", accounts.TokenViewSet)
router.register("calendar-feeds", calendar.CalendarFeedViewSet)

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema", documents.schema, name="api-schema"),
    path("docs", documents.page, name="api-docs"),
    path("calendar", calendar.CalendarView.as_view(), name="calendar"),
    path("changes", changes.ChangesView.as_view(), name="changes"),
    path("measurements:batch", samples.MeasurementBatchView.as_view(), name="measurements-batch"),
    *router.urls,
]
