"""What the customer answers: read, acknowledged, with remarks, or a disputed figure."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.announcements import announce
from itsm.models import Comment
from itsm.permissions import allowed
from itsm.tenancy import SYSTEM, acting_as, actor_for
from reporting.models import DeliveryObligation, ReportFeedback, ReportIssue

Kind = ReportFeedback.Kind
State = DeliveryObligation.State
NEEDS_WORDS = {
    Kind.REMARKS: lazy("Write your remark."),
    Kind.QUESTION: lazy("Write your question."),
    Kind.DISPUTED: lazy("Write which figure you dispute and what you expect."),
}


class FeedbackRefused(ValueError):
    """This person may not answer, or the answer lacks words."""


def may_answer(by: Any) -> bool:
    """Tell whether this person answers for a customer: the provider's people never do."""
    return not actor_for(by).is_staff and allowed(by, "acknowledge", ReportFeedback)


def give_feedback(
    *, issue: ReportIssue, by: Any, kind: str, text: str = "", anchor: str = "", at: datetime
) -> ReportFeedback:
    """Write the answer of a person of the customer, move the obligation and announce it.

    Acknowledging twice gives the row that is there. Raises FeedbackRefused.
    """
    if not may_answer(by):
        raise FeedbackRefused(_("Only people of the customer may answer a report."))
    if kind not in Kind.values or kind == Kind.READ:
        raise FeedbackRefused(
            _("Acknowledge the report, with a remark or not, ask about a figure or dispute it.")
        )
    if kind in NEEDS_WORDS and not text.strip():
        raise FeedbackRefused(str(NEEDS_WORDS[Kind(kind)]))
    with acting_as(by):
        rows = ReportFeedback.objects.filter(issue=issue, author_id=by.pk, kind=kind)
        known = rows.filter(text=text.strip(), anchor=anchor).first()
        if known is not None:
            return known
        row = _write(issue, by, {"kind": kind, "text": text.strip(), "anchor": anchor[:120]}, at)
    _move(issue, kind)
    announce(
        "reporting.report_answered",
        at=at,
        issue=str(issue.pk),
        feedback=str(row.pk),
        kind=kind,
        customer=str(issue.customer_id),
    )
    return row


def note_reading(*, issue: ReportIssue, by: Any, at: datetime) -> None:
    """Note once that a person of the customer has opened the report."""
    if not may_answer(by):
        return
    with acting_as(by):
        if not ReportFeedback.objects.filter(issue=issue, author_id=by.pk).exists():
            _write(issue, by, {"kind": Kind.READ}, at)


def open_disputes(issue: ReportIssue) -> bool:
    """Tell whether a dispute of this version waits for the provider's reply; ask as the system."""
    rows = issue.feedback.filter(kind=Kind.DISPUTED)
    replied = Comment.objects.filter(ref_uuid=OuterRef("pk"), side=Comment.Side.STAFF)
    return bool(rows.filter(~Exists(replied.filter(is_internal=False))).exists())


def _write(issue: ReportIssue, by: Any, facts: dict[str, str], at: datetime) -> ReportFeedback:
    return ReportFeedback.objects.create(
        customer_id=issue.customer_id,
        issue=issue,
        author_name=str(by)[:160],
        author_id=by.pk,
        given_at=at,
        **facts,
    )


def _move(issue: ReportIssue, kind: str) -> None:
    """Show the answer on the obligation; an acknowledgement ends a dispute only once that is answered."""
    if kind == Kind.QUESTION:
        return
    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.select_for_update().get(pk=issue.obligation_id)
        target = State.DISPUTED if kind == Kind.DISPUTED else State.ACKNOWLEDGED
        usual = (State.PUBLISHED, State.ACKNOWLEDGED, target)
        settled = row.state == State.DISPUTED and not open_disputes(issue)
        if issue.is_current and (row.state in usual or settled):
            row.state = target
            row.save(update_fields=["state", "updated_at"])
