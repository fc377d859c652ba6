"""One target over one span of time: the exact result, its trace and the inputs that made it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from itsm.calculations.digest import sha256
from itsm.calculations.intervals import Interval, Intervals, intersect, subtract, total
from itsm.calculations.periods import Period
from itsm.calculations.wall_time import MICROSECOND
from slas.calculations.attainment import availability
from slas.calculations.cases import Case, Promise, Verdict, attainment, judge
from slas.calculations.downtime import Cost, WorkJudgment, costs, judge_works
from slas.models import Target
from slas.selectors.evidence import (
    DowntimeEvidence,
    Evidence,
    HoursEvidence,
    OutageRecord,
    limit_of,
    months_of,
)
from slas.services.engine import RULES

LISTED = 500  # records named one by one in a trace; the totals always count all
PLACES = Decimal("0.000000000001")
MICRO = Decimal("0.000001")


@dataclass(frozen=True)
class Span:
    """The part of a period that one version is judged over: ``interval`` up to the horizon, of all ``until``."""

    period: Period
    interval: Interval
    until: datetime
    predecessor: Target | None = None
    begins_version: bool = True


@dataclass(frozen=True)
class Judgment:
    """What came of a target: units are seconds (availability) or cases; ``ratio`` None: not assessable."""

    numerator: Decimal
    denominator: Decimal
    ratio: Fraction | None
    met: bool | None
    completeness: Decimal
    inputs_sha256: str
    trace: dict[str, Any]

    @property
    def value(self) -> Decimal | None:
        """The ratio cut after twelve decimals."""
        return None if self.ratio is None else cut(self.ratio, PLACES)


def cut(share: Fraction, places: Decimal) -> Decimal:
    """Return a share rounded down to as many decimals as ``places`` has."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(share.numerator) / Decimal(share.denominator)
        return exact.quantize(places, ROUND_DOWN)


def seconds(duration: timedelta) -> Decimal:
    """Return a duration in seconds with six decimals."""
    return (Decimal(duration // MICROSECOND) * MICRO).quantize(MICRO)


def judge_target(target: Target, span: Span, evidence: Evidence) -> Judgment:
    """Judge one target over a span on the evidence. Raises NoHoursVersion."""
    if target.kind == Target.Kind.AVAILABILITY:
        return _availability(target, span, evidence)
    return _cases(target, span, evidence)


def _met(ratio: Fraction | None, target: Target) -> bool | None:
    return None if ratio is None else ratio * 100 >= Fraction(target.objective)


def _inputs(target: Target, span: Span, hours: HoursEvidence, **more: Any) -> str:
    facts = {
        "rules": RULES,
        "target": {
            "reference": target.reference,
            "kind": target.kind,
            "objective": target.objective.normalize(),
            "limit_seconds": target.limit_seconds,
            "limit_working_days": target.limit_working_days,
            "day_rule": target.day_rule,
            "priority": target.priority,
            "pause_reasons": sorted(target.pause_reasons),
            "min_sample": target.min_sample,
        },
        "hours": hours.documents,
        "span": span.interval,
        **more,
    }
    return sha256(facts)


# Response and resolution


def _cases(target: Target, span: Span, evidence: Evidence) -> Judgment:
    hours = evidence.hours(target.hours)
    promise = _promise(target, span, hours)
    relevant = [case for case in evidence.cases(target.service_id) if _concerns(case, promise)]
    verdicts = [
        verdict
        for verdict in (judge(case, promise, span.interval) for case in relevant)
        if verdict is not None
    ]
    result = attainment(verdicts, least=target.min_sample)
    unplaced = _unplaced(evidence.cases(target.service_id), promise, span)
    counted = len(verdicts) + unplaced
    whole = Fraction(len(verdicts), counted) if counted else Fraction()
    return Judgment(
        numerator=Decimal(result.met).quantize(MICRO),
        denominator=Decimal(result.cases).quantize(MICRO),
        ratio=result.ratio,
        met=_met(result.ratio, target),
        completeness=cut(whole, Decimal("0.000000001")),
        inputs_sha256=_inputs(
            target,
            span,
            hours,
            before=str(promise.limit_before),
            cases=_digest(relevant, span.interval),
        ),
        trace=_case_trace(target, span, hours, verdicts, unplaced),
    )


def _promise(target: Target, span: Span, hours: HoursEvidence) -> Promise:
    before = limit_of(target)
    if span.begins_version:
        before = limit_of(span.predecessor) if span.predecessor else None  # type: ignore[assignment]
    return Promise(
        kind=target.kind,  # type: ignore[arg-type]
        limit=limit_of(target),
        hours=hours.time,
        rule=target.day_rule,  # type: ignore[arg-type]
        priority=target.priority,
        reasons=frozenset(target.pause_reasons),
        limit_before=before,
    )


def _concerns(case: Case, promise: Promise) -> bool:
    if promise.priority is None:
        return True
    held = {priority for _at, priority in case.priorities}
    return promise.priority in held or case.priority == promise.priority


def _unplaced(cases: Sequence[Case], promise: Promise, span: Span) -> int:
    """Count the tickets that ended in the span without any priority, when the target names one."""
    if promise.priority is None:
        return 0
    return sum(
        1
        for case in cases
        if case.priority is None
        and not case.priorities
        and not case.cancelled
        and (done := case.done(promise.kind)) is not None
        and span.interval.start <= done
    )


def _digest(cases: Sequence[Case], span: Interval) -> str:
    """Return the SHA-256 over what was read of each ticket, in the order of their numbers."""
    taken = hashlib.sha256()
    for case in cases:
        taken.update(case.facts.encode())
    return taken.hexdigest()


def _case_trace(
    target: Target, span: Span, hours: HoursEvidence, verdicts: list[Verdict], unplaced: int
) -> dict[str, Any]:
    missed = [verdict for verdict in verdicts if not verdict.met]
    missed.sort(key=lambda verdict: (-verdict.elapsed, verdict.case.number))
    return {
        **_head(target, span, hours),
        "limit_seconds": target.limit_seconds,
        "limit_working_days": target.limit_working_days,
        "priority": target.priority,
        "cases": len(verdicts),
        "met": len(verdicts) - len(missed),
        "missed_total": len(missed),
        "still_open": sum(verdict.is_open for verdict in missed),
        "without_priority": unplaced,
        "least_cases": target.min_sample,
        "missed": [
            {
                "id": verdict.case.key,
                "number": verdict.case.number,
                "started_at": _text(verdict.case.start),
                "ended_at": None if verdict.is_open else _text(verdict.ended),
                "elapsed_seconds": str(seconds(verdict.elapsed)),
            }
            for verdict in missed[:LISTED]
        ],
    }


# Availability


def _availability(target: Target, span: Span, evidence: Evidence) -> Judgment:
    hours = evidence.hours(target.hours)
    facts = evidence.downtime(target.service_id)
    lived = _lifetime(target, span.interval)
    service_time = hours.time.intervals(lived.start, lived.end)
    version = target.version
    minutes = version.allowance_minutes
    works = judge_works(
        (window.work for window in facts.windows),
        service_time=service_time,
        notice=timedelta(hours=version.notice_hours),
        allowance=None if minutes is None else timedelta(minutes=minutes),
        months=months_of(span.period, span.interval),
    )
    is_recorded = facts.is_recorded or _declared(target, span.interval)
    digest = _inputs(
        target,
        span,
        hours,
        lived=lived,
        recorded=is_recorded,
        rule=[version.unknown_rule, version.notice_hours, minutes],
        downtime=_downtime_facts(facts),
    )
    result, counted = _measure(facts, works, service_time, version.unknown_rule)
    if not is_recorded or result.ratio is None:
        return _nothing(target, span, hours, digest, is_recorded)
    kept = seconds(result.agreed) - seconds(result.downtime)
    return Judgment(
        numerator=kept,
        denominator=seconds(result.agreed),
        ratio=result.ratio,
        met=_met(result.ratio, target),
        completeness=cut(result.completeness or Fraction(), Decimal("0.000000001")),
        inputs_sha256=digest,
        trace={
            **_head(target, span, hours),
            "recorded": True,
            "unknown_rule": version.unknown_rule,
            "service_time_seconds": str(seconds(total(service_time))),
            "whole_seconds": str(seconds(hours.time.elapsed(lived.start, span.until))),
            "agreed_seconds": str(seconds(result.agreed)),
            "downtime_seconds": str(seconds(result.downtime)),
            "unknown_seconds": str(seconds(result.unknown)),
            "outages_counted": result.outages,
            **_lists(facts, works, counted, service_time),
        },
    )


def _measure(
    facts: DowntimeEvidence, works: list[WorkJudgment], service_time: Intervals, rule: str
) -> tuple[Any, list[Cost]]:
    """Return the availability and what each outage and window cost."""
    excluded = [part for judged in works for part in judged.excluded]
    unknown = [record.interval for record in facts.unknown]
    losses = [(record.key, record.weighted) for record in facts.outages]
    losses += [(judged.work.key, _whole(part)) for judged in works for part in judged.lost]
    result = availability(
        service_time=service_time,
        outages=[loss for _key, loss in losses],
        agreed_downtime=excluded,
        unknown=unknown,
        unknown_rule=rule,  # type: ignore[arg-type]
    )
    return result, costs(losses, subtract(service_time, excluded))


def _whole(part: Interval) -> Any:
    return OutageRecord("", "", "", "", Fraction(1), part).weighted


def _declared(target: Target, span: Interval) -> bool:
    return target.recorded_from is not None and target.recorded_from < span.end


def _lifetime(target: Target, span: Interval) -> Interval:
    """Return the part of the span in which the service was live (T39: from its first day)."""
    service = target.service
    start = max(span.start, service.live_at) if service.live_at else span.start
    end = min(span.end, service.retired_at) if service.retired_at else span.end
    return Interval(min(start, end), end)


def _nothing(
    target: Target, span: Span, hours: HoursEvidence, digest: str, is_recorded: bool
) -> Judgment:
    reason = "no_agreed_time" if is_recorded else "no_records"
    zero = Decimal(0).quantize(MICRO)
    return Judgment(
        numerator=zero,
        denominator=zero,
        ratio=None,
        met=None,
        completeness=Decimal("0.000000000"),
        inputs_sha256=digest,
        trace={**_head(target, span, hours), "recorded": is_recorded, "reason": reason},
    )


def _downtime_facts(facts: DowntimeEvidence) -> list[Any]:
    return [
        [[r.reference, r.kind, r.weight, r.interval] for r in (*facts.outages, *facts.unknown)],
        [[w.reference, w.work] for w in facts.windows],
    ]


def _lists(
    facts: DowntimeEvidence,
    works: list[WorkJudgment],
    counted: list[Cost],
    service_time: Intervals,
) -> dict[str, Any]:
    lost: dict[str, Fraction] = {}
    for cost in counted:
        lost[cost.key] = lost.get(cost.key, Fraction()) + cost.lost
    names = {window.work.key: window for window in facts.windows}
    return {
        "agreed_downtime": [
            _window(judged, names[judged.work.key], lost) for judged in works[:LISTED]
        ],
        "outages": [_outage(record, lost) for record in facts.outages[:LISTED]],
        "outages_total": len(facts.outages),
        "unknown": [
            {
                **_record(record),
                "seconds": str(seconds(total(intersect((record.interval,), service_time)))),
            }
            for record in facts.unknown[:LISTED]
        ],
    }


def _window(judged: WorkJudgment, window: Any, lost: dict[str, Fraction]) -> dict[str, Any]:
    return {
        "id": judged.work.key,
        "reference": window.reference,
        "title": window.title,
        "start": _text(judged.work.planned.start),
        "end": _text(judged.work.planned.end),
        "standing": judged.standing,
        "excluded_seconds": str(seconds(total(judged.excluded))),
        "lost_seconds": _micro(lost.get(judged.work.key, Fraction())),
    }


def _outage(record: OutageRecord, lost: dict[str, Fraction]) -> dict[str, Any]:
    return {
        **_record(record),
        "weight": str(cut(record.weight, Decimal("0.001"))),
        "seconds": _micro(lost.get(record.key, Fraction())),
    }


def _record(record: OutageRecord) -> dict[str, Any]:
    return {
        "id": record.key,
        "reference": record.reference,
        "title": record.title,
        "kind": record.kind,
        "start": _text(record.interval.start),
        "end": _text(record.interval.end),
    }


def _micro(microseconds: Fraction) -> str:
    return str(cut(microseconds / 1_000_000, MICRO))


def _head(target: Target, span: Span, hours: HoursEvidence) -> dict[str, Any]:
    return {
        "kind": target.kind,
        "service": str(target.service_id),
        "start": _text(span.interval.start),
        "end": _text(span.interval.end),
        "hours": {"id": str(hours.row.pk), "name": hours.row.name, "zone": hours.row.timezone},
    }


def _text(at: Any) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
