"""An evaluation as a job: ordered by somebody who would rather not wait for it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from itsm.calculations.periods import Period
from itsm.models import Job
from itsm.services import jobs
from slas.models import Agreement
from slas.selectors.figures import as_document
from slas.services.evaluation import evaluate_period

TASK = "slas.tasks.evaluate_ordered"


def order_evaluation(
    agreement: Agreement, period: Period, *, reason: str, by: str, at: datetime
) -> Job:
    """Queue the judgment of ``agreement`` over ``period``; its result is what ``judge`` returns."""
    return jobs.enqueue(
        kind="evaluation",
        title=_("Evaluate %(agreement)s, %(period)s")
        % {"agreement": agreement.reference, "period": period},
        key=f"evaluation:{agreement.pk}:{period.label}:{at.isoformat()}",
        task=TASK,
        arguments={"agreement": str(agreement.pk), "period": period.label, "reason": reason},
        at=at,
        by=by,
    )


def judge(agreement: Agreement, period: Period, *, reason: str, at: datetime) -> dict[str, Any]:
    """Return the evaluations as the API tells them, or why there can be none: ``{"refusal": "…"}``."""
    try:
        rows = evaluate_period(agreement=agreement, period=period, at=at, reason=reason)
    except ValueError as refusal:
        return {"refusal": str(refusal)}
    return as_document(agreement, period, rows)
