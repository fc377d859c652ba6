"""Maintenance: windows used against the plan, and what is planned in the next ninety days (8.5.1, 9.4)."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks, charts
from itsm.models import MaintenanceWindow
from itsm.registry import SectionContext
from reporting import selectors
from reporting.services.words import Words, minutes, number, period_name

AHEAD_DAYS = 90
Column, Cell, Row = blocks.Column, blocks.Cell, blocks.Row


def maintenance_section(context: SectionContext) -> blocks.Section:
    """Return the chapter on maintenance."""
    period = context.period
    used = selectors.maintenance_of(context.customer, context.services, period.start, period.end)
    after = period.end + timedelta(days=AHEAD_DAYS)
    rows = selectors.maintenance_of(context.customer, context.services, period.end, after)
    planned = [row for row in rows if row.starts_at >= period.end]
    parts: list[blocks.Block] = [_used_table(used, context)]
    if planned:
        parts.append(_calendar(planned, context))
        parts.append(_planned_table(planned, context))
    else:
        parts.append(blocks.Nothing(_("No maintenance is planned in the next ninety days.")))
    return blocks.Section(
        "maintenance", _("Maintenance"), _finding(used, planned, context), tuple(parts)
    )


def _finding(
    used: Sequence[MaintenanceWindow],
    planned: Sequence[MaintenanceWindow],
    context: SectionContext,
) -> str:
    name = period_name(context.period)
    if used:
        words = ngettext(
            "One window was used in %(period)s",
            "%(count)s windows were used in %(period)s",
            len(used),
        )
        begin = words % {"count": len(used), "period": name}
    else:
        begin = _("No maintenance window was used in %(period)s") % {"period": name}
    if planned:
        words = ngettext("one is planned", "%(count)s are planned", len(planned))
        return f"{begin}; {words % {'count': len(planned)}}."
    return f"{begin}; " + _("none is planned.")


def _took(row: MaintenanceWindow) -> int | None:
    if row.actual_starts_at is None or row.actual_ends_at is None:
        return None
    return minutes(row.actual_ends_at - row.actual_starts_at)


def _used_table(rows: Sequence[MaintenanceWindow], context: SectionContext) -> blocks.Table:
    planned = [minutes(row.ends_at - row.starts_at) for row in rows]
    scale = max([*planned, *(_took(row) or 0 for row in rows)], default=0)
    over = sum((_took(row) or 0) > plan for row, plan in zip(rows, planned))
    says = None
    if rows:
        words = ngettext("One window ran over.", "%(count)s windows ran over.", over)
        said = words % {"count": over} if over else _("No window ran over.")
        says = blocks.Says(said, _announced_words(rows))
    return blocks.Table(
        columns=(
            Column(_("What, where")),
            Column(_("Planned window"), width=44),
            Column(_("Used of planned"), width=33),
            Column(_("Minutes"), align="right", width=24),
            Column(_("Announced"), width=30, wrap=False),
        ),
        rows=tuple(_used_row(row, scale, context) for row in rows),
        caption=_("Windows used in %(period)s") % {"period": period_name(context.period)},
        unit=_("times in %(zone)s") % {"zone": context.period.zone},
        says=says,
        empty=_("No maintenance window was used."),
    )


def _announced_words(rows: Sequence[MaintenanceWindow]) -> str:
    days = [(row.starts_at - row.announced_at).days for row in rows if row.announced_at]
    if len(days) < len(rows):
        return _("%(count)s of %(all)s were announced before.") % {
            "count": len(days),
            "all": len(rows),
        }
    least = min(days)
    words = ngettext(
        "All were announced at least one day before.",
        "All were announced at least %(count)s days before.",
        least,
    )
    return words % {"count": least}


def _used_row(row: MaintenanceWindow, scale: int, context: SectionContext) -> blocks.Row:
    words = Words(context.period.zone)
    plan, took = minutes(row.ends_at - row.starts_at), _took(row)
    facts = {"used": number(took or 0), "planned": number(plan)}
    bar = None
    if took is not None and plan > 0:
        title = _("%(used)s of %(planned)s minutes used") % facts
        bar = charts.spec(charts.UsedBar(plan, took, title, scale))
    said = _("%(used)s of %(planned)s") % facts if took is not None else number(plan)
    announced = "–"
    if row.announced_at:
        days = (row.starts_at - row.announced_at).days
        lead = ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
        announced = f"{words.short_day(row.announced_at)}, {lead}"
    return Row(
        (
            Cell(row.title, sub=str(row.service)),
            Cell(words.span(row.starts_at, row.ends_at)),
            Cell(mark=bar) if bar else Cell(row.get_state_display()),
            Cell(said, tone="bad" if (took or 0) > plan else ""),
            Cell(announced),
        )
    )


def _calendar(rows: Sequence[MaintenanceWindow], context: SectionContext) -> blocks.Figure:
    words = Words(context.period.zone)
    first = context.period.next().first_date
    last = first + timedelta(days=AHEAD_DAYS - 1)
    services = list(dict.fromkeys(str(row.service) for row in rows))[:12]
    works = tuple(
        charts.Planned(
            row=str(row.service),
            day=words.local(row.starts_at).date().isoformat(),
            label=words.short_day(row.starts_at),
            kind="approval" if row.state == "ANNOUNCED" else "agreed",
        )
        for row in rows
        if str(row.service) in services
    )
    title = _("Planned maintenance in the next ninety days, by service")
    chart = charts.WorkCalendar(
        title=title,
        first=first.isoformat(),
        last=last.isoformat(),
        rows=tuple(services),
        works=works,
        months=tuple(_months(first, last)),
        key=(_("approved"), _("waits for approval"), _("outside service hours"), _("exercise")),
    )
    return blocks.Figure(title=title, chart=charts.spec(chart), unit=_("day of the month"))


def _months(first: date, last: date) -> list[charts.Month]:
    found: list[charts.Month] = []
    day = first
    while day <= last:
        label = date_format(day, "F Y" if not found else "F")
        found.append(charts.Month(day.isoformat(), label))
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return found


def _planned_table(rows: Sequence[MaintenanceWindow], context: SectionContext) -> blocks.Table:
    words = Words(context.period.zone)
    lines = [
        Row(
            (
                Cell(words.span(row.starts_at, row.ends_at)),
                Cell(row.title, sub=str(row.service)),
                Cell(row.expected_effect or row.customer_text),
                Cell(
                    row.get_state_display().lower(),
                    status="planned" if row.state == "ANNOUNCED" else "in_work",
                ),
            )
        )
        for row in rows
    ]
    return blocks.Table(
        columns=(
            Column(_("When"), width=46),
            Column(_("What, where")),
            Column(_("What you will notice"), width=56),
            Column(_("State"), width=26),
        ),
        rows=tuple(lines),
        caption=_("Planned windows"),
        unit=_("times in %(zone)s") % {"zone": context.period.zone},
    )
