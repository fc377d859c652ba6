"""Changes in internal operations and updates: done in the period, planned after it (8.5.1, 9.4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks
from itsm.models import ServiceEvent
from itsm.registry import SectionContext
from reporting import selectors
from reporting.services.words import Words, period_name

AHEAD = timedelta(days=90)
STATUS = {"DONE": "met", "FAILED": "missed", "ROLLED_BACK": "at_risk", "OPEN": "in_work"}
Column, Cell, Row = blocks.Column, blocks.Cell, blocks.Row


def changes_section(context: SectionContext) -> blocks.Section:
    """Return the chapter on updates and changes in internal operations."""
    period = context.period
    rows = selectors.events_of(context.customer, context.services, ("UPDATE", "CHANGE"))
    rows = rows.exclude(state="CANCELLED")
    begun = [row for row in rows.during(period.start, period.end) if row.starts_at >= period.start]
    planned = list(rows.filter(starts_at__gte=period.end, starts_at__lt=period.end + AHEAD))
    changes = [row for row in begun if row.kind == ServiceEvent.Kind.CHANGE]
    updates = [row for row in begun if row.kind == ServiceEvent.Kind.UPDATE]
    parts = [
        _table(_("Changes in internal operations"), changes, context),
        _table(_("Updates"), updates, context),
    ]
    parts.append(_planned(planned, context))
    return blocks.Section(
        "changes", _("Changes and updates"), _finding(begun, context), tuple(parts)
    )


def _finding(rows: Sequence[ServiceEvent], context: SectionContext) -> str:
    name = period_name(context.period)
    if not rows:
        return _("Nothing was changed or updated in %(period)s.") % {"period": name}
    bad = [row for row in rows if row.outcome in ("FAILED", "ROLLED_BACK")]
    open_ = sum(row.outcome == "OPEN" for row in rows)
    held = len(rows) - len(bad) - open_
    facts = {"count": len(rows), "bad": len(bad), "held": held, "open": open_, "period": name}
    if open_:
        return _unfinished(facts)
    if not bad:
        words = ngettext(
            "One change or update was made in %(period)s; it held.",
            "%(count)s changes and updates were made in %(period)s; all held.",
            len(rows),
        )
        return words % facts
    words = ngettext(
        "%(held)s of %(count)s changes and updates held; one failed or was rolled back.",
        "%(held)s of %(count)s changes and updates held; %(bad)s failed or were rolled back.",
        len(bad),
    )
    return words % facts


def _unfinished(facts: dict[str, Any]) -> str:
    """Return the finding when the result of some is not recorded: they are not counted as held."""
    words = ngettext(
        "%(count)s change or update in %(period)s", "%(count)s changes and updates in %(period)s",
        facts["count"],
    )  # fmt: skip
    parts = [
        (facts["held"], _("%(held)s held")),
        (facts["bad"], _("%(bad)s failed or rolled back")),
        (facts["open"], _("%(open)s without a result yet")),
    ]
    return f"{words}: {', '.join(text for count, text in parts if count)}." % facts


def _table(caption: str, rows: Sequence[ServiceEvent], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    lines: list[Any] = [
        Row(
            (
                Cell(row.reference, ref=blocks.Ref("event", str(row.pk), row.reference)),
                Cell(row.title, sub=_where(row)),
                Cell(words.span(row.starts_at, row.ends_at)),
                Cell(row.customer_text),
                Cell(row.get_outcome_display().lower(), status=STATUS[row.outcome]),
            )
        )
        for row in rows
    ]
    return blocks.Table(
        columns=(
            Column(_("Number"), width=26, wrap=False),
            Column(_("What, where")),
            Column(_("When"), width=42),
            Column(_("For you"), width=40),
            Column(_("Result"), width=28),
        ),
        rows=tuple(lines),
        caption=caption,
        unit=period_name(context.period),
        empty=_("None in %(period)s.") % {"period": period_name(context.period)},
    )


def _where(row: ServiceEvent) -> str:
    return f"{row.service}; {row.possible_effect}" if row.possible_effect else str(row.service)


def _planned(rows: Sequence[ServiceEvent], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    lines = [
        Row(
            (
                Cell(words.day(row.starts_at)),
                Cell(row.title, sub=str(row.service)),
                Cell(row.possible_effect or row.customer_text),
                Cell(status="planned"),
            )
        )
        for row in rows
    ]
    return blocks.Table(
        columns=(
            Column(_("Day"), width=26, wrap=False),
            Column(_("What, where")),
            Column(_("What you may notice"), width=62),
            Column(_("State"), width=24),
        ),
        rows=tuple(lines),
        caption=_("Planned in the next ninety days"),
        empty=_("Nothing is planned yet."),
    )
