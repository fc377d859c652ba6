"""Files of people who want to find faults, by command: each comes in or is refused in words, nothing in between."""

import random
import zipfile
from io import BytesIO

import pytest

from itsm.imports.background import Cancelled
from itsm.imports.tabular import open_table
from itsm.models import ImportRun, Outage, Sample, Series, Ticket, TicketEvent
from itsm.tenancy import SYSTEM, acting_as
from tests.imports.commands import import_file, import_log, import_rows

HEADER = (
    "number,incident_state,sys_mod_count,opened_at,sys_updated_at,resolved_at,priority,made_sla"
)
LOG = (
    HEADER,
    "INC1,New,0,1/3/2016 09:00,1/3/2016 09:01,?,3 - Moderate,true",
    "INC2,Active,0,2/3/2016 09:00,2/3/2016 09:30,?,2 - High,true",
    "INC1,Awaiting Vendor,1,1/3/2016 09:00,1/3/2016 10:00,?,3 - Moderate,true",
    "INC2,Closed,1,2/3/2016 09:00,2/3/2016 11:00,?,2 - High,false",
    "INC1,Active,2,1/3/2016 09:00,1/3/2016 11:00,?,2 - High,true",
    "INC3,Active,0,3/3/2016 09:00,3/3/2016 09:30,3/3/2016 12:00,4 - Low,true",
    "INC1,Closed,3,1/3/2016 09:00,1/3/2016 12:00,1/3/2016 12:00,2 - High,true",
)
ROWS = ("number,title,start", "1,Down,2026-03-01 10:00")


def _world():
    """Return all that an import can write."""
    with acting_as(SYSTEM):
        tickets = Ticket.objects.order_by("external_id").values_list(
            "external_id", "priority", "tool_verdict", "opened_at"
        )
        events = TicketEvent.objects.order_by("ticket__external_id", "sequence").values_list(
            "ticket__external_id", "sequence", "kind", "effective_at", "reason", "priority"
        )
        return list(tickets), list(events), Outage.objects.count(), ImportRun.objects.count()


def _zip(path, *parts, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **more) as folder:
        for name, content in parts:
            folder.writestr(name, content)
    return path


def _refused(said):
    return [(one["line"], one["column"], one["code"]) for one in said["errors"]]


# --- the log ----------------------------------------------------------------------------------------


def test_shuffled_rows_and_moved_columns_give_the_same_clocks(world, write):
    import_log(write("a.csv", *LOG))
    before = _world()
    rows = list(LOG[1:])
    random.Random(5).shuffle(rows)
    places = [6, 0, 4, 2, 7, 1, 5, 3]
    moved = [",".join(line.split(",")[place] for place in places) for line in (HEADER, *rows)]

    said = import_log(write("b.csv", *moved))

    assert (said["rows"], said["unchanged"], said["errors"]) == (7, 3, [])
    assert _world()[:3] == before[:3]


def test_a_longer_file_updates_only_the_incidents_that_went_on(world, write):
    import_log(write("a.csv", *LOG))
    more = ("INC1,Active,4,1/3/2016 09:00,2/3/2016 12:00,?,2 - High,true",
            "INC4,New,0,4/3/2016 09:00,4/3/2016 09:00,?,3,true")  # fmt: skip

    said = import_log(write("b.csv", *LOG, *more))

    assert (said["created"], said["updated"], said["unchanged"]) == (1, 1, 2)
    tail = [(one[2], f"{one[3]:%d %H:%M}") for one in _world()[1] if one[0] == "INC1"][-2:]
    assert tail == [("STOP", "01 11:00"), ("REOPEN", "02 11:00")]


def test_the_rest_of_an_incident_in_a_file_of_its_own_is_refused_and_writes_nothing(world, write):
    import_log(write("a.csv", *LOG[:4]))
    before = _world()

    said = import_log(write("b.csv", HEADER, LOG[7]), code=1)

    assert _refused(said) == [(2, "number", "history_changed")]
    assert _world() == before


def test_renamed_columns_are_named_by_map(world, write):
    renamed = HEADER.replace("incident_state", "Status").replace("sys_mod_count", "Rev")
    path = write("a.csv", renamed, *LOG[1:])
    assert _refused(import_log(path, code=1)) == [(0, "", "columns_missing")]

    said = import_log(path, "--map", "state=Status", "--map", "sys_mod_count=Rev")

    assert (said["created"], said["errors"]) == (3, [])
    bad = write("b.csv", renamed, "INC9,Asleep,0,1/3/2016 09:00,1/3/2016 09:01,?,3,true")
    words = ("--map", "state=Status", "--map", "sys_mod_count=Rev")
    assert _refused(import_log(bad, *words, code=1)) == [(2, "Status", "unknown_state")]


@pytest.mark.parametrize(
    ("pair", "code"), [("colour=priority", "map"), ("priority=Dringend", "columns_missing")]
)
def test_a_map_that_names_nothing_is_refused(world, write, pair, code):
    path = write("a.csv", *LOG)

    assert _refused(import_log(path, "--map", pair, code=1)) == [(0, "", code)]


def test_a_column_can_be_left_out_by_map(world, write):
    import_log(write("a.csv", *LOG), "--map", "made_sla=")

    assert {one[2] for one in _world()[0]} == {None}


def test_a_row_cut_in_half_refuses_its_incident_only(world, write):
    said = import_log(write("a.csv", *LOG[:7], LOG[7][:30]), code=2)

    assert (said["created"], {one["line"] for one in said["errors"]}) == (2, {8})
    assert [one[0] for one in _world()[0]] == ["INC2", "INC3"]


@pytest.mark.parametrize(
    ("old", "new", "column", "code"),
    [
        ("1/3/2016 09:01", "1/3/9999 09:01", "sys_updated_at", "date_far"),
        ("1/3/2016 09:01", "1/3/0001 09:01", "sys_updated_at", "date_far"),
        ("1/3/2016 09:01", "0001-01-01T00:00:00+14:00", "sys_updated_at", "date_far"),
        ("1/3/2016 09:01", "2016-03-01T09:01:00+99:99", "sys_updated_at", "date"),
        ("1/3/2016 09:01", "1/3/2016 25:01", "sys_updated_at", "date"),
        ("1/3/2016 09:01", "1/3/2016 13:01 PM", "sys_updated_at", "date"),
        (",0,", f",{'9' * 10_000},", "sys_mod_count", "whole_number"),
        ("3 - Moderate", "9" * 10_000, "priority", "priority"),
    ],
)
def test_numbers_and_dates_beyond_all_measure_are_errors_of_their_cell(
    world, write, old, new, column, code
):
    said = import_log(write("a.csv", HEADER, LOG[1].replace(old, new)), code=1)

    assert _refused(said) == [(2, column, code)]
    assert _world() == ([], [], 0, 0)


def test_twelve_hours_with_am_and_pm_are_read_in_four_spellings(world, write):
    times = ("12:30 AM", "1:30 PM", "01:30 p.m.", "1:30 p. m.")
    rows = [
        f"INC{n},Closed,0,1/3/2016 00:10,1/3/2016 {text},?,3,true" for n, text in enumerate(times)
    ]

    assert import_log(write("a.csv", HEADER, *rows))["errors"] == []

    stops = [f"{one[3]:%d %H:%M}" for one in _world()[1] if one[2] == "STOP"]
    assert stops == ["29 23:30", "01 12:30", "01 12:30", "01 12:30"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--zone", "Mars/Olympus"), "zone"),
        (("--zone", "../../etc/passwd"), "zone"),
        (("--source", "x" * 61), "source"),
    ],
)
def test_an_option_that_cannot_be_is_refused(world, write, words, code):
    assert _refused(import_log(write("a.csv", *LOG), *words, code=1)) == [(0, "", code)]


def test_a_dry_run_of_all_or_nothing_says_that_nothing_would_come_in(world, write):
    path = write("a.csv", *LOG, LOG[1].replace("INC1", "INC5").replace("New", "Asleep"))

    import_log(path, "--dry-run", code=2)
    import_log(path, "--dry-run", "--all-or-nothing", code=1)
    import_log(path, "--all-or-nothing", code=1)

    assert _world() == ([], [], 0, 0)


# --- the text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_each_encoding_with_each_sign_and_both_line_ends_gives_the_same(world, tmp_path, encoding):
    path, lines = tmp_path / "a.csv", ("number,title,start", "1,Avería,2026-03-01 10:00", "")
    said = []
    for sign in ",;\t|":
        path.write_bytes("\r\n".join(lines).replace(",", sign).encode(encoding))
        said.append(import_rows(path, "outages"))

    assert [(one["created"], one["unchanged"]) for one in said] == [(1, 0), (0, 1), (0, 1), (0, 1)]
    with acting_as(SYSTEM):
        assert Outage.objects.get().title == "Avería"


def test_an_accent_after_a_hundred_thousand_letters_is_still_windows_1252(world, write):
    rows = [f"{n},{'x' * 90},2026-03-01 10:00" for n in range(1000)]

    said = import_rows(
        write("a.csv", ROWS[0], *rows, "1000,Avería,2026-03-01 10:00", encoding="cp1252"), "outages"
    )

    assert (said["created"], said["errors"]) == (1001, [])
    with acting_as(SYSTEM):
        assert Outage.objects.get(external_id="1000").title == "Avería"


def test_a_quotation_mark_that_is_never_closed_loses_no_rows_silently(world, write):
    said = import_rows(
        write("a.csv", *ROWS, '2,"Slow,2026-03-01 10:00', "3,x,2026-03-01 10:00"), "outages", code=1
    )

    assert _refused(said) == [(0, "", "broken")]
    assert (
        "Line 3 cannot be read: a quotation mark is opened and never closed"
        in said["errors"][0]["message"]
    )
    assert _world() == ([], [], 0, 0)


def test_lines_are_those_of_the_file_when_a_cell_holds_line_ends(world, write):
    said = import_rows(
        write("a.csv", ROWS[0], '1,"Down', "", 'again",2026-03-01 10:00', "", "2,x,soon"),
        "outages",
        code=2,
    )

    assert _refused(said) == [(6, "start", "date")]


def test_the_first_line_of_excel_that_names_the_sign_is_no_header(world, write):
    path = write(
        "a.csv", "sep=;", "number;title;start", "1;Down, again;2026-03-01 10:00", "2;x;soon"
    )

    assert _refused(import_rows(path, "outages", code=2)) == [(4, "start", "date")]


def test_signs_between_quotation_marks_do_not_count_for_the_header(world, write):
    path = write(
        "a.csv", '"number, here";"title, short";"start, local"', '1;Down;"2026-03-01 10:00"'
    )

    said = import_rows(path, "outages", "--map", "external_id=number, here", "--map", "title=title, short",
                       "--map", "starts_at=start, local")  # fmt: skip

    assert said["created"] == 1


def test_a_header_that_begins_like_a_zip_is_a_header(world, write):
    path = write("a.csv", "PK,title,start", "1,Down,2026-03-01 10:00")

    assert import_rows(path, "outages", "--map", "external_id=PK")["created"] == 1


def test_two_columns_of_one_name_and_a_third_that_is_called_like_the_second(world, write):
    path = write("a.csv", "number,title,title,title (2),start", "1,Down,b,c,2026-03-01 10:00")

    said = import_rows(path, "outages", "--map", "title=title (2) (2)")

    assert said["created"] == 1
    with acting_as(SYSTEM):
        assert Outage.objects.get().title == "c"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"), (b"  \r\n \r\n", "empty"), (b"number,title,start\r\n", "empty"), (b"\xff\xfe", "empty"),
        (b"number,title,start\n1,a\0b,2026-03-01\n", "not_csv"), (b"title\nDown\n", "columns_missing"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not_csv"), (b"1,2,3\n4,5,6\n", "no_header"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_as_a_whole(world, tmp_path, content, code):
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert _refused(import_rows(path, "outages", code=1)) == [(0, "", code)]
    assert _world() == ([], [], 0, 0)


def test_a_file_name_that_is_no_text_and_a_folder(world, tmp_path, write):
    odd = tmp_path / "caf\udce9.csv"
    odd.write_text("\n".join(ROWS))

    assert import_rows(odd, "outages")["created"] == 1
    assert _refused(import_rows(tmp_path, "outages", code=1)) == [(0, "", "not_found")]


def test_a_value_with_ten_thousand_digits_is_no_number(world, write):
    with acting_as(SYSTEM):
        Series.objects.create(slug="cpu", name="CPU", service=world.webmail, unit="%")
    rows = [
        f"cpu,2026-03-02 10:0{n},{text}"
        for n, text in enumerate(("9" * 10_000, "1e400", "NaN", "0.5"))
    ]

    said = import_rows(write("a.csv", "series,at,value", *rows), "measurements", code=2)

    assert _refused(said) == [
        (2, "value", "number"),
        (3, "value", "number"),
        (4, "value", "number"),
    ]
    with acting_as(SYSTEM):
        assert list(Sample.objects.values_list("value", flat=True)) == [0.5]


@pytest.mark.parametrize("text", ["[" * 100_000, f'{{"a": {"9" * 10_000}', '{"a": NaN', ""])
def test_a_document_that_is_no_json_is_refused(world, write, text):
    said = import_file(write("a.json", text), "--profile", "agreement", code=1)

    assert _refused(said) == [(0, "", "json")]


# --- the zip ----------------------------------------------------------------------------------------

CSV = "\n".join(ROWS).encode()


def test_names_that_lead_out_of_the_zip_and_hidden_files_lead_nowhere(world, tmp_path):
    path = _zip(
        tmp_path / "a.zip",
        ("../../outside.csv", CSV),
        ("__MACOSX/._a.csv", b"x"),
        (".DS_Store", b"x"),
    )

    assert import_rows(path, "outages")["created"] == 1
    assert not (tmp_path.parents[1] / "outside.csv").exists()
    assert not (tmp_path.parent / "outside.csv").exists()


def test_zips_that_hold_another_thing_than_one_csv_file_are_refused(world, tmp_path):
    inner = _zip(BytesIO(), ("a.csv", CSV)).getvalue()
    for name, parts, code in (
        ("two", [("a.csv", CSV), ("b.csv", CSV)], "zip_members"),
        ("none", [], "zip_members"),
        ("nested", [("a.zip", inner)], "zip_members"),
        ("disguised", [("a.csv", inner)], "not_csv"),
        ("bomb", [("a.csv", b"a" * 30_000_000)], "zip_bomb"),
    ):
        path = _zip(tmp_path / f"{name}.zip", *parts)

        assert (name, _refused(import_rows(path, "outages", code=1))) == (name, [(0, "", code)])


def test_a_zip_that_is_locked_cut_or_damaged_is_refused(world, tmp_path):
    whole = _zip(
        BytesIO(), ("a.csv", b"\n".join([CSV, *(b"%d,x,2026-03-01" % n for n in range(3000))]))
    ).getvalue()
    locked = bytearray(whole)
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    spoiled = bytearray(whole)
    spoiled[2000:2100] = bytes(100)
    for content in (locked, whole[: len(whole) // 2], spoiled):
        path = tmp_path / "a.zip"
        path.write_bytes(content)

        assert _refused(import_rows(path, "outages", code=1)) == [(0, "", "zip_broken")]
    assert _world() == ([], [], 0, 0)


def test_work_that_is_cancelled_on_a_zip_is_not_taken_for_a_damaged_zip(tmp_path):
    path = _zip(tmp_path / "a.zip", ("a.csv", CSV))

    def cancelled():
        with open_table(path) as table:
            list(table.rows())
            raise Cancelled

    with pytest.raises(Cancelled):
        cancelled()
