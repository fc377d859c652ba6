"""An import is taken back within seven days: all of it, or nothing and the reason why."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from itsm.calculations.periods import Period
from itsm.imports import background
from itsm.imports.commanding import Request, run_import
from itsm.imports.runs import clear_files, has_file
from itsm.imports.undoing import UndoRefused, forget, plan_undo, undo
from itsm.models import (
    Comment,
    ImportedRecord,
    ImportRun,
    Outage,
    OutboxMessage,
    Party,
    Sample,
    Series,
    Ticket,
    TicketEvent,
)
from itsm.services import jobs
from itsm.services.events import change
from itsm.tenancy import SYSTEM, acting_as
from slas import tasks
from slas.services.evaluation import evaluate_period

pytestmark = pytest.mark.django_db
FIRST = "number,title,opened,resolved,priority"
LATER = timedelta(minutes=5)


@pytest.fixture
def brought(world, write):
    """Return a function (kind, lines…) → the import that wrote these lines for Acme."""

    def bring(kind, *lines, at=None, **more):
        path = write("rows.csv", *lines)
        facts = {"customer": "acme", "service": "webmail", "source": "desk", "zone": "UTC", **more}
        with acting_as(SYSTEM):
            made = run_import(Request(path, kind, **facts), at=at or timezone.now())
            assert made.exit_code == 0, made.findings
            return ImportRun.objects.order_by("-created_at", "-pk").first()

    return bring


def _undo(run, at=None):
    with acting_as(SYSTEM):
        return undo(run, by="ana@northwind.example", at=at or timezone.now())


def _plan(run, at=None):
    with acting_as(SYSTEM):
        return plan_undo(run, at=at or timezone.now())


def _rows(model, *names):
    with acting_as(SYSTEM):
        return sorted(model.objects.values_list(*names), key=str)


def _refusal(run, at=None):
    with pytest.raises(UndoRefused) as refused:
        _undo(run, at)
    return str(refused.value)


def test_what_an_import_made_is_gone_and_what_it_changed_is_as_before(brought):
    one, two = "T1,Slow,2026-03-02 10:00,,2", "T2,Down,2026-03-03 10:00,2026-03-03 12:00,1"
    brought("tickets", FIRST, one, two)
    facts = ("external_id", "title", "priority", "inputs_sha256", "updated_at")
    before, events = _rows(Ticket, *facts), _rows(TicketEvent, "ticket_id", "sequence", "kind")

    second = brought(
        "tickets",
        FIRST,
        "T1,Slower,2026-03-02 10:00,2026-03-04 10:00,2",
        "T3,New,2026-03-05 10:00,,3",
    )
    assert [(one.created, one.changed) for one in _plan(second).kinds] == [(1, 1)]
    assert _plan(second).events == 2
    done = _undo(second)

    assert _rows(Ticket, *facts) == before
    assert _rows(TicketEvent, "ticket_id", "sequence", "kind") == events
    assert (done.state, done.undone_by) == ("UNDONE", "ana@northwind.example")


def test_after_undoing_the_same_file_brings_the_same_again(brought):
    lines = [f"T{n},Slow,2026-03-02 1{n}:00,,2" for n in range(5)]
    run = brought("tickets", FIRST, *lines)
    first = _rows(Ticket, "external_id", "inputs_sha256")
    _undo(run)
    assert _rows(Ticket, "external_id") == []

    again = brought("tickets", FIRST, *lines)

    assert again.report["counts"] == run.report["counts"]
    assert _rows(Ticket, "external_id", "inputs_sha256") == first


def test_imports_are_undone_from_the_newest_to_the_oldest(brought):
    first = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    second = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,2026-03-02 11:00,2")

    words = _refusal(first)

    assert "Ticket T1 was changed on" in words
    assert "by the import rows.csv." in words
    assert "Ticket T1 got further events since." in words
    _undo(second)
    _undo(first)
    assert _rows(Ticket, "external_id") == []
    assert _rows(TicketEvent, "kind") == []


def test_a_record_that_a_person_changed_since_is_named_with_the_person(brought, world):
    run = brought("outages", "id,title,start,end", "O1,Mail,2026-03-02 10:00,2026-03-02 11:00")
    with acting_as(world.staff["SERVICE_LEVEL_MANAGER"]):
        row = Outage.objects.get(external_id="O1")
        row.title = "Mail was down"
        change(row, at=timezone.now())

    words = _refusal(run)

    assert words.startswith(f"Outage {row.reference} Mail was down was changed on ")
    assert words.endswith("by service_level_manager@northwind.example.")
    assert _rows(Outage, "title") == [("Mail was down",)]


def test_a_corrected_outage_is_the_old_one_again(brought):
    brought("outages", "id,title,start,end", "O1,Mail,2026-03-02 10:00,2026-03-02 11:00")
    facts = ("pk", "title", "superseded_at", "is_published", "ends_at")
    before = _rows(Outage, *facts)
    run = brought("outages", "id,title,start,end", "O1,Mail,2026-03-02 10:00,2026-03-02 12:00")
    assert len(_rows(Outage, "pk")) == 2

    _undo(run)

    assert _rows(Outage, *facts) == before


def test_a_remark_on_a_record_stands_in_the_way(brought, world):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    with acting_as(SYSTEM):
        ticket = Ticket.objects.get()
        Comment.objects.create(
            customer=world.acme, ref_app="itsm", ref_kind="ticket", ref_uuid=ticket.pk,
            side="STAFF", author_name="Ana", text="Called back",
        )  # fmt: skip

    assert _refusal(run) == "Comment Called back belongs to Ticket T1, which this import made."


def test_a_party_with_records_of_its_own_stays(brought, world):
    run = brought("parties", "name,slug", "Fabrikam,fabrikam", customer="", service="")
    with acting_as(SYSTEM):
        Ticket.objects.create(
            customer=Party.objects.get(slug="fabrikam"), external_id="F1", source="x",
            service=world.webmail, opened_at=timezone.now(),
        )  # fmt: skip

    assert _refusal(run) == "Ticket F1 belongs to Party Fabrikam, which this import made."


def test_measured_values_are_as_before(brought):
    with acting_as(SYSTEM):
        Series.objects.create(slug="load", name="Load", unit="%")
    none = {"customer": "", "service": ""}
    brought("measurements", "series,at,value", "load,2026-03-02 10:00,5.5", **none)
    before = _rows(Sample, "at", "value", "batch")
    run = brought(
        "measurements",
        "series,at,value",
        "load,2026-03-02 10:00,7",
        "load,2026-03-02 11:00,8",
        **none,
    )
    assert [(one.created, one.changed) for one in _plan(run).kinds] == [(1, 1)]

    _undo(run)

    assert _rows(Sample, "at", "value", "batch") == before


def test_a_value_measured_again_since_stays(brought):
    with acting_as(SYSTEM):
        Series.objects.create(slug="load", name="Load", unit="%")
    none = {"customer": "", "service": ""}
    run = brought("measurements", "series,at,value", "load,2026-03-02 10:00,5.5", **none)
    brought("measurements", "series,at,value", "load,2026-03-02 10:00,6", **none)

    assert _refusal(run) == "The value of Load (%) at 2 Mar 2026, 10:00 was changed since."


def test_a_final_result_that_counts_the_records_stands_in_the_way(brought, world):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    month = Period.parse("2026-03", "Europe/Madrid")
    with acting_as(SYSTEM):
        evaluate_period(agreement=world.agreements["acme"], period=month, at=timezone.now())

    words = _refusal(run)

    assert words == (
        f"{world.agreements['acme'].reference} is judged for good for March 2026"
        " and counts records of this import."
    )
    assert _rows(Ticket, "external_id") == [("T1",)]


def test_a_final_result_that_was_there_before_or_of_another_month_does_not(brought, world):
    with acting_as(SYSTEM):
        for month in ("2026-03", "2026-04"):
            period = Period.parse(month, "Europe/Madrid")
            evaluate_period(agreement=world.agreements["acme"], period=period, at=timezone.now())
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,2026-03-03 10:00,2")
    with acting_as(SYSTEM):
        period = Period.parse("2026-05", "Europe/Madrid")
        evaluate_period(agreement=world.agreements["acme"], period=period, at=timezone.now())

    assert _undo(run).state == "UNDONE"


def test_after_seven_days_it_is_too_late(brought):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    late = run.applied_at + timedelta(days=7)

    assert _refusal(run, late) == (
        "rows.csv was imported more than 7 days ago. Correct its records instead."
    )
    assert _undo(run, late - timedelta(seconds=1)).state == "UNDONE"
    assert _refusal(run) == "rows.csv was undone already."


def test_the_database_itself_holds_the_seven_days_and_only_takes_events_of_the_import(brought):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    with acting_as(SYSTEM):
        ImportRun.objects.filter(pk=run.pk).update(applied_at=timezone.now() - timedelta(days=8))
    for words in ("SELECT plimsoll_undo_import(%s)", "DELETE FROM itsm_ticketevent WHERE %s <> ''"):
        with pytest.raises(DatabaseError), acting_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(words, [str(run.pk)])
    assert len(_rows(TicketEvent, "kind")) == 1
    with acting_as(SYSTEM):
        # An import of another instant than its events takes none of them.
        ImportRun.objects.filter(pk=run.pk).update(applied_at=timezone.now() - timedelta(days=1))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT plimsoll_undo_import(%s)", [run.pk])
            assert cursor.fetchone() == (0,)


def test_customers_may_not_undo_by_the_function(brought, world):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        acting_as(world.acme),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT plimsoll_undo_import(%s)", [run.pk])


def test_the_months_of_undone_records_are_judged_again(brought, world, monkeypatch):
    agreement, now = world.agreements["acme"], timezone.now()
    run = brought("tickets", FIRST, f"T1,Slow,{now - timedelta(hours=2):%Y-%m-%d %H:%M},,2")
    label = f"{now:%Y-%m}"
    with acting_as(SYSTEM):
        evaluate_period(agreement=agreement, period=Period.parse(label, "Europe/Madrid"), at=now)
    _undo(run)
    with acting_as(SYSTEM):
        told = OutboxMessage.objects.get(event="importrun.undone").payload
    queued = []
    monkeypatch.setattr(tasks.evaluate, "delay", lambda **facts: queued.append(facts))

    tasks.import_undone(**told, at=now.isoformat())

    assert label in told["touched"][str(world.acme.pk)][str(world.webmail.pk)]
    assert queued == [{"agreement": str(agreement.pk), "period": label}]


def test_what_was_kept_for_undoing_is_forgotten_after_seven_days(brought):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")

    with acting_as(SYSTEM):
        assert forget(at=run.applied_at + timedelta(days=7)) == 0
        assert forget(at=run.applied_at + timedelta(days=7, seconds=1)) == 1
        assert ImportedRecord.objects.count() == 0


def test_the_command_says_what_it_did_or_why_not(brought, capsys):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    call_command("undo_import", str(run.pk), "--dry-run")
    assert capsys.readouterr().out.startswith("1 records removed with 1 events, 0 put back; ")
    assert _rows(Ticket, "external_id") == [("T1",)]

    call_command("undo_import", str(run.pk))

    assert _rows(Ticket, "external_id") == []
    with pytest.raises(CommandError, match=r"rows\.csv was undone already\."):
        call_command("undo_import", str(run.pk))


def test_a_person_sees_the_numbers_and_undoes(client_without_worker, brought):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2", "T2,Slow,2026-03-02 10:00,,2")
    detail, address = (
        reverse(f"itsm:import_{name}", args=(run.pk,)) for name in ("detail", "undo")
    )
    assert address in client_without_worker.get(detail).content.decode()
    page = client_without_worker.get(address).content.decode()
    assert "2 are removed" in page
    assert "2 events of these tickets go with them." in page

    assert client_without_worker.post(address).headers["Location"] == detail

    page = client_without_worker.get(detail).content.decode()
    assert "Imported and undone" in page
    assert "Undone by service_level_manager on" in page
    assert address not in page
    assert client_without_worker.get(address).headers["Location"] == detail
    assert client_without_worker.post(detail, {"mode": "good_rows"}).status_code == 409


def test_a_person_sees_what_stands_in_the_way(client_without_worker, brought):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    with acting_as(SYSTEM):
        Ticket.objects.update(title="Else", updated_at=timezone.now())
    address = reverse("itsm:import_undo", args=(run.pk,))

    page = client_without_worker.get(address).content.decode()

    assert "This import cannot be undone" in page
    assert "Ticket T1 was changed on" in page
    assert "is removed" not in page
    assert "Back to the import" in page
    assert "Undo the import" not in page
    assert client_without_worker.post(address).status_code == 409
    assert _rows(Ticket, "title") == [("Else",)]


def test_a_program_undoes(client_without_worker, brought):
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    address = f"/api/v1/imports/{run.pk}"
    until = (run.applied_at + timedelta(days=7)).astimezone(UTC)
    assert datetime.fromisoformat(client_without_worker.get(address).json()["undo_until"]) == until

    said = client_without_worker.post(f"{address}/undo")

    assert said.status_code == 200
    assert (said.json()["state"], said.json()["undo_until"]) == ("UNDONE", None)
    again = client_without_worker.post(f"{address}/undo")
    assert (again.status_code, again.json()["detail"]) == (409, "rows.csv was undone already.")


def test_a_large_import_is_undone_by_a_job_that_may_be_done_again(
    client_without_worker, brought, monkeypatch
):
    monkeypatch.setattr(background, "UNDONE_AT_ONCE", 1)
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2", "T2,Slow,2026-03-02 10:00,,2")
    assert client_without_worker.post(f"/api/v1/imports/{run.pk}/undo").json()["state"] == "APPLIED"
    with acting_as(SYSTEM):
        job = ImportRun.objects.select_related("job").get(pk=run.pk).job
    assert (job.title, job.queue) == ("Undo rows.csv", "ingest")
    owner = {"owner": job.key, "mode": "ana", "clock": timezone.now}
    background.perform(str(run.pk), "undo", **owner)

    done = jobs.run(str(job.pk), at=timezone.now(), clock=timezone.now)

    assert (done.state, done.result["state"]) == ("DONE", "UNDONE")
    assert _rows(Ticket, "external_id") == []


def test_a_job_that_finds_a_later_change_says_so_on_the_page(
    client_without_worker, brought, monkeypatch
):
    monkeypatch.setattr(background, "UNDONE_AT_ONCE", 0)
    run = brought("tickets", FIRST, "T1,Slow,2026-03-02 10:00,,2")
    client_without_worker.post(reverse("itsm:import_undo", args=(run.pk,)))
    with acting_as(SYSTEM):
        Ticket.objects.update(title="Else", updated_at=timezone.now())
        job = ImportRun.objects.select_related("job").get(pk=run.pk).job

    assert jobs.run(str(job.pk), at=timezone.now(), clock=timezone.now).state == "DONE"

    page = client_without_worker.get(reverse("itsm:import_detail", args=(run.pk,))).content.decode()
    assert "Ticket T1 was changed on" in page
    assert _rows(Ticket, "title") == [("Else",)]


def test_a_run_by_upload_is_kept_as_well(client_without_worker, world):
    text = f"{FIRST}\nT1,Slow,2026-03-02 10:00,,2\n"
    file = SimpleUploadedFile("up.csv", text.encode())
    facts = {"file": file, "kind": "tickets", "customer": "acme", "service": "webmail"}
    run = client_without_worker.post("/api/v1/imports", facts).json()
    client_without_worker.post(
        f"/api/v1/imports/{run['id']}/apply", {}, content_type="application/json"
    )

    said = client_without_worker.post(f"/api/v1/imports/{run['id']}/undo").json()

    assert (said["state"], said["undone_by"]) == (
        "UNDONE", "service_level_manager",
    )  # fmt: skip
    assert _rows(Ticket, "external_id") == []


def test_the_page_of_a_command_offers_no_download_of_rows_it_does_not_have(
    client_without_worker, write, world
):
    path = write("rows.csv", FIRST, "T1,Slow,2026-03-02 10:00,,2", "T2,Down,31.02.2026 10:00,,2")
    with acting_as(SYSTEM):
        facts = {"customer": "acme", "service": "webmail", "source": "desk", "zone": "UTC"}
        assert run_import(Request(path, "tickets", **facts), at=timezone.now()).exit_code == 2
        run = ImportRun.objects.get()
    failed = reverse("itsm:import_failed", args=(run.pk,))

    page = client_without_worker.get(reverse("itsm:import_detail", args=(run.pk,))).content.decode()

    assert failed not in page
    assert "The file is not kept: its failed row cannot be downloaded." in page
    assert "“31.02.2026 10:00” is not a date and time." in page
    assert client_without_worker.get(failed).status_code == 404


def test_uploaded_files_are_cleared_when_their_imports_can_no_longer_be_undone(
    client_without_worker, world, tmp_path
):
    at = timezone.now()
    for age, state in ((8, "APPLIED"), (6, "APPLIED"), (8, "MAPPED"), (6, "MAPPED")):
        file = SimpleUploadedFile("a.csv", f"{FIRST}\nT{age},Slow,2026-03-02 10:00,,2".encode())
        facts = {"kind": "tickets", "customer": world.acme.pk, "service": world.webmail.pk}
        client_without_worker.post(
            reverse("itsm:import_new"), {"file": file, "source": f"{age}{state}", **facts}
        )
    then = {age: at - timedelta(days=age) for age in (6, 8)}
    with acting_as(SYSTEM):
        for run in ImportRun.objects.all():
            age, applied = int(run.source[0]), run.source.endswith("APPLIED")
            times = {"updated_at": then[age], "applied_at": then[age] if applied else None}
            ImportRun.objects.filter(pk=run.pk).update(**times)
            os.utime(tmp_path / run.file_key, (then[age].timestamp(),) * 2)
    left, young = tmp_path / "imports" / "x-text", tmp_path / "imports" / "y-text"
    left.touch()
    young.touch()
    os.utime(left, (then[8].timestamp(),) * 2)

    assert clear_files(at=at) == 3

    with acting_as(SYSTEM):
        kept = sorted(run.source for run in ImportRun.objects.all() if has_file(run))
    assert kept == ["6APPLIED", "6MAPPED"]
    assert (left.exists(), young.exists()) == (False, True)
    assert clear_files(at=at) == 0
