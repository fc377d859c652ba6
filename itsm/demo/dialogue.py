"""What provider and customers agree day by day: questions, actions and remarks."""

from datetime import datetime, timedelta
from typing import Any

from itsm.demo.dialogue_texts import ACTIONS, COMMENTS, DECISIONS
from itsm.demo.plan import Demo
from itsm.models import Action, Comment, Decision, Outage, SourceRef


def build(demo: Demo) -> int:
    """Create decisions, actions and comments; return how many rows."""
    decisions = [_decision(demo, facts) for facts in DECISIONS]
    actions = [_action(demo, facts) for facts in ACTIONS]
    comments = _comments(demo)
    Decision.objects.bulk_create(decisions)
    Action.objects.bulk_create(actions)
    Comment.objects.bulk_create(comments)
    return len(decisions) + len(actions) + len(comments)


def _decision(demo: Demo, facts: dict[str, Any]) -> Decision:
    row = Decision(
        customer=demo.parties[facts["customer"]], question=facts["question"],
        explanation=facts["explanation"], options=facts["options"],
        recommended=facts.get("recommended", ""), cost_text=facts.get("cost", ""),
        due_at=_day(demo, facts["due"]), is_demo=True,
    )  # fmt: skip
    if "answer" in facts:
        approver = demo.users[f"{facts['customer']}:CUSTOMER_APPROVER"]
        row.state, row.answer, row.remark = "ANSWERED", facts["answer"], facts.get("remark", "")
        row.answered_by, row.answered_at = approver.name, _day(demo, facts["due"] - 4)
    return row


def _action(demo: Demo, facts: tuple[str, str, str, str, int, str]) -> Action:
    customer, title, text, owner, due, state = facts
    is_done = state in ("DONE", "VERIFIED")
    return Action(
        customer=demo.parties[customer], title=title, description=text, owner_name=owner,
        due_date=_day(demo, due).date(), state=state, is_demo=True,
        done_at=_day(demo, due - 2) if is_done else None,
    )  # fmt: skip


def _comments(demo: Demo) -> list[Comment]:
    rows = []
    by_title = {row.title: row for row in Outage.objects.filter(is_demo=True).order_by("starts_at")}
    for customer, title, side, author, text, is_internal in COMMENTS:
        outage = by_title.get(title)
        if outage is None:
            continue
        ref = SourceRef.to(outage)
        rows.append(
            Comment(
                customer=demo.parties[customer], side=side, author_name=author, text=text,
                is_internal=is_internal, is_demo=True, ref_app=ref.app, ref_kind=ref.kind,
                ref_uuid=ref.uuid, ref_label=ref.label,
            )
        )  # fmt: skip
    return rows


def _day(demo: Demo, days: int) -> datetime:
    """Return 16:00 UTC of the day that lies ``days`` from now."""
    now = demo.plan.at.replace(hour=16, minute=0, second=0, microsecond=0)
    return now + timedelta(days=days)
