"""Reports survive SIGKILL of workers and their children at any moment: each is issued once, none is lost."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm.models import Job, Mail, Party
from itsm.services import files
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, Recipient, ReportDefinition, ReportIssue
from reporting.services.plan import obligation_for
from reporting.services.scheduling import order
from tests.chaos.workers import RECONCILER, WORKER, Process, environment, kill_child
from tests.world import build_world

AT = datetime(2026, 1, 10, 9, tzinfo=UTC)
PATIENCE_SECONDS = 240


@pytest.fixture
def programs(transactional_db: None, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """A worker and a reconciler on the test's database; both are gone afterwards."""
    facts = environment(broker=7)
    worker = Process(WORKER, facts, tmp_path / "worker.log")
    reconciler = Process(RECONCILER, facts, tmp_path / "reconciler.log")
    yield worker, reconciler
    worker.kill()
    reconciler.kill()


def make_runs(count: int) -> list[DeliveryObligation]:
    """Queue ``count`` reports of two customers on past months; the messages go nowhere on purpose."""
    with acting_as(SYSTEM):
        build_world()
        owed = []
        for number, slug in enumerate(("acme", "bolt")):
            customer = Party.objects.get(slug=slug)
            definition = ReportDefinition.objects.create(
                customer=customer,
                slug="monthly",
                name="Monthly",
                state="ACTIVE",
                starts_date="2025-01-01",
                sections=["problems"],
            )
            Recipient.objects.create(
                customer=customer, definition=definition, contact=customer.contacts.get()
            )
            months = range(1, count // 2 + (count % 2) * (1 - number) + 1)
            labels = [f"{2025 - (month - 1) // 12}-{(month - 1) % 12 + 1:02d}" for month in months]
            owed.extend(obligation_for(definition, label) for label in labels)
        for obligation in owed:
            order(obligation, at=AT)
    return owed


def left_to_do() -> int:
    """Return how many jobs of reports are not done."""
    with acting_as(SYSTEM):
        return Job.objects.filter(kind="report").exclude(state="DONE").count()


def disturb(worker: Process, chance: random.Random, kills: int) -> None:
    """Kill a pool process, or the whole worker and start it again, ``kills`` times at random moments."""
    for _number in range(kills):
        time.sleep(chance.uniform(0.4, 2.5))
        children = worker.children()
        if children and chance.random() < 0.7:
            kill_child(chance.choice(children))
        else:
            worker.kill()
            worker.start()


def run_under_fire(programs: tuple[Process, Process], *, runs: int, kills: int, seed: int) -> None:
    """Make ``runs`` reports while processes die, then check that each exists exactly once."""
    worker, reconciler = programs
    owed = make_runs(runs)
    worker.start()
    reconciler.start()
    deadline = time.monotonic() + PATIENCE_SECONDS + 8 * runs

    disturb(worker, random.Random(seed), kills)
    while left_to_do() and time.monotonic() < deadline:
        time.sleep(0.5)

    with acting_as(SYSTEM):
        said = list(Job.objects.exclude(state="DONE").values_list("title", "state", "message"))
        assert said == [], worker.log.read_text()[-2000:]
        assert ReportIssue.objects.count() == runs
        assert ReportIssue.objects.filter(version=1, is_current=True).count() == runs
        assert {row.obligation_id for row in ReportIssue.objects.all()} == {row.pk for row in owed}
        assert set(DeliveryObligation.objects.values_list("state", flat=True)) == {"PUBLISHED"}
        assert Mail.objects.filter(key__startswith="report:").count() == runs
        for issue in ReportIssue.objects.select_related("pdf"):
            assert files.read_file(issue.pdf).startswith(b"%PDF")


def test_eight_reports_are_issued_once_each_though_workers_are_killed(
    programs: tuple[Process, Process],
) -> None:
    run_under_fire(programs, runs=8, kills=6, seed=20000)


@pytest.mark.whole
def test_fifty_reports_are_issued_once_each_though_workers_are_killed(
    programs: tuple[Process, Process],
) -> None:
    run_under_fire(programs, runs=50, kills=40, seed=9004)
