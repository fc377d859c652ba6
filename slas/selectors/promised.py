"""Promises at a glance: customers × services, the last judged month and twelve months behind it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from itsm.calculations.periods import Period
from itsm.charts.staff import draw_promise
from slas.models import Evaluation
from slas.selectors.agreements import worst
from slas.selectors.figures import TONES, objective_text, percent, period_text, state_of

Cell = dict[str, list[Evaluation]]
MONTHS = 12
SHOWN = 8  # customers and services on My work


def promised(focus: Any, _user: Any, at: datetime) -> Mapping[str, Any] | None:
    """Return the matrix for My work, or None before anything was judged (three queries).

    ``focus.customer`` and ``focus.service`` narrow it. At most so many customers and services as a page
    can show: those with most broken promises in the last judged month come first; the compliance matrix
    has all.
    """
    month = Period.containing(at, "month")
    labels = [month.label]
    for _number in range(MONTHS):
        month = month.previous()
        labels.append(month.label)
    judged = (
        Evaluation.objects.current()
        .filter(target__version__agreement__kind="SLA", period__in=labels, ends_at__lte=at)
        .defer("trace")
    )
    if focus and focus.customer:
        judged = judged.filter(party=focus.customer)
    if focus and focus.service:
        judged = judged.about_service(focus.service)
    last = judged.order_by("-period").values_list("period", flat=True).first()
    if last is None:
        return None
    pairs = list(
        judged.filter(period=last)
        .values_list("party", "target__service")
        .annotate(missed=Count("pk", filter=Q(met=False)), name=Min("party__name"))
        .order_by("name")
    )
    parties, services = _most_broken(pairs, 0), _most_broken(pairs, 1)
    rows = judged.filter(
        party__in=parties[:SHOWN], target__service__in=services[:SHOWN], period__in=labels
    )
    note = _("%(month)s, last 12 months in each cell") % {"month": period_text(last)}
    if len(parties) > SHOWN:
        facts = {"n": SHOWN, "all": len(parties)}
        note = _("%(n)s of %(all)s customers, most broken promises first") % facts + f"; {note}"
    return {
        "note": note,
        "url": reverse("slas:compliance"),
        "link": _("Compliance matrix"),
        **_matrix(rows.prefetch_related("target__service", "party").order_by("period"), labels),
    }


def _most_broken(pairs: list[tuple[Any, ...]], place: int) -> list[Any]:
    """Return the parties (place 0) or services (place 1) of the pairs, most missed targets first."""
    missed: Counter[Any] = Counter()
    for pair in pairs:
        missed[pair[place]] += pair[2]
    return sorted(missed, key=lambda key: -missed[key])


def _matrix(rows: Iterable[Evaluation], labels: list[str]) -> dict[str, Any]:
    """Return the services, and for each party its cells in their order."""
    cells: dict[tuple[Any, Any], Cell] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        cells[row.party, row.target.service][row.period].append(row)
    periods = sorted(label for label in labels if any(label in cell for cell in cells.values()))
    services = sorted({service for _party, service in cells}, key=str)
    parties = sorted({party for party, _service in cells}, key=str)
    return {
        "services": services,
        "rows": [
            {
                "party": party,
                "cells": [_cell(cells.get((party, s)), periods[-MONTHS:]) for s in services],
            }
            for party in parties
        ],
    }


def _cell(cell: Cell | None, periods: list[str]) -> dict[str, Any] | None:
    if cell is None:
        return None
    judged = [period for period in periods if cell.get(period)]
    if not judged:
        return None
    now = cell[judged[-1]]
    states = [state_of(row) for row in now]
    state = worst(states)
    shown = now[states.index(state)]
    tones = [_tone(cell[period]) if cell.get(period) else "" for period in periods]
    words = _("%(n)s months, %(bad)s broken") % {"n": len(judged), "bad": tones.count("breach")}
    return {
        "service": shown.target.service,
        "tone": TONES.get(state, "unknown"),
        "value": percent(shown.value, shown.target.objective),
        "goal": _goal(shown),
        "url": reverse("slas:evaluations_detail", args=[shown.pk]),
        "bars": mark_safe(draw_promise(tones, title=words)),  # noqa: S308 our own SVG, texts escaped
    }


def _tone(rows: list[Evaluation]) -> str:
    return TONES.get(worst(state_of(row) for row in rows), "unknown")


def _goal(row: Evaluation) -> str:
    goal = objective_text(row.target.objective)
    words = _("of %(goal)s") if row.target.kind == "AVAILABILITY" else _("of %(goal)s in time")
    return words % {"goal": goal}
