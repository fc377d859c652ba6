"""Promises at a glance: customers × services, the last judged month and twelve months behind it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from itsm.charts.staff import draw_promise
from slas.models import Evaluation
from slas.selectors.agreements import worst
from slas.selectors.figures import objective_text, percent, period_text, state_of

Cell = dict[str, list[Evaluation]]
MONTHS = 12
TONES = {"met": "ok", "at_risk": "risk", "missed": "breach"}


def promised(_subject: Any, _user: Any, at: datetime) -> Mapping[str, Any] | None:
    """Return the matrix for My work, or None before anything was judged (one query)."""
    rows = (
        Evaluation.objects.current()
        .filter(
            target__version__agreement__kind="SLA",
            starts_at__gte=at - timedelta(days=400),
            ends_at__lte=at,
            period__regex=r"^\d{4}-\d{2}$",
        )
        .select_related("target__service", "party")
        .order_by("starts_at")
    )
    cells: dict[tuple[Any, Any], Cell] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        cells[row.party, row.target.service][row.period].append(row)
    if not cells:
        return None
    periods = sorted({period for cell in cells.values() for period in cell})[-MONTHS:]
    services = sorted({service for _party, service in cells}, key=str)
    parties = sorted({party for party, _service in cells}, key=str)
    return {
        "note": _("%(month)s, last 12 months in each cell") % {"month": period_text(periods[-1])},
        "url": reverse("slas:compliance"),
        "link": _("Compliance matrix"),
        "services": services,
        "rows": [
            {"party": party, "cells": [_cell(cells.get((party, s)), periods) for s in services]}
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
    state = worst(state_of(row) for row in now)
    shown = next((row for row in now if state_of(row) == state), now[0])
    tones = [_tone(cell[period]) if cell.get(period) else "" for period in periods]
    words = _("%(n)s months, %(bad)s broken") % {"n": len(judged), "bad": tones.count("breach")}
    return {
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
