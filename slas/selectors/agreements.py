"""What the page of an agreement shows: its promises with their present level, and its versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calculations.periods import Period
from slas.models import Agreement, AgreementVersion, Evaluation, Target
from slas.selectors.figures import (
    limit_text,
    margin_text,
    number,
    objective_text,
    percent,
    period_text,
    promise_text,
    state_of,
    tone_of,
)


@dataclass(frozen=True)
class Promise:
    """A clause with the chip of its present level; ``evaluation`` None: never judged."""

    number: str
    text: str
    target: Target
    evaluation: Evaluation | None
    tone: str
    words: str


@dataclass(frozen=True)
class BurnStep:
    """Minutes lost by an instant of the month."""

    at: datetime
    minutes: Fraction


@dataclass(frozen=True)
class Burn:
    """How the allowance of a month is used up: ``allowed`` minutes for the whole month."""

    target: Target
    period: Period
    allowed: Fraction
    used: Fraction
    until: datetime
    steps: tuple[BurnStep, ...]
    state: str


def current_version(agreement: Agreement, at: datetime) -> AgreementVersion | None:
    """Return the version in force, else the draft, else the newest one (one query)."""
    rows = list(AgreementVersion.objects.filter(agreement=agreement).order_by("-number"))
    held = [
        row
        for row in rows
        if row.state == "IN_FORCE"
        and row.starts_at <= at
        and (row.ends_at is None or row.ends_at > at)
    ]
    drafts = [row for row in rows if row.state == "DRAFT"]
    return next(iter([*held, *drafts, *rows]), None)


def month_results(
    targets: Iterable[Target], labels: Iterable[str]
) -> dict[UUID, dict[str, Evaluation]]:
    """Return the evaluations that hold, by target and period (one query)."""
    rows = (
        Evaluation.objects.filter(target__in=list(targets), period__in=list(labels))
        .current()
        .select_related("target__service", "target__version")
        .defer("trace")
    )
    found: dict[UUID, dict[str, Evaluation]] = {}
    for row in rows:
        found.setdefault(row.target_id, {})[row.period] = row
    return found


def promises(version: AgreementVersion, at: datetime) -> list[Promise]:
    """Return the clauses of a version with this month's level, or the newest month there is."""
    targets = list(
        Target.objects.filter(version=version)
        .select_related("service", "hours", "version")
        .order_by("service__name", "kind", "priority", "reference")
    )
    newest: dict[UUID, Evaluation] = {}
    rows = (
        Evaluation.objects.filter(target__in=targets, period__regex=r"^\d{4}-\d{2}$")
        .current()
        .select_related("target")
        .defer("trace")
        .order_by("target", "-period")
        .distinct("target")
    )
    for row in rows:
        newest[row.target_id] = row
    return [
        _promise(count, target, newest.get(target.pk)) for count, target in enumerate(targets, 1)
    ]


def _promise(count: int, target: Target, row: Evaluation | None) -> Promise:
    text = promise_text(target)
    if row is None:
        return Promise(f"{count}", text, target, None, "unknown", _("not judged yet"))
    facts = {
        "value": percent(row.value, target.objective),
        "margin": margin_text(row),
        "period": period_text(row.period),
    }
    if row.value is None:
        words = _("not assessable in %(period)s") % facts
    elif row.state == Evaluation.State.PROVISIONAL:
        words = _("%(value)s so far, %(margin)s") % facts
    else:
        words = _("%(value)s in %(period)s, %(margin)s") % facts
    return Promise(f"{count}", text, target, row, tone_of(row), words)


def lead_of(found: list[Promise]) -> str:
    """Return what the promises say together, in one sentence."""
    if not found:
        return _("Nothing is promised yet.")
    states = [state_of(promise.evaluation) for promise in found]
    kept = states.count("met") + states.count("at_risk")
    broken = [p for p, state in zip(found, states, strict=True) if state == "missed"]
    unknown = states.count("not_assessable")
    parts = [
        ngettext(
            "%(kept)s of %(all)s promise holds.", "%(kept)s of %(all)s promises hold.", len(found)
        )
        % {"kept": kept, "all": len(found)}
    ]
    if broken:
        names = ", ".join(promise.target.name for promise in broken[:3])
        parts.append(_("Broken: %(names)s.") % {"names": names})
    if unknown:
        parts.append(
            ngettext("%(count)s cannot be judged.", "%(count)s cannot be judged.", unknown)
            % {"count": unknown}
        )
    return " ".join(parts)


def worst(states: Iterable[str]) -> str:
    """Return the worst of some states."""
    order = ("missed", "at_risk", "not_assessable", "met")
    given = set(states)
    return next((state for state in order if state in given), "not_assessable")


def burn(found: list[Promise]) -> Burn | None:
    """Return the use of the allowance of the first judged availability target (one query), or None."""
    for promise in found:
        row = promise.evaluation
        if row is not None and promise.target.kind == Target.Kind.AVAILABILITY and row.value:
            return _burn(promise, Evaluation.objects.select_related("party").get(pk=row.pk))
    return None


def _burn(promise: Promise, row: Evaluation) -> Burn:
    trace = row.trace
    period = Period.parse(row.period, row.party.timezone)
    share = 1 - Fraction(promise.target.objective) / 100
    excluded = Fraction(trace["service_time_seconds"]) - Fraction(trace["agreed_seconds"])
    whole = Fraction(trace["whole_seconds"]) - excluded
    losses = sorted(
        (
            datetime.fromisoformat(item["end"]),
            Fraction(item.get("seconds", item.get("lost_seconds"))),
        )
        for item in [*trace["outages"], *trace["agreed_downtime"]]
    )
    steps, lost = [], Fraction()
    for at, seconds in losses:
        if seconds:
            lost += seconds
            steps.append(BurnStep(min(max(at, row.starts_at), row.ends_at), lost / 60))
    return Burn(
        target=promise.target,
        period=period,
        allowed=whole * share / 60,
        used=Fraction(trace["downtime_seconds"]) / 60,
        until=row.ends_at,
        steps=tuple(steps),
        state=tone_of(row),
    )


def burn_note(burn_of: Burn) -> str:
    """Return "31 of 43.2 minutes"."""
    return _("%(used)s of %(allowed)s minutes") % {
        "used": number(burn_of.used),
        "allowed": number(burn_of.allowed),
    }


def versions_of(agreement: Agreement, at: datetime) -> list[dict[str, Any]]:
    """Return the versions newest first, as the timeline prints them."""
    rows = AgreementVersion.objects.filter(agreement=agreement).order_by("-number")
    return [
        {
            "row": row,
            "is_current": row.state == "IN_FORCE"
            and row.starts_at <= at
            and (row.ends_at is None or row.ends_at > at),
        }
        for row in rows
    ]


def summary_line(target: Target) -> str:
    """Return the second line of a row: "99.9 %, All day" or "95 % within 4 h"."""
    if target.kind == Target.Kind.AVAILABILITY:
        return f"{objective_text(target.objective)}, {target.hours.name}"
    words = _("%(objective)s within %(limit)s") % {
        "objective": objective_text(target.objective),
        "limit": limit_text(target),
    }
    return words
