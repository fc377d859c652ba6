"""A file that does not tell a fact leaves it as it is known: absent columns erase nothing and change nothing."""

import csv
from pathlib import Path

import pytest

from itsm.models import Outage, Party, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as
from tests.imports.commands import import_log, import_rows

EXCERPT = Path(__file__).parents[1] / "data" / "incident_log_excerpt.csv"
TOLD = ("resolved_at", "priority", "category", "assignment_group", "made_sla", "closed_at")
HEADER = (
    "number,incident_state,sys_mod_count,opened_at,sys_updated_at,resolved_at,priority,made_sla"
)


def _tickets():
    names = ("external_id", "title", "priority", "category", "group", "tool_verdict", "updated_at")
    with acting_as(SYSTEM):
        rows = TicketEvent.objects.order_by("ticket__external_id", "sequence")
        events = list(rows.values_list("ticket__external_id", "sequence", "kind", "effective_at"))
        return list(Ticket.objects.order_by("external_id").values_list(*names)), events


def _without(path: Path, *names: str) -> Path:
    """Write the excerpt again without the columns ``names``."""
    with EXCERPT.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    kept = [place for place, name in enumerate(rows[0]) if name not in names]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([row[place] for place in kept] for row in rows)
    return path


@pytest.mark.parametrize("gone", [*((name,) for name in TOLD), TOLD], ids="-".join)
def test_a_log_without_a_column_changes_nothing_of_what_the_full_log_told(world, tmp_path, gone):
    import_log(EXCERPT)
    before = _tickets()
    path = _without(tmp_path / "less.csv", *gone)

    seen = import_log(path, "--dry-run")
    said = import_log(path)

    for answer in (seen, said):
        counts = {key: answer[key] for key in ("created", "updated", "unchanged", "errors")}
        assert counts == {
            "created": 0, "updated": 0, "unchanged": 16, "errors": said["errors"],
        }  # fmt: skip
    assert {one["code"] for one in said["errors"]} == {"state_ignored"}
    assert _tickets() == before
    assert import_log(EXCERPT)["unchanged"] == 16


def test_columns_that_come_later_are_filled_in(world, tmp_path):
    first = import_log(_without(tmp_path / "less.csv", "category", "assignment_group", "made_sla"))
    assert (first["created"], first["updated"]) == (16, 0)

    later = import_log(EXCERPT)

    assert (later["updated"], later["unchanged"]) == (16, 0)
    assert import_log(EXCERPT)["unchanged"] == 16


def test_priorities_that_come_later_would_be_another_past_and_are_refused(world, tmp_path):
    import_log(_without(tmp_path / "less.csv", "priority"))
    before = _tickets()

    later = import_log(EXCERPT, code=1)

    refused = [one for one in later["errors"] if one["code"] == "history_changed"]
    assert (later["updated"], later["unchanged"], len(refused)) == (0, 0, 16)
    assert _tickets() == before


def test_new_rows_of_a_log_without_priorities_are_added_after_what_is_known(world, write):
    start = "INC1,Active,0,1/3/2016 09:00,1/3/2016 09:30,?,{},true"
    raised = "INC1,Active,1,1/3/2016 09:00,1/3/2016 10:00,?,{},true"
    stop = "INC1,Resolved,2,1/3/2016 09:00,1/3/2016 11:00,?,{},true"
    import_log(write("a.csv", HEADER, start.format(3), raised.format(1)))
    cut = [line.replace(",{},", ",") for line in (start, raised, stop)]

    said = import_log(write("b.csv", HEADER.replace("priority,", ""), *cut))

    assert (said["updated"], said["errors"]) == (1, [])
    _rows, events = _tickets()
    assert [(one[1], one[2], f"{one[3]:%H:%M}") for one in events] == [
        (1, "START", "08:00"), (2, "RESPOND", "08:30"), (3, "PRIORITY", "09:00"), (4, "STOP", "10:00"),
    ]  # fmt: skip
    with acting_as(SYSTEM):
        assert Ticket.objects.get().priority == 1


def test_a_log_without_resolved_at_cannot_go_on_behind_the_stop_that_it_told(world, write):
    row = "INC1,Active,0,1/3/2016 09:00,1/3/2016 09:30,{},3,true"
    import_log(write("a.csv", HEADER, row.format("1/3/2016 12:00")))
    before = _tickets()
    later = "INC1,Awaiting Vendor,1,1/3/2016 09:00,1/3/2016 13:00,3,true"
    path = write("b.csv", HEADER.replace("resolved_at,", ""), row.replace("{},", ""), later)

    said = import_log(path, code=1)

    assert [(one["line"], one["code"]) for one in said["errors"]] == [(2, "history_changed")]
    assert _tickets() == before


def test_tickets_of_a_file_with_fewer_columns_keep_the_facts_of_the_first(world, write):
    full = "number,title,opened,first response,resolved,category,priority,type"
    row = "T1,Slow,2026-03-02 10:00,2026-03-02 10:30,2026-03-02 12:00,Mail,2,Request"
    import_rows(write("a.csv", full, row), "tickets")

    import_rows(write("b.csv", "number,title,opened", "T1,Slower,2026-03-02 10:00"), "tickets")

    rows, events = _tickets()
    assert [(one[1], one[2], one[3]) for one in rows] == [("Slower", 2, "Mail")]
    assert [(one[1], one[2]) for one in events] == [(1, "START"), (2, "RESPOND"), (3, "STOP")]
    with acting_as(SYSTEM):
        assert Ticket.objects.get().kind == "REQUEST"
    again = import_rows(write("a.csv", full, row.replace("Slow", "Slower")), "tickets")
    assert (again["updated"], again["unchanged"]) == (0, 1)


def test_an_empty_cell_of_a_fact_that_always_has_a_value_changes_nothing(world, write):
    head, row = "number,title,start,end,cause,weight,type", "1,Down,2026-03-01 10:00,,{},{},"
    import_rows(write("a.csv", head, row.format("Supplier", "0.5")), "outages")

    again = import_rows(write("b.csv", head, row.format("", "")), "outages")

    assert (again["updated"], again["unchanged"]) == (0, 1)
    changed = row.replace("Down", "Slow").format("", "")
    assert import_rows(write("c.csv", head, changed), "outages")["updated"] == 1
    with acting_as(SYSTEM):
        outage = Outage.objects.get(superseded_at=None)
    assert (outage.title, outage.cause, float(outage.weight)) == ("Slow", "SUPPLIER", 0.5)


def test_a_customer_without_a_language_in_the_file_gets_the_usual_one(world, write):
    path = write("a.csv", "short name,name,language,time zone", "zeta,Zeta,,")

    first = import_rows(path, "parties")
    again = import_rows(path, "parties")

    assert (first["created"], first["errors"], again["unchanged"]) == (1, [], 1)
    with acting_as(SYSTEM):
        assert Party.objects.get(slug="zeta").language == "en"


def test_fractions_of_a_second_are_the_same_the_second_time(world, write):
    path = write(
        "a.csv",
        "number,title,start",
        "1,Down,2026-03-01T10:00:00.500Z",
        "2,x,2026-03-01T10:00:00.123Z",
    )
    import_rows(path, "outages")

    again = import_rows(path, "outages")

    assert (again["updated"], again["unchanged"]) == (0, 2)
