"""The import flow as a person and as a program meets it: upload, columns, check, apply, failed rows."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from itsm.models import ImportMapping, ImportRun, Outage, Ticket
from itsm.tenancy import SYSTEM, acting_as

ROWS = (
    "Vorgang;Betreff;Eröffnet;Gelöst;Dringlichkeit\n"
    "T-1;Drucker geht nicht;31.03.2026 09:00;31.03.2026 11:30;2 - hoch\n"
    "T-2;Kein Netz;01.04.2026 10:00;;low\n"
    "T-3;Kein Ton;31.02.2026 10:00;;ganz dringend\n"
)


@pytest.fixture
def signed_in(world, settings, tmp_path):
    """Return a client of the service level manager; uploads go to a folder of the test."""
    settings.FILES_DIR = tmp_path
    client = Client()
    client.force_login(world.staff["SERVICE_LEVEL_MANAGER"])
    return client


def _upload(client, world, text=ROWS, **more):
    file = SimpleUploadedFile("tickets.csv", text.encode())
    facts = {"file": file, "kind": "tickets", "source": "desk", "customer": world.acme.pk}
    return client.post(reverse("itsm:import_new"), {**facts, "service": world.webmail.pk, **more})


def _map(client, run):
    chosen = {f"field_{name}": column for name, column in run.columns.items()}
    options = {name: run.options[name] for name in ("date_order", "zone", "decimal_sign")}
    return client.post(reverse("itsm:import_map", args=(run.pk,)), {**chosen, **options})


def _run():
    with acting_as(SYSTEM):
        return ImportRun.objects.get()


def test_a_file_with_other_names_goes_from_upload_to_tickets(signed_in, world):
    assert b"Nothing has been imported yet" in signed_in.get(reverse("itsm:import_list")).content
    assert _upload(signed_in, world).status_code == 302
    run = _run()
    assert run.columns["opened_at"] == "Eröffnet"
    assert (run.options["date_order"], run.options["zone"]) == ("day_first", "Europe/Madrid")
    page = signed_in.get(reverse("itsm:import_map", args=(run.pk,))).content.decode()
    assert "T-1 · T-2 · T-3" in page
    assert _map(signed_in, run).status_code == 302
    detail = reverse("itsm:import_detail", args=(run.pk,))
    page = signed_in.get(detail).content.decode()
    assert "<b>2 rows</b> would change something" in page
    assert "“31.02.2026 10:00” is not a date and time. Write it like 29/02/2016 13:45." in page
    assert "“ganz dringend” is not a priority." in page
    failed = signed_in.get(reverse("itsm:import_failed", args=(run.pk,)))
    lines = b"".join(failed.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("T-3,Kein Ton,31.02.2026 10:00,,ganz dringend,4,")
    assert signed_in.post(detail, {"mode": "good_rows"}).status_code == 302
    with acting_as(SYSTEM):
        assert sorted(Ticket.objects.values_list("external_id", flat=True)) == ["T-1", "T-2"]
        assert ImportMapping.objects.get().columns["title"] == "Betreff"
    assert "2 records</b> were written" in signed_in.get(detail).content.decode()
    assert signed_in.post(detail, {"mode": "good_rows"}).status_code == 409
    assert b"tickets.csv" in signed_in.get(reverse("itsm:import_list")).content


def test_all_or_none_with_an_error_writes_nothing(signed_in, world):
    _upload(signed_in, world)
    _map(signed_in, _run())
    signed_in.post(reverse("itsm:import_detail", args=(_run().pk,)), {"mode": "all_or_nothing"})
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 0
    assert _run().state == "REFUSED"


def test_dates_that_fit_both_orders_are_asked_for(signed_in, world):
    text = "number,title,opened\n1,a,03/04/2026 10:00\n2,b,05/06/2026 10:00\n"
    _upload(signed_in, world, text)
    page = signed_in.get(reverse("itsm:import_map", args=(_run().pk,))).content.decode()
    assert "Day and month can be read in either order in every row." in page


def test_a_needed_column_that_is_left_out_is_asked_for(signed_in, world):
    _upload(signed_in, world, customer="")
    run = _run()
    answer = _map(signed_in, run)
    assert answer.status_code == 422
    assert "customer" in answer.content.decode()


def test_a_file_that_cannot_be_read_is_refused_beside_the_field(signed_in, world):
    answer = _upload(signed_in, world, "1,2,3\n4,5,6\n")
    assert answer.status_code == 422
    assert "The first line holds values, not names." in answer.content.decode()
    with acting_as(SYSTEM):
        assert ImportRun.objects.count() == 0


@pytest.mark.parametrize("role", ["AUDITOR", "FINANCE_CONTROLLER"])
def test_who_may_only_read_sees_the_list_and_cannot_upload(world, settings, tmp_path, role):
    settings.FILES_DIR = tmp_path
    client = Client()
    client.force_login(world.staff[role])
    assert client.get(reverse("itsm:import_list")).status_code == 200
    assert _upload(client, world).status_code == 403


def test_a_customer_sees_no_imports(world):
    client = Client()
    client.force_login(world.people["acme"]["CUSTOMER_APPROVER"])
    for name in ("import_list", "import_new"):
        assert client.get(reverse(f"itsm:{name}")).status_code == 403


def test_the_event_log_goes_through_the_same_pages(signed_in, world):
    head = "number,incident_state,sys_mod_count,opened_at,sys_updated_at\n"
    text = (
        head + "1,-100,0,1/3/2016 09:00,1/3/2016 09:10\n1,Closed,1,1/3/2016 09:00,1/3/2016 10:00\n"
    )
    _upload(signed_in, world, text, kind="servicenow-event-log", source="")
    assert _map(signed_in, _run()).status_code == 302
    detail = reverse("itsm:import_detail", args=(_run().pk,))
    assert "State -100 says nothing about the clock" in signed_in.get(detail).content.decode()
    signed_in.post(detail, {"mode": "all_or_nothing"})
    with acting_as(SYSTEM):
        assert Ticket.objects.get().source == "servicenow-event-log"


def test_a_program_sends_text_and_applies_it(signed_in, world):
    body = {
        "kind": "outages", "source": "monitor", "service": "webmail",
        "content": "number,title,start,end\n1,Down,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z\n2,x,soon,\n",
    }  # fmt: skip
    answer = signed_in.post("/api/v1/imports", body, content_type="application/json")
    assert answer.status_code == 201
    said = answer.json()
    assert said["report"]["counts"] == {
        "error": 1,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "all": 2,
    }
    assert [(p["line"], p["column"], p["code"]) for p in said["report"]["problems"]] == [
        (3, "start", "date")
    ]
    address = f"/api/v1/imports/{said['id']}"
    assert signed_in.get(address).json()["state"] == "PREVIEWED"
    done = signed_in.post(
        f"{address}/apply", {"mode": "good_rows"}, content_type="application/json"
    )
    assert (done.status_code, done.json()["state"]) == (200, "APPLIED")
    with acting_as(SYSTEM):
        assert Outage.objects.get().source == "monitor"
    again = signed_in.post(f"{address}/apply", {}, content_type="application/json")
    assert again.status_code == 409


def test_a_program_sends_a_file_as_a_form(signed_in, world):
    file = SimpleUploadedFile("tickets.csv", ROWS.encode())
    facts = {"file": file, "kind": "tickets", "customer": "acme", "service": "webmail"}
    answer = signed_in.post("/api/v1/imports", facts)
    assert (answer.status_code, answer.json()["report"]["counts"]["new"]) == (201, 2)
    bad = signed_in.post(
        "/api/v1/imports", {"kind": "nothing", "content": "a"}, content_type="application/json"
    )
    assert bad.status_code == 400
