"""Removing the demo leaves exactly what was there before, or nothing is removed and the reason is named."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
REAL = """
from itsm.models import Currency, Party, Service, ServiceHours
from itsm.tenancy import SYSTEM, acting_as
from datetime import datetime, UTC
from itsm.services.numbers import next_number
from itsm.models import Outage, StoredFile
with acting_as(SYSTEM):
    euro = Currency.objects.create(code="EUR", name="Euro")
    party = Party.objects.create(slug="own", name="Our provider", roles=["PROVIDER"], currency=euro)
    service = Service.objects.create(slug="own-mail", name="Our mail", state="LIVE")
    at = datetime(2026, 9, 1, tzinfo=UTC)
    Outage.objects.create(service=service, title="Ours", starts_at=at, reference=next_number("OUT", at=at))
"""
POINT_IN = """
from itsm.models import Outage, Service
from itsm.tenancy import SYSTEM, acting_as
with acting_as(SYSTEM):
    mail = Service.objects.get(slug="{0}")
    Outage.objects.filter(title="Ours").update(service=mail)
"""
STORE = """
from itsm.models import Party
from itsm.services.files import store
from itsm.tenancy import SYSTEM, acting_as
from datetime import datetime, UTC
with acting_as(SYSTEM):
    for slug, content in (("iberia", b"only the demo keeps this"), ("iberia", b"both"), ("own", b"both")):
        store(customer=Party.objects.get(slug=slug), name="a.txt", content_type="text/plain",
              content=content, at=datetime(2026, 11, 1, tzinfo=UTC))
"""


@pytest.fixture
def database(django_db_setup: None, tmp_path: Path) -> Iterator[str]:
    """A database of its own with a few real rows."""
    name = f"demo_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE plimsoll_template OWNER plimsoll_owner')
    _shell(name, tmp_path, REAL)
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_removal_leaves_every_table_as_it_was_and_refuses_when_a_real_row_points_in(
    database: str, tmp_path: Path
) -> None:
    before = _rows(database)
    loaded = _manage(database, tmp_path, "load_demo", "--small", "--at", "2026-11-25")
    assert loaded.returncode == 0, loaded.stderr
    assert "100 %" in loaded.stderr
    assert (tmp_path / "demo_signins.json").stat().st_mode & 0o777 == 0o600
    full = _rows(database)
    assert full["itsm_sample"] == 6 * 24 * 92
    _shell(database, tmp_path, POINT_IN.format("webmail"))

    refused = _manage(database, tmp_path, "remove_demo")

    assert refused.returncode == 1
    assert "outage “OUT-2026-0001 Ours” (service: Webmail)" in refused.stderr
    assert "Nothing was removed" in " ".join(refused.stderr.split())
    _shell(database, tmp_path, POINT_IN.format("own-mail"))
    _shell(database, tmp_path, STORE)

    removed = _manage(database, tmp_path, "remove_demo")

    assert removed.returncode == 0, removed.stderr
    assert "The demo is gone" in removed.stdout
    assert "1 files removed" in removed.stdout
    after = _rows(database)
    # our own outage was changed twice and our own file came: nothing else differs
    extra = {
        "itsm_outagehistory": 2, "itsm_storedfile": 1, "itsm_storedfilehistory": 1, "pghistory_context": 3,
    }  # fmt: skip
    assert after == {table: count + extra.get(table, 0) for table, count in before.items()}
    assert not (tmp_path / "demo_signins.json").exists()
    again = _manage(database, tmp_path, "remove_demo")
    assert (again.returncode, "no demo here" in again.stdout) == (0, True)


def _shell(database: str, folder: Path, code: str) -> None:
    done = _manage(database, folder, "shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr


def _manage(database: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": _address("DATABASE_URL", database),
        "DATABASE_OWNER_URL": _address("DATABASE_OWNER_URL", database),
        "ITSM_VAR": str(folder),
    }
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _rows(database: str) -> dict[str, int]:
    """Return the number of rows of every table; partitions are counted by their parent."""
    link = psycopg2.connect(_address("DATABASE_OWNER_URL", database))
    counted = {}
    with link, link.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counted[table] = cursor.fetchone()[0]
    link.close()
    return counted


def _administer(statement: str) -> None:
    link = psycopg2.connect(os.environ["ADMIN_DATABASE_URL"])
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(statement)
    link.close()


def _address(name: str, database: str) -> str:
    return urlsplit(os.environ[name])._replace(path=f"/{database}").geturl()
