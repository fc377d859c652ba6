"""What service levels adds to the product (ISO/IEC 20000-1:2018, 8.3.3)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import (
    MapOverlay,
    NavigationItem,
    Panel,
    PortalPage,
    Process,
    RecordKind,
    ReportSection,
    ScheduleEntry,
    SearchKind,
)
from slas import sections
from slas.demo import load as load_demo
from slas.selectors import sockets
from slas.selectors.promised import promised
from slas.services.imports import upsert

_WRITE = frozenset({"add", "change", "archive", "approve"})
_CHANGED = "slas.tasks.record_changed"

PROCESS = Process(
    key="slas",
    title=_("Service levels"),
    clause="8.3.3",
    question=_("Are the conditions agreed?"),
    navigation=(
        NavigationItem(
            _("Service levels"),
            "slas:agreements_list",
            "levels",
            20,
            children=(
                NavigationItem(_("Agreements"), "slas:agreements_list"),
                NavigationItem(_("Compliance"), "slas:compliance"),
                NavigationItem(_("Targets"), "slas:targets_list"),
                NavigationItem(_("Subscriptions"), "slas:subscriptions_list"),
                NavigationItem(_("Evaluations"), "slas:evaluations_list"),
            ),
        ),
    ),
    search=(
        SearchKind(
            "slas.Agreement", _("Agreement"), ("reference", "title"), "slas:agreements_detail"
        ),
        SearchKind("slas.Target", _("Target"), ("reference", "name"), "slas:targets_detail"),
    ),
    roles={
        "SERVICE_LEVEL_MANAGER": _WRITE,
        "INTEGRATION": frozenset({"view"}),
    },
    schedule=(ScheduleEntry("evaluate", "slas.tasks.evaluate_running", 86_400),),
    subscriptions={
        "outage.recorded": _CHANGED,
        "outage.approved": _CHANGED,
        "outage.closed": _CHANGED,
        "maintenancewindow.recorded": _CHANGED,
        "maintenancewindow.announced": _CHANGED,
        "maintenancewindow.approved": _CHANGED,
        "maintenancewindow.done": _CHANGED,
        "maintenancewindow.cancelled": _CHANGED,
        "tickets.recorded": "slas.tasks.tickets_recorded",
        "importrun.undone": "slas.tasks.import_undone",
    },
    record_kinds=(RecordKind("agreement", _("Agreement"), (), upsert),),
    report_sections=(
        ReportSection("attainment", _("SLA attainment"), 20, sections.attainment_section),
        ReportSection(
            "availability", _("Availability per service"), 30, sections.availability_section
        ),
    ),
    panels=(
        Panel("promises", _("Promises"), "home", "slas/_promised.html", promised, 10),
        Panel(
            "agreements",
            _("Agreements"),
            "service",
            "slas/_panel.html",
            sockets.service_panel,
            20,
        ),
        Panel(
            "agreements",
            _("Agreements"),
            "customer",
            "slas/_panel.html",
            sockets.customer_panel,
            20,
        ),
    ),
    work_items=sockets.work_items,
    portal_pages=(PortalPage(_("Agreements"), "slas:portal_agreements", "document", 50),),
    calendar_items=sockets.calendar_items,
    map_overlays=(MapOverlay("levels", _("Service levels"), sockets.level_overlay),),
    scorecard=sockets.scorecard,
    agenda_items=sockets.agenda_items,
    metrics=sockets.metrics,
    evidence=sockets.evidence,
    leaning=sockets.leaning,
    coverage=sockets.coverage,
    demo=load_demo,
)
