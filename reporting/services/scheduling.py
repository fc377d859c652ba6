"""Which reports are made now: one job per obligation, written before a worker is told."""

from datetime import datetime, timedelta

from itsm.models import Job
from itsm.services import jobs
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportDefinition

GRACE = timedelta(hours=2)  # late records of the last evening are still taken in
TASK = "reporting.tasks.issue_report"
State = DeliveryObligation.State


def issue_due(*, at: datetime, limit: int = 50) -> int:
    """Queue a job for each report whose period has ended (and two hours more); return how many are new.

    The newest come first, so a site that starts with a long plan shows the last month at once.
    """
    with acting_as(SYSTEM):
        rows = DeliveryObligation.objects.filter(
            state=State.PLANNED,
            period_ends_at__lte=at - GRACE,
            definition__state=ReportDefinition.State.ACTIVE,
        ).select_related("customer", "definition")
        queued = Job.objects.filter(task=TASK).values("key")
        before = queued.count()
        for row in rows.order_by("-period_ends_at", "customer__slug")[:limit]:
            order(row, at=at)
        return queued.count() - before


def order(obligation: DeliveryObligation, *, at: datetime, by: str = "", reason: str = "") -> Job:
    """Queue the making of a report; asked by a person, a job that ended is tried again.

    ``reason`` restates a report that is there: its job has a key of its own for each request.
    """
    key = job_key(obligation, restates=bool(reason), at=at)
    job = jobs.enqueue(
        kind="report",
        title=f"{obligation.definition.name}, {obligation.customer}, {obligation.period}",
        key=key,
        task=TASK,
        queue="reports",
        arguments={"obligation": str(obligation.pk), "owner": key, "by": by, "reason": reason},
        at=at,
        by=by,
    )
    if by and job.state in (Job.State.FAILED, Job.State.DEAD, Job.State.DONE):
        return jobs.retry(job, at=at)
    return job


def job_key(obligation: DeliveryObligation, *, restates: bool, at: datetime) -> str:
    """Return the key under which the report of an obligation is queued once."""
    key = f"report:{obligation.pk}"
    return f"{key}:{at.isoformat(timespec='minutes')}" if restates else key
