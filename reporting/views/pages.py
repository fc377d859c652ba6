"""Staff pages of reports: library, board, definition, obligation, reading page and their acts."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import FileResponse, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm import blocks
from itsm.permissions import allowed
from itsm.rendering import Tools, body_html
from itsm.tenancy import actor_for
from itsm.views.base import ActionPage, Button, Crumb, DetailPage, Page
from itsm.views.focus import focus_of, narrowed
from itsm.views.lists import ListPage
from reporting import forms, selectors
from reporting.models import DeliveryObligation, ReportDefinition, ReportFeedback, ReportIssue
from reporting.services.comparison import differences
from reporting.services.conversation import reply, turns_of
from reporting.services.definitions import activate, retire
from reporting.services.download import pdf_answer
from reporting.services.links import links_of
from reporting.services.numbers import places_of
from reporting.services.publishing import approve_issue, publish_issue, waive
from reporting.services.scheduling import order
from slas.selectors.figures import period_text

LANE_TITLES = {
    "planned": lazy("Planned"),
    "made": lazy("Being made"),
    "review": lazy("To be approved"),
    "published": lazy("Published"),
    "answered": lazy("Answered"),
}


class LibraryPage(ListPage):
    """All reports that were issued, newest first."""

    def queryset(self) -> Any:
        """Leave the datasets where they are: a list never prints them."""
        return super().queryset().defer("dataset")


class BoardPage(Page):
    """Delivery board: obligations by state, with what the clock says."""

    staff_only = True
    template_name = "reporting/board.html"
    title = lazy("Delivery board")
    page_model = DeliveryObligation
    page_action = "view"

    def facts(self) -> dict[str, Any]:
        """Add the lanes and the sentence above them."""
        user, focus = self.request.user, focus_of(self.request)
        rows = selectors.owed_on_board(user, self.at)
        if focus.period:
            rows = DeliveryObligation.objects.visible_to(user)
        found, late = selectors.board(user, self.at, owed=narrowed(rows, focus)[0])
        lanes = [
            {
                "key": lane.key,
                "title": LANE_TITLES[lane.key],
                "total": lane.total,
                "more": lane.total - len(lane.cards),
                "more_url": f"{reverse('reporting:delivery-obligations_list')}?state={lane.states[0]}",
                "cards": [self._card(card) for card in lane.cards],
            }
            for lane in found
        ]
        has_cards = any(lane.total for lane in found)
        lead = _("No report is late.") if has_cards else ""
        if late:
            lead = ngettext("%(n)s report is late.", "%(n)s reports are late.", late) % {"n": late}
        return {**super().facts(), "lanes": lanes, "has_cards": has_cards, "lead": lead}

    def _card(self, card: selectors.Card) -> dict[str, Any]:
        row = card.obligation
        days = abs(card.countdown.days if card.countdown.days >= 0 else card.countdown.days + 1)
        if row.published_at is not None:
            clock = _("late") if card.is_late else _("on time")
        elif card.is_late:
            words = ngettext("%(days)s day late", "%(days)s days late", days)
            clock = words % {"days": days}
        else:
            words = ngettext("due in %(days)s day", "due in %(days)s days", days)
            clock = words % {"days": days}
        state = "ok"
        if row.state in ("FAILED", "DISPUTED") or (card.is_late and row.published_at is None):
            state = "breach"
        elif card.is_late:
            state = "risk"
        elif row.state in ("PLANNED", "WAIVED"):
            state = "unknown"
        period = period_text(row.period)
        return {"row": row, "issue": card.issue, "clock": clock, "tone": state, "period": period}


class DefinitionPage(DetailPage):
    """A definition with its recipients and its next dates."""

    def buttons(self) -> Sequence[Button]:
        """Offer to activate a draft, or to retire what is active."""
        state = self.record().state
        hidden = {"DRAFT": "retire", "ACTIVE": "activate", "RETIRED": "retire"}[state]
        kept = [act for act in self.acts if act[1] != hidden]
        self.acts = tuple(kept)
        return super().buttons()

    def panels(self) -> Sequence[dict[str, Any]]:
        """Show who gets it and what is owed next."""
        row = self.record()
        people = row.recipients.select_related("contact").order_by("contact__name")
        open_or_coming = Q(due_at__gte=self.at) | Q(state="PLANNED")
        dates = row.obligations.filter(open_or_coming).order_by("due_at")[:6]
        return (
            {
                "title": _("Recipients"),
                "template": "reporting/_recipients.html",
                "facts": {"people": list(people)},
            },
            {
                "title": _("Next dates"),
                "template": "reporting/_dates.html",
                "facts": {"dates": list(dates)},
            },
        )


class ObligationPage(DetailPage):
    """What is owed for a period, and the versions that were issued."""

    def buttons(self) -> Sequence[Button]:
        """Offer to make, restate or waive, as the state allows."""
        row, found = self.record(), []
        ended = row.period_ends_at <= self.at
        current = row.issues.current().defer("dataset").first()
        if ended and row.state in ("PLANNED", "FAILED") and self.may("change"):
            found.append(Button(_("Make it now"), self.address("issue", row), "main"))
        if current is not None and current.published_at is None and self.may("approve"):
            found.append(Button(_("Approve"), self._of_issue("approve", current), "main"))
        if ended and current is not None and self.may("change"):
            found.append(Button(_("Make a new version"), self.address("restate", row)))
        if row.state in ("PLANNED", "FAILED", "IN_REVIEW") and self.may("change"):
            found.append(Button(_("Waive"), self.address("waive", row)))
        return found[:3]

    @staticmethod
    def _of_issue(page: str, issue: ReportIssue) -> str:
        return reverse(f"reporting:reports_{page}", args=[issue.pk])

    def panels(self) -> Sequence[dict[str, Any]]:
        """Show the versions with their digests."""
        rows = self.record().issues.defer("dataset").order_by("-version")
        return (
            {
                "title": _("Versions"),
                "template": "reporting/_versions.html",
                "facts": {"issues": list(rows)},
            },
        )


class IssuePage(DetailPage):
    """A report as the customer reads it, with its versions and answers beside it."""

    model = ReportIssue
    routes = "reporting:reports"
    template_name = "reporting/issue.html"
    takes_remarks = False
    related = ("customer", "obligation__definition", "pdf")

    def buttons(self) -> Sequence[Button]:
        """Offer approval or publication of a report that waits, and the PDF."""
        row, found = self.record(), []
        if row.published_at is None and row.is_current and self.may("approve"):
            needs = row.obligation.definition.needs_approval
            page, title = (
                ("approve", _("Approve and publish")) if needs else ("publish", _("Publish"))
            )
            found.append(Button(title, self.address(page, row), "main"))
        found.append(Button(_("Numbers"), self.address("numbers", row), icon="download"))
        if row.pdf_id:
            found.append(Button(_("PDF"), self.address("pdf", row), icon="download"))
        return found

    def facts(self) -> dict[str, Any]:
        """Add the page of the stored dataset, versions and answers."""
        row = self.record()
        siblings = ReportIssue.objects.visible_to(self.request.user).filter(
            obligation=row.obligation_id
        )
        return {
            **super().facts(),
            "state_text": _("published") if row.published_at else _("not published"),
            "state_tone": "ok" if row.published_at else "risk",
            "body": body_html(
                row.dataset,
                links_of(row.dataset, self.request.user, in_portal=False),
                Tools(f"{self.address('numbers', row)}#"),
            ),
            "versions": list(siblings.defer("dataset").order_by("-version")),
            "turns": turns_of(row, self.request.user, places_of(blocks.from_dict(row.dataset))),
            "may_reply": allowed(self.request.user, "change", ReportFeedback),
            "restate_url": reverse(
                "reporting:delivery-obligations_restate", args=[row.obligation_id]
            )
            if row.is_current and self.may("change")
            else "",
            "changes": self._changes(row, siblings),
        }

    @staticmethod
    def _changes(row: ReportIssue, siblings: Any) -> dict[str, Any] | None:
        before = siblings.filter(pk=row.supersedes_id).first() if row.supersedes_id else None
        if before is None:
            return None
        return {"before": before, "found": differences(before.dataset, row.dataset)}


class ReplyPage(ActionPage):
    """Replies to what a customer asked, remarked or disputed."""

    form_class = forms.ReplyForm
    template_name = "reporting/reply.html"
    question = lazy("Reply to the customer")
    explanation = lazy(
        "The customer reads the reply under the report in the portal. Figures that are wrong are put "
        "right by a new version of the report, not by a reply."
    )
    submit_text = lazy("Send the reply")

    def act(self, row: ReportFeedback, form: Any) -> str:
        """Reply."""
        reply(row, text=form.cleaned_data["text"], by=self.request.user, at=self.at)
        return _("Your reply stands under the report in the portal.")

    def target(self) -> str:
        """Return to the report."""
        return reverse("reporting:reports_detail", args=[self.record().issue_id])

    def crumbs(self) -> Sequence[Crumb]:
        """Return the way back to the report."""
        issue = self.record().issue
        return (
            Crumb(_("Reports"), reverse("reporting:reports_list")),
            Crumb(str(issue), self.target()),
        )

    def facts(self) -> dict[str, Any]:
        """Add what was said."""
        return {**super().facts(), "said": self.record(), "back_url": self.target()}


class PdfPage(DetailPage):
    """The stored PDF; ``?inline=1`` shows it in the browser."""

    model = ReportIssue
    routes = "reporting:reports"
    related = ("pdf",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        """Send the file; its bytes were opened while the reader's walls stood."""
        return pdf_answer(self.record(), inline=request.GET.get("inline") == "1")


class ActivatePage(ActionPage):
    """Puts a definition to work."""

    page_action = "approve"
    question = lazy("Activate %(name)s?")
    explanation = lazy(
        "Its reports are planned thirteen months ahead and made when a period is over."
    )
    submit_text = lazy("Activate")

    def act(self, row: ReportDefinition, form: Any) -> str:
        """Activate."""
        activate(row, at=self.at)
        return _("%(name)s is active.") % {"name": row}


class RetirePage(ActionPage):
    """Ends a definition."""

    page_action = "approve"
    question = lazy("Retire %(name)s?")
    explanation = lazy("No report is owed for periods that begin from now on. Issued reports stay.")
    submit_text = lazy("Retire")
    danger = True

    def act(self, row: ReportDefinition, form: Any) -> str:
        """Retire."""
        retire(row, at=self.at)
        return _("%(name)s is retired.") % {"name": row}


class IssueNowPage(ActionPage):
    """Queues the making of a report."""

    question = lazy("Make %(name)s now?")
    explanation = lazy(
        "A worker makes it in the background. Equal records never give a second version."
    )
    submit_text = lazy("Make it now")

    def act(self, row: DeliveryObligation, form: Any) -> str:
        """Queue."""
        order(row, at=self.at, by=actor_for(self.request.user).label)
        return _("%(name)s is being made. Look at this page again in a moment.") % {"name": row}


class RestatePage(IssueNowPage):
    """Queues a new version with the reason that the customer will read."""

    form_class = forms.ReasonForm
    question = lazy("Make a new version of %(name)s?")
    explanation = lazy(
        "If records changed, a new version replaces the current one; its cover says why. If nothing "
        "changed, the current version stays."
    )
    submit_text = lazy("Make a new version")

    def act(self, row: DeliveryObligation, form: Any) -> str:
        """Queue with the reason."""
        order(
            row,
            at=self.at,
            by=actor_for(self.request.user).label,
            reason=form.cleaned_data["reason"].strip(),
        )
        return _("A new version of %(name)s is being made.") % {"name": row}


class WaivePage(ActionPage):
    """Writes down that a report is not wanted."""

    form_class = forms.ReasonForm
    question = lazy("Waive %(name)s?")
    explanation = lazy("The customer does not want this report. It is no longer owed.")
    submit_text = lazy("Waive")
    danger = True

    def act(self, row: DeliveryObligation, form: Any) -> str:
        """Waive."""
        waive(row, reason=form.cleaned_data["reason"], at=self.at)
        return _("%(name)s is waived.") % {"name": row}


class ApprovePage(ActionPage):
    """Approves and publishes a report."""

    page_action = "approve"
    question = lazy("Approve %(name)s?")
    explanation = lazy("You have read it. It is published at once and its recipients get a mail.")
    submit_text = lazy("Approve and publish")

    def act(self, row: ReportIssue, form: Any) -> str:
        """Approve."""
        approve_issue(row, by=self.request.user, at=self.at)
        return _("%(name)s is published.") % {"name": row}


class PublishPage(ApprovePage):
    """Publishes a report that needs no approval."""

    question = lazy("Publish %(name)s?")
    explanation = lazy("The customer reads it in the portal at once; its recipients get a mail.")
    submit_text = lazy("Publish")

    def act(self, row: ReportIssue, form: Any) -> str:
        """Publish."""
        publish_issue(row, at=self.at)
        return _("%(name)s is published.") % {"name": row}
