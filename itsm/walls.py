"""The second wall: row-level security, grants and their functions, applied by the owner after each migrate.

Every model declares ``wall``: customer, shared, provider or system. Tables of other packages are listed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

CUSTOMER, SHARED, PROVIDER, SYSTEM = "customer", "shared", "provider", "system"
PACKAGE_PREFIXES = {
    "account_": SYSTEM, "auth_": SYSTEM, "django_celery_beat_": SYSTEM, "django_session": SYSTEM,
    "django_content_type": SYSTEM, "django_migrations": SYSTEM, "knox_": SYSTEM, "mfa_": SYSTEM,
    "usersessions_": SYSTEM, "pghistory_": PROVIDER,
}  # fmt: skip
_IDS = "(SELECT plimsoll_customers())::uuid[]"


@dataclass(frozen=True, slots=True)
class Table:
    """One table and the wall that it stands behind; ``condition`` is what a customer's rows fulfill."""

    name: str
    wall: str
    condition: str = ""
    writable: bool = False


def tables() -> list[Table]:
    """Return every table of the product with its wall, sorted by name."""
    found = {table.name: table for table in _declared()}
    return [found[name] for name in sorted(found)]


def _declared() -> Iterator[Table]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table != "pghistory_events":  # a query without a table of its own
            yield _table(model)
    yield Table("django_migrations", SYSTEM)
    yield Table("knox_authtoken", SYSTEM)


def _table(model: type[models.Model]) -> Table:
    source: Any = getattr(model, "pgh_tracked_model", None) or model
    name, wall = model._meta.db_table, getattr(source, "wall", None)
    history = source is not model
    if wall is None:
        wall = next((w for prefix, w in PACKAGE_PREFIXES.items() if name.startswith(prefix)), "")
    if wall == CUSTOMER:
        column = getattr(source, "wall_column", "customer_id")
        extra = getattr(source, "wall_extra", "")
        condition = f"{column} = ANY ({_IDS})" + (f" AND {extra}" if extra else "")
        writes = bool(getattr(source, "customers_write", ())) and not history
        return Table(name, wall, condition, writable=writes)
    if wall == SHARED and history:
        return Table(name, PROVIDER)
    return Table(name, wall, getattr(source, "wall_condition", ""))


FUNCTIONS = """
CREATE OR REPLACE FUNCTION plimsoll_customers() RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('app.customers', true), ''), '{}')::uuid[] $$;
CREATE OR REPLACE FUNCTION plimsoll_visible_services() RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT ARRAY(%(visible)s) $$;
"""


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field), f"{model.__name__}.{name} has no column."  # noqa: S101
    return str(field.column)


def _visible_services() -> str:
    for model in apps.get_models():
        link = getattr(model, "subscribes", None)
        if link:
            customer, service = (_column(model, name) for name in link)
            table = model._meta.db_table
            return f"SELECT {service} FROM {table} WHERE {customer} = ANY (plimsoll_customers())"  # noqa: S608 names of our own models
    return "SELECT NULL::uuid WHERE false"


def apply_walls(connection: Any) -> None:
    """Create the functions, policies and grants anew; idempotent, run as the owner."""
    statements = list(_statements())
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS % {"visible": _visible_services()})
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r','p') AND relnamespace = 'public'::regnamespace"
        )
        present = {row[0] for row in cursor.fetchall()}
        for table, sql in statements:
            if table in present:
                cursor.execute(sql)
        _composite_keys(cursor, present)
        cursor.execute(_DEFINERS)
        cursor.execute(_STATISTICS)


def _statements() -> Iterator[tuple[str, str]]:
    for table in tables():
        name = f'"{table.name}"'
        yield (
            table.name,
            f"REVOKE ALL ON {name} FROM plimsoll_app, plimsoll_staff, plimsoll_customer",
        )
        yield table.name, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO plimsoll_staff"
        if table.wall == SYSTEM:
            yield table.name, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO plimsoll_app"
            continue
        yield table.name, f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield table.name, f"DROP POLICY IF EXISTS staff ON {name}"
        yield (
            table.name,
            f"CREATE POLICY staff ON {name} TO plimsoll_staff USING (true) WITH CHECK (true)",
        )
        yield table.name, f"DROP POLICY IF EXISTS customer ON {name}"
        if table.wall in (CUSTOMER, SHARED) and table.condition:
            yield (
                table.name,
                f"CREATE POLICY customer ON {name} TO plimsoll_customer USING ({table.condition})",
            )
            rights = "SELECT, INSERT, UPDATE" if table.writable else "SELECT"
            yield table.name, f"GRANT {rights} ON {name} TO plimsoll_customer"


def _composite_keys(cursor: Any, present: set[str]) -> None:
    """Give children of customer tables a key that names the customer too: a plain one ignores the wall."""
    for child in apps.get_models():
        if getattr(child, "wall", "") != CUSTOMER or hasattr(child, "pgh_tracked_model"):
            continue
        own = getattr(child, "wall_column", "customer_id")
        if own == "id" or child._meta.db_table not in present:
            continue
        for field in child._meta.local_fields:
            if not isinstance(field, models.ForeignKey):
                continue
            parent: Any = field.related_model
            if getattr(parent, "wall", "") != CUSTOMER:
                continue
            theirs = getattr(parent, "wall_column", "customer_id")
            if theirs != "id":
                _composite_key(
                    cursor,
                    (child._meta.db_table, own, field.column),
                    (parent._meta.db_table, theirs),
                )


def _composite_key(cursor: Any, child: tuple[str, str, str], parent: tuple[str, str]) -> None:
    unique, key = f"{parent[0]}_wall_key"[:63], f"{child[0]}_{child[2]}_wall"[:63]
    cursor.execute("SELECT conname FROM pg_constraint WHERE conname IN (%s, %s)", [unique, key])
    there = {row[0] for row in cursor.fetchall()}
    if unique not in there:
        cursor.execute(
            f'ALTER TABLE "{parent[0]}" ADD CONSTRAINT "{unique}" UNIQUE ("{parent[1]}", "id")'
        )
    if key not in there:
        cursor.execute(
            f'ALTER TABLE "{child[0]}" ADD CONSTRAINT "{key}" FOREIGN KEY ("{child[1]}", "{child[2]}")'
            f' REFERENCES "{parent[0]}" ("{parent[1]}", "id") DEFERRABLE INITIALLY DEFERRED'
        )


_DEFINERS = """
DO $$
DECLARE f record;
BEGIN
  GRANT USAGE ON SCHEMA public TO plimsoll_app, plimsoll_staff, plimsoll_customer;
  GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO plimsoll_app, plimsoll_staff, plimsoll_customer;
  FOR f IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND (p.proname LIKE 'pgtrigger\\_%%' OR p.proname = '_pgh_attach_context')
      AND p.prosrc ILIKE '%%_pgh_attach_context%%' OR p.proname = '_pgh_attach_context'
  LOOP
    EXECUTE format('ALTER FUNCTION %%s SECURITY DEFINER SET search_path = public, pg_temp', f.name);
  END LOOP;
END $$;
""".replace("%%", "%")

_STATISTICS = """
CREATE OR REPLACE FUNCTION plimsoll_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN ANALYZE itsm_ticket, itsm_ticketevent, itsm_outage, itsm_sample; END $$;
REVOKE ALL ON FUNCTION plimsoll_refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plimsoll_refresh_statistics() TO plimsoll_staff;
"""  # after a bulk load the planner must know the new sizes at once, not a minute later
