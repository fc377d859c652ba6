"""Backup and restore, as a person runs them, between two databases."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from itsm.management.commands.restore import refuse_unknown
from itsm.server import archive
from itsm.server.roles import apply_roles

ROOT = Path(__file__).resolve().parents[2]
ONE_CUSTOMER = """
from itsm.models import Party
from itsm.tenancy import SYSTEM, acting_as
with acting_as(SYSTEM):
    Party.objects.create(slug="acme", name="Acme", roles=["CUSTOMER"])
"""
RIGHTS = (
    "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
    " WHERE grantee LIKE 'plimsoll_%' ORDER BY 1, 2, 3"
)
POLICIES = "SELECT tablename, policyname, roles, qual FROM pg_policies ORDER BY 1, 2"
FUTURE = (
    "INSERT INTO django_migrations (app, name, applied) VALUES ('itsm', '9999_future', now())"
    " RETURNING 1"
)
CONTENT = b"%PDF-1.7 a stored report\n" * 1000


def _address(name: str, database: str) -> str:
    return urlsplit(os.environ[name])._replace(path=f"/{database}").geturl()


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
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _rows(database: str) -> dict[str, int]:
    """Return the number of rows of every table, counted as the owner."""
    link = psycopg2.connect(_address("DATABASE_OWNER_URL", database))
    with link, link.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables ORDER BY relname")
        counted = {}
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of this module's files."""
    return tmp_path_factory.mktemp("backup")


@pytest.fixture(scope="module")
def source(django_db_setup, folder):
    """A database with a customer, and a stored file."""
    name = f"saved_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE plimsoll_template OWNER plimsoll_owner')
    made = _manage(name, folder / "source", "shell", "--no-imports", "-c", ONE_CUSTOMER)
    assert made.returncode == 0, made.stderr
    (folder / "source/files/ab").mkdir(parents=True)
    (folder / "source/files/ab/report.pdf").write_bytes(CONTENT)
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def kept(source, folder):
    """The backup of that database."""
    saved = _manage(source, folder / "source", "backup", str(folder / "kept.tar"))
    assert saved.returncode == 0, saved.stderr
    return folder / "kept.tar"


@pytest.fixture
def empty():
    """The name of a database with roles and without tables."""
    name = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    apply_roles(os.environ["ADMIN_DATABASE_URL"], database=name, creates_databases=True)
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def _ask(database: str, question: str) -> list[tuple]:
    link = psycopg2.connect(_address("DATABASE_OWNER_URL", database))
    with link, link.cursor() as cursor:
        cursor.execute(question)
        found = cursor.fetchall()
    link.close()
    return found


def test_a_backup_restored_into_an_empty_database_is_the_same_in_every_respect(
    source, kept, empty, tmp_path
):
    restored = _manage(empty, tmp_path, "restore", str(kept), "--into-empty")

    assert restored.returncode == 0, restored.stderr
    before = _rows(source)
    assert before["itsm_party"] == 1
    assert _rows(empty) == before
    for question in (RIGHTS, POLICIES):
        assert _ask(empty, question) == _ask(source, question) != []
    content = (tmp_path / "files/ab/report.pdf").read_bytes()
    assert hashlib.sha256(content).digest() == hashlib.sha256(CONTENT).digest()


def test_a_filled_database_is_not_replaced_when_an_empty_one_was_expected(source, kept, folder):
    refused = _manage(source, folder / "source", "restore", str(kept), "--into-empty")

    assert refused.returncode == 1
    assert "Nothing was changed. The database is not empty" in refused.stderr


def test_without_a_terminal_nobody_says_yes_to_replacing_the_data(source, kept, folder):
    refused = _manage(source, folder / "source", "restore", str(kept))

    assert refused.returncode == 1
    assert (
        "Nothing was changed. To replace the data without being asked: --no-input" in refused.stderr
    )
    assert "Traceback" not in refused.stderr


def test_a_damaged_backup_changes_nothing(source, kept, folder):
    bad = folder / "bad.tar"
    with tarfile.open(kept) as good, tarfile.open(bad, "w") as damaged:
        for member in good:
            content = good.extractfile(member).read()
            if member.name == "database.dump":
                content = content[:-1] + bytes([content[-1] ^ 1])
            damaged.addfile(member, io.BytesIO(content))
    before = _rows(source)

    refused = _manage(source, folder / "source", "restore", str(bad), "--no-input")

    assert refused.returncode == 1
    assert "Nothing was changed." in refused.stderr
    assert "is damaged" in refused.stderr
    assert _rows(source) == before
    assert (folder / "source/files/ab/report.pdf").read_bytes() == CONTENT


def test_a_backup_of_a_newer_version_is_refused():
    manifest = archive.Manifest(1, "2030-01-01T00:00:00+00:00", ["itsm.9999_future"], "", "")

    with pytest.raises(archive.BadArchive, match=r"newer version .* \(it has itsm.9999_future\)"):
        refuse_unknown(manifest)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "files/../../outside", "other"])
def test_a_backup_with_a_name_outside_its_folder_is_refused(tmp_path, name):
    with tarfile.open(tmp_path / "bad.tar", "w") as bad:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        bad.addfile(entry, io.BytesIO(b"x"))

    with pytest.raises(archive.BadArchive, match="an entry that we never write"):
        archive.unpack(tmp_path / "bad.tar", tmp_path / "in", archive.Manifest(1, "", [], "", ""))

    assert not (tmp_path / "outside").exists()


def test_a_file_that_is_no_backup_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")

    with pytest.raises(archive.BadArchive, match="is not a backup of Plimsoll"):
        archive.read_manifest(tmp_path / "photo.jpg")


def test_a_database_of_a_newer_version_is_refused_in_one_sentence(source, folder):
    _ask(source, FUTURE)

    refused = _manage(source, folder / "source", "setup_database")
    looked_at = _manage(source, folder / "source", "doctor", "--json")

    _ask(source, "DELETE FROM django_migrations WHERE name = '9999_future' RETURNING 1")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "CommandError: This database was written by a newer version of Plimsoll (it has"
        " itsm.9999_future). Install that version, or restore a backup made with this one."
    )
    assert looked_at.returncode == 1
    assert json.loads(looked_at.stdout)[1] == {
        "name": "tables", "well": False,
        "detail": "written by a newer version (it has itsm.9999_future)",
        "remedy": "Install that version, or restore a backup made with this one.",
    }  # fmt: skip
