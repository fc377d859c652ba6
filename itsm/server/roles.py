"""The database roles of the two walls (docs/architecture.md, section 8), made by a superuser.

Making them again changes nothing.

``python -m itsm.server.roles`` prints the SQL for a database administrator; ``--apply`` runs it
at ``ADMIN_DATABASE_URL`` with the passwords and the name in ``DATABASE_URL`` and
``DATABASE_OWNER_URL``.
"""

import os
import sys
from urllib.parse import unquote, urlsplit

import psycopg2

from itsm.server.errors import StartRefused

OWNER = "plimsoll_owner"
LOGIN = "plimsoll"
TAKEN = ("plimsoll_app", "plimsoll_staff", "plimsoll_customer")
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")


def roles_sql(
    *,
    password: str | None = None,
    owner_password: str | None = None,
    creates_databases: bool = False,
) -> str:
    """Return idempotent SQL for the five roles: none is superuser or above the policies.

    ``creates_databases`` is for tests, where the owner makes a database per worker.
    """
    logins = {OWNER: "INHERIT", LOGIN: "NOINHERIT"}
    lines = [_create(role) for role in (OWNER, LOGIN, *TAKEN)]
    lines += [_plain(role, f"LOGIN {ways}") for role, ways in logins.items()]
    lines += [_plain(role, "NOLOGIN") for role in TAKEN]
    for role, secret in ((LOGIN, password), (OWNER, owner_password)):
        if secret:
            lines.append(f"ALTER ROLE {role} PASSWORD {_quoted(secret)};")
    lines += [f"GRANT {', '.join(TAKEN)} TO {LOGIN}, {OWNER};"]
    if creates_databases:
        lines.append(f"ALTER ROLE {OWNER} CREATEDB;")
    return "\n".join(lines) + "\n"


def database_sql(name: str) -> str:
    """Return idempotent SQL, run inside database ``name``, that gives it to the owner alone."""
    quoted = '"' + name.replace('"', '""') + '"'
    return (
        f"ALTER DATABASE {quoted} OWNER TO {OWNER};\n"
        f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC;\n"
        f"GRANT CONNECT ON DATABASE {quoted} TO {LOGIN};\n"
        f"GRANT TEMPORARY ON DATABASE {quoted} TO {LOGIN}, plimsoll_app, plimsoll_staff;\n"
        f"ALTER SCHEMA public OWNER TO {OWNER};\n"
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n"
        f"GRANT USAGE ON SCHEMA public TO {LOGIN}, {', '.join(TAKEN)};\n"
    )


def apply_roles(
    address: str,
    *,
    database: str = "plimsoll",
    password: str | None = None,
    owner_password: str | None = None,
    creates_databases: bool = False,
) -> None:
    """Make roles and ``database`` at ``address``, a superuser's address of any database there."""
    sql = roles_sql(
        password=password, owner_password=owner_password, creates_databases=creates_databases
    )
    _run(address, sql)
    _create_database(address, database)
    parts = urlsplit(address)
    _run(parts._replace(path=f"/{database}").geturl(), database_sql(database))


def _create(role: str) -> str:
    return (
        f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation"
        " THEN NULL; END $$;"
    )


def _plain(role: str, ways: str) -> str:
    return (
        f"ALTER ROLE {role} {ways} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;"
    )


def _quoted(text: str) -> str:
    if "\\" in text or "\0" in text:
        raise StartRefused("A database password may not contain a backslash. Choose another one.")
    return "'" + text.replace("'", "''") + "'"


def _run(address: str, sql: str) -> None:
    connection = psycopg2.connect(address, connect_timeout=10)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


def _create_database(address: str, name: str) -> None:
    connection = psycopg2.connect(address, connect_timeout=10)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                quoted = '"' + name.replace('"', '""') + '"'
                cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    """Print the SQL, or apply it with ``--apply``; return the exit code."""
    if arguments != ["--apply"]:
        print(roles_sql(), end="")
        print("-- then, inside the database (CREATE DATABASE plimsoll):")
        print(database_sql("plimsoll"), end="")
        return 0
    missing = [
        name
        for name in ("ADMIN_DATABASE_URL", "DATABASE_URL", "DATABASE_OWNER_URL")
        if not os.environ.get(name)
    ]
    if missing:
        print(f"{missing[0]} is not set. Set it to a postgres:// address.", file=sys.stderr)
        return 1
    served = urlsplit(os.environ["DATABASE_URL"])
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    try:
        apply_roles(
            os.environ["ADMIN_DATABASE_URL"],
            database=unquote(served.path.lstrip("/")),
            password=unquote(served.password or "") or None,
            owner_password=unquote(owner.password or "") or None,
        )
    except (psycopg2.Error, StartRefused) as error:
        print(f"The roles were not made: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    print("Roles and database are ready.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
