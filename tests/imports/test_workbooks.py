"""Workbooks (XLSX) go the way of every file; what is unclear in one is refused in words."""

import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook
from xlsxwriter import Workbook as Written

from itsm.imports.problems import Unreadable
from itsm.imports.sheets import is_workbook, write_sheet
from itsm.imports.tabular import open_table
from itsm.models import ImportRun, Outage, Ticket
from itsm.tenancy import SYSTEM, acting_as
from tests.imports.commands import import_log, import_rows


def _wall(*parts):
    """Return the time that a cell shows: cells know no zones."""
    return datetime(*parts)  # noqa: DTZ001


HEADS = ["number", "title", "start"]
DOWN = ["1", "Down", _wall(2026, 3, 1, 10)]


def _book(path, *sheets):
    """Write a workbook of (title, rows…)."""
    book = Workbook()
    book.remove(book.active)
    for title, *rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _rows(path, **chosen):
    text = path.with_suffix(".text")
    write_sheet(path, text, **chosen)
    with open_table(text) as table:
        return table.header, list(table.rows())


def _refusal(path, **chosen):
    with pytest.raises(Unreadable) as refused:
        _rows(path, **chosen)
    return refused.value.code, str(refused.value)


def test_each_kind_of_cell_is_read_as_people_would_type_it(tmp_path):
    cells = [
        7,
        0.1,
        True,
        date(2026, 3, 1),
        _wall(2026, 3, 1, 10, 0, 0, 500_000),
        "two\nlines",
        None,
        " é ",
    ]
    names = ["whole", "decimal", "yes", "day", "instant", "text", "nothing", "accent"]
    path = _book(tmp_path / "a.xlsx", ("Data", ["Tickets of March"], [], names, [], cells))

    header, rows = _rows(path)

    assert header == tuple(names)
    assert rows == [
        (5, ["7", "0.1", "true", "2026-03-01 00:00:00", "2026-03-01 10:00:00.500", "two\nlines", "", " é "])
    ]  # fmt: skip


def test_a_finding_names_the_row_of_the_sheet(world, tmp_path):
    path = _book(
        tmp_path / "a.xlsx", ("S", HEADS, ["1", "two\nlines", DOWN[2]], [], ["2", "x", "soon"])
    )

    said = import_rows(path, "outages", code=2)

    assert [(one["line"], one["column"], one["code"]) for one in said["errors"]] == [
        (4, "start", "date")
    ]
    with acting_as(SYSTEM):
        outage, run = Outage.objects.get(), ImportRun.objects.get()
    assert (outage.title, outage.starts_at.isoformat()) == (
        "two\nlines",
        "2026-03-01T10:00:00+00:00",
    )
    assert run.file_name == "a.xlsx"


def test_of_several_sheets_one_is_chosen_by_name(world, tmp_path):
    path = _book(tmp_path / "a.xlsx", ("Notes", ["a", "b"]), ("Empty",), ("Outages", HEADS, DOWN))

    said = import_rows(path, "outages", code=1)["errors"]
    assert (said[0]["code"], said[0]["message"]) == (
        "sheet", "The workbook has several sheets: Notes, Outages. Choose one.",
    )  # fmt: skip
    assert import_rows(path, "outages", "--sheet", "Outages")["created"] == 1
    assert _refusal(path, sheet="Nothing")[0] == "sheet"


def test_hidden_and_empty_sheets_need_no_choice(tmp_path):
    path = tmp_path / "a.xlsx"
    book = Workbook()
    book.active.append(HEADS)
    book.active.append(DOWN)
    hidden = book.create_sheet("lists")
    hidden.append(["a", "b"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Sheet3")
    book.save(path)

    assert _rows(path) == (tuple(HEADS), [(2, ["1", "Down", "2026-03-01 10:00:00"])])


def test_of_a_formula_the_stored_result_counts_and_without_one_it_is_refused(tmp_path):
    stored, bare = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    with Written(stored) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["number", "title"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, '="two"', None, "two")
    _book(bare, ("S", ["number", "title"], ["=1+1", "Down"]))

    assert _rows(stored)[1] == [(2, ["2", "two"])]
    code, words = _refusal(bare)
    assert (code, words.startswith("Cell A2 holds a formula without a stored result.")) == (
        "formula",
        True,
    )


def test_merged_cells_are_refused_in_the_table_and_allowed_above_it(tmp_path):
    for cells, code in (("A1:C1", ""), ("A3:A4", "merged"), ("A2:B2", "merged")):
        path, book = tmp_path / "a.xlsx", Workbook()
        for row in (["Outages"], HEADS, DOWN, DOWN):
            book.active.append(row)
        book.active.merge_cells(cells)
        book.save(path)

        if code:
            assert _refusal(path)[0] == code
        else:
            assert _rows(path)[0] == tuple(HEADS)


def _changed(path, name, old, new):
    """Write the workbook at ``path`` with one part changed."""
    out = BytesIO()
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for one in given.namelist():
            content = given.read(one)
            made.writestr(one, content.replace(old, new) if one == name else content)
    path.write_bytes(out.getvalue())
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        (SHEET, b"<sheetData>", b"<sheetData>" + b" " * 30_000_000, "zip_bomb"),
        (SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', "workbook"),
        (SHEET, b'r="C2"', b'r="XFD2"', "too_wide"),
        (SHEET, b"</sheetData>", b"", "workbook"),
        ("xl/workbook.xml", b"<sheets>", b"<sheets", "workbook"),
    ],
    ids=["bomb", "entities", "wide", "broken sheet", "broken book"],
)
def test_hostile_and_damaged_workbooks_are_refused(tmp_path, name, old, new, code):
    path = _changed(_book(tmp_path / "a.xlsx", ("S", HEADS, DOWN)), name, old, new)

    assert is_workbook(path)
    assert _refusal(path)[0] == code


def test_a_sheet_that_claims_a_million_rows_is_read_as_far_as_it_goes(tmp_path):
    path = _book(tmp_path / "a.xlsx", ("S", HEADS, DOWN))
    _changed(path, SHEET, b'<dimension ref="A1:C2"', b'<dimension ref="A1:XFD1048576"')

    assert len(_rows(path)[1]) == 1


def test_an_old_or_locked_workbook_says_how_to_save_it(world, tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))

    said = import_rows(path, "outages", code=1)["errors"]

    assert (said[0]["code"], "Save it as XLSX without a password" in said[0]["message"]) == (
        "workbook",
        True,
    )


def test_a_log_as_a_workbook_gives_the_same_clocks(world, tmp_path):
    heads = ["number", "incident_state", "sys_mod_count", "opened_at", "sys_updated_at"]
    opened = _wall(2016, 3, 1, 9)
    path = _book(tmp_path / "log.xlsx", (
        "Log", heads, ["INC1", "New", 0, opened, opened], ["INC1", "Closed", 1, opened, _wall(2016, 3, 1, 10)],
    ))  # fmt: skip

    assert import_log(path)["created"] == 1

    with acting_as(SYSTEM):
        ends = [
            f"{one:%H:%M}"
            for one in Ticket.objects.get()
            .events.order_by("sequence")
            .values_list("effective_at", flat=True)
        ]
    assert ends == ["08:00", "09:00", "09:00"]


@pytest.fixture
def manager(world, settings, tmp_path):
    """Return a client of the service level manager; uploads go to a folder of the test."""
    settings.FILES_DIR = tmp_path / "files"
    client = Client()
    client.force_login(world.staff["SERVICE_LEVEL_MANAGER"])
    return client


def _send(client, world, path, **more):
    file = SimpleUploadedFile("Störungen.xlsx", path.read_bytes())
    facts = {"file": file, "source": "desk", "customer": world.acme.pk, "service": world.webmail.pk}
    return client.post(reverse("itsm:import_new"), {**facts, **more})


def test_by_page_a_workbook_is_recognized_mapped_previewed_and_applied(manager, world, tmp_path):
    heads = ["Vorgang", "Betreff", "Eröffnet", "Gelöst"]
    row = ["T-1", "Drucker", _wall(2026, 3, 31, 9), _wall(2026, 3, 31, 11, 30)]
    path = _book(tmp_path / "a.xlsx", ("Tickets", heads, row), ("Notizen", ["a", "b"], ["c", "d"]))
    answer = _send(manager, world, path)
    assert answer.status_code == 422
    assert (
        "The workbook has several sheets: Tickets, Notizen. Choose one." in answer.content.decode()
    )

    assert _send(manager, world, path, sheet="Tickets").status_code == 302

    with acting_as(SYSTEM):
        run = ImportRun.objects.get()
    assert (run.kind, run.columns["opened_at"], run.file_name) == (
        "tickets",
        "Eröffnet",
        "Störungen.xlsx",
    )
    page = manager.get(reverse("itsm:import_map", args=(run.pk,))).content.decode()
    assert "Day and month can be read in either order" not in page
    chosen = {f"field_{name}": column for name, column in run.columns.items()}
    options = {name: run.options[name] for name in ("date_order", "zone", "decimal_sign")}
    manager.post(reverse("itsm:import_map", args=(run.pk,)), {**chosen, **options})
    manager.post(reverse("itsm:import_detail", args=(run.pk,)), {"mode": "all_or_nothing"})
    with acting_as(SYSTEM):
        assert Ticket.objects.get().opened_at.isoformat() == "2026-03-31T07:00:00+00:00"


def test_by_the_api_the_sheet_is_a_field_of_the_form(manager, world, tmp_path):
    path = _book(tmp_path / "a.xlsx", ("A", HEADS, DOWN), ("B", HEADS, DOWN, ["2", "x", DOWN[2]]))
    facts = {"kind": "outages", "service": "webmail", "sheet": "B"}
    file = SimpleUploadedFile("a.xlsx", path.read_bytes())

    said = manager.post("/api/v1/imports", {**facts, "file": file}).json()

    assert said["report"]["counts"]["new"] == 2
