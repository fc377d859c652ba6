"""A hundred times the demo's rows, by SQL: ten times the customers and services, ten times back in time.

Written as the superuser of the private server, so that neither keys nor history cost minutes. Copy ``n``
(1 to 99) belongs to replica ``n // 10`` of its customer and service and lies ``n % 10`` times 30 months in the past.
"""

import os
from collections.abc import Iterable
from typing import Any

import psycopg2

TIMES = 100
SHIFT = "interval '30 months'"
# tables of things, copied ten times: name, columns that must stay unique
THINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("itsm_party", ("slug",)),
    ("itsm_service", ("slug",)),
    ("itsm_series", ("slug", "external_id")),
    ("slas_agreement", ("reference",)),
    ("slas_agreementversion", ()),
    ("slas_target", ()),
    ("slas_subscription", ()),
    ("reporting_reportdefinition", ()),
)
# tables of records, copied a hundred times
RECORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("itsm_serviceevent", ("reference",)),
    ("itsm_outage", ("reference",)),
    ("itsm_maintenancewindow", ("reference",)),
    ("itsm_ticket", ("external_id",)),
    ("itsm_ticketevent", ()),
    ("itsm_decision", ()),
    ("itsm_action", ()),
    ("itsm_comment", ()),
    ("slas_evaluation", ()),
    ("reporting_deliveryobligation", ()),
)
# columns with keys → the table they point to
KEYS = {
    "party_id": "itsm_party", "customer_id": "itsm_party", "service_id": "itsm_service",
    "series_id": "itsm_series", "agreement_id": "slas_agreement", "version_id": "slas_agreementversion",
    "target_id": "slas_target", "definition_id": "reporting_reportdefinition",
    "ticket_id": "itsm_ticket", "event_id": "itsm_serviceevent",
}  # fmt: skip
SINGLE = ("northwind",)  # there is one provider


def grow() -> dict[str, int]:
    """Copy the demo's rows and return the number of rows of each table afterwards."""
    counts = {}
    with _superuser() as link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        _remember_keys(cursor)
        for table, unique in THINGS:
            _copy(cursor, table, unique, is_record=False)
        for table, unique in RECORDS:
            _copy(cursor, table, unique, is_record=True)
        _copy_samples(cursor)
        cursor.execute("ANALYZE")
        for table in [name for name, _unique in (*THINGS, *RECORDS)] + ["itsm_sample"]:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


def _superuser() -> Any:
    facts = psycopg2.extensions.parse_dsn(os.environ["ADMIN_DATABASE_URL"])
    return psycopg2.connect(**{**facts, "dbname": "plimsoll"})


def _remember_keys(cursor: Any) -> None:
    """Give each copy of each row its key before anything points to it."""
    cursor.execute("CREATE TEMP TABLE copied (source uuid, replica int, shift int, id uuid)")
    for tables, shifts in ((THINGS, 0), (RECORDS, 9)):
        for table, _unique in tables:
            single = " WHERE slug <> ALL (%s)" if table == "itsm_party" else ""
            cursor.execute(
                f"INSERT INTO copied SELECT t.id, a, b, gen_random_uuid() FROM {table} t,"
                f" generate_series(0, 9) a, generate_series(0, {shifts}) b{single}"
                f"{' AND' if single else ' WHERE'} a + b > 0",
                [list(SINGLE)] if single else None,
            )
    cursor.execute("CREATE INDEX ON copied (source, replica, shift); ANALYZE copied")


def _copy(cursor: Any, table: str, unique: Iterable[str], *, is_record: bool) -> None:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
        [table],
    )
    columns = cursor.fetchall()
    joins, values = [], []
    for name, kind in columns:
        value = f't."{name}"'
        if name == "id":
            value = "c.id"
        elif name in KEYS:
            alias = f"k{len(joins)}"
            shift = "c.shift" if KEYS[name] in dict(RECORDS) else "0"
            joins.append(
                f"LEFT JOIN copied {alias} ON {alias}.source = t.{name}"
                f" AND {alias}.replica = c.replica AND {alias}.shift = {shift}"
            )
            value = f"coalesce({alias}.id, t.{name})"
        elif name in unique:
            value = f"t.{name} || '-' || c.replica || '-' || c.shift"
        elif is_record and kind == "timestamp with time zone":
            value = f"t.{name} - c.shift * {SHIFT}"
        elif is_record and name == "period":
            value = (
                "CASE WHEN t.period LIKE '%Q%' THEN to_char(to_date(left(t.period, 4), 'YYYY')"
                " + (right(t.period, 1)::int - 1) * interval '3 months'"
                f" - c.shift * {SHIFT}, 'YYYY-\"Q\"Q')"
                f" ELSE to_char(to_date(t.period, 'YYYY-MM') - c.shift * {SHIFT}, 'YYYY-MM') END"
            )
        values.append(value)
    names = ", ".join(f'"{name}"' for name, _kind in columns)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} t"
        f" JOIN copied c ON c.source = t.id {' '.join(joins)}"
    )


def _copy_samples(cursor: Any) -> None:
    """Copy the samples: 457 days back each time, so that no instant comes twice."""
    cursor.execute(
        "SELECT plimsoll_ensure_partition(month::date) FROM (SELECT min(at) AS first, max(at) AS last"
        " FROM itsm_sample) s, generate_series(s.first - interval '4144 days', s.last, '1 month') month"
    )
    cursor.execute(
        "INSERT INTO itsm_sample"
        " SELECT coalesce(k.id, s.series_id), s.at - b * interval '457 days', s.value, s.batch"
        " FROM itsm_sample s CROSS JOIN generate_series(0, 9) a CROSS JOIN generate_series(0, 9) b"
        " LEFT JOIN copied k ON k.source = s.series_id AND k.replica = a AND k.shift = 0"
        " WHERE a + b > 0"
    )
