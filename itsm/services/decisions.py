"""Ask a customer, record the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import Decision, Party, SourceRef
from itsm.permissions import allowed


class AnswerRefused(ValueError):
    """The question is closed, the option is not offered, or the person may not decide."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the customer is asked: at least two options; ``recommended`` is one of them or empty."""

    text: str
    options: Sequence[str]
    explanation: str = ""
    recommended: str = ""
    cost_text: str = ""


@transaction.atomic
def ask_decision(
    *, customer: Party, question: Question, source: SourceRef | None, due_at: datetime, at: datetime
) -> Decision:
    """Put a question to a customer; the same source asked twice while open gives the same row."""
    if len(question.options) < 2:
        raise ValueError(_("Give at least two options to choose from."))
    if source is not None:
        there = Decision.objects.filter(
            customer=customer,
            ref_app=source.app,
            ref_kind=source.kind,
            ref_uuid=source.uuid,
            state="OPEN",
        ).first()
        if there is not None:
            return there
    row = Decision(
        customer=customer,
        question=question.text,
        explanation=question.explanation,
        options=list(question.options),
        recommended=question.recommended,
        cost_text=question.cost_text,
        due_at=due_at,
    )
    if source is not None:
        row.ref_app, row.ref_kind, row.ref_uuid, row.ref_label = (
            source.app,
            source.kind,
            source.uuid,
            source.label,
        )
    row.full_clean(exclude=["id"])
    row.save()
    announce("decision.asked", at=at, uuid=row.pk)
    return row


@transaction.atomic
def answer_decision(
    decision: Decision, *, answer: str, remark: str, by: Any, at: datetime
) -> Decision:
    """Record the customer's answer for good; the asking app acts on the announcement."""
    if not allowed(by, "decide", Decision) and not allowed(by, "approve", Decision):
        raise AnswerRefused(_("Only approvers may decide. Ask your approver."))
    row = Decision.objects.select_for_update().get(pk=decision.pk)
    if row.state != "OPEN":
        raise AnswerRefused(
            _("This question was answered already: %(answer)s.") % {"answer": row.answer}
        )
    if answer not in row.options:
        raise AnswerRefused(
            _("“%(answer)s” is not offered. Choose one of: %(options)s.")
            % {"answer": answer, "options": ", ".join(row.options)}
        )
    row.state, row.answer, row.remark = Decision.State.ANSWERED, answer, remark
    row.answered_by, row.answered_at = str(by)[:160], at
    row.save()
    announce("decision.answered", at=at, uuid=row.pk, answer=answer)
    return row
