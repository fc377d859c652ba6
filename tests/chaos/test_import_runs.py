"""An import by page survives SIGKILL of its worker in any step: nothing is half done or done twice."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from itsm.models import ImportedRecord, ImportRun, Job, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as
from tests.chaos.workers import RECONCILER, WORKER, Process, environment
from tests.world import World, build_world

INCIDENTS = 6_000
HEADER = "number,incident_state,sys_mod_count,opened_at,sys_updated_at,priority"
STATES = ("New", "Awaiting Vendor", "Active", "Closed")
INGEST = tuple(word.replace("default,reports", "ingest") for word in WORKER)
PATIENCE_SECONDS = 120


@pytest.fixture
def programs(transactional_db: None, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """A worker and a reconciler on the test's database; both are gone afterwards."""
    facts = environment(broker=8)
    worker = Process(INGEST, facts, tmp_path / "worker.log")
    reconciler = Process(RECONCILER, facts, tmp_path / "reconciler.log")
    yield worker, reconciler
    worker.kill()
    reconciler.kill()


def log_file() -> SimpleUploadedFile:
    """Return a log of four rows for each incident: START, RESPOND, PAUSE, RESUME and STOP."""
    rows = [
        f"INC{number:05},{state},{count},1/3/2016 09:00,1/3/2016 1{count}:00,3"
        for count, state in enumerate(STATES)
        for number in range(INCIDENTS)
    ]
    return SimpleUploadedFile("log.csv", "\n".join([HEADER, *rows]).encode())


def job_now() -> Job:
    """Return the job of the import as it is in the database now."""
    with acting_as(SYSTEM):
        job = ImportRun.objects.select_related("job").get().job
    assert job is not None
    return job


def wait(reached: Callable[[Job], bool], worker: Process) -> None:
    """Wait until the job has reached something; fail with what the worker said."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached(job_now()):
        assert time.monotonic() < deadline, worker.log.read_text()[-2000:]
        time.sleep(0.1)


def kill_when(reached: Callable[[Job], bool], worker: Process) -> None:
    """Kill the worker with its pool at this point, see that nothing is half written, and start it again."""
    wait(lambda job: job.state == "DONE" or (job.state == "RUNNING" and reached(job)), worker)
    worker.kill()
    with acting_as(SYSTEM):
        done = INCIDENTS if ImportRun.objects.get().state == "APPLIED" else 0
        assert (Ticket.objects.count(), ImportedRecord.objects.count()) == (done, done)
    worker.start()


def upload(world: World) -> Client:
    """Send the log by page and return the client."""
    client = Client()
    client.force_login(world.staff["SERVICE_LEVEL_MANAGER"])
    whose = {"customer": world.acme.pk, "service": world.webmail.pk}
    client.post(reverse("itsm:import_new"), {"file": log_file(), **whose})
    return client


@pytest.mark.whole
def test_an_import_is_done_once_though_its_worker_is_killed_in_each_step(
    programs: tuple[Process, Process],
) -> None:
    worker, reconciler = programs
    with acting_as(SYSTEM):
        world = build_world()
    client = upload(world)
    worker.start()
    reconciler.start()
    kill_when(lambda job: job.progress > 0, worker)
    wait(lambda job: job.state == "DONE", worker)
    with acting_as(SYSTEM):
        run = ImportRun.objects.get()
    chosen = {f"field_{name}": column for name, column in run.columns.items()}
    options = {name: run.options[name] for name in ("date_order", "zone", "decimal_sign")}
    client.post(reverse("itsm:import_map", args=(run.pk,)), {**chosen, **options})
    wait(lambda job: job.arguments["step"] == "preview" and job.state == "DONE", worker)
    client.post(reverse("itsm:import_detail", args=(run.pk,)), {"mode": "all_or_nothing"})

    kill_when(lambda job: job.progress > 0, worker)
    kill_when(lambda job: job.progress >= 70, worker)

    wait(lambda job: job.state == "DONE", worker)
    with acting_as(SYSTEM):
        run = ImportRun.objects.get()
        assert (run.state, run.report["counts"]["new"]) == ("APPLIED", INCIDENTS)
        assert (Ticket.objects.count(), ImportedRecord.objects.count()) == (INCIDENTS, INCIDENTS)
        assert TicketEvent.objects.count() == 5 * INCIDENTS
