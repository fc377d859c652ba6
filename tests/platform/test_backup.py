"""Backup and restore, as a person runs them, between two databases."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from itsm.server.roles import apply_roles

ROOT = Path(__file__).resolve().parents[2]
ONE_CUSTOMER = """
from itsm.models import Party
from itsm.tenancy import SYSTEM, acting_as
with acting_as(SYSTEM):
    Party.objects.create(slug="acme", name="Acme", roles=["CUSTOMER"])
"""
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


@pytest.fixture
def source(django_db_setup, tmp_path):
    """A database with a customer, and a stored file."""
    name = f"saved_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE plimsoll_template OWNER plimsoll_owner')
    made = _manage(name, tmp_path / "source", "shell", "--no-imports", "-c", ONE_CUSTOMER)
    assert made.returncode == 0, made.stderr
    (tmp_path / "source/files/ab").mkdir(parents=True)
    (tmp_path / "source/files/ab/report.pdf").write_bytes(CONTENT)
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty():
    """The name of a database with roles and without tables."""
    name = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    apply_roles(os.environ["ADMIN_DATABASE_URL"], database=name, creates_databases=True)
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_restored_into_an_empty_database_has_every_row_and_file(source, empty, tmp_path):
    kept = tmp_path / "kept.tar"
    saved = _manage(source, tmp_path / "source", "backup", str(kept))
    assert saved.returncode == 0, saved.stderr

    restored = _manage(empty, tmp_path / "new", "restore", str(kept), "--into-empty")

    assert restored.returncode == 0, restored.stderr
    before = _rows(source)
    assert before["itsm_party"] == 1
    assert _rows(empty) == before
    content = (tmp_path / "new/files/ab/report.pdf").read_bytes()
    assert hashlib.sha256(content).digest() == hashlib.sha256(CONTENT).digest()

    again = _manage(empty, tmp_path / "new", "restore", str(kept), "--into-empty")

    assert again.returncode == 1
    assert "Nothing was changed. The database is not empty" in again.stderr


def test_the_roles_see_a_restored_database_as_before(source, empty, tmp_path):
    kept = tmp_path / "kept.tar"
    _manage(source, tmp_path / "source", "backup", str(kept))

    _manage(empty, tmp_path / "new", "restore", str(kept), "--no-input")

    rights = (
        "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee LIKE 'plimsoll_%' ORDER BY 1, 2, 3"
    )
    policies = "SELECT tablename, policyname, roles, qual FROM pg_policies ORDER BY 1, 2"
    for question in (rights, policies):
        answers = []
        for name in (source, empty):
            link = psycopg2.connect(_address("DATABASE_OWNER_URL", name))
            with link, link.cursor() as cursor:
                cursor.execute(question)
                answers.append(cursor.fetchall())
            link.close()
        assert answers[0] == answers[1]
        assert answers[0]


def test_a_damaged_backup_changes_nothing(source, tmp_path):
    kept, bad = tmp_path / "kept.tar", tmp_path / "bad.tar"
    _manage(source, tmp_path / "source", "backup", str(kept))
    with tarfile.open(kept) as good, tarfile.open(bad, "w") as damaged:
        for member in good:
            stream = good.extractfile(member)
            if member.name == "database.dump":
                content = stream.read()[:-1] + b"x"
                (tmp_path / "dump").write_bytes(content)
                damaged.add(tmp_path / "dump", "database.dump")
            else:
                damaged.addfile(member, stream)
    before = _rows(source)

    refused = _manage(source, tmp_path / "source", "restore", str(bad), "--no-input")

    assert refused.returncode == 1
    assert "Nothing was changed." in refused.stderr
    assert "is damaged" in refused.stderr
    assert _rows(source) == before
    assert (tmp_path / "source/files/ab/report.pdf").read_bytes() == CONTENT


def test_a_backup_of_a_newer_version_is_refused(source, tmp_path):
    manifest = {
        "format": 1, "made_at": "2030-01-01T00:00:00+00:00", "dump_sha256": "", "key_fingerprint": "",
        "migrations": ["itsm.9999_future"],
    }  # fmt: skip
    (tmp_path / "manifest").write_text(json.dumps(manifest))
    with tarfile.open(tmp_path / "newer.tar", "w") as archive:
        archive.add(tmp_path / "manifest", "manifest.json")

    refused = _manage(
        source, tmp_path / "source", "restore", str(tmp_path / "newer.tar"), "--no-input"
    )

    assert refused.returncode == 1
    assert "made by a newer version of Plimsoll (it has itsm.9999_future)" in refused.stderr


def test_a_file_that_is_no_backup_is_refused(source, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")

    refused = _manage(source, tmp_path, "restore", str(tmp_path / "photo.jpg"), "--no-input")

    assert refused.returncode == 1
    assert "is not a backup of Plimsoll" in refused.stderr


def test_a_database_of_a_newer_version_is_refused_in_one_sentence(source, tmp_path):
    link = psycopg2.connect(_address("DATABASE_OWNER_URL", source))
    with link, link.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('itsm', '9999_future', now())"
        )
    link.close()

    refused = _manage(source, tmp_path, "setup_database")

    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "CommandError: This database was written by a newer version of Plimsoll (it has"
        " itsm.9999_future). Install that version, or restore a backup made with this one."
    )
