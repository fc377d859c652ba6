"""The second wall covers every table: lists, policies, grants, composite keys, roles."""

import pytest
from django.apps import apps
from django.db import connection, models

from itsm.tenancy import SYSTEM, ScopedQuerySet, acting_as
from itsm.walls import CUSTOMER, PROVIDER, SHARED, tables
from itsm.walls import SYSTEM as SYSTEM_WALL

pytestmark = pytest.mark.django_db
OURS = ("itsm", "slas", "budgeting", "capacity", "continuity", "security", "reporting")


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_every_table_stands_behind_a_wall() -> None:
    present = {
        name
        for (name,) in _rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r','p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        )
    }
    walls = {table.name: table.wall for table in tables()}

    assert present - set(walls) == set()
    assert {
        name for name in present if walls[name] not in {CUSTOMER, SHARED, PROVIDER, SYSTEM_WALL}
    } == set()


def test_each_customer_shared_and_provider_table_has_its_policies() -> None:
    enabled = {name for (name,) in _rows("SELECT relname FROM pg_class WHERE relrowsecurity")}
    policies = {
        (table, name) for table, name in _rows("SELECT tablename, policyname FROM pg_policies")
    }
    for table in tables():
        if table.wall == SYSTEM_WALL:
            continue
        assert table.name in enabled, table.name
        assert (table.name, "staff") in policies, table.name
        assert ((table.name, "customer") in policies) == bool(table.condition), table.name


def test_customers_have_no_grant_on_provider_and_system_tables() -> None:
    granted = {
        name
        for (name,) in _rows(
            "SELECT DISTINCT table_name FROM information_schema.table_privileges"
            " WHERE grantee = 'plimsoll_customer' AND table_schema = 'public'"
        )
    }
    closed = {table.name for table in tables() if table.wall in {PROVIDER, SYSTEM_WALL}}

    assert granted & closed == set()


def test_the_application_role_reaches_system_tables_only() -> None:
    granted = {
        name
        for (name,) in _rows(
            "SELECT DISTINCT table_name FROM information_schema.table_privileges"
            " WHERE grantee = 'plimsoll_app' AND table_schema = 'public'"
        )
    }

    assert granted == {table.name for table in tables() if table.wall == SYSTEM_WALL} & granted
    assert "itsm_party" not in granted


def test_no_partition_is_granted_to_anybody() -> None:
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT plimsoll_ensure_partition('2026-03-01')")
    granted = _rows(
        "SELECT table_name, grantee FROM information_schema.table_privileges"
        " WHERE table_name LIKE 'itsm_sample_%' AND grantee LIKE 'plimsoll_%' AND grantee <> 'plimsoll_owner'"
    )

    assert granted == []


def test_every_customer_row_names_its_customer() -> None:
    found = []
    for model in apps.get_models():
        if getattr(model, "wall", "") != CUSTOMER or hasattr(model, "pgh_tracked_model"):
            continue
        column = getattr(model, "wall_column", "customer_id")
        field = next(f for f in model._meta.concrete_fields if f.column == column)
        if field.null:
            found.append(model._meta.label)
    assert found == []


def test_children_of_customer_rows_name_the_customer_in_their_key() -> None:
    keys = {name for (name,) in _rows("SELECT conname FROM pg_constraint WHERE contype = 'f'")}
    missing = []
    for child in apps.get_models():
        if getattr(child, "wall", "") != CUSTOMER or hasattr(child, "pgh_tracked_model"):
            continue
        for field in child._meta.local_fields:
            parent = getattr(field, "related_model", None)
            if not isinstance(field, models.ForeignKey) or getattr(parent, "wall", "") != CUSTOMER:
                continue
            own, theirs = getattr(child, "wall_column", ""), getattr(parent, "wall_column", "")
            if (
                theirs != "id"
                and own != "id"
                and f"{child._meta.db_table}_{field.column}_wall"[:63] not in keys
            ):
                missing.append(f"{child._meta.label}.{field.name}")
    assert missing == []


def test_every_model_of_ours_is_read_through_a_scoped_queryset() -> None:
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in OURS or hasattr(model, "pgh_tracked_model"):
            continue
        if model.__name__ == "ApiToken":
            continue
        if not isinstance(model._default_manager.all(), ScopedQuerySet):
            found.append(model._meta.label)
    assert found == []


def test_the_roles_are_neither_superusers_nor_above_the_policies() -> None:
    rows = _rows(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'plimsoll%' ORDER BY rolname"
    )

    assert {name for name, _s, _b in rows} == {
        "plimsoll", "plimsoll_app", "plimsoll_customer", "plimsoll_owner", "plimsoll_staff",
    }  # fmt: skip
    assert [row for row in rows if row[1] or row[2]] == []


def test_every_connection_assumes_the_application_role() -> None:
    assert _rows("SELECT current_user, session_user") == [("plimsoll_app", "plimsoll")]
