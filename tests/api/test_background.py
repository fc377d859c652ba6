"""``Prefer: respond-async``: 202 with the address of the job; short work is answered at once."""

import pytest

from itsm.models import Job
from itsm.services import jobs
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import ReportDefinition
from reporting.services.plan import obligation_for
from tests.api.conftest import Caller
from tests.world import World

ROWS = "number,title,opened\n" + "".join(f"T-{n},Slow,2026-03-28 10:00\n" for n in range(2_001))
ASYNC = {"Prefer": "wait=5, Respond-Async"}


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch, settings, tmp_path):
    """Hints to workers go nowhere: the test runs the jobs."""
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr("itsm.services.jobs.hint", lambda *_names, **_facts: True)
    monkeypatch.setattr("itsm.outbox.hints.hint", lambda *_names, **_facts: True)


@pytest.fixture
def manager(world: World) -> Caller:
    """The service level manager."""
    return Caller(world.staff["SERVICE_LEVEL_MANAGER"])


def _work(caller: Caller, answer) -> dict:
    """Run the job of a 202 as a worker would; return it as its address tells it."""
    assert answer.status_code == 202, answer.content
    assert answer["Location"] == f"http://testserver/api/v1/jobs/{answer.json()['job']}"
    address = answer["Location"].removeprefix("http://testserver")
    assert caller.get(address).json()["state"] == "PENDING"
    with acting_as(SYSTEM):
        job = Job.objects.get(pk=answer.json()["job"])
    jobs.run(str(job.pk), at=job.due_at, clock=lambda: job.due_at)
    return caller.get(address).json()


def _import(caller: Caller, text: str, **headers: str):
    body = {"content": text, "customer": "acme", "service": "webmail", "source": "desk"}
    return caller.post("/imports", body, **headers)


def test_a_large_import_is_read_and_applied_by_jobs_that_can_be_asked(manager: Caller) -> None:
    sent = _import(manager, ROWS, **ASYNC)
    read = _work(manager, sent)
    applied = manager.post(f"/imports/{sent.json()['record']}/apply", {}, **ASYNC)
    done = _work(manager, applied)

    assert sent["Preference-Applied"] == "respond-async"
    assert (read["state"], read["result"]["state"]) == ("DONE", "PREVIEWED")
    assert (done["state"], done["result"]["counts"]["new"]) == ("DONE", 2_001)
    found = manager.get(f"/imports/{sent.json()['record']}").json()
    assert (found["state"], found["job"]["id"]) == ("APPLIED", applied.json()["job"])


def test_a_small_import_and_one_without_the_wish_are_answered_as_ever(manager: Caller) -> None:
    small = _import(manager, "\n".join(ROWS.splitlines()[:3]), **ASYNC)
    waits = _import(manager, ROWS)

    assert (small.status_code, small.json()["state"]) == (201, "PREVIEWED")
    assert "Preference-Applied" not in small
    assert (waits.status_code, waits.json()["state"]) == (201, "READING")


def test_an_evaluation_by_a_job_gives_the_document_of_one_at_once(manager: Caller) -> None:
    ordered = manager.post("/agreements/SLA-ACME/evaluation", {"period": "2026-03"}, **ASYNC)
    result = _work(manager, ordered)["result"]
    at_once = manager.post("/agreements/SLA-ACME/evaluation", {"period": "2026-03"})

    assert at_once.status_code == 200
    assert result == at_once.json()
    assert [one["target"] for one in result["evaluations"]] == ["AVAILABILITY"]


def test_an_evaluation_that_cannot_be_says_why_in_its_job(manager: Caller) -> None:
    ordered = manager.post("/agreements/SLA-ACME/evaluation", {"period": "2019-03"}, **ASYNC)
    job = _work(manager, ordered)

    assert job["state"] == "DONE"
    assert job["result"] == {
        "refusal": "SLA-ACME is not in force in 2019-03. Choose a period in which it is."
    }


def test_the_same_key_orders_one_job(manager: Caller) -> None:
    answers = [
        manager.post(
            "/agreements/SLA-ACME/evaluation", {"period": "2026-03"}, Idempotency_Key="e-1", **ASYNC
        )
        for _time in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[0]["Location"] == answers[1]["Location"]
    with acting_as(SYSTEM):
        assert Job.objects.filter(kind="evaluation").count() == 1


def test_an_ordered_report_tells_the_address_of_its_job(manager: Caller, world: World) -> None:
    with acting_as(SYSTEM):
        row = ReportDefinition.objects.create(
            customer=world.acme, slug="monthly", name="Monthly service report",
            starts_date="2025-03-01", state="ACTIVE",
        )  # fmt: skip
        owed = obligation_for(ReportDefinition.objects.get(pk=row.pk), "2025-03")

    ordered = manager.post(f"/delivery-obligations/{owed.pk}/issue", {})

    assert ordered.status_code == 202
    assert ordered.json()["record"] == str(owed.pk)
    assert manager.get(f"/jobs/{ordered.json()['job']}").json()["kind"] == "report"
    assert ordered["Location"].endswith(f"/api/v1/jobs/{ordered.json()['job']}")
