"""The numbers of a report to look at and to take along: staff and portal."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import blocks
from itsm.views.base import DetailPage
from reporting.calculations.figures import Figure, written
from reporting.models import ReportIssue
from reporting.services import workbook
from reporting.services.numbers import Sheet, Value, sheets_of
from reporting.views.portal import ReportPageView

MOST_ROWS = 200  # of a table on the page; the files hold all
KINDS = ("xlsx", "csv")


def file_of(issue: ReportIssue, request: HttpRequest) -> HttpResponseBase | None:
    """Return the file that ``?format=`` asks for: all tables, or with ``&table=`` one as CSV; else None."""
    kind, anchor = request.GET.get("format", ""), request.GET.get("table", "")
    if kind not in KINDS:
        return None
    if kind == "xlsx" or not anchor:
        return workbook.numbers_answer(issue, kind)
    sheet = workbook.sheet_of(issue, anchor)
    if sheet is None:
        raise Http404(_("This report has no such table."))
    answer = HttpResponse(
        workbook.csv_text(sheet.heads, sheet.rows), content_type="text/csv; charset=utf-8"
    )
    name = f"{issue.number}-v{issue.version}-{sheet.anchor}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def numbers_of(issue: ReportIssue) -> list[dict[str, Any]]:
    """Return every table of the report as texts, with where it stands in the report."""
    report = blocks.from_dict(issue.dataset)
    with translation.override(report.meta.language):
        sheets = sheets_of(report)
    return [
        {
            "anchor": sheet.anchor,
            "place": ""
            if sheet.anchor in ("cover", "texts")
            else sheet.anchor.removesuffix("-table"),
            "title": sheet.title,
            "heads": sheet.heads,
            "rows": [[_shown(value) for value in row] for row in sheet.rows[:MOST_ROWS]],
            "left": max(0, len(sheet.rows) - MOST_ROWS),
            "is_number": _numeric(sheet),
        }
        for sheet in sheets
    ]


def _numeric(sheet: Sheet) -> list[bool]:
    return [
        any(isinstance(row[place], Figure | int) for row in sheet.rows)
        for place in range(len(sheet.heads))
    ]


def _shown(value: Value) -> dict[str, Any]:
    number = isinstance(value, Figure | int) and not isinstance(value, bool)
    if isinstance(value, Figure):
        return {"text": written(value), "number": number}
    if isinstance(value, bool):
        return {"text": _("yes") if value else _("no"), "number": False}
    return {"text": "" if value is None else str(value), "number": number}


class NumbersPage(DetailPage):
    """Staff: every table and drawing of a report as numbers; ``?format=xlsx`` or ``csv`` gives them as files."""

    model = ReportIssue
    routes = "reporting:reports"
    template_name = "reporting/numbers.html"
    takes_remarks = False
    related = ("customer", "obligation__definition")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the tables, or send a file."""
        return file_of(self.record(), request) or self.show()

    def buttons(self) -> list[Any]:
        """The files stand beside the tables."""
        return []

    def facts(self) -> dict[str, Any]:
        """Add the tables."""
        row = self.record()
        return {
            **super().facts(),
            "title": _("Numbers of %(report)s") % {"report": row},
            "issue": row,
            "tables": numbers_of(row),
            "report_url": reverse("reporting:reports_detail", args=[row.pk]),
        }


class PortalNumbersPage(ReportPageView):
    """Portal: the same tables and files for the customer."""

    template_name = "portal/numbers.html"
    title = lazy("Numbers of the report")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the tables, or send a file."""
        return file_of(self.issue(), request) or self.show()

    def facts(self) -> dict[str, Any]:
        """Add the tables."""
        row = self.issue()
        return {
            **super().facts(),
            "issue": row,
            "tables": numbers_of(row),
            "report_url": reverse("reporting:portal_report", args=[row.pk]),
        }
