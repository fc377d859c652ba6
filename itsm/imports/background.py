"""Large files leave the request: reading, comparing, applying and undoing are a Job of the queue ``ingest``.

A step is one transaction that ends by looking at its job: a job that was cancelled meanwhile takes
everything back, a step whose result is there already is not done twice. So a worker may die at any moment.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.imports.problems import Unreadable
from itsm.imports.runs import AlreadyApplied, apply_run, map_run, preview_run, read_run
from itsm.imports.undoing import UndoRefused, plan_undo, undo
from itsm.models import ImportRun, Job
from itsm.services import jobs
from itsm.tenancy import SYSTEM, acting_as

TASK = "itsm.tasks.work_on_import"
READ, PREVIEW, APPLY, UNDO = "read", "preview", "apply", "undo"
UNDONE_AT_ONCE = 2_000  # records; more of them are taken back by a job
TELL_SECONDS = 1.0
READING_IS = 75  # per cent of a step; the rest is comparing and writing in the database
UNDO_REFUSAL = "undo_refusal"
Clock = Callable[[], datetime]


class Busy(ValueError):
    """The import is being worked on; it can be cancelled."""


class Cancelled(RuntimeError):
    """Somebody cancelled the work; what it wrote is taken back."""


def is_busy(run: ImportRun) -> bool:
    """Tell whether work on the import waits, runs or has failed."""
    return run.job is not None and run.job.state != Job.State.DONE


@transaction.atomic
def order(run: ImportRun, step: str, *, by: str, at: datetime, mode: str = "") -> Job:
    """Queue a step (read, preview, apply, undo) of a large import. Raises Busy, AlreadyApplied."""
    if is_busy(run):
        raise Busy(_("%(name)s is being worked on. Wait, or cancel it.") % {"name": run.file_name})
    if run.state == ImportRun.State.APPLIED and step != UNDO:
        raise AlreadyApplied(
            _("%(name)s is already imported. Upload it again to compare.") % {"name": run.file_name}
        )
    key = f"import:{run.pk}:{step}:{at.isoformat()}"
    run.job = jobs.enqueue(
        kind="import", title=_title(run, step), key=key, task=TASK, queue="ingest", at=at, by=by,
        arguments={"run": str(run.pk), "step": step, "mode": mode, "owner": key},
    )  # fmt: skip
    run.save()
    return run.job


def order_undo(run: ImportRun, *, by: str, at: datetime) -> ImportRun:
    """Undo an import now, or by a job when it wrote more than 2,000 records. Raises UndoRefused, Busy."""
    if is_busy(run):
        raise Busy(_("%(name)s is being worked on. Wait, or cancel it.") % {"name": run.file_name})
    obstacles = plan_undo(run, at=at).obstacles
    if obstacles:
        raise UndoRefused(" ".join(obstacles))
    if run.written.count() > UNDONE_AT_ONCE:
        run.report.pop(UNDO_REFUSAL, None)
        order(run, UNDO, by=by, at=at, mode=by)
        return run
    return undo(run, by=by, at=at)


def _title(run: ImportRun, step: str) -> str:
    words = {READ: _("Read %(name)s"), PREVIEW: _("Compare %(name)s"), APPLY: _("Import %(name)s"),
             UNDO: _("Undo %(name)s")}  # fmt: skip
    return words[step] % {"name": run.file_name}


def perform(key: str, step: str, *, owner: str, mode: str = "", clock: Clock) -> dict[str, Any]:
    """Do a step for the job with the key ``owner``; the same again changes nothing."""
    with acting_as(SYSTEM):
        job = Job.objects.get(key=owner)
    try:
        with _telling(job, clock) as progress, acting_as(SYSTEM):
            run = ImportRun.objects.get(pk=key)
            if (run.state == ImportRun.State.APPLIED) == (step == UNDO):
                _STEPS[step](run, mode, clock(), progress)
            _still_wanted(job)
            return {"state": run.state, "counts": run.report.get("counts", {})}
    except Unreadable as refusal:
        return _refuse(key, refusal, clock())
    except UndoRefused as refusal:
        return _keep_refusal(key, refusal)


def _read(run: ImportRun, _mode: str, at: datetime, progress: Any) -> None:
    read_run(run, progress=progress)
    run.save()
    asked: Mapping[str, Any] | None = run.options.get("asked")
    if asked is not None:
        map_run(run, {**run.columns, **asked["columns"]}, asked["options"])
        preview_run(run, at=at, progress=progress)


def _preview(run: ImportRun, _mode: str, at: datetime, progress: Any) -> None:
    preview_run(run, at=at, progress=progress)


def _apply(run: ImportRun, mode: Any, at: datetime, progress: Any) -> None:
    apply_run(run, mode, at=at, progress=progress)


def _undo(run: ImportRun, by: str, at: datetime, _progress: Any) -> None:
    undo(run, by=by, at=at)
    run.refresh_from_db()


_STEPS: dict[str, Callable[[ImportRun, str, datetime, Any], None]] = {
    READ: _read, PREVIEW: _preview, APPLY: _apply, UNDO: _undo,
}  # fmt: skip


def _still_wanted(job: Job) -> None:
    """Lock the job until the step is committed, so that it is either cancelled or done."""
    if Job.objects.select_for_update().get(pk=job.pk).state == Job.State.STOPPED:
        raise Cancelled(_("Cancelled."))


def _refuse(key: str, refusal: Unreadable, at: datetime) -> dict[str, Any]:
    facts = {"state": ImportRun.State.REFUSED, "report": {"refusal": str(refusal)}}
    with acting_as(SYSTEM):
        rows = ImportRun.objects.filter(pk=key).exclude(state=ImportRun.State.APPLIED)
        rows.update(**facts, updated_at=at)
    return {"state": ImportRun.State.REFUSED, "counts": {}}


def _keep_refusal(key: str, refusal: UndoRefused) -> dict[str, Any]:
    """Keep why an import could not be undone after all: somebody was quicker."""
    with acting_as(SYSTEM):
        run = ImportRun.objects.select_for_update(of=("self",)).get(pk=key)
        run.report[UNDO_REFUSAL] = str(refusal)
        run.save(update_fields=["report", "updated_at"])
    return {"state": run.state, "counts": run.report.get("counts", {})}


@transaction.atomic
def cancel(key: UUID, *, at: datetime) -> None:
    """Stop the work on an import; nothing of it stays. Raises AlreadyApplied when it was quicker."""
    job = Job.objects.select_for_update(of=("self",)).filter(importrun=key).first()
    run = ImportRun.objects.select_related("job").get(pk=key)
    if job is None or job.state == Job.State.DONE:
        return
    is_undo = job.arguments.get("step") == UNDO
    if run.state == ImportRun.State.UNDONE:
        raise AlreadyApplied(_("%(name)s was undone meanwhile.") % {"name": run.file_name})
    if run.state == ImportRun.State.APPLIED and not is_undo:
        raise AlreadyApplied(_("%(name)s was imported meanwhile.") % {"name": run.file_name})
    jobs.cancel(job, at=at)
    run.job = None
    if run.state == ImportRun.State.READING:
        run.state = ImportRun.State.REFUSED
        run.report = {"refusal": _("Reading was cancelled. Upload the file again.")}
    run.save()


def try_again(run: ImportRun, *, at: datetime) -> None:
    """Run the failed step of an import now. Raises Busy while it waits or runs."""
    if run.job is None:
        return
    try:
        jobs.retry(run.job, at=at)
    except ValueError as refusal:
        raise Busy(str(refusal)) from refusal


class _Progress:
    """What the work has reached; asked by the thread that tells it, and told that it is cancelled."""

    def __init__(self) -> None:
        self.percent, self.message = 1, ""
        self.is_cancelled = False

    def __call__(self, rows: int, read: int, size: int) -> None:
        """Take (rows, bytes read, bytes in all). Raises Cancelled."""
        if self.is_cancelled:
            raise Cancelled(_("Cancelled."))
        self.percent = max(self.percent, 1 + READING_IS * min(read, size) // max(size, 1))
        words = _("%(n)s rows read") if read < size else _("%(n)s rows read, now being compared")
        self.message = words % {"n": f"{rows:,}"}


@contextmanager
def _telling(job: Job, clock: Clock) -> Iterator[_Progress]:
    """Show the progress from a second connection: what a transaction writes is not seen before its end."""
    progress, over = _Progress(), Event()
    thread = Thread(target=_tell, args=(job, progress, over, clock), daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join(timeout=5)


def _tell(job: Job, progress: _Progress, over: Event, clock: Clock) -> None:
    key = str(job.pk)
    try:
        while not over.wait(TELL_SECONDS):
            progress.is_cancelled = jobs.is_cancelled(key)
            jobs.report_progress(
                key, percent=progress.percent, message=progress.message, at=clock()
            )
    finally:
        connection.close()
