"""What service reporting adds to the product (ISO/IEC 20000-1:2018, 9.4)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import (
    NavigationItem,
    Notice,
    Panel,
    PortalPage,
    Process,
    ReportSection,
    ScheduleEntry,
    SearchKind,
)
from reporting import sections
from reporting.demo import load as load_demo
from reporting.selectors import sockets

PROCESS = Process(
    key="reporting",
    title=_("Reports"),
    clause="9.4",
    question=_("Is the customer reported to on time?"),
    navigation=(
        NavigationItem(
            _("Reports"),
            "reporting:reports_list",
            "reports",
            60,
            children=(
                NavigationItem(_("Library"), "reporting:reports_list"),
                NavigationItem(_("Delivery board"), "reporting:board"),
                NavigationItem(_("Definitions"), "reporting:report-definitions_list"),
                NavigationItem(_("What is owed"), "reporting:delivery-obligations_list"),
            ),
        ),
    ),
    search=(
        SearchKind(
            "reporting.ReportIssue", _("Report"), ("number", "headline"), "reporting:reports_detail"
        ),
        SearchKind(
            "reporting.ReportDefinition",
            _("Report definition"),
            ("name", "slug"),
            "reporting:report-definitions_detail",
            related=("customer",),
        ),
    ),
    roles={
        "REPORT_EDITOR": frozenset({"add", "change", "archive", "approve"}),
        "SERVICE_LEVEL_MANAGER": frozenset({"add", "change"}),
    },
    schedule=(
        ScheduleEntry("plan", "reporting.tasks.plan_deliveries", 3600),
        ScheduleEntry("issue", "reporting.tasks.issue_due_reports", 60),
    ),
    subscriptions={
        "agreement.in_force": "reporting.tasks.plan_deliveries",
        "agreement.ended": "reporting.tasks.plan_deliveries",
    },
    report_sections=(
        ReportSection("failures", _("Failures and breakdowns"), 40, sections.failures_section),
        ReportSection("problems", _("Known problems"), 45, sections.problems_section),
        ReportSection("changes", _("Changes and updates"), 50, sections.changes_section),
        ReportSection("maintenance", _("Maintenance"), 55, sections.maintenance_section),
        ReportSection(
            "improvements", _("Improvements and decisions"), 60, sections.improvements_section
        ),
        ReportSection("method", _("Method and data quality"), 95, sections.method_section),
    ),
    panels=(
        Panel(
            "reports",
            _("Reports"),
            "customer",
            "reporting/_panel.html",
            sockets.customer_panel,
            60,
        ),
        Panel(
            "reports", _("Reports"), "service", "reporting/_panel.html", sockets.service_panel, 60
        ),
        Panel(
            "latest-report",
            _("Reports"),
            "portal",  # type: ignore[arg-type]
            "portal/_latest_report.html",
            sockets.portal_card,
            20,
        ),
    ),
    work_items=sockets.work_items,
    portal_pages=(PortalPage(_("Reports"), "reporting:portal_reports", "reports", 20),),
    calendar_items=sockets.calendar_items,
    agenda_items=sockets.agenda_items,
    notices=(Notice("reporting.report_published", _("A report is published"), "report_published"),),
    metrics=sockets.metrics,
    evidence=sockets.evidence,
    coverage=sockets.coverage,
    demo=load_demo,
)
