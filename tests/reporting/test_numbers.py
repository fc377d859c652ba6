"""The numbers of a report as files are those of the report: every one, to the digit, and nothing runs."""

import copy
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from itsm import blocks
from itsm.calculations.digest import sha256
from itsm.models import User
from itsm.tenancy import SYSTEM, acting_as
from reporting.calculations.figures import Figure, written
from reporting.models import DeliveryObligation, ReportIssue
from reporting.services import workbook
from reporting.services.issue import issue
from reporting.services.numbers import sheets_of
from tests.reporting.conftest import AT
from tests.world import World

SAMPLE = Path(__file__).parents[1] / "data" / "report_sample.json"
SPACES = re.compile("[\u202f\u00a0\u2009]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
DRAWN = frozenset({"width", "align", "kind", "id", "href", "scale", "leading", "frame", "format"})


def sample() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return found


def unsaved(dataset: dict[str, Any]) -> ReportIssue:
    return ReportIssue(
        number="SR-1",
        version=1,
        dataset=dataset,
        dataset_sha256=sha256(dataset),
        pdf_sha256="f" * 64,
    )


def plain(text: str) -> str:
    """The text with plain spaces and without the spaces between thousands."""
    text = SPACES.sub(" ", text).replace("\u2212", "-")
    return re.sub(r"(?<=\d)[ ,](?=\d{3}(?!\d))", "", text)


def leaves(value: Any, name: str = "") -> Iterator[str]:
    """Every text and number of a dataset that people read."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in DRAWN:
                yield from leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)


def cells_of(stream: Any) -> list[tuple[Any, str]]:
    """Value and number format of every cell of a workbook."""
    book = openpyxl.load_workbook(stream)
    return [
        (cell.value, cell.number_format)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]


def numbers_in(text: str) -> set[str]:
    return set(NUMBER.findall(plain(text)))


def test_every_number_of_the_dataset_is_in_the_workbook_to_the_digit() -> None:
    dataset = sample()
    sheets = sheets_of(blocks.from_dict(dataset))

    told: set[str] = set()
    for sheet in sheets:
        told |= numbers_in(" ".join((sheet.title, *sheet.heads)))
        for row in sheet.rows:
            for value in row:
                told |= numbers_in(written(value) if isinstance(value, Figure) else str(value))

    asked: set[str] = set()
    for part in ("headline", "cover", "sections"):
        for leaf in leaves(dataset[part]):
            asked |= numbers_in(leaf)
    assert len(asked) > 400
    assert asked - told == set()


def test_the_workbook_holds_the_figures_of_the_tables_in_their_order() -> None:
    dataset = sample()
    issue_row = unsaved(dataset)
    sheets = sheets_of(blocks.from_dict(dataset))

    book = openpyxl.load_workbook(workbook.xlsx(issue_row, sheets))

    assert book.sheetnames[0] == "This report"
    assert len(book.sheetnames) == len(sheets) + 1
    assert book.worksheets[0]["B6"].value == issue_row.dataset_sha256
    compared = 0
    for page, sheet in zip(book.worksheets[1:], sheets, strict=True):
        for place, row in enumerate(sheet.rows, 3):
            for column, value in enumerate(row, 1):
                cell = page.cell(place, column)
                if isinstance(value, Figure):
                    compared += 1
                    assert cell.number_format == value.format
                    assert float(cell.value) == float(value.value)
                elif value not in (None, ""):
                    assert cell.value == value
    assert compared > 300


def test_a_text_that_looks_like_a_formula_stays_a_text_in_both_files() -> None:
    dataset = sample()
    evil = '=HYPERLINK("http://evil.example","x")'
    rows = dataset["sections"][1]["blocks"][0]["rows"]
    rows[1]["cells"][0]["text"] = evil
    rows[2]["cells"][0]["text"] = "+1+cmd|' /C calc'!A0"
    dataset["sections"][1]["blocks"][0]["caption"] = "@SUM(1)"
    sheets = sheets_of(blocks.from_dict(dataset))

    book = openpyxl.load_workbook(workbook.xlsx(unsaved(dataset), sheets))
    archive = zipfile.ZipFile(workbook.csv_files(unsaved(dataset), sheets))

    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    assert [cell.quotePrefix for cell in cells if cell.value == evil] == [True]
    texts = [archive.read(name).decode("utf-8-sig") for name in archive.namelist()]
    first = [cell for text in texts for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{evil}" in first
    signs = re.compile(r"[+-]\d[\d.]*(?: ?[%a-z]+)?")
    assert [c for c in first if c.startswith(("=", "+", "-", "@")) and not signs.fullmatch(c)] == []


def test_long_equal_and_odd_titles_give_names_that_a_spreadsheet_takes() -> None:
    dataset = sample()
    for number, section in enumerate(dataset["sections"]):
        for block in section["blocks"]:
            if "caption" in block:
                block["caption"] = "x" * 200 if number % 2 else "A/B: [*]? 'c'"
    sheets = sheets_of(blocks.from_dict(dataset))

    names = openpyxl.load_workbook(workbook.xlsx(unsaved(dataset), sheets)).sheetnames

    assert len(names) == len({name.lower() for name in names})
    assert max(map(len, names)) <= 31


def test_equal_reports_give_equal_archives() -> None:
    dataset = sample()
    sheets = sheets_of(blocks.from_dict(dataset))

    first, second = (
        workbook.csv_files(unsaved(copy.deepcopy(dataset)), sheets).read() for _ in range(2)
    )

    assert first == second


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_portal_staff_and_api_give_the_same_workbook_and_nobody_else_gets_it(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT)
    reader = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    stranger = signed_in(world.people["bolt"]["CUSTOMER_VIEWER"])
    editor = signed_in(world.staff["REPORT_EDITOR"])
    address = f"/portal/reports/{made.pk}/numbers/"

    files = [
        client.get(path)
        for client, path in (
            (reader, f"{address}?format=xlsx"),
            (editor, f"/reports/{made.pk}/numbers/?format=xlsx"),
            (reader, f"/api/v1/reports/{made.pk}/xlsx"),
        )
    ]

    assert [answer.status_code for answer in files] == [200, 200, 200]
    assert {answer.headers["X-Dataset-SHA256"] for answer in files} == {made.dataset_sha256}
    found = [cells_of(io.BytesIO(b"".join(answer.streaming_content))) for answer in files]
    assert found[0] == found[1] == found[2]
    assert (made.dataset_sha256, "General") in found[0]
    assert stranger.get(f"{address}?format=xlsx").status_code == 404
    page = reader.get(address).content.decode()
    table = re.search(r"\?format=csv&amp;table=([a-z0-9-]+)", page)
    assert table is not None
    one = reader.get(f"{address}?format=csv&table={table[1]}")
    assert one.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reader.get(f"{address}?format=csv&table=not-there").status_code == 404


@pytest.mark.django_db
def test_each_figure_of_the_page_leads_to_its_table(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT)
    reader = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    page = reader.get(f"/portal/reports/{made.pk}/").content.decode()
    tables = reader.get(f"/portal/reports/{made.pk}/numbers/").content.decode()

    with acting_as(SYSTEM):
        anchors = [
            anchor
            for section in blocks.from_dict(made.dataset).sections
            for anchor, _block in blocks.anchored(section)
        ]
    shown = [anchor for anchor in anchors if f'id="{anchor}"' in tables]
    assert len(shown) >= 4
    for anchor in shown:
        assert f'/numbers/#{anchor}"' in page
        assert f'<p class="tools" id="{anchor}">' in page
