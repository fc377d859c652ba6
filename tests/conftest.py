"""Databases, roles and the standing cast for all tests.

The schema is made once as the owner and copied for each worker; tests then run as the roles of the site.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg2 import sql

from itsm.environment import database
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World, build_world

TEMPLATE = "plimsoll_template"


def _owner(name: str) -> Any:
    facts = database(os.environ["DATABASE_OWNER_URL"])
    link = psycopg2.connect(
        dbname=name,
        user=facts["USER"],
        password=facts["PASSWORD"] or None,
        host=facts["HOST"],
        port=facts["PORT"] or None,
    )
    link.autocommit = True
    return link


def _make_template() -> None:
    from django.core.management import call_command

    from itsm.walls import apply_walls

    default = connections["default"]
    kept = dict(default.settings_dict)
    default.close()
    default.settings_dict.update(database(os.environ["DATABASE_OWNER_URL"]))
    default.settings_dict.update({"NAME": TEMPLATE, "OPTIONS": {}})
    try:
        call_command("migrate", verbosity=0)
        apply_walls(default)
    finally:
        default.close()
        default.settings_dict.clear()
        default.settings_dict.update(kept)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Give this worker a copy of the migrated template."""
    name = f"test_plimsoll_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    admin = _owner(database(os.environ["DATABASE_OWNER_URL"])["NAME"])  # type: ignore[arg-type]
    with django_db_blocker.unblock(), admin.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4711)")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            try:
                _make_template()
            except BaseException:
                cursor.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(TEMPLATE))
                )
                raise
        cursor.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        cursor.execute("SELECT pg_advisory_unlock(4711)")
    connections["default"].close()
    settings.DATABASES["default"]["NAME"] = connections["default"].settings_dict["NAME"] = name
    yield
    connections.close_all()
    with suppress(psycopg2.Error), admin.cursor() as cursor:  # the servers end with the session
        cursor.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
    admin.close()


def _flush_as_owner(_self: DatabaseOperations, sql_list: list[str]) -> None:
    link = _owner(connection.settings_dict["NAME"])
    with link.cursor() as cursor:
        for statement in sql_list:
            whole = statement.startswith("TRUNCATE")  # the walls' keys lead to tables of raw SQL
            cursor.execute(statement.rstrip(" ;") + " CASCADE" if whole else statement)
    link.close()


@pytest.fixture(autouse=True, scope="session")
def _flush_by_the_owner() -> Iterator[None]:
    """After a transactional test the owner empties the tables: the site's roles may not truncate."""
    kept = DatabaseOperations.execute_sql_flush
    DatabaseOperations.execute_sql_flush = _flush_as_owner  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = kept  # type: ignore[method-assign]


@pytest.fixture
def world(db: None) -> World:
    """The standing cast: two customers, staff of each role, an auditor; nobody is signed in."""
    with acting_as(SYSTEM):
        return build_world()


@pytest.fixture
def system(db: None) -> Iterator[None]:
    """Run the test on behalf of the system (the staff role without a person)."""
    with acting_as(SYSTEM):
        yield
