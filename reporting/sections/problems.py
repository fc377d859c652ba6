"""Known problems: possible failures, what they would mean and what is done about them (8.6.3, 9.4)."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks
from itsm.models import ServiceEvent
from itsm.registry import SectionContext
from reporting import selectors
from reporting.services.words import Words, period_name

Column, Cell, Row = blocks.Column, blocks.Cell, blocks.Row


def problems_section(context: SectionContext) -> blocks.Section:
    """Return the chapter on weaknesses that are known and what is done about them."""
    period = context.period
    rows = selectors.events_of(context.customer, context.services, ("KNOWN_PROBLEM",))
    last = period.end - timedelta(seconds=1)
    still_open = list(rows.during(last, period.end).exclude(state="CANCELLED"))
    removed = list(rows.filter(ends_at__gt=period.start, ends_at__lte=last))
    facts = {"count": len(still_open), "period": period_name(period)}
    if still_open:
        finding = ngettext(
            "One weakness is known and being worked on.",
            "%(count)s weaknesses are known and being worked on.",
            len(still_open),
        )
    else:
        finding = _("No weakness is known at the end of %(period)s.")
    parts = [_open_table(still_open, context)]
    if removed:
        parts.append(_removed_table(removed, context))
    return blocks.Section("problems", _("Known problems"), finding % facts, tuple(parts))


def _open_table(rows: list[ServiceEvent], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    lines = [
        Row(
            (
                Cell(row.reference, ref=blocks.Ref("event", str(row.pk), row.reference)),
                Cell(row.title, sub=_where(row)),
                Cell(row.remedy or row.customer_text),
                Cell(words.day(row.starts_at)),
                Cell(status="in_work"),
            )
        )
        for row in rows
    ]
    return blocks.Table(
        columns=(
            Column(_("Number"), width=26, wrap=False),
            Column(_("What could fail, for whom")),
            Column(_("What is done about it"), width=52),
            Column(_("Known since"), width=24, wrap=False),
            Column(_("State"), width=20),
        ),
        rows=tuple(lines),
        caption=_("Open at the end of %(period)s") % {"period": period_name(context.period)},
        unit=_("possible failures"),
        empty=_("Nothing is known that could fail. A weakness appears here before it fails."),
    )


def _where(row: ServiceEvent) -> str:
    return f"{row.service}; {row.possible_effect}" if row.possible_effect else str(row.service)


def _removed_table(rows: list[ServiceEvent], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    lines = [
        Row(
            (
                Cell(row.reference),
                Cell(row.title, sub=str(row.service)),
                Cell(row.remedy or row.customer_text),
                Cell(words.day(row.ends_at) if row.ends_at else ""),
            )
        )
        for row in rows
    ]
    return blocks.Table(
        columns=(
            Column(_("Number"), width=26, wrap=False),
            Column(_("What it was")),
            Column(_("How it was removed"), width=62),
            Column(_("Closed"), width=24, wrap=False),
        ),
        rows=tuple(lines),
        caption=_("Removed in %(period)s") % {"period": period_name(context.period)},
    )
