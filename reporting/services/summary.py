"""The first chapter: headline, key numbers, scorecard, what to know and what is asked."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks
from itsm.calculations.intervals import Interval, total, union
from itsm.models import Decision, Outage
from itsm.registry import ScorecardCell, SectionContext, processes
from reporting import selectors
from reporting.services.words import Words, duration, number, period_name, sentence
from slas.models import Evaluation

MOST_POINTS = 3
MOST_COLUMNS = 8
MOST_CHARACTERS = 280  # of a point: about six lines


def headline_of(context: SectionContext) -> str:
    """Return the finding of the whole report in one sentence: how many targets were met, which not."""
    rows = selectors.evaluations_of(context.customer, context.period)
    judged = [row for row in rows if row.met is not None]
    name = period_name(context.period)
    if not rows:
        return _("No target was agreed for %(period)s.") % {"period": name}
    if not judged:
        return _("None of the %(count)s targets could be assessed in %(period)s.") % {
            "count": len(rows),
            "period": name,
        }
    missed = [row for row in judged if not row.met]
    facts: dict[str, Any] = {
        "met": len(judged) - len(missed),
        "count": len(rows),
        "missed": len(missed),
        "unjudged": len(rows) - len(judged),
    }
    if not missed and len(judged) == len(rows):
        words = ngettext("The one target was met.", "All %(count)s targets were met.", len(judged))
        return words % facts
    words = ngettext(
        "%(met)s of %(count)s target was met", "%(met)s of %(count)s targets were met", len(rows)
    )
    begin = words % facts
    return sentence(begin, *_what_was_not(missed, facts))


def _what_was_not(missed: Sequence[Evaluation], facts: dict[str, Any]) -> Iterator[str]:
    """Yield which targets were missed, by name if they are at most two, and how many cannot be judged."""
    if len(missed) > 2:
        yield _("%(missed)s were missed") % facts
    elif missed:
        names = (" " + _("and") + " ").join(f"“{row.target.name}”" for row in missed)
        words = ngettext("%(names)s was missed", "%(names)s were missed", len(missed))
        yield words % {"names": names}
    if facts["unjudged"]:
        words = ngettext(
            "one cannot be assessed", "%(unjudged)s cannot be assessed", facts["unjudged"]
        )
        yield words % facts


def summary_section(context: SectionContext) -> blocks.Section:
    """Return the executive summary."""
    parts: list[Any] = [_key_numbers(context)]
    card = _scorecard(context)
    if card:
        parts.append(card)
    parts.append(blocks.Pair((_to_know(context),), (_asked(context),)))
    return blocks.Section("summary", _("In short"), headline_of(context), tuple(parts))


def _key_numbers(context: SectionContext) -> blocks.KeyNumbers:
    rows = selectors.evaluations_of(context.customer, context.period)
    judged = [row for row in rows if row.met is not None]
    met = sum(1 for row in judged if row.met)
    outages = [
        row
        for row in selectors.outages_of(context.customer, context.services, context.period)
        if row.kind == Outage.Kind.OUTAGE
    ]
    down = _lost(outages, context)
    period = context.period
    works = selectors.maintenance_of(context.customer, context.services, period.start, period.end)
    changes = selectors.events_of(context.customer, context.services, ("UPDATE", "CHANGE"))
    done = changes.during(period.start, period.end).count()
    unjudged = len(rows) - len(judged)
    said = _("targets met") + (
        "; " + _("%(count)s not assessable") % {"count": unjudged} if unjudged else ""
    )
    kept = _("%(met)s of %(count)s") % {"met": met, "count": len(rows)}
    tone = "bad" if met < len(judged) else ""
    broken = ngettext("interruption, %(time)s", "interruptions, %(time)s in all", len(outages))
    return blocks.KeyNumbers(
        (
            blocks.KeyNumber(kept, said, tone=tone)
            if rows
            else blocks.KeyNumber("–", _("no target was agreed")),
            blocks.KeyNumber(number(len(outages)), broken % {"time": duration(down)}),
            blocks.KeyNumber(
                number(len(works)),
                ngettext("maintenance window", "maintenance windows", len(works)),
            ),
            blocks.KeyNumber(
                number(done), ngettext("change or update", "changes and updates", done)
            ),
        )
    )


def _lost(outages: Sequence[Outage], context: SectionContext) -> timedelta:
    """Return the time that services were down within the period; what overlaps in a service counts once."""
    spans: dict[Any, list[Interval]] = defaultdict(list)
    for row in outages:
        start = max(row.starts_at, context.period.start)
        spans[row.service_id].append(Interval(start, start + _within(row, context)))
    return sum((total(union(parts)) for parts in spans.values()), timedelta())


def _within(outage: Outage, context: SectionContext) -> timedelta:
    start = max(outage.starts_at, context.period.start)
    end = min(outage.ends_at or context.period.end, context.period.end)
    return max(end - start, timedelta())


def _scorecard(context: SectionContext) -> blocks.Scorecard | None:
    cells = [cell for process in processes() for cell in process.scorecard(context)]
    aspects = list(dict.fromkeys(str(cell.aspect) for cell in cells))[:MOST_COLUMNS]
    if not aspects:
        return None
    found = {(cell.service, str(cell.aspect)): cell for cell in cells}
    rows = []
    for service in dict.fromkeys(cell.service for cell in cells):
        row = tuple(_score(found.get((service, aspect))) for aspect in aspects)
        rows.append(blocks.ScoreRow(service, row))
    states = [cell.state for cell in cells]
    says = blocks.Says(
        ngettext(
            "%(met)s of %(count)s cell is met or at risk;",
            "%(met)s of %(count)s cells are met or at risk;",
            len(states),
        )
        % {"met": sum(state in ("met", "at_risk") for state in states), "count": len(states)},
        _("at risk means: kept, with little to spare."),
    )
    return blocks.Scorecard(
        title=_("Scorecard"),
        service_word=_("Service"),
        columns=tuple(aspects),
        rows=tuple(rows),
        says=says,
    )


def _score(cell: ScorecardCell | None) -> blocks.ScoreCell:
    if cell is None:
        return blocks.ScoreCell("not_assessable", reason=_("not agreed"))
    kind, _colon, key = cell.ref.partition(":")
    ref = blocks.Ref(kind, key) if key else None
    reason = cell.text if cell.state == "not_assessable" else ""
    return blocks.ScoreCell(cell.state, reason=reason, ref=ref)


def _to_know(context: SectionContext) -> blocks.Points:
    words = Words(context.period.zone)
    items = [_missed_item(row) for row in _worst(context)]
    items.extend(_outage_item(row, words) for row in _longest_outages(context))
    problems = selectors.events_of(context.customer, context.services, ("KNOWN_PROBLEM",))
    for row in problems.during(context.period.end - timedelta(seconds=1), context.period.end):
        items.append(blocks.Item(f"{row.service}: {row.title}", row.possible_effect or row.remedy))
    start = context.period.end
    planned = selectors.maintenance_of(
        context.customer, context.services, start, start + timedelta(days=90)
    )
    for work in planned[:1]:
        when = words.span(work.starts_at, work.ends_at)
        items.append(
            blocks.Item(
                _("Next maintenance: %(service)s, %(when)s")
                % {"service": work.service, "when": when},
                work.expected_effect or work.title,
            )
        )
    if not items:
        items.append(blocks.Item(_("Nothing out of the ordinary was recorded.")))
    kept = [replace(item, text=_in_short(item.text)) for item in items[:MOST_POINTS]]
    return blocks.Points(_("What you should know"), tuple(kept))


def _in_short(text: str) -> str:
    """Return the beginning of a long text: the chapter of its record has all of it."""
    return Truncator(text).chars(MOST_CHARACTERS)


def _worst(context: SectionContext) -> list[Evaluation]:
    """Return at most two missed targets, those furthest below what was agreed first."""
    rows = selectors.evaluations_of(context.customer, context.period)
    missed = [(row, row.value) for row in rows if row.met is False and row.value is not None]
    missed.sort(key=lambda pair: pair[1] * 100 - pair[0].target.objective)
    return [row for row, _value in missed[:2]]


def _missed_item(row: Evaluation) -> blocks.Item:
    actual = cut(row.value * 100) if row.value is not None else "–"
    return blocks.Item(
        _("%(service)s: “%(target)s” was missed")
        % {"service": row.target.service, "target": row.target.name},
        _("%(actual)s %% were reached, %(agreed)s %% are agreed.")
        % {"actual": actual, "agreed": f"{row.target.objective.normalize():f}"},
        blocks.Ref("evaluation", str(row.pk), row.target.name),
    )


def cut(percent: Decimal) -> str:
    """Return a share in per cent with two decimals, never rounded up."""
    return str(percent.quantize(Decimal("0.01"), rounding=ROUND_DOWN))


def _longest_outages(context: SectionContext) -> Sequence[Outage]:
    rows = selectors.outages_of(context.customer, context.services, context.period)
    rows = [row for row in rows if row.kind == Outage.Kind.OUTAGE]
    return sorted(rows, key=lambda row: _within(row, context), reverse=True)[:2]


def _outage_item(row: Outage, words: Words) -> blocks.Item:
    length = duration(row.ends_at - row.starts_at) if row.ends_at else _("still running")
    return blocks.Item(
        _("%(service)s was interrupted on %(day)s for %(length)s")
        % {"service": row.service, "day": words.day(row.starts_at), "length": length},
        row.customer_text or row.title,
    )


def _asked(context: SectionContext) -> blocks.Points:
    words = Words(context.period.zone)
    rows = Decision.objects.visible_to(context.customer).filter(
        customer=context.customer, state=Decision.State.OPEN, created_at__lte=context.at
    )
    items = [
        blocks.Item(row.question, _("Answer by %(day)s.") % {"day": words.day(row.due_at)})
        for row in rows.order_by("due_at")[:MOST_POINTS]
    ]
    if not items:
        items.append(
            blocks.Item(
                _("No decision is open."),
                _("Please say in the portal that you have read this report, or dispute a figure."),
            )
        )
    return blocks.Points(_("What we need from you"), tuple(items))
