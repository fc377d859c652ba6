"""Portal pages of reports: the list, reading, answering, checking."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import blocks
from itsm.calculations.digest import sha256
from itsm.calculations.periods import Period
from itsm.rendering import Tools, body_html
from itsm.services import files
from itsm.tenancy import actor_for
from itsm.views.portal import PortalPageView
from reporting import forms, selectors
from reporting.models import ReportIssue
from reporting.services.comparison import differences
from reporting.services.conversation import turns_of
from reporting.services.download import pdf_answer
from reporting.services.feedback import FeedbackRefused, give_feedback, may_answer, note_reading
from reporting.services.links import links_of
from reporting.services.numbers import places_of
from reporting.services.words import period_name
from slas.selectors.figures import period_text


class ReportPageView(PortalPageView):
    """A page about the customer's published reports."""

    def issues(self) -> Any:
        """Return the customer's published reports; staff see what the customer sees."""
        rows = ReportIssue.objects.visible_to(self.request.user).filter(
            customer=self.customer, published_at__isnull=False
        )
        return rows.select_related("obligation__definition", "customer", "pdf")

    def issue(self) -> ReportIssue:
        """Return the report of the address, or answer 404."""
        rows = ReportIssue.objects.visible_to(self.request.user).filter(published_at__isnull=False)
        found = (
            rows.select_related("obligation__definition", "customer", "pdf")
            .filter(pk=self.kwargs["pk"])
            .first()
        )
        if found is None:
            raise Http404(_("There is no such report."))
        self.customer = found.customer
        return found


class ReportsPage(ReportPageView):
    """All reports as covers, the newest first."""

    template_name = "portal/reports.html"
    title = lazy("Reports")

    def facts(self) -> dict[str, Any]:
        """Add the covers and when the next report is due."""
        issues = list(
            self.issues()
            .newest_published()
            .defer("dataset")
            .order_by("-obligation__period_starts_at")[:60]
        )
        seen = selectors.read_by(self.request.user, issues)
        cards = [
            {
                "issue": row,
                "period": _name(row),
                "is_new": row.pk not in seen and not self._is_staff(),
                "late": selectors.is_late(row.obligation, self.at),
            }
            for row in issues
        ]
        owed = selectors.next_due(self.customer, self.at)
        return {
            **super().facts(),
            "cards": cards,
            "new": sum(card["is_new"] for card in cards),
            "next": owed,
            "next_period": period_text(owed.period) if owed else "",
        }

    def _is_staff(self) -> bool:
        return actor_for(self.request.user).is_staff


class ReportPage(ReportPageView):
    """A report to read: the same stored JSON as the PDF, with the answers beside it."""

    template_name = "portal/report.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it, and note once that this person has opened it."""
        note_reading(issue=self.issue(), by=request.user, at=self.at)
        return self.show()

    def facts(self) -> dict[str, Any]:
        """Add the page of the dataset, its contents and the answers."""
        row = self.issue()
        report = blocks.from_dict(row.dataset)
        may = may_answer(self.request.user)
        numbers_url = reverse("reporting:portal_numbers", args=[row.pk])
        places = places_of(report)
        return {
            **super().facts(),
            "title": f"{report.meta.kind or _('Service report')} {report.meta.period}",
            "issue": row,
            "body": body_html(
                row.dataset,
                links_of(row.dataset, self.request.user, in_portal=True),
                Tools(f"{numbers_url}#", "?about=" if may else ""),
            ),
            "numbers_url": numbers_url,
            "places": places,
            "about": self.request.GET.get("about", ""),
            "sections": [
                (number, section.key, section.title)
                for number, section in enumerate(report.sections, 2)
            ],
            "turns": turns_of(row, self.request.user, places),
            "changes": self._changes(row),
            "may_answer": may,
            "newer": self.issues()
            .newest_published()
            .filter(obligation=row.obligation_id)
            .exclude(pk=row.pk)
            .first(),
            "previous": self._neighbour(row, -1),
            "following": self._neighbour(row, 1),
        }

    def _changes(self, row: ReportIssue) -> dict[str, Any] | None:
        """Return what differs from the version before, if this reader may see that one."""
        if row.supersedes_id is None:
            return None
        before = self.issues().filter(pk=row.supersedes_id).first()
        if before is None:
            return None
        return {"before": before, "found": differences(before.dataset, row.dataset)}

    def _neighbour(self, row: ReportIssue, step: int) -> dict[str, Any] | None:
        rows = self.issues().newest_published().defer("dataset")
        rows = rows.filter(obligation__definition=row.obligation.definition_id)
        at = row.obligation.period_starts_at
        if step < 0:
            found = rows.filter(obligation__period_starts_at__lt=at)
            found = found.order_by("-obligation__period_starts_at").first()
        else:
            found = rows.filter(obligation__period_starts_at__gt=at)
            found = found.order_by("obligation__period_starts_at").first()
        return {"issue": found, "period": _name(found)} if found else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take an answer: acknowledged, with a remark, or a dispute."""
        row, form = self.issue(), forms.FeedbackForm(request.POST)
        if not form.is_valid():
            return self.show(422, problem=_("Choose an answer."), typed=request.POST)
        facts = form.cleaned_data
        try:
            give_feedback(
                issue=row,
                by=request.user,
                kind=facts["kind"],
                text=facts["text"],
                anchor=facts["anchor"],
                at=self.at,
            )
        except FeedbackRefused as refusal:
            return self.show(422, problem=str(refusal), typed=request.POST)
        messages.info(request, _("Your answer is recorded. Thank you."))
        return HttpResponseRedirect(reverse("reporting:portal_report", args=[row.pk]))


class PortalPdfPage(ReportPageView):
    """The PDF of a published report."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        """Send the stored file."""
        return pdf_answer(self.issue(), inline=request.GET.get("inline") == "1")


class VerifyPage(ReportPageView):
    """Checks a report: are the stored data and the PDF those that were issued?"""

    template_name = "portal/verify.html"
    title = lazy("Check a report")

    def facts(self) -> dict[str, Any]:
        """Recompute both digests and compare them with what was written at issue."""
        row = self.issue()
        data = sha256(row.dataset)
        paper = self._paper(row)
        given = self.request.GET.get("sha256", "").strip().lower().replace(" ", "")
        return {
            **super().facts(),
            "issue": row,
            "period": _name(row),
            "data_digest": data,
            "data_holds": data == row.dataset_sha256,
            "paper_digest": paper,
            "paper_holds": paper == row.pdf_sha256,
            "given": given,
            "given_fits": bool(given)
            and any(
                len(given) >= 8 and digest.startswith(given)
                for digest in (row.dataset_sha256, row.pdf_sha256)
            ),
        }

    @staticmethod
    def _paper(row: ReportIssue) -> str:
        if row.pdf is None:
            return ""
        try:
            return hashlib.sha256(files.read_file(row.pdf)).hexdigest()
        except files.FileMissing:
            return ""


class VerifyByNumberPage(ReportPageView):
    """The short address in the printed code: number and version lead to the check."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Go to the check of this version, or answer 404 to whoever may not read it."""
        found = (
            ReportIssue.objects.visible_to(request.user)
            .filter(
                number=self.kwargs["number"],
                version=self.kwargs["version"],
                published_at__isnull=False,
            )
            .first()
        )
        if found is None:
            raise Http404(_("There is no such report."))
        return HttpResponseRedirect(reverse("reporting:portal_verify", args=[found.pk]))


def _name(row: ReportIssue) -> str:
    return period_name(Period.parse(row.obligation.period, row.customer.timezone))
