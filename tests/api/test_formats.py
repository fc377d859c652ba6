"""The list as a file, related records whole (interface contract, 3.2.3)."""

import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from itsm import workbooks
from itsm.models import ServiceFamily
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import World


def _evil() -> None:
    with acting_as(SYSTEM):
        ServiceFamily.objects.create(slug="evil", name="=1+1")


def _sheet(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content)).active


def test_ndjson_has_one_row_per_line_as_the_list_has_it(admin: Caller) -> None:
    _evil()

    answer = admin.get("/service-families?format=ndjson&fields=slug,name&limit=1")
    lines = b"".join(answer).decode().splitlines()

    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer["Content-Disposition"] == 'attachment; filename="service-families.ndjson"'
    assert [json.loads(line) for line in lines] == [
        {"slug": "workplace", "name": "Workplace"},
        {"slug": "evil", "name": "=1+1"},
    ]


def test_xlsx_holds_a_formula_as_a_text_that_stays_one(admin: Caller) -> None:
    _evil()

    answer = admin.get("/service-families?format=xlsx&fields=slug,name")
    sheet = _sheet(b"".join(answer))

    assert answer["Content-Type"] == workbooks.CONTENT_TYPE
    assert [[cell.value for cell in row] for row in sheet] == [
        ["slug", "name"],
        ["workplace", "Workplace"],
        ["evil", "=1+1"],
    ]
    assert [sheet[place].quotePrefix for place in ("B2", "B3")] == [False, True]


def test_xlsx_holds_only_the_callers_rows(acme: Caller) -> None:
    sheet = _sheet(b"".join(acme.get("/parties?format=xlsx&fields=slug")))

    assert [row[0].value for row in sheet] == ["slug", "acme"]


def test_more_rows_than_a_sheet_holds_are_refused_with_what_to_do(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    _evil()
    monkeypatch.setattr(workbooks, "MOST_ROWS", 1)

    answer = admin.get("/service-families?format=xlsx")

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == ("format", "too_many_rows")
    assert "CSV" in error["detail"]


def test_the_list_of_a_page_comes_as_a_sheet_with_its_heads(world: World) -> None:
    _evil()
    client = Client()
    client.force_login(world.administrator)

    page = client.get("/service-families/").content.decode()
    answer = client.get("/service-families/?format=xlsx")
    rows = [[cell.value for cell in row] for row in _sheet(b"".join(answer))]

    assert "?format=xlsx" in page
    assert answer["Content-Type"] == workbooks.CONTENT_TYPE
    assert rows[0][0] == "Name"
    assert [row[0] for row in rows[1:]] == ["=1+1", "Workplace"]


def test_a_format_that_is_not_known_is_refused_with_those_that_are(admin: Caller) -> None:
    [error] = admin.get("/services?format=pdf").json()["errors"]

    assert error["accepted"] == ["json", "csv", "ndjson", "xlsx"]


def test_expand_gives_related_records_whole_two_steps_deep(admin: Caller) -> None:
    row = admin.get("/services/webmail?expand=family,hours&fields=slug,family").json()
    deep = admin.get("/service-offerings?expand=service.family").json()["data"]
    family = admin.get("/service-families/workplace").json()

    assert row == {"slug": "webmail", "family": family}
    for offering in deep:
        assert offering["service"]["family"] == family


def test_expand_refuses_a_name_with_those_that_are_accepted(admin: Caller) -> None:
    answer = admin.get("/outages?expand=colour")
    too_deep = admin.get("/tickets?expand=service.family.parent")
    nothing = admin.get("/currencies?expand=colour")

    assert answer.status_code == too_deep.status_code == nothing.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == ("expand", "unknown_field")
    assert error["accepted"][:3] == ["service", "service.family", "service.hours"]
    assert "accepted" not in nothing.json()["errors"][0]


@pytest.mark.parametrize("kind", ["json", "csv", "ndjson", "xlsx"])
@pytest.mark.parametrize("asked", ["fields", "expand"])
def test_a_bad_name_is_refused_before_a_file_begins(admin: Caller, kind: str, asked: str) -> None:
    answer = admin.get(f"/agreements?{asked}=colour&format={kind}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == asked


def test_expand_costs_one_query_a_link_and_none_a_row(admin: Caller) -> None:
    address = "/services?expand=family,hours"
    admin.get(f"{address}&limit=1")
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(connection) as found:
            assert admin.get(f"{address}&limit={limit}").status_code == 200
        counts.append(len(found))

    assert counts == [12, 12]


def test_a_customer_expands_no_more_than_it_may_read(acme: Caller, bolt: Caller) -> None:
    for caller, slug in ((acme, "acme"), (bolt, "bolt")):
        for ticket in caller.get("/tickets?expand=customer,service").json()["data"]:
            assert ticket["customer"]["slug"] == slug
            assert "internal_note" not in ticket["service"]
