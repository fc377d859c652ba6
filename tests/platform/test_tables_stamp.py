"""The second start looks at the tables only when code or database have changed."""

import os
from pathlib import Path

import psycopg2
import pytest

from itsm.server import tables
from itsm.server.postgres import SUPERUSER, PrivatePostgres
from itsm.server.roles import apply_roles
from itsm.server.site import DATABASE, Site


@pytest.fixture
def site(tmp_path: Path):
    """A site with its own cluster, as after a first start."""
    found = Site(tmp_path, dict(os.environ))
    found.postgres = PrivatePostgres(
        tmp_path / "postgres", tmp_path / "postgres.log", durable=False
    )
    found.postgres.start()
    apply_roles(found.postgres.address(SUPERUSER, "postgres"), database=DATABASE)
    _run(
        found, "CREATE TABLE django_migrations (id int)", "INSERT INTO django_migrations VALUES (1)"
    )
    yield found
    found.postgres.stop()


def _run(site: Site, *statements: str) -> None:
    assert site.postgres is not None
    with (
        psycopg2.connect(site.postgres.address(SUPERUSER, DATABASE)) as link,
        link.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)


def test_nothing_is_known_before_it_is_remembered(site: Site) -> None:
    assert not tables.up_to_date(site)
    tables.remember(site)
    assert tables.up_to_date(site)
    tables.forget(site)
    assert not tables.up_to_date(site)


def test_another_migration_in_the_database_is_seen(site: Site) -> None:
    tables.remember(site)
    _run(site, "INSERT INTO django_migrations VALUES (2)")

    assert not tables.up_to_date(site)


def test_a_change_of_the_code_is_seen(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "itsm").mkdir()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/run.txt").write_text("")
    model = tmp_path / "itsm/models.py"
    model.write_text("x = 1")
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    tables.remember(site)
    assert tables.up_to_date(site)
    model.write_text("x = 12")

    assert not tables.up_to_date(site)
