"""Routes of service reporting."""

from typing import Any

from django.urls import URLPattern, path

from itsm.views.entities import entity_pages
from reporting.models import ReportFeedback
from reporting.views import numbers, pages, portal
from reporting.views.entities import DEFINITIONS, ISSUES, OBLIGATIONS

app_name = "reporting"


def _act(entity: Any, name: str, page: Any) -> URLPattern:
    view = page.as_view(model=entity.model, routes=entity.prefix, related=entity.related)
    return path(f"{entity.slug}/<uuid:pk>/{name}/", view, name=f"{entity.slug}_{name}")


urlpatterns = [
    path("reports/board/", pages.BoardPage.as_view(), name="board"),
    path("reports/<uuid:pk>/", pages.IssuePage.as_view(), name="reports_detail"),
    path("reports/<uuid:pk>/pdf/", pages.PdfPage.as_view(), name="reports_pdf"),
    path("reports/<uuid:pk>/numbers/", numbers.NumbersPage.as_view(), name="reports_numbers"),
    path(
        "report-answers/<uuid:pk>/reply/",
        pages.ReplyPage.as_view(
            model=ReportFeedback, routes="reporting:report-answers", related=("issue", "customer")
        ),
        name="report-answers_reply",
    ),
    _act(ISSUES, "approve", pages.ApprovePage),
    _act(ISSUES, "publish", pages.PublishPage),
    _act(DEFINITIONS, "activate", pages.ActivatePage),
    _act(DEFINITIONS, "retire", pages.RetirePage),
    _act(OBLIGATIONS, "issue", pages.IssueNowPage),
    _act(OBLIGATIONS, "restate", pages.RestatePage),
    _act(OBLIGATIONS, "waive", pages.WaivePage),
    *(page for page in entity_pages(ISSUES) if page.name == "reports_list"),
    *entity_pages(DEFINITIONS),
    *entity_pages(OBLIGATIONS),
    path("portal/reports/", portal.ReportsPage.as_view(), name="portal_reports"),
    path("portal/reports/<uuid:pk>/", portal.ReportPage.as_view(), name="portal_report"),
    path("portal/reports/<uuid:pk>/pdf/", portal.PortalPdfPage.as_view(), name="portal_pdf"),
    path(
        "portal/reports/<uuid:pk>/numbers/",
        numbers.PortalNumbersPage.as_view(),
        name="portal_numbers",
    ),
    path("portal/reports/<uuid:pk>/check/", portal.VerifyPage.as_view(), name="portal_verify"),
    path(
        "verify/<slug:number>/<int:version>/",
        portal.VerifyByNumberPage.as_view(),
        name="verify_number",
    ),
]
