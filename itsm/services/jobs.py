"""Background work is a row: the broker message is only a hint, and every lost hint is sent again.

States: PENDING → RUNNING → DONE, or FAILED (tried again later) → DEAD after eight tries; STOPPED when a
person cancelled it. A running job shows that it lives by touching its row; one that stays silent for
``LEASE_SECONDS`` is taken over.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from itsm.celery import app
from itsm.models import Job
from itsm.outbox.backoff import MAX_TRIES, next_try
from itsm.outbox.hints import RUN_JOB, hint, hint_job_after_commit
from itsm.tenancy import SYSTEM, acting_as

State = Job.State
HEARTBEAT_KEY = "plimsoll:beat"  # in the cache while beat sends and a worker answers
HEARTBEAT_SECONDS = 120
LEASE_SECONDS = max(2.0, min(30.0, settings.TASK_SECONDS / 10))
RESEND_AFTER = timedelta(seconds=max(1, settings.RECONCILE_SECONDS))


class TryLater(Exception):
    """The work cannot be done before ``until``; that is no failure and costs no try."""

    def __init__(self, until: datetime, reason: str = "") -> None:
        """Keep the instant beside the words."""
        super().__init__(reason)
        self.until = until


def enqueue(  # noqa: PLR0913 the columns of one row, all by name
    *,
    kind: str,
    title: str,
    key: str,
    task: str,
    at: datetime,
    queue: str = "default",
    arguments: Mapping[str, Any] | None = None,
    by: str = "",
) -> Job:
    """Write the job and tell a worker after commit; the same ``key`` gives the job that is there.

    ``task`` is the name of a Celery task; it runs with ``arguments`` (JSON values) as keywords.
    """
    with acting_as(SYSTEM):
        job, is_new = Job.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "title": title[:200],
                "task": task,
                "queue": queue,
                "arguments": dict(arguments or {}),
                "due_at": at,
                "requested_by": by[:160],
            },
        )
        if is_new and job.due_at <= at:
            hint_job_after_commit(job)
    return job


def retry(job: Job, *, at: datetime) -> Job:
    """Try a failed or given-up job again now, with all its tries; raise ValueError while it runs."""
    with acting_as(SYSTEM):
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.state in (State.RUNNING, State.PENDING):
            raise ValueError(_("“%(job)s” is already waiting or running.") % {"job": row})
        row.state, row.attempts, row.due_at, row.message = State.PENDING, 0, at, ""
        row.progress, row.finished_at = 0, None
        row.save()
        hint_job_after_commit(row)
    return row


def run(
    key: str, *, at: datetime, clock: Callable[[], datetime], is_redelivered: bool = False
) -> Job | None:
    """Run a job now; return it, or None when it is not due, done, or run by somebody else.

    ``clock`` gives the later instants (alive, finished). ``is_redelivered`` says that the broker gave the
    message of a lost worker to us: its run is dead and may be taken over at once.
    """
    job = _claim(key, at, is_redelivered)
    if job is None:
        return None
    try:
        with _alive(job, clock):
            result = work(job.task)(**job.arguments)
    except TryLater as wait:
        return _leave(job, State.PENDING, due_at=wait.until, message=str(wait)[:300], tries=-1)
    except Exception as error:  # the reason is kept on the row, where people see it
        return _fail(job, error, clock())
    finished = {"progress": 100, "finished_at": clock(), "result": result, "message": ""}
    return _leave(job, State.DONE, **finished)


def cancel(job: Job, *, at: datetime) -> Job:
    """Stop a job that waits, failed or runs; raise ValueError when it has ended.

    A running one learns of it by ``is_cancelled``: its work must then take everything back.
    """
    with acting_as(SYSTEM):
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.state in (State.DONE, State.DEAD, State.STOPPED):
            raise ValueError(_("“%(job)s” has ended already.") % {"job": row})
        row.state, row.finished_at, row.message = State.STOPPED, at, _("Cancelled.")
        row.save()
    return row


def is_cancelled(key: str) -> bool:
    """Tell whether somebody cancelled this job."""
    with acting_as(SYSTEM):
        return Job.objects.filter(pk=key, state=State.STOPPED).exists()


def report_progress(key: str, *, percent: int, message: str = "", at: datetime) -> None:
    """Show how far a running job is, 0 to 100; the row of another state stays as it is."""
    with acting_as(SYSTEM):
        Job.objects.filter(pk=key, state=State.RUNNING).update(
            progress=max(0, min(100, percent)), message=message[:300], updated_at=at
        )


def reconcile(*, at: datetime, limit: int = 500) -> int:
    """Send a hint again for each due job and each run that fell silent; return how many.

    A hint that is on its way already does no harm: the second one finds the row taken.
    """
    silent = at - timedelta(seconds=LEASE_SECONDS)
    due = Q(state__in=[State.PENDING, State.FAILED], due_at__lte=at)
    unheard = Q(updated_at__lte=at - RESEND_AFTER) | Q(due_at__gt=F("updated_at"))
    with acting_as(SYSTEM):
        found = list(
            Job.objects.filter(due & unheard | Q(state=State.RUNNING, updated_at__lt=silent))
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=True)
            .values_list("pk", "queue", "state")[:limit]
        )
        waiting = [pk for pk, _queue, state in found if state != State.RUNNING]
        Job.objects.filter(pk__in=waiting).update(updated_at=at)
    return sum(hint(RUN_JOB, queue=queue, job=str(pk)) for pk, queue, _state in found)


def _claim(key: str, at: datetime, is_redelivered: bool) -> Job | None:
    """Take the row by compare-and-set; of two workers one gets None."""
    silent = at - timedelta(seconds=LEASE_SECONDS)
    free = Q(state__in=[State.PENDING, State.FAILED], due_at__lte=at)
    lost = (
        Q(state=State.RUNNING) if is_redelivered else Q(state=State.RUNNING, updated_at__lt=silent)
    )
    with acting_as(SYSTEM):
        job = Job.objects.select_for_update(skip_locked=True).filter(free | lost, pk=key).first()
        if job is None:
            return None
        job.attempts += 1
        job.started_at, job.finished_at = at, None
        job.state = State.RUNNING
        if job.attempts > MAX_TRIES:
            job.state, job.finished_at = State.DEAD, at
            job.message = job.message or _("The worker was lost in every one of its tries.")
        job.save()
        Job.objects.filter(pk=job.pk).update(updated_at=at)
    return None if job.state == State.DEAD else job


def work(name: str) -> Callable[..., Any]:
    """Return the function of a task by its name; raise LookupError naming it when no app has it."""
    if name not in app.tasks:
        app.loader.import_default_modules()
    if name not in app.tasks:
        raise LookupError(_("There is no task “%(name)s”.") % {"name": name})
    function: Callable[..., Any] = app.tasks[name].run
    return function


def _fail(job: Job, error: Exception, at: datetime) -> Job:
    words = str(error)[:300] or type(error).__name__
    if job.attempts >= MAX_TRIES:
        return _leave(job, State.DEAD, message=words, finished_at=at)
    return _leave(job, State.FAILED, message=words, due_at=next_try(at, job.attempts))


def _leave(job: Job, state: str, *, tries: int = 0, **facts: Any) -> Job:
    """Write the outcome, unless another run has taken the job over meanwhile."""
    with acting_as(SYSTEM):
        row = Job.objects.select_for_update().get(pk=job.pk)
        if (row.state, row.attempts) != (State.RUNNING, job.attempts):
            return row
        for name, value in {**facts, "state": state, "attempts": row.attempts + tries}.items():
            setattr(row, name, value)
        row.save()
    return row


@contextmanager
def _alive(job: Job, clock: Callable[[], datetime]) -> Iterator[None]:
    """Touch the row from a second thread until the work ends."""
    over = Event()
    thread = Thread(target=_touch, args=(job, over, clock), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)


def _touch(job: Job, over: Event, clock: Callable[[], datetime]) -> None:
    try:
        while not over.wait(LEASE_SECONDS / 3):
            with acting_as(SYSTEM):
                Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts).update(
                    updated_at=clock()
                )
    finally:
        connection.close()
