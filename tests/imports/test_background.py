"""A large file is read, compared and applied by a job that can be watched, cancelled and done again."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from itsm.imports import background
from itsm.imports.background import Cancelled
from itsm.models import ImportRun, Ticket
from itsm.services import jobs
from itsm.tenancy import SYSTEM, acting_as

AT = datetime(2026, 4, 10, 9, tzinfo=UTC)
ROWS = "number,title,opened\n" + "".join(f"T-{n},Slow,2026-03-28 10:00\n" for n in range(2_001))
LOG = "number,incident_state,sys_mod_count,opened_at,sys_updated_at\n" + "".join(
    f"{n},Closed,0,28/3/2016 09:00,28/3/2016 10:00\n" for n in range(2_001)
)
DETAIL, PROGRESS = "itsm:import_detail", "itsm:import_progress"


def _upload(client, world, text=ROWS, **more):
    file = SimpleUploadedFile("large.csv", text.encode())
    facts = {"file": file, "kind": "", "source": "desk", "customer": world.acme.pk}
    facts |= {"service": world.webmail.pk, **more}
    return client.post(reverse("itsm:import_new"), facts)


def _run():
    with acting_as(SYSTEM):
        return ImportRun.objects.select_related("job").get()


def _work():
    """Run the waiting job as a worker would."""
    job = _run().job
    return jobs.run(str(job.pk), at=job.due_at, clock=lambda: job.due_at)


def _page(client, name, **options):
    return client.get(reverse(name, args=(_run().pk,)), **options)


def _map(client):
    run = _run()
    chosen = {f"field_{name}": column for name, column in run.columns.items()}
    chosen |= {name: run.options[name] for name in ("date_order", "zone", "decimal_sign")}
    return client.post(reverse("itsm:import_map", args=(run.pk,)), chosen)


def _previewed(client, world, text=ROWS):
    _upload(client, world, text)
    _work()
    _map(client)
    assert _work().state == "DONE"


def test_a_file_of_2001_rows_goes_through_three_jobs(client_without_worker, world):
    assert _upload(client_without_worker, world).headers["Location"] == reverse(
        DETAIL, args=(_run().pk,)
    )
    run = _run()
    assert (run.kind, run.state, run.job.queue) == ("tickets", "READING", "ingest")
    assert _page(client_without_worker, DETAIL).headers["Location"] == reverse(
        PROGRESS, args=(run.pk,)
    )
    page = _page(client_without_worker, PROGRESS).content.decode()
    assert "waiting for a worker" in page
    assert 'http-equiv="refresh"' in page

    assert _work().state == "DONE"

    assert _run().columns["opened_at"] == "opened"
    done = _page(client_without_worker, PROGRESS, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == reverse(DETAIL, args=(run.pk,))
    _map(client_without_worker)
    assert _run().report == {}
    assert _work().result["counts"]["new"] == 2_001
    assert "2001 rows" in _page(client_without_worker, DETAIL).content.decode()
    client_without_worker.post(reverse(DETAIL, args=(run.pk,)), {"mode": "all_or_nothing"})
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 0
    assert _work().result == {
        "state": "APPLIED",
        "counts": {"error": 0, "new": 2_001, "changed": 0, "unchanged": 0, "all": 2_001},
    }
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 2_001


def test_a_small_file_stays_in_the_request(client_without_worker, world):
    _upload(client_without_worker, world, "number,title,opened\nT-1,Slow,2026-03-28 10:00\n")

    assert (_run().job, _run().state, _run().kind) == (None, "MAPPED", "tickets")


def test_an_event_log_is_recognized_by_its_columns(client_without_worker, world):
    _upload(client_without_worker, world, LOG, source="")
    assert (_run().kind, _run().source) == ("servicenow-event-log", "servicenow-event-log")
    _work()
    _map(client_without_worker)

    assert _work().result["counts"]["new"] == 2_001


def test_columns_that_fit_no_kind_are_refused_beside_the_choice(client_without_worker, world):
    answer = _upload(client_without_worker, world, "colour,taste\nred,sweet\n")

    assert answer.status_code == 422
    assert (
        "The columns fit no kind of record. Choose what the file holds." in answer.content.decode()
    )


def test_work_that_a_dead_worker_had_done_is_not_done_again(client_without_worker, world):
    _previewed(client_without_worker, world)
    client_without_worker.post(reverse(DETAIL, args=(_run().pk,)), {"mode": "all_or_nothing"})
    job = _run().job
    owner = {"owner": job.key, "mode": "all_or_nothing", "clock": lambda: AT}
    background.perform(str(_run().pk), "apply", **owner)

    again = jobs.run(str(job.pk), at=job.due_at, clock=lambda: AT)

    assert (again.state, again.result["counts"]["new"]) == ("DONE", 2_001)
    assert _run().applied_at == AT
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 2_001


def test_work_that_is_cancelled_while_it_runs_takes_everything_back(
    client_without_worker, world, monkeypatch
):
    _previewed(client_without_worker, world)
    client_without_worker.post(reverse(DETAIL, args=(_run().pk,)), {"mode": "all_or_nothing"})
    job, run = _run().job, _run()
    real = background.apply_run

    def slow(*words, **facts):
        real(*words, **facts)
        jobs.cancel(job, at=AT)

    monkeypatch.setattr(background, "apply_run", slow)
    monkeypatch.setitem(background._STEPS, "apply", lambda r, mode, at, _told: slow(r, mode, at=at))
    with pytest.raises(Cancelled):
        background.perform(
            str(run.pk), "apply", owner=job.key, mode="all_or_nothing", clock=lambda: AT
        )

    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 0
    assert _run().state == "PREVIEWED"


def test_cancelling_from_the_page_leads_back_to_the_preview(client_without_worker, world):
    _previewed(client_without_worker, world)
    detail = reverse(DETAIL, args=(_run().pk,))
    client_without_worker.post(detail, {"mode": "all_or_nothing"})
    job = _run().job
    assert client_without_worker.post(detail, {"mode": "all_or_nothing"}).status_code == 409

    client_without_worker.post(reverse("itsm:import_cancel", args=(_run().pk,)))

    assert (_run().job, _run().state) == (None, "PREVIEWED")
    assert jobs.run(str(job.pk), at=job.due_at, clock=lambda: AT) is None
    assert "2001 rows" in client_without_worker.get(detail).content.decode()
    client_without_worker.post(detail, {"mode": "all_or_nothing"})
    assert _work().state == "DONE"


def test_a_failed_step_is_shown_with_its_reason_and_tried_again(
    client_without_worker, world, monkeypatch
):
    _upload(client_without_worker, world)

    def broken(*_words):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setitem(background._STEPS, "read", broken)
        assert _work().state == "FAILED"
    page = _page(client_without_worker, PROGRESS).content.decode()
    assert "The work failed and is tried again by itself." in page
    assert "No space left on device" in page
    client_without_worker.post(reverse("itsm:import_retry", args=(_run().pk,)))
    assert _work().state == "DONE"
    assert _run().state == "MAPPED"


def test_a_large_file_that_breaks_in_the_middle_is_refused_in_words(client_without_worker, world):
    _upload(client_without_worker, world, ROWS + 'T-x,"' + "a" * 200_000 + "\n")
    assert _work().state == "DONE"

    page = _page(client_without_worker, DETAIL).content.decode()

    assert _run().state == "REFUSED"
    assert "Line 2003 cannot be read" in page


def test_a_program_sends_a_large_file_and_asks_until_it_is_done(client_without_worker, world):
    file = SimpleUploadedFile("large.csv", ROWS.encode())
    facts = {"file": file, "customer": "acme", "service": "webmail"}
    said = client_without_worker.post("/api/v1/imports", facts).json()
    assert (said["state"], said["kind"]) == ("READING", "tickets")
    address = f"/api/v1/imports/{said['id']}"
    _work()
    assert client_without_worker.get(address).json()["report"]["counts"]["new"] == 2_001
    client_without_worker.post(f"{address}/apply", {}, content_type="application/json")
    _work()

    assert client_without_worker.get(address).json()["state"] == "APPLIED"
