"""Judge the targets of an agreement over a period, exactly once for the same evidence (8.3.3, 9.1)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.calculations.intervals import Interval
from itsm.calculations.periods import Period
from slas.models import Agreement, AgreementVersion, Evaluation, Target
from slas.selectors.evidence import Evidence, spans
from slas.services.engine import engine
from slas.services.judgments import Judgment, Span, judge_target


class PeriodNotBegun(ValueError):
    """The period lies in the future, so there is nothing to judge."""


class NotInForce(ValueError):
    """No version of the agreement is in force in the period."""


@transaction.atomic
def evaluate_period(
    *, agreement: Agreement, period: Period, at: datetime, reason: str = ""
) -> list[Evaluation]:
    """Judge every target of the versions in force in ``period``; return the rows that hold now.

    The same evidence gives the rows that are there. Other evidence replaces provisional rows and
    supersedes final ones with ``reason``. While the period runs, it is judged up to ``at``.
    Raises PeriodNotBegun, NotInForce and NoHoursVersion (all ValueError).
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if at <= period.start:
        raise PeriodNotBegun(
            _("%(period)s has not begun. Choose a period that has.") % {"period": period}
        )
    rows, changed = [], 0
    for target, judgment in _judgments(agreement, period, at):
        row, is_new = _keep(target, period, judgment, at=at, reason=reason)
        rows.append(row)
        changed += is_new
    if not rows:
        raise NotInForce(
            _("%(agreement)s is not in force in %(period)s. Choose a period in which it is.")
            % {"agreement": agreement.reference, "period": period}
        )
    if changed:
        announce(
            "slas.period_evaluated",
            at=at,
            agreement=str(agreement.pk),
            customer=str(agreement.party_id),
            period=str(period),
            changed=changed,
        )
    return rows


def _judgments(
    agreement: Agreement, period: Period, at: datetime
) -> Iterator[tuple[Target, Judgment]]:
    """Yield each target with its judgment; targets of one version share the evidence read for it."""
    horizon = min(period.end, at)
    versions = list(
        AgreementVersion.objects.filter(agreement=agreement)
        .during(period.start, period.end)
        .order_by("starts_at")
    )
    for version, interval in spans(versions, period, horizon):
        evidence = Evidence(agreement.party_id, interval)
        before = _targets_before(version) if interval.start == version.starts_at else {}
        for target in _targets(version):
            span = Span(
                period=period,
                interval=interval,
                until=min(version.ends_at or period.end, period.end),
                predecessor=before.get(target.reference),
                begins_version=interval.start == version.starts_at,
            )
            yield target, judge_target(target, span, evidence)


def _targets(version: AgreementVersion) -> Any:
    rows = Target.objects.filter(version=version)
    return rows.select_related("version", "service", "hours").order_by("reference")


def _targets_before(version: AgreementVersion) -> dict[str, Target]:
    """Return the response and resolution targets that held until this version began, by reference."""
    rows = Target.objects.filter(
        version__agreement=version.agreement_id,
        version__state=AgreementVersion.State.IN_FORCE,
        version__ends_at=version.starts_at,
    ).exclude(kind=Target.Kind.AVAILABILITY)
    return {target.reference: target for target in rows}


def _keep(
    target: Target, period: Period, judgment: Judgment, *, at: datetime, reason: str
) -> tuple[Evaluation, bool]:
    """Return the row for this judgment and whether anything was written."""
    present = (
        Evaluation.objects.select_for_update()
        .filter(party_id=target.party_id, target=target, period=str(period))
        .current()
        .first()
    )
    facts = _facts(target, period, judgment, at)
    if present is None:
        return Evaluation.objects.create(**facts), True
    if present.inputs_sha256 == judgment.inputs_sha256 and present.state == facts["state"]:
        return present, False
    if present.state == Evaluation.State.PROVISIONAL:
        for name, value in facts.items():
            setattr(present, name, value)
        present.save()
        return present, True
    Evaluation.objects.filter(pk=present.pk).update(superseded_at=at)
    words = reason or _("The records of the period changed after it was judged.")
    return Evaluation.objects.create(**facts, supersedes=present, reason=words), True


def _facts(target: Target, period: Period, judgment: Judgment, at: datetime) -> dict[str, Any]:
    ended = at >= period.end
    span = _span_of(judgment)
    return {
        "party_id": target.party_id,
        "target": target,
        "period": str(period),
        "starts_at": span.start,
        "ends_at": span.end,
        "state": Evaluation.State.FINAL if ended else Evaluation.State.PROVISIONAL,
        "as_of": at,
        "numerator": judgment.numerator,
        "denominator": judgment.denominator,
        "value": judgment.value,
        "met": judgment.met,
        "completeness": judgment.completeness,
        "engine": engine(),
        "inputs_sha256": judgment.inputs_sha256,
        "trace": judgment.trace,
    }


def _span_of(judgment: Judgment) -> Interval:
    start, end = (datetime.fromisoformat(judgment.trace[name]) for name in ("start", "end"))
    return Interval(start, end)
