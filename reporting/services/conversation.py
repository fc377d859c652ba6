"""What customer and provider say to each other about a report: questions, disputes and the replies to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import Comment, SourceRef, User
from itsm.permissions import allowed
from itsm.services.comments import add_comment
from itsm.services.mail import queue_mail
from itsm.tenancy import SYSTEM, acting_as, actor_for
from reporting.models import ReportFeedback, ReportIssue
from reporting.services.numbers import Place

Kind = ReportFeedback.Kind
NEEDS_REPLY = (Kind.QUESTION, Kind.DISPUTED)


class ReplyRefused(ValueError):
    """This person may not reply, or the reply is empty."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer of the customer, what it is about in words, and the replies to it, oldest first."""

    feedback: ReportFeedback
    place: str
    anchor: str
    replies: tuple[Comment, ...]

    @property
    def is_open(self) -> bool:
        """Whether it waits for the provider."""
        return self.feedback.kind in NEEDS_REPLY and not any(
            reply.side == Comment.Side.STAFF for reply in self.replies
        )


def turns_of(issue: ReportIssue, who: Any, places: Iterable[Place]) -> list[Turn]:
    """Return what was said about a report in all its versions, oldest first (two queries)."""
    rows = list(
        ReportFeedback.objects.visible_to(who)
        .filter(issue__obligation=issue.obligation_id)
        .exclude(kind=Kind.READ)
        .select_related("issue")
        .defer("issue__dataset")
        .order_by("given_at")
    )
    said = Comment.objects.visible_to(who).filter(ref_uuid__in=[row.pk for row in rows])
    replies: dict[Any, list[Comment]] = {}
    for reply in said.filter(is_internal=False).order_by("created_at"):
        replies.setdefault(reply.ref_uuid, []).append(reply)
    names = {place.anchor: place.title for place in places}
    return [
        Turn(
            row,
            names.get(row.anchor, row.anchor),
            row.anchor if row.anchor in names else "",
            tuple(replies.get(row.pk, ())),
        )
        for row in rows
    ]


def reply(feedback: ReportFeedback, *, text: str, by: Any, at: datetime) -> Comment:
    """Write the provider's reply to a question, remark or dispute; the customer reads it in the portal.

    A dispute that has a reply may be ended by the customer's acknowledgement. Raises ReplyRefused.
    """
    if not actor_for(by).is_staff or not allowed(by, "change", ReportFeedback):
        raise ReplyRefused(_("Your roles do not allow to reply. Ask a report editor."))
    if not text.strip():
        raise ReplyRefused(_("Write your reply."))
    made = add_comment(
        customer=feedback.customer,
        about=SourceRef.to(feedback),
        text=text,
        by=by,
        at=at,
        anchor=feedback.anchor,
    )
    announce(
        "reporting.report_replied",
        at=at,
        issue=str(feedback.issue_id),
        feedback=str(feedback.pk),
        customer=str(feedback.customer_id),
    )
    _tell(feedback, made, at)
    return made


def _tell(feedback: ReportFeedback, made: Comment, at: datetime) -> None:
    """Mail the reply to the person who wrote, in the same transaction; once for each reply."""
    with acting_as(SYSTEM):
        person = User.objects.filter(pk=feedback.author_id, is_active=True).first()
        row = ReportIssue.objects.select_related("customer").get(pk=feedback.issue_id)
        if person is None or not person.email:
            return
        address = reverse("reporting:portal_report", args=[row.pk])
        queue_mail(
            customer=row.customer,
            key=f"reply:{made.pk}",
            recipient=person.email,
            template="report_replied",
            context={
                "name": person.name,
                "number": row.number,
                "reply": made.text,
                "provider": row.dataset["meta"]["provider"],
                "url": f"{settings.SITE_URL}{address}#answer",
            },
            at=at,
        )
