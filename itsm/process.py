"""What the kernel itself adds to the product: catalogue, records, people, activity."""

from django.utils.translation import gettext_lazy as _

from itsm import selectors, tasks
from itsm.imports.kinds import RECORD_KINDS
from itsm.registry import NavigationItem, PortalPage, Process, SearchKind

_WRITE = frozenset({"add", "change"})
_FULL = _WRITE | {"archive", "approve"}

PROCESS = Process(
    key="itsm",
    title=_("Services"),
    clause="8.2.4",
    navigation=(
        NavigationItem(_("My work"), "itsm:home", "work", 0, ""),
        NavigationItem(
            _("Services"),
            "itsm:services_list",
            "services",
            10,
            children=(
                NavigationItem(_("Catalogue"), "itsm:services_list"),
                NavigationItem(_("Offerings"), "itsm:service-offerings_list"),
                NavigationItem(_("Components"), "itsm:components_list"),
                NavigationItem(_("Dependencies"), "itsm:dependencies_list"),
                NavigationItem(_("Service hours"), "itsm:service-hours_list"),
                NavigationItem(_("Coverage"), "itsm:coverage"),
            ),
        ),
        NavigationItem(
            _("Records"),
            "itsm:service-events_list",
            "document",
            12,
            children=(
                NavigationItem(_("Service events"), "itsm:service-events_list"),
                NavigationItem(_("Outages"), "itsm:outages_list"),
                NavigationItem(_("Maintenance"), "itsm:maintenance-windows_list"),
                NavigationItem(_("Tickets"), "itsm:tickets_list"),
                NavigationItem(_("Actions"), "itsm:actions_list"),
                NavigationItem(_("Decisions"), "itsm:decisions_list"),
            ),
        ),
        NavigationItem(
            _("Customers"),
            "itsm:parties_list",
            "people",
            14,
            children=(
                NavigationItem(_("Parties"), "itsm:parties_list"),
                NavigationItem(_("Contacts"), "itsm:contacts_list"),
            ),
        ),
        NavigationItem(
            _("Activity"),
            "itsm:activity",
            "activity",
            900,
            children=(
                NavigationItem(_("Calendar"), "itsm:calendar"),
                NavigationItem(_("Imports"), "itsm:import_list"),
                NavigationItem(_("Jobs"), "itsm:jobs_list"),
                NavigationItem(_("Mails"), "itsm:mails_list"),
                NavigationItem(_("Files"), "itsm:files_list"),
                NavigationItem(_("Webhooks"), "itsm:webhook-endpoints_list"),
            ),
        ),
        NavigationItem(_("Settings"), "itsm:settings", "settings", 910),
    ),
    search=(
        SearchKind("itsm.Service", _("Service"), ("name", "slug"), "itsm:services_detail", "slug"),
        SearchKind("itsm.Party", _("Party"), ("name", "slug"), "itsm:parties_detail", "slug"),
        SearchKind(
            "itsm.Component", _("Component"), ("name", "slug"), "itsm:components_detail", "slug"
        ),
        SearchKind(
            "itsm.ServiceEvent",
            _("Service event"),
            ("reference", "title"),
            "itsm:service-events_detail",
        ),
        SearchKind("itsm.Outage", _("Outage"), ("reference", "title"), "itsm:outages_detail"),
        SearchKind(
            "itsm.MaintenanceWindow",
            _("Maintenance"),
            ("reference", "title"),
            "itsm:maintenance-windows_detail",
        ),
        SearchKind("itsm.Ticket", _("Ticket"), ("external_id", "title"), "itsm:tickets_detail"),
        SearchKind("itsm.Action", _("Action"), ("title",), "itsm:actions_detail"),
        SearchKind("itsm.SavedView", _("Saved view"), ("name", "slug"), "itsm:saved-views_detail"),
    ),
    roles={
        "SERVICE_LEVEL_MANAGER": _FULL,
        "CAPACITY_MANAGER": _WRITE,
        "CONTINUITY_MANAGER": _FULL,
        "RISK_OWNER": _WRITE,
        "FINANCE_CONTROLLER": frozenset(),
        "REPORT_EDITOR": _FULL,
        "AUDITOR": frozenset(),
        "INTEGRATION": _WRITE,
    },
    record_kinds=RECORD_KINDS,
    portal_pages=(
        PortalPage(_("Now"), "itsm:portal_now", "levels", 10),
        PortalPage(_("Decide"), "itsm:portal_decide", "check", 30),
        PortalPage(_("Plan"), "itsm:portal_plan", "calendar", 40),
    ),
    schedule=tasks.SCHEDULE,
    work_items=selectors.kernel_work,
    calendar_items=selectors.kernel_calendar,
    metrics=selectors.kernel_metrics,
)
