"""Jobs: one row per key, one run at a time, tries that end, lost runs found again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm.celery import app
from itsm.models import Job
from itsm.services import jobs
from itsm.services.timetable import synchronise
from itsm.tenancy import SYSTEM, acting_as

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
TASK = "tests.outbox.work"
DONE: list[dict[str, Any]] = []
FAULTS: list[Exception] = []


@pytest.fixture(autouse=True)
def _work(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A task that notes its arguments, or fails with the next fault; hints go nowhere."""
    DONE.clear()
    FAULTS.clear()

    @app.task(name=TASK)
    def work(**arguments: Any) -> str:
        if FAULTS:
            raise FAULTS.pop(0)
        DONE.append(arguments)
        return "done"

    monkeypatch.setattr("itsm.services.jobs.hint", lambda *_names, **_facts: True)
    monkeypatch.setattr("itsm.outbox.hints.hint", lambda *_names, **_facts: True)
    yield
    app.tasks.pop(TASK)


def queue(key: str = "one", **facts: Any) -> Job:
    return jobs.enqueue(kind="test", title="A job", key=key, task=TASK, at=AT, **facts)


def run(job: Job, at: datetime = AT, **facts: Any) -> Job | None:
    return jobs.run(str(job.pk), at=at, clock=lambda: at, **facts)


def row(job: Job) -> Job:
    with acting_as(SYSTEM):
        return Job.objects.get(pk=job.pk)


def age(job: Job, **facts: Any) -> None:
    with acting_as(SYSTEM):
        Job.objects.filter(pk=job.pk).update(**facts)


def test_the_same_key_is_queued_once() -> None:
    first, second = queue(arguments={"n": 1}), queue(arguments={"n": 2})

    assert (first.pk, second.arguments) == (second.pk, {"n": 1})


def test_a_job_runs_once_and_keeps_its_result() -> None:
    job = queue(arguments={"n": 1})

    first, second = run(job), run(job)

    assert first is not None
    assert (first.state, first.result, first.progress) == ("DONE", "done", 100)
    assert (second, DONE) == (None, [{"n": 1}])


def test_a_failed_job_is_tried_again_later_and_given_up_after_eight_tries() -> None:
    job, at = queue(), AT
    for tries in range(1, 9):
        FAULTS.append(RuntimeError(f"fault {tries}"))
        run(job, at)
        found = row(job)
        assert (found.attempts, found.message) == (tries, f"fault {tries}")
        if tries < 8:
            assert at <= found.due_at <= at + timedelta(seconds=min(900, 2**tries))
        at = max(at, found.due_at) + timedelta(seconds=1)

    assert row(job).state == "DEAD"
    assert run(job, at + timedelta(days=1)) is None
    assert DONE == []


def test_a_person_sends_a_dead_job_again_with_all_its_tries() -> None:
    job = queue()
    age(job, state="DEAD", attempts=8)

    jobs.retry(job, at=AT)

    assert (row(job).state, row(job).attempts) == ("PENDING", 0)
    finished = run(job)
    assert finished is not None
    assert finished.state == "DONE"


def test_a_waiting_job_cannot_be_sent_again() -> None:
    with pytest.raises(ValueError, match="already waiting or running"):
        jobs.retry(queue(), at=AT)


def test_a_run_that_must_wait_costs_no_try() -> None:
    job = queue()
    FAULTS.append(jobs.TryLater(AT + timedelta(minutes=2), "busy"))

    run(job)

    found = row(job)
    assert (found.state, found.attempts, found.message) == ("PENDING", 0, "busy")
    assert found.due_at == AT + timedelta(minutes=2)


def test_a_living_run_is_left_alone_and_a_silent_one_is_taken_over() -> None:
    job = queue()
    age(job, state="RUNNING", attempts=1, updated_at=AT)
    soon = AT + timedelta(seconds=jobs.LEASE_SECONDS - 1)
    late = AT + timedelta(seconds=jobs.LEASE_SECONDS + 1)

    assert run(job, soon) is None
    finished = run(job, late)

    assert finished is not None
    assert (finished.state, finished.attempts) == ("DONE", 2)


def test_the_message_of_a_killed_worker_is_taken_over_at_once() -> None:
    job = queue()
    age(job, state="RUNNING", attempts=1, updated_at=AT)

    finished = run(job, is_redelivered=True)

    assert finished is not None
    assert finished.state == "DONE"


def test_a_job_that_kills_its_worker_each_time_is_given_up() -> None:
    job = queue()
    age(job, state="RUNNING", attempts=8, updated_at=AT)

    assert run(job, is_redelivered=True) is None

    assert (row(job).state, DONE) == ("DEAD", [])
    assert row(job).message == "The worker was lost in every one of its tries."


def test_a_run_that_was_taken_over_cannot_write_its_outcome() -> None:
    job = queue()
    age(job, state="RUNNING", attempts=2, updated_at=AT)
    stale = row(job)
    stale.attempts = 1

    left = jobs._leave(stale, "DONE", result="late")

    assert (left.state, left.attempts, left.result) == ("RUNNING", 2, None)


def test_the_reconciler_sends_lost_hints_again_and_only_those() -> None:
    lost, new, silent, alive, later = (queue(key) for key in ("a", "b", "c", "d", "e"))
    age(lost, due_at=AT, updated_at=AT)
    now = AT + timedelta(minutes=5)
    age(new, due_at=AT, updated_at=now - timedelta(seconds=1))
    age(silent, state="RUNNING", updated_at=AT)
    age(alive, state="RUNNING", updated_at=now)
    age(later, due_at=now + timedelta(hours=1), updated_at=AT)

    assert (jobs.reconcile(at=now), jobs.reconcile(at=now)) == (2, 1)  # silent stays silent


def test_an_unknown_task_is_named() -> None:
    job = jobs.enqueue(kind="test", title="A job", key="x", task="nobody.knows", at=AT)

    run(job)

    assert row(job).message == "There is no task “nobody.knows”."


def test_the_timetable_holds_what_is_declared_and_nothing_else() -> None:
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    with acting_as(SYSTEM):
        every = IntervalSchedule.objects.create(every=7, period="seconds")
        PeriodicTask.objects.create(name="stray", task="stray", interval=every)

        first, second = synchronise(), synchronise()

        rows = {task.name: task for task in PeriodicTask.objects.select_related("interval")}
    assert first == second == len(rows)
    assert "stray" not in rows
    assert rows["itsm.mail"].last_run_at == datetime(
        2000, 1, 1, tzinfo=UTC
    )  # due at the first tick
    assert rows["reporting.issue"].task == "reporting.tasks.issue_due_reports"
    assert (rows["reporting.issue"].interval.every, rows["itsm.reconcile"].interval.every) == (
        60,
        60,
    )


def test_tasks_are_acknowledged_late_and_only_json_is_accepted() -> None:
    assert app.conf.task_acks_late is True
    assert app.conf.task_reject_on_worker_lost is True
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_time_limit < app.conf.broker_transport_options["visibility_timeout"]
