"""The roles of the two walls, on a real server."""

import os

import psycopg2
import pytest
from psycopg2 import errors

from itsm.server.roles import EXTENSIONS, LOGIN, OWNER, TAKEN, database_sql, roles_sql

ROLES = (OWNER, LOGIN, *TAKEN)


def _ask(address: str, *statements: str) -> list[tuple]:
    connection = psycopg2.connect(address)
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()
    finally:
        connection.close()


def test_making_the_roles_again_changes_nothing():
    facts = (
        "SELECT rolname, rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcanlogin"
        " FROM pg_roles WHERE rolname LIKE 'plimsoll%' ORDER BY 1"
    )
    before = _ask(os.environ["ADMIN_DATABASE_URL"], facts)

    after = _ask(os.environ["ADMIN_DATABASE_URL"], roles_sql(creates_databases=True), facts)

    assert after == before


def test_no_role_is_superuser_or_above_the_policies_and_only_two_sign_in():
    rows = _ask(
        os.environ["ADMIN_DATABASE_URL"],
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles"
        " WHERE rolname LIKE 'plimsoll%'",
    )

    assert sorted(rows) == sorted(
        (role, False, False, False, role in {OWNER, LOGIN}) for role in ROLES
    )


@pytest.mark.parametrize("role", TAKEN)
def test_the_running_processes_take_each_role_of_the_walls(role):
    asked = _ask(os.environ["DATABASE_URL"], f"SET ROLE {role}", "SELECT current_user")

    assert asked == [(role,)]


@pytest.mark.parametrize("role", [OWNER, "itsm"])
def test_the_running_processes_cannot_become_owner_or_superuser(role):
    with pytest.raises(errors.InsufficientPrivilege):
        _ask(os.environ["DATABASE_URL"], f"SET ROLE {role}")


def test_the_running_processes_cannot_make_a_table():
    with pytest.raises(errors.InsufficientPrivilege):
        _ask(os.environ["DATABASE_URL"], "CREATE TABLE public.mine (id int)")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_owner_may_create_each_extension(extension):
    statements = (f"CREATE EXTENSION IF NOT EXISTS {extension}", "SELECT current_user")

    assert _ask(os.environ["DATABASE_OWNER_URL"], *statements) == [(OWNER,)]


def test_a_password_with_a_quote_is_quoted():
    assert "ALTER ROLE plimsoll PASSWORD 'it''s';" in roles_sql(password="it's")


def test_a_database_name_with_a_quote_is_quoted():
    assert 'ALTER DATABASE "od""d" OWNER TO plimsoll_owner;' in database_sql('od"d')
