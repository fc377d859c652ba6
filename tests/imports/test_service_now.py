"""The event log of a ServiceNow table, by command: an excerpt of a real log, and small logs by hand."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from itsm.models import ImportRun, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as

EXCERPT = Path(__file__).parents[1] / "data" / "incident_log_excerpt.csv"
HEADER = (
    "number,incident_state,sys_mod_count,opened_at,sys_updated_at,resolved_at,priority,made_sla"
)
WHO = ("--customer", "acme", "--service", "webmail")


def _run(path: Path, *words: str) -> tuple[dict, int, str]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(
            "import_data", str(path), "--profile", "servicenow-event-log", "--json", *words,
            stdout=out, stderr=err, skip_checks=True,
        )  # fmt: skip
    except SystemExit as ended:
        code = ended.code
    return json.loads(out.getvalue()), code, err.getvalue()


def _events(number: str) -> list[tuple[str, str]]:
    with acting_as(SYSTEM):
        rows = TicketEvent.objects.filter(ticket__external_id=number).order_by("sequence")
        return [(row.kind, f"{row.effective_at:%d %H:%M}") for row in rows]


def test_the_excerpt_gives_its_tickets_and_events_once(world):
    said, code, _ = _run(EXCERPT, *WHO)
    assert {key: said[key] for key in ("rows", "created", "updated", "unchanged", "adjusted")} == {
        "rows": 103, "created": 16, "updated": 0, "unchanged": 0, "adjusted": 7,
    }  # fmt: skip
    assert code == 0
    assert set(said) == {"rows", "created", "updated", "unchanged", "adjusted", "errors", "seconds"}
    assert [(e["line"], e["column"], e["code"]) for e in said["errors"]] == [
        (line, "incident_state", "state_ignored") for line in (91, 92, 100, 101, 102)
    ]
    with acting_as(SYSTEM):
        kinds = Counter(TicketEvent.objects.values_list("kind", flat=True))
        first = Ticket.objects.get(external_id="0000045")
    assert kinds == {"STOP": 19, "START": 16, "RESPOND": 16, "PAUSE": 5, "REOPEN": 3, "PRIORITY": 1}
    assert (first.priority, first.category, first.group, first.tool_verdict, first.source) == (
        3, "55", "56", True, "servicenow-event-log",
    )  # fmt: skip
    assert _events("0000045") == [
        ("START", "29 00:16"),
        ("RESPOND", "29 07:53"),
        ("STOP", "29 07:53"),
    ]

    again, code, _ = _run(EXCERPT, *WHO)
    assert (again["created"], again["updated"], again["unchanged"], code) == (0, 0, 16, 0)
    with acting_as(SYSTEM):
        assert TicketEvent.objects.count() == 60


def test_a_mapping_without_a_column_is_refused(world):
    said, code, _ = _run(EXCERPT, *WHO, "--map", "priority")

    words = "--map priority names no column. Write --map FIELD=COLUMN."
    assert (code, [e["message"] for e in said["errors"]]) == (1, [words])


def test_a_dry_run_tells_the_same_and_writes_nothing(world):
    said, code, _ = _run(EXCERPT, *WHO, "--dry-run")
    assert (said["created"], said["adjusted"], code) == (16, 7, 0)
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 0
        assert ImportRun.objects.count() == 0


def test_rows_are_taken_in_the_order_of_their_modification(world, write):
    path = write(
        "log.csv", HEADER,
        "INC1,Closed,3,1/3/2016 09:00,1/3/2016 12:00,,2 - High,true",
        "INC2,Resolved,0,1/3/2016 09:00,1/3/2016 09:30,,3 - Moderate,false",
        "INC1,New,0,1/3/2016 09:00,1/3/2016 09:01,,3 - Moderate,true",
        "INC1,Awaiting Vendor,1,1/3/2016 09:00,1/3/2016 10:00,,3 - Moderate,true",
        "INC1,Active,2,1/3/2016 09:00,1/3/2016 11:00,,2 - High,true",
    )  # fmt: skip
    said, code, _ = _run(path, *WHO)
    assert (said["created"], said["errors"], code) == (2, [], 0)
    assert _events("INC1") == [
        ("START", "01 08:00"), ("RESPOND", "01 09:00"), ("PAUSE", "01 09:00"),
        ("PRIORITY", "01 10:00"), ("RESUME", "01 10:00"), ("STOP", "01 11:00"),
    ]  # fmt: skip
    with acting_as(SYSTEM):
        assert list(Ticket.objects.order_by("external_id").values_list("priority", "tool_verdict")) == [
            (2, True), (3, False),
        ]  # fmt: skip


def test_wall_times_are_those_of_the_customer_in_gap_and_fold(world, write):
    path = write(
        "log.csv", HEADER,
        "GAP,New,0,27/3/2016 01:30,27/3/2016 02:30,,3,true",
        "GAP,Closed,1,27/3/2016 01:30,27/3/2016 03:10,,3,true",
        "FOLD,Closed,0,30/10/2016 01:30,30/10/2016 02:30,,3,true",
    )  # fmt: skip
    said, _, _ = _run(path, *WHO)
    # 02:30 does not exist: 03:30 summer time, after which 03:10 goes back and is raised to 03:30.
    assert said["adjusted"] == 1
    assert _events("GAP") == [("START", "27 00:30"), ("RESPOND", "27 01:30"), ("STOP", "27 01:30")]
    assert _events("FOLD") == [("START", "29 23:30"), ("RESPOND", "30 00:30"), ("STOP", "30 00:30")]


BAD = (
    HEADER,
    "INC1,Closed,0,1/3/2016 09:00,1/3/2016 09:30,,3,true",
    "INC2,Sleeping,0,1/3/2016 09:00,31/2/2016 09:30,,none,maybe",
    "INC2,Closed,1,1/3/2016 09:00,1/3/2016 10:30,,3,true",
    ",Closed,x,1/3/2016 09:00,,,3,true",
    "INC3,Closed",
)


def test_all_errors_are_told_at_once_and_the_good_incidents_come_in(world, write):
    said, code, _ = _run(write("log.csv", *BAD), *WHO)
    assert [(e["line"], e["column"], e["code"]) for e in said["errors"]] == [
        (3, "incident_state", "unknown_state"), (3, "made_sla", "choice"),
        (3, "priority", "priority"), (3, "sys_updated_at", "date"),
        (5, "number", "required"), (5, "sys_mod_count", "whole_number"),
        (5, "sys_updated_at", "required"), (6, "", "columns"), (6, "opened_at", "required"),
        (6, "sys_mod_count", "whole_number"), (6, "sys_updated_at", "required"),
    ]  # fmt: skip
    assert "Awaiting …" in said["errors"][0]["message"]
    assert (said["created"], code) == (1, 2)
    with acting_as(SYSTEM):
        assert list(Ticket.objects.values_list("external_id", flat=True)) == ["INC1"]


def test_all_or_nothing_writes_nothing_when_one_row_is_bad(world, write):
    said, code, _ = _run(write("log.csv", *BAD), *WHO, "--all-or-nothing")
    assert (len(said["errors"]), code) == (11, 1)
    with acting_as(SYSTEM):
        assert Ticket.objects.count() == 0


def test_a_log_that_grew_adds_its_new_events(world, write):
    start = "INC1,Active,0,1/3/2016 09:00,1/3/2016 09:30,,3,true"
    stop = "INC1,Resolved,1,1/3/2016 09:00,1/3/2016 10:30,,3,false"
    assert _run(write("a.csv", HEADER, start), *WHO)[0]["created"] == 1
    said, code, _ = _run(write("b.csv", HEADER, start, stop), *WHO)
    assert (said["created"], said["updated"], code) == (0, 1, 0)
    assert _events("INC1") == [("START", "01 08:00"), ("RESPOND", "01 08:30"), ("STOP", "01 09:30")]
    with acting_as(SYSTEM):
        assert Ticket.objects.get().tool_verdict is False


def test_a_log_with_another_past_is_refused_and_changes_nothing(world, write):
    row = "INC1,Resolved,0,1/3/2016 09:00,1/3/2016 {}:30,,3,true"
    _run(write("a.csv", HEADER, row.format("09")), *WHO)
    said, code, _ = _run(write("b.csv", HEADER, row.format("10")), *WHO)
    assert [(e["line"], e["code"]) for e in said["errors"]] == [(2, "history_changed")]
    assert code == 1
    assert _events("INC1")[-1] == ("STOP", "01 08:30")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--customer", "nobody", "--service", "webmail"), "customer"),
        (("--customer", "acme", "--service", "nothing"), "service"),
    ],
)
def test_an_unknown_customer_or_service_says_how_to_create_it(world, words, code):
    said, exit_code, told = _run(EXCERPT, *words)
    assert (said["errors"][0]["code"], exit_code) == (code, 1)
    assert "--profile agreement" in told


def test_a_file_that_is_no_event_log_names_the_missing_columns(world, write):
    said, code, told = _run(write("a.csv", "ticket,created", "1,2016"), *WHO)
    assert (said["errors"][0]["code"], code) == ("columns_missing", 1)
    assert "number, incident_state, sys_mod_count, sys_updated_at, opened_at" in told
