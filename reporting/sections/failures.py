"""Failures and breakdowns: interruptions one by one, tickets in numbers (9.4, 8.6.1)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks, charts
from itsm.models import Outage, ServiceEvent, Ticket, TicketEvent
from itsm.registry import SectionContext
from reporting import selectors
from reporting.services.words import Words, duration, number, period_name

MOST_CAUSES = 8
MOST_LISTED = 30
Column, Cell, Row = blocks.Column, blocks.Cell, blocks.Row


def failures_section(context: SectionContext) -> blocks.Section:
    """Return the chapter on what broke and how many tickets came in."""
    rows = selectors.outages_of(context.customer, context.services, context.period)
    outages = [row for row in rows if row.kind != Outage.Kind.UNKNOWN]
    events = list(
        selectors.events_of(context.customer, context.services, ("FAILURE", "BREAKDOWN"))
        .during(context.period.start, context.period.end)
        .exclude(pk__in=[row.event_id for row in outages if row.event_id])
    )
    tickets = _Tickets(context)
    parts: list[Any] = [*_tickets_blocks(tickets, context), _outages_table(outages, context)]
    if events:
        parts.append(_events_table(events, context))
    longest = _longest(outages)
    if longest is not None:
        parts.append(_longest_box(longest, context))
    return blocks.Section(
        "failures", _("Failures and breakdowns"), _finding(outages, tickets, context), tuple(parts)
    )


class _Tickets:
    """Counts of the period's tickets, each by one grouped query."""

    def __init__(self, context: SectionContext) -> None:
        period = context.period
        rows = Ticket.objects.visible_to(context.customer).filter(
            customer=context.customer, service__in=context.services
        )
        opened = rows.filter(opened_at__gte=period.start, opened_at__lt=period.end)
        self.by_priority = {
            (service, priority): count
            for service, priority, count in opened.order_by()
            .values_list("service__name", "priority")
            .annotate(count=Count("pk"))
        }
        self.by_cause = list(
            opened.exclude(category="").order_by().values_list("category")
            .annotate(count=Count("pk")).order_by("-count", "category")
        )  # fmt: skip
        self.opened = sum(self.by_priority.values())
        self.solved = (
            TicketEvent.objects.visible_to(context.customer)
            .filter(
                customer=context.customer,
                ticket__service__in=context.services,
                kind=TicketEvent.Kind.STOP,
                superseded_at=None,
                effective_at__gte=period.start,
                effective_at__lt=period.end,
            )
            .values("ticket")
            .distinct()
            .count()
        )


def _finding(outages: Sequence[Outage], tickets: _Tickets, context: SectionContext) -> str:
    full = [row for row in outages if row.kind == Outage.Kind.OUTAGE]
    slow = [row for row in outages if row.kind == Outage.Kind.DEGRADED]
    facts = {
        "period": period_name(context.period),
        "opened": number(tickets.opened),
        "solved": number(tickets.solved),
        "count": len(full),
    }
    down = ngettext("one interruption", "%(count)s interruptions", len(full)) % facts
    if slow:
        less = ngettext("one degradation", "%(count)s degradations", len(slow))
        less %= {"count": len(slow)}
        down = _("%(down)s and %(less)s") % {"down": down, "less": less} if full else less
    if not tickets.opened and not tickets.solved:
        if not full and not slow:
            return _("No failure or breakdown was recorded in %(period)s.") % facts
        return _("%(down)s in %(period)s.") % {**facts, "down": down[:1].upper() + down[1:]}
    said = _("%(opened)s tickets were opened and %(solved)s solved") % facts
    return f"{said}; {down if full or slow else _('no service was interrupted')}."


def _tickets_blocks(tickets: _Tickets, context: SectionContext) -> list[Any]:
    if not tickets.opened:
        return []
    table = _priority_table(tickets)
    if not tickets.by_cause:
        return [table]
    return [blocks.Pair((table,), (_causes(tickets),))]


def _priority_table(tickets: _Tickets) -> blocks.Table:
    levels = sorted(
        {level for _name, level in tickets.by_priority}, key=lambda at: (at is None, at)
    )
    names = sorted({name for name, _level in tickets.by_priority})
    rows = [
        _count_row(name, [tickets.by_priority.get((name, at), 0) for at in levels])
        for name in names
    ]
    if len(names) > 1:
        sums = [sum(tickets.by_priority.get((name, at), 0) for name in names) for at in levels]
        rows.append(_count_row(_("All services"), sums, kind="total"))
    heads = [_("other") if level is None else f"P{level}" for level in levels]
    return blocks.Table(
        columns=(
            Column(_("Opened"), width=30),
            *(Column(head, align="right") for head in heads),
            Column(_("All"), align="right"),
        ),
        rows=tuple(rows),
        caption=_("By service and priority"),
        note=_("Opened %(opened)s, solved %(solved)s; a ticket solved twice counts once.")
        % {"opened": number(tickets.opened), "solved": number(tickets.solved)},
    )


def _count_row(name: str, counts: Sequence[int], kind: str = "") -> blocks.Row:
    cells = [Cell(number(count) if count else "–") for count in counts]
    return Row((Cell(name), *cells, Cell(number(sum(counts)), strong=True)), kind)


def _causes(tickets: _Tickets) -> blocks.Figure:
    named = sum(count for _name, count in tickets.by_cause)
    top = sum(count for _name, count in tickets.by_cause[:3])
    shown = _kinds(tickets.by_cause)
    said = "; ".join(f"{name} {number(count)}" for name, count in shown)
    share = f"{top * 100 // named} % of {number(named)}"
    return blocks.Figure(
        title=_("Kinds of the opened tickets"),
        unit=_("number"),
        chart=charts.spec(
            charts.RankedBars(
                title=said,
                bars=tuple(charts.Ranked(name, count) for name, count in shown),
                share=share if len(shown) > 3 else "",
            )
        ),
        says=blocks.Says(
            _("The three most frequent kinds make %(top)s of %(all)s tickets.")
            % {"top": number(top), "all": number(named)}
        ),
    )


def _kinds(causes: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Name the most frequent kinds and gather the small ones; a bare number is said to be one."""
    gathered = len(causes) > MOST_CAUSES
    kept = causes[: MOST_CAUSES - 1] if gathered else causes
    shown = [
        (_("Category %(number)s") % {"number": name} if name.isdigit() else name, count)
        for name, count in kept
    ]
    if gathered:
        rest = causes[len(kept) :]
        title = _("%(count)s other kinds") % {"count": len(rest)}
        shown.append((title, sum(count for _name, count in rest)))
    return shown


def _where(row: Outage) -> str:
    """Return the service, and that it was degraded where it did not stand still."""
    if row.kind != Outage.Kind.DEGRADED:
        return str(row.service)
    return _("%(service)s, degraded") % {"service": row.service}


def _outages_table(outages: Sequence[Outage], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    rows = [
        Row(
            (
                Cell(row.reference, ref=blocks.Ref("outage", str(row.pk), row.reference)),
                Cell(row.title, sub=_where(row)),
                Cell(words.span(row.starts_at, row.ends_at)),
                Cell(_length(row)),
                Cell(row.get_cause_display()),
            )
        )
        for row in outages[:MOST_LISTED]
    ]
    left = len(outages) - len(rows)
    return blocks.Table(
        columns=(
            Column(_("Number"), width=26, wrap=False),
            Column(_("What happened, where")),
            Column(_("When"), width=50),
            Column(_("Length"), align="right", width=20),
            Column(_("Cause"), width=24),
        ),
        rows=tuple(rows),
        caption=_("Interruptions and degradations")
        if any(row.kind == Outage.Kind.DEGRADED for row in outages)
        else _("Interruptions"),
        unit=_("times in %(zone)s") % {"zone": context.period.zone},
        note=_("%(count)s more are in the portal.") % {"count": left} if left > 0 else "",
        empty=_("No interruption was recorded in %(period)s.")
        % {"period": period_name(context.period)},
    )


def _length(row: Outage) -> str:
    return duration(row.ends_at - row.starts_at) if row.ends_at else _("running")


def _events_table(events: Sequence[ServiceEvent], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    rows = [
        Row(
            (
                Cell(row.reference, ref=blocks.Ref("event", str(row.pk), row.reference)),
                Cell(row.title, sub=str(row.service)),
                Cell(words.span(row.starts_at, row.ends_at)),
                Cell(row.customer_text or row.remedy),
            )
        )
        for row in events[:MOST_LISTED]
    ]
    return blocks.Table(
        columns=(
            Column(_("Number"), width=26, wrap=False),
            Column(_("What failed, where")),
            Column(_("When"), width=44),
            Column(_("What it meant"), width=54),
        ),
        rows=tuple(rows),
        caption=_("Failures without an interruption"),
    )


def _longest(outages: Sequence[Outage]) -> Outage | None:
    full = [
        (row.ends_at - row.starts_at, row)
        for row in outages
        if row.kind == Outage.Kind.OUTAGE and row.ends_at
    ]
    return max(full, key=lambda pair: pair[0])[1] if full else None


def _longest_box(row: Outage, context: SectionContext) -> blocks.Box:
    words = Words(context.period.zone)
    facts = [
        (_("What it meant"), row.customer_text),
        (_("Root cause"), row.root_cause),
        (_("What was done"), row.event.remedy if row.event else ""),
    ]
    length = row.ends_at - row.starts_at if row.ends_at else timedelta()
    return blocks.Box(
        title=_("Longest interruption: %(title)s") % {"title": row.title},
        unit=f"{row.service}, {words.span(row.starts_at, row.ends_at)}",
        tone="major",
        chart=_line(row, length, words),
        facts=tuple(blocks.Item(title, text) for title, text in facts if text),
    )


def _line(row: Outage, length: timedelta, words: Words) -> charts.Spec | None:
    steps = (
        (row.starts_at, _("started")),
        (row.detected_at, _("detected")),
        (row.responded_at, _("work began")),
        (row.repaired_at, _("repaired")),
        (row.ends_at, _("restored")),
    )
    moments = [
        charts.Moment(
            int((at - row.starts_at).total_seconds() // 60), f"{words.local(at):%H:%M}", text
        )
        for at, text in steps
        if at is not None
    ]
    whole = int(length.total_seconds() // 60)
    if len(moments) < 3 or whole < 5:
        return None
    title = "; ".join(f"{moment.time} {moment.text}" for moment in moments)
    return charts.spec(
        charts.IncidentLine(title=title, minutes=whole, moments=tuple(moments), unit=_("minutes"))
    )
