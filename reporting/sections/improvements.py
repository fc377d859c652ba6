"""Improvements and decisions: what got better, what is in work, what the customer is asked (10.2, 9.4)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks
from itsm.models import Action, Decision, ServiceEvent
from itsm.registry import SectionContext
from reporting import selectors
from reporting.services.words import Words, period_name

LETTERS = "ABCDEFGH"
Column, Cell, Row = blocks.Column, blocks.Cell, blocks.Row


def improvements_section(context: SectionContext) -> blocks.Section:
    """Return the chapter on improvements, actions and the decisions that are asked for."""
    period = context.period
    rows = selectors.events_of(context.customer, context.services, ("IMPROVEMENT",))
    recent = rows.filter(Q(ends_at=None) | Q(ends_at__gt=period.start), starts_at__lt=period.end)
    improvements = list(recent.exclude(state="CANCELLED"))
    decisions = _decisions(context)
    actions = _actions(context)
    parts: list[Any] = [_register(improvements, context)]
    if actions:
        parts.append(_actions_table(actions, context))
    parts.append(blocks.Heading(_("Decisions requested")))
    if decisions:
        parts.append(blocks.Decisions(tuple(_decision(row, context) for row in decisions)))
    else:
        parts.append(blocks.Nothing(_("No decision is asked for.")))
    return blocks.Section(
        "improvements",
        _("Improvements and decisions"),
        _finding(improvements, decisions, context),
        tuple(parts),
    )


def _decisions(context: SectionContext) -> list[Decision]:
    rows = Decision.objects.visible_to(context.customer).filter(
        customer=context.customer, state=Decision.State.OPEN, created_at__lte=context.at
    )
    return list(rows.order_by("due_at", "pk"))


def _actions(context: SectionContext) -> list[Action]:
    rows = Action.objects.visible_to(context.customer).filter(
        Q(state__in=["OPEN", "IN_PROGRESS"]) | Q(done_at__gte=context.period.start),
        customer=context.customer,
        created_at__lte=context.at,
    )
    return list(rows.exclude(state="CANCELLED").order_by("due_date", "pk"))


def _is_done(row: ServiceEvent, context: SectionContext) -> bool:
    return row.ends_at is not None and row.ends_at <= context.period.end


def _finding(
    rows: Sequence[ServiceEvent], decisions: Sequence[Decision], context: SectionContext
) -> str:
    done = sum(_is_done(row, context) for row in rows)
    if not rows:
        begin = _("No improvement was recorded in %(period)s") % {
            "period": period_name(context.period)
        }
    else:
        begin = _improved(done, len(rows))
    asked = ngettext("one answer is needed.", "%(count)s answers are needed.", len(decisions))
    end = asked % {"count": len(decisions)} if decisions else _("no decision is open.")
    return f"{begin}; {end}"


def _improved(done: int, count: int) -> str:
    """Return how many of the improvements are finished."""
    if count == 1:
        return _("The one improvement is finished") if done else _("One improvement is in work")
    return _("%(done)s of %(count)s improvements are finished") % {"done": done, "count": count}


def _register(rows: Sequence[ServiceEvent], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    lines = []
    for row in rows:
        done = _is_done(row, context)
        state = (
            Cell(_("done %(day)s") % {"day": words.short_day(row.ends_at)}, status="met")
            if done and row.ends_at
            else Cell(_("in work"), status="in_work")
        )
        lines.append(
            Row(
                (
                    Cell(row.reference, ref=blocks.Ref("event", str(row.pk), row.reference)),
                    Cell(row.title, sub=str(row.service)),
                    state,
                    Cell(row.benefit or row.customer_text),
                )
            )
        )
    return blocks.Table(
        columns=(
            Column(_("Number"), width=26, wrap=False),
            Column(_("Improvement")),
            Column(_("State"), width=34),
            Column(_("Benefit"), width=58),
        ),
        rows=tuple(lines),
        caption=_("Improvement register"),
        empty=_("No improvement was recorded."),
    )


def _actions_table(rows: Sequence[Action], context: SectionContext) -> blocks.Table:
    last = context.period.end.date()
    lines = [
        Row(
            (
                Cell(row.title),
                Cell(row.owner_name),
                Cell(date_format(row.due_date, "j M Y")),
                Cell(
                    row.get_state_display().lower(),
                    status="met"
                    if row.state in ("DONE", "VERIFIED")
                    else "missed"
                    if row.due_date < last
                    else "in_work",
                ),
            )
        )
        for row in rows[:20]
    ]
    return blocks.Table(
        columns=(
            Column(_("Action")),
            Column(_("Owner"), width=40),
            Column(_("Due"), width=26, wrap=False),
            Column(_("State"), width=34),
        ),
        rows=tuple(lines),
        caption=_("Actions"),
    )


def _decision(row: Decision, context: SectionContext) -> blocks.Decision:
    words = Words(context.period.zone)
    options = tuple(
        blocks.Option(
            f"{LETTERS[number]} – {text}",
            _("recommended") if text == row.recommended else "",
        )
        for number, text in enumerate(row.options[: len(LETTERS)])
    )
    text = " ".join(part for part in (row.explanation, row.cost_text) if part)
    return blocks.Decision(
        question=row.question,
        text=text,
        options=options,
        due=_("Answer by %(day)s") % {"day": words.day(row.due_at)},
        lines=(_("asked %(day)s") % {"day": words.day(row.created_at)},),
        late=row.due_at < context.at,
        ref=blocks.Ref("decision", str(row.pk)),
    )
