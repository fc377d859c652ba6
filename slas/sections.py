"""The chapters of the report on service levels: attainment and availability, from stored judgments only."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks
from itsm.calculations.periods import Period
from itsm.charts import BudgetBar, Span, Sparkline, StripKey, Timeline, spec
from itsm.charts.strips import DayCount
from itsm.registry import SectionContext
from itsm.selectors import open_hours
from slas.models import Evaluation, Target
from slas.selectors.evidence_lines import published_ids
from slas.selectors.figures import (
    Margin,
    closed,
    limit_text,
    margin,
    month_names,
    number,
    objective_text,
    percent,
    places,
    plain,
    state_of,
)
from slas.selectors.sockets import period_rows

HISTORY = 12
MOST_NAMED = 60  # characters of names in a finding
MINUS = "\u2212"


def attainment_section(context: SectionContext) -> blocks.Section:
    """Return every target with objective, result, margin, budget used and the last twelve months."""
    rows = period_rows(context)
    if not rows:
        nothing = blocks.Nothing(
            _("No target was judged in this period."),
            _(
                "No agreement in force promises a level for these services, or it was not judged yet."
            ),
        )
        finding = _("Nothing was promised, or nothing was judged, in this period.")
        return blocks.Section("attainment", _("SLA attainment"), finding, (nothing,))
    history = _history(rows, context)
    table = blocks.Table(
        columns=_columns(),
        rows=tuple(_table_rows(rows, history)),
        caption=_caption(rows),
        says=_says(rows),
        note=_(
            "Results are rounded down and judged unrounded; equality is met. At risk: kept, with more "
            "than 80 % of the allowance used. A ticket counts in the period in which its clock stopped; "
            "one still open past its limit counts as missed once."
        ),
    )
    return blocks.Section("attainment", _("SLA attainment"), _finding(rows), (table,))


def _columns() -> tuple[blocks.Column, ...]:
    column = blocks.Column
    return (
        column(_("Target"), width=39),
        column(_("Agreed"), "right", 16, wrap=False),
        column(_("Actual"), "right", 18, wrap=False),
        column(_("Margin"), "right", 19, wrap=False),
        column(_("Budget used"), width=30),
        column(_("Last 12 months"), width=26),
        column(_("State"), width=22),
    )


def _caption(rows: list[Evaluation]) -> str:
    names = sorted({row.target.version.agreement.reference for row in rows})
    words = ngettext("%(count)s target of %(names)s", "%(count)s targets of %(names)s", len(rows))
    return words % {"count": len(rows), "names": ", ".join(names)}


def _finding(rows: list[Evaluation]) -> str:
    states = [state_of(row) for row in rows]
    missed = [row for row in rows if state_of(row) == "missed"]
    unknown = states.count("not_assessable")
    kept = len(rows) - len(missed) - unknown
    words = ngettext(
        "%(kept)s of %(all)s target was met", "%(kept)s of %(all)s targets were met", len(rows)
    )
    words %= {"kept": kept, "all": len(rows)}
    if missed:
        words += "; " + _missed_names(missed)
    if unknown:
        words += "; " + _("%(count)s cannot be judged for want of data") % {"count": unknown}
    return words + "."


def _missed_names(missed: list[Evaluation]) -> str:
    """Name as many missed targets as a finding of two lines holds; the table has them all."""
    names: list[str] = []
    for row in missed:
        if names and sum(map(len, names)) + len(row.target.name) > MOST_NAMED:
            break
        names.append(row.target.name)
    words = _("missed: %(names)s") % {"names": ", ".join(names)}
    if len(missed) > len(names):
        words += " " + _("and %(count)s more") % {"count": len(missed) - len(names)}
    return words


def _table_rows(
    rows: list[Evaluation], history: dict[tuple[Any, str], dict[str, Evaluation]]
) -> Any:
    groups = {
        Target.Kind.AVAILABILITY: _(
            "Availability, per cent of agreed service time · margin in minutes"
        ),
        Target.Kind.RESPONSE: _("Response, per cent of tickets in time · margin in tickets"),
        Target.Kind.RESOLUTION: _("Resolution, per cent of tickets in time · margin in tickets"),
    }
    for kind, title in groups.items():
        mine = [row for row in rows if row.target.kind == kind]
        if mine:
            yield blocks.Row((blocks.Cell(title),), kind="group")
        for row in mine:
            yield _row(row, history[row.target.version.agreement_id, row.target.reference])


def _row(row: Evaluation, history: dict[str, Evaluation]) -> blocks.Row:
    target, ref = row.target, blocks.Ref("evaluation", str(row.pk))
    sub = target.service.name
    if target.kind != Target.Kind.AVAILABILITY:
        sub = _("%(service)s, within %(limit)s") % {"service": sub, "limit": limit_text(target)}
    return blocks.Row(
        (
            blocks.Cell(target.name, sub=sub),
            blocks.Cell(objective_text(target.objective).removesuffix(" %")),
            blocks.Cell(
                percent(row.value, target.objective).removesuffix(" %"),
                sub=_cases(row),
                ref=ref,
                strong=True,
            ),
            blocks.Cell(_margin(row), ref=ref, tone="bad" if row.met is False else ""),
            _budget(row),
            _sparkline(row, history),
            blocks.Cell(status=state_of(row)),
        )
    )


def _cases(row: Evaluation) -> str:
    if row.target.kind == Target.Kind.AVAILABILITY:
        return ""
    return _("%(met)s of %(cases)s") % {
        "met": plain(row.numerator),
        "cases": plain(row.denominator),
    }


def _margin(row: Evaluation) -> str:
    """Return the margin with its sign: "+27.40" minutes or "+2" tickets, rounded down."""
    room = margin(row)
    if room is None:
        return "–"
    if room.unit == "cases":
        left = room.left.__floor__()
        return f"+{left:,}" if left >= 0 else f"{MINUS}{-left:,}"
    step = Decimal("0.01")
    left_minutes = Decimal(abs(room.left).numerator) / Decimal(room.left.denominator)
    text = number_format(left_minutes.quantize(step, ROUND_DOWN), 2, True, force_grouping=True)
    return f"+{text}" if room.left >= 0 else f"{MINUS}{text}"


def _budget(row: Evaluation) -> blocks.Cell:
    room = margin(row)
    share = room.used_share if room else None
    if room is None:
        return blocks.Cell("–", tone="muted")
    used = int((share or Fraction()) * 100)
    title = _("%(percent)s %% of the budget used") % {"percent": used}
    bar = BudgetBar(percent=used, title=title, status=state_of(row))
    return blocks.Cell(f"{used} %", mark=spec(bar))


def _sparkline(row: Evaluation, history: dict[str, Evaluation]) -> blocks.Cell:
    months = list(history.values())
    if len([month for month in months if month and month.value is not None]) < 2:
        return blocks.Cell("–", tone="muted")
    line = Sparkline(
        values=tuple(_shown(month) for month in months),
        targets=tuple(plain((month or row).target.objective) for month in months),
        missed=tuple(
            number_ for number_, month in enumerate(months) if month and month.met is False
        ),
        title=_("%(target)s in the last %(count)s months")
        % {"target": row.target.name, "count": len(months)},
    )
    return blocks.Cell(mark=spec(line))


def _shown(row: Evaluation | None) -> str | None:
    if row is None or row.value is None:
        return None
    step = Decimal(1).scaleb(-places(row.target.objective))
    return f"{(row.value * 100).quantize(step, ROUND_DOWN):f}"


def _history(
    rows: list[Evaluation], context: SectionContext
) -> dict[tuple[Any, str], dict[str, Any]]:
    """Return the months up to the period's end by (agreement, reference): label → judgment or None."""
    month = Period.containing(
        context.period.end - timedelta(microseconds=1), "month", context.period.zone
    )
    labels = [month.label]
    for _number in range(HISTORY - 1):
        month = month.previous()
        labels.append(month.label)
    labels.reverse()
    agreements = {row.target.version.agreement_id for row in rows}
    found = (
        Evaluation.objects.visible_to(context.customer)
        .current()
        .filter(target__version__agreement__in=agreements, period__in=labels)
        .select_related("target__version")
        .defer("trace")
        .order_by("starts_at")
    )
    months: dict[tuple[Any, str], dict[str, Any]] = defaultdict(lambda: dict.fromkeys(labels))
    for row in found:
        months[row.target.version.agreement_id, row.target.reference][row.period] = row
    return months


def _says(rows: list[Evaluation]) -> blocks.Says | None:
    rooms = [(row, room) for row in rows if (room := margin(row)) is not None and room.allowed]
    if not rooms:
        return None
    row, room = max(rooms, key=lambda pair: pair[1].used / pair[1].allowed)
    facts = {"target": row.target.name, "amount": _amount(room)}
    if room.left < 0:
        return blocks.Says(
            _("The largest shortfall is %(target)s,") % facts,
            _("%(amount)s over the allowance.") % facts,
        )
    return blocks.Says(
        _("The smallest margin is %(target)s,") % facts, _("%(amount)s left.") % facts
    )


def _amount(room: Margin) -> str:
    """Return what is left or overspent, as the column of margins has it: whole tickets are counted."""
    if room.unit == "minutes":
        return _("%(amount)s minutes") % {"amount": number(abs(room.left), 2)}
    count = int(room.left) if room.left >= 0 else -math.floor(room.left)
    return ngettext("%(count)s ticket", "%(count)s tickets", count) % {"count": count}


# Availability per service


def availability_section(context: SectionContext) -> blocks.Section | None:
    """Return a strip of day columns for each service with an availability target, None without one."""
    rows = [row for row in period_rows(context) if row.target.kind == Target.Kind.AVAILABILITY]
    if not rows:
        return None
    judged = [row for row in rows if row.value is not None]
    labels = (
        _("service hours"), _("outside service hours"), _("agreed maintenance"), _("degraded"),
        _("outage"), _("no data"),
    )  # fmt: skip
    key = StripKey(title=_("Key: %(labels)s") % {"labels": ", ".join(labels)}, labels=labels)
    drawn = [row for row in rows if "reason" not in row.trace]
    parts: list[Any] = [blocks.Legend(spec(key))] if drawn else []
    known = published_ids(context.customer, drawn)
    parts += [_strip(row, context.period, known) for row in drawn]
    parts += [_unknown(row) for row in rows if "reason" in row.trace]
    return blocks.Section(
        "availability", _("Availability per service"), _availability_finding(judged), tuple(parts)
    )


def _unknown(row: Evaluation) -> blocks.Nothing:
    """Say why a service cannot be judged and what ends that."""
    words = {
        "no_records": _(
            "Not assessable: nobody has recorded an interruption, maintenance or time without data of "
            "this service yet, so neither 100 % nor a loss can be claimed. It is judged as soon as its "
            "target says since when interruptions are recorded."
        ),
        "no_agreed_time": _(
            "Not assessable: no service time was agreed in this period. It is judged again when its "
            "service hours cover the period."
        ),
    }
    return blocks.Nothing(row.target.service.name, words[row.trace["reason"]])


def _availability_finding(rows: list[Evaluation]) -> str:
    if not rows:
        return _("Availability cannot be judged in this period: nothing was recorded.")
    count = sum(row.trace["outages_counted"] for row in rows)
    lost = sum((Fraction(row.trace["downtime_seconds"]) for row in rows), Fraction())
    if not count:
        return _("No interruption counted in this period.")
    words = ngettext(
        "%(count)s interruption cost %(minutes)s counted minutes.",
        "%(count)s interruptions cost %(minutes)s counted minutes.",
        count,
    )
    return words % {"count": count, "minutes": number(lost / 60)}


def _strip(row: Evaluation, period: Period, known: set[str]) -> blocks.Figure:
    zone = ZoneInfo(period.zone)
    last = (row.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    result = percent(row.value, row.target.objective)
    title = f"{closed(row.target.service.name)}, {result}"
    chart = Timeline(
        title=_("%(service)s: service hours, maintenance and interruptions by day")
        % {"service": row.target.service.name},
        zone=period.zone,
        first=row.starts_at.astimezone(zone).date().isoformat(),
        last=last.isoformat(),
        spans=tuple(_spans(row)),
        counts=tuple(_counts(row, zone)),
        months=month_names(row.starts_at.astimezone(zone).date(), last + timedelta(days=1)),
    )
    return blocks.Figure(
        title=title,
        chart=spec(chart),
        unit=_("promised %(objective)s") % {"objective": objective_text(row.target.objective)},
        says=blocks.Says(_margin_words(row), ""),
        data=_data(row, zone, known),
        ref=blocks.Ref("evaluation", str(row.pk)),
    )


def _margin_words(row: Evaluation) -> str:
    trace = row.trace
    lost = Fraction(trace["downtime_seconds"]) / 60
    room = margin(row)
    allowed = number(room.allowed, 2) if room else "–"
    return _("%(lost)s of %(allowed)s allowed minutes were lost.") % {
        "lost": number(lost, 2),
        "allowed": allowed,
    }


def _spans(row: Evaluation) -> Any:
    for piece in open_hours(row.target.hours).intervals(row.starts_at, row.ends_at):
        yield Span("hours", _iso(piece.start), _iso(piece.end))
    for window in row.trace["agreed_downtime"]:
        if Fraction(window["excluded_seconds"]):
            yield _span("maintenance", window, row)
    for item in row.trace["unknown"]:
        yield _span("unknown", item, row)
    for item in row.trace["outages"]:
        yield _span("degraded" if item["kind"] == "DEGRADED" else "outage", item, row)


def _span(layer: str, item: dict[str, Any], row: Evaluation) -> Span:
    start = max(datetime.fromisoformat(item["start"]), row.starts_at)
    end = min(datetime.fromisoformat(item["end"]), row.ends_at)
    return Span(layer, _iso(start), _iso(max(start, end)))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _counts(row: Evaluation, zone: ZoneInfo) -> Any:
    lost: dict[str, Fraction] = defaultdict(Fraction)
    for item in row.trace["outages"]:
        start = max(datetime.fromisoformat(item["start"]), row.starts_at)
        lost[start.astimezone(zone).date().isoformat()] += Fraction(item["seconds"])
    for day, seconds in sorted(lost.items()):
        if seconds:
            yield DayCount(day, str(max(1, int(seconds / 60))))


def _data(row: Evaluation, zone: ZoneInfo, known: set[str]) -> blocks.Table:
    lines = []
    for item in row.trace["outages"]:
        start, end = (
            datetime.fromisoformat(item[name]).astimezone(zone) for name in ("start", "end")
        )
        title = item["title"] if item["id"] in known else _("not published")
        lines.append(
            blocks.Row(
                (
                    blocks.Cell(f"{item['reference']} {title}"),
                    blocks.Cell(f"{start:%Y-%m-%d %H:%M}"),
                    blocks.Cell(f"{end:%Y-%m-%d %H:%M}"),
                    blocks.Cell(number(Fraction(item["seconds"]) / 60, 2)),
                )
            )
        )
    return blocks.Table(
        columns=(
            blocks.Column(_("Interruption")),
            blocks.Column(_("From")),
            blocks.Column(_("Until")),
            blocks.Column(_("Counted minutes"), "right"),
        ),
        rows=tuple(lines),
        empty=_("No interruption."),
    )
