"""What is remembered of a source: seen, changed, forgotten, and used at its next file."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itsm.imports.commanding import Request, run_import
from itsm.imports.remembering import as_lines, from_lines, in_words, mapping_errors
from itsm.imports.runs import Upload, start_run
from itsm.models import ImportMapping, ImportRun, Outage
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
# 3 April or 4 March: both orders fit.
FILE = "Nr;Was;Von;Bis\n1;Down;03.04.2026 10:00;03.04.2026 11:00\n"
CHOSEN = {"external_id": "Nr", "title": "Was", "starts_at": "Von", "ends_at": "Bis"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    """Keep uploads in a folder of the test."""
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def client(world: World) -> Client:
    """The service level manager's browser."""
    found = Client()
    found.force_login(world.staff["SERVICE_LEVEL_MANAGER"])
    return found


def kept(**more: Any) -> ImportMapping:
    """Keep a mapping of the source “monitor”."""
    facts = {"source": "monitor", "kind": "outages", "columns": CHOSEN}
    with acting_as(SYSTEM):
        return ImportMapping.objects.create(
            **{**facts, "options": {"date_order": "month_first"}, **more}
        )


def started(world: World, text: str = FILE) -> ImportRun:
    """Send the file as somebody without a customer."""
    upload = Upload(
        "outages.csv", [text.encode()], "outages", "monitor", None, world.webmail.pk, "UTC",
        zone_is_guessed=True,
    )  # fmt: skip
    with acting_as(SYSTEM):
        return start_run(upload, by="test", at=NOW)


def test_the_order_of_dates_chosen_before_is_taken_where_several_fit(world: World) -> None:
    assert started(world).options["date_order"] == "day_first"
    kept()
    assert started(world).options["date_order"] == "month_first"
    only_days = FILE.replace("03.04", "13.04")
    assert started(world, only_days).options["date_order"] == "day_first"


def test_the_zone_chosen_before_is_taken_where_nobody_said_one(world: World) -> None:
    kept(options={"zone": "Europe/Madrid"})
    assert started(world).options["zone"] == "Europe/Madrid"
    upload = Upload("o.csv", [FILE.encode()], "outages", "monitor", None, world.webmail.pk, "UTC")
    with acting_as(SYSTEM):
        assert start_run(upload, by="test", at=NOW).options["zone"] == "UTC"


def test_the_command_reads_dates_as_they_were_chosen_before(world: World, tmp_path: Any) -> None:
    kept()
    path = tmp_path / "outages.csv"
    path.write_text(FILE)
    with acting_as(SYSTEM):
        run_import(Request(path, "outages", service="webmail", source="monitor"), at=NOW)
        assert Outage.objects.get().starts_at == datetime(2026, 3, 4, 10, tzinfo=UTC)


def test_what_is_archived_is_not_used_until_it_is_chosen_again(
    client: Client, world: World
) -> None:
    row = kept(columns={**CHOSEN, "root_cause": "Was", "title": "Nr"})
    assert started(world).columns["root_cause"] == "Was"
    client.post(reverse("itsm:import-mappings_archive", args=[row.pk]))
    run = started(world)
    assert "root_cause" not in run.columns
    chosen = {f"field_{name}": column for name, column in CHOSEN.items()}
    options = {"date_order": "day_first", "zone": "UTC", "decimal_sign": "."}
    client.post(reverse("itsm:import_map", args=[run.pk]), {**chosen, **options})
    with acting_as(SYSTEM):
        row.refresh_from_db()
    assert (row.archived_at, row.columns) == (None, CHOSEN)


def test_it_is_made_and_changed_by_page(client: Client) -> None:
    fields = {
        "source": "desk",
        "kind": "outages",
        "lines": "title = Was\n\nstarts_at=Von ",
        "date_order": "",
        "zone": "",
    }
    assert client.post(reverse("itsm:import-mappings_create"), fields).status_code == 302
    with acting_as(SYSTEM):
        row = ImportMapping.objects.get()
    assert (row.columns, row.options) == ({"title": "Was", "starts_at": "Von"}, {})
    page = client.get(reverse("itsm:import-mappings_edit", args=[row.pk]))
    assert page.context["form"].initial["lines"].splitlines() == as_lines(row)
    for lines, words in (
        ("title Was", "Line 1 is not “field = column of the file”: title Was"),
        ("title = a\ntitle = b", "Line 2 names the field “title” again."),
        ("colour = a", "There is no field “colour”. One of: external_id"),
        ("title = a\nroot_cause = a", "The column “a” stands for two fields."),
    ):
        answer = client.post(
            reverse("itsm:import-mappings_edit", args=[row.pk]), {**fields, "lines": lines}
        )
        assert answer.status_code == 422
        assert words in answer.content.decode()
    twin = client.post(reverse("itsm:import-mappings_create"), fields)
    assert twin.status_code == 422
    lost = client.post(
        reverse("itsm:import-mappings_create"), {**fields, "source": "x", "zone": "Mars"}
    )
    assert lost.status_code == 422
    listed = client.get(reverse("itsm:import-mappings_list")).content.decode()
    assert "Was → " in listed


def test_the_api_refuses_what_no_import_could_use(client: Client) -> None:
    body = {
        "source": "desk",
        "kind": "outages",
        "columns": {"title": "Was"},
        "options": {"date_order": "iso"},
    }
    made = client.post("/api/v1/import-mappings", body, content_type="application/json")
    assert (made.status_code, made.json()["columns"]) == (201, {"title": "Was"})
    for wrong, place in (
        ({"kind": "nothing"}, "/kind"), ({"columns": {}}, "/columns"), ({"columns": {"colour": "a"}}, "/columns"),
        ({"options": {"date_order": "backwards"}}, "/options"), ({"options": {"colour": "a"}}, "/options"),
    ):  # fmt: skip
        answer = client.post(
            "/api/v1/import-mappings",
            {**body, "source": "b", **wrong},
            content_type="application/json",
        )
        assert answer.status_code == 400, wrong
        assert [error["pointer"][: len(place)] for error in answer.json()["errors"]] == [place]


def test_lines_are_read_and_written_in_the_order_of_the_fields() -> None:
    row = ImportMapping(
        source="desk", kind="outages", columns={"starts_at": "Von = An", "title": "Was"}
    )
    assert from_lines(as_lines(row)) == row.columns
    assert as_lines(row)[0] == "title = Was"
    assert in_words(row)[0].startswith("Was → ")
    assert mapping_errors(row) == {}
    assert mapping_errors(ImportMapping(kind="none", columns={}))["kind"]
