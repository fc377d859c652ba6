"""The SQL of the removal: rows, their history, samples, hints in the outbox, and numbers given to nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models

from itsm.models import (
    Currency,
    FeedEntry,
    Job,
    NumberSequence,
    OutboxMessage,
    Party,
    Sample,
    Series,
    User,
)
from itsm.outbox.feed import SEQUENCE

MADE_WITHIN = timedelta(seconds=5)
Keys = dict[type[models.Model], set[Any]]


def delete(keys: Keys) -> dict[str, int]:
    """Delete the rows of ``keys`` with all that only served them; return rows by table.

    Foreign keys are checked at commit, so the order of tables does not matter.
    """
    counts: dict[str, int] = {}
    currencies = _currencies(keys)
    uuids = {key for found in keys.values() for key in found if isinstance(key, UUID)}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("CREATE TEMP TABLE demo_key (id uuid PRIMARY KEY) ON COMMIT DROP")
        cursor.execute("INSERT INTO demo_key SELECT unnest(%s::uuid[])", [sorted(map(str, uuids))])
        cursor.execute("ANALYZE demo_key")
        counts[Sample._meta.db_table] = _run(
            cursor, "DELETE FROM itsm_sample WHERE series_id = ANY(%s::uuid[])",
            [sorted(map(str, keys[Series]))],
        )  # fmt: skip
        for naming, column in (
            (OutboxMessage, "payload"),
            (FeedEntry, "payload"),
            (Job, "arguments"),
        ):
            table = naming._meta.db_table
            counts[table] = _run(cursor, _MENTIONS.format(table, column))
        counts |= _sessions(keys[User])
        for model, found in keys.items():
            counts[model._meta.db_table] = counts.get(model._meta.db_table, 0) + _rows(
                cursor, model, found
            )
        counts[Currency._meta.db_table] = _rows(cursor, Currency, currencies)
        _history(cursor, currencies)
    _numbers()
    return {table: count for table, count in counts.items() if count}


_MENTIONS = """
DELETE FROM {0} m USING (
  SELECT DISTINCT o.id FROM {0} o,
    regexp_matches(o.{1}::text, '[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}', 'g') AS found
  JOIN demo_key d ON d.id = found[1]::uuid
) k WHERE k.id = m.id
"""


def _run(cursor: Any, statement: str, values: Any = None) -> int:
    cursor.execute(statement, values)
    return int(cursor.rowcount)


def _rows(cursor: Any, model: type[models.Model], keys: set[Any]) -> int:
    if not keys:
        return 0
    column, kind = model._meta.pk.column, model._meta.pk.db_type(connection)
    name = model._meta.db_table
    statement = f'DELETE FROM "{name}" WHERE "{column}" = ANY(%s::{_plain(kind)}[])'  # noqa: S608 names of our own models
    return _run(cursor, statement, [sorted(str(key) for key in keys)])


def _plain(kind: str | None) -> str:
    """Return the type without what makes it an identity or a serial."""
    return {"bigserial": "bigint", "serial": "integer"}.get(
        str(kind).split()[0], str(kind).split(" GENERATED")[0]
    )


def _history(cursor: Any, currencies: set[Any]) -> None:
    """Delete the history of the demo and the contexts that nothing else is written under."""
    gone = "SELECT id FROM demo_key UNION SELECT unnest(%s::uuid[])"
    tables = [model._meta.db_table for model in _history_models()]
    extra = sorted(map(str, currencies))
    cursor.execute("CREATE TEMP TABLE demo_context (id uuid) ON COMMIT DROP")
    for table in tables:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {table} WHERE pgh_obj_id IN ({gone}) RETURNING pgh_context_id)"  # noqa: S608 names of our own models
            " INSERT INTO demo_context SELECT DISTINCT pgh_context_id FROM gone"
            " WHERE pgh_context_id IS NOT NULL",
            [extra],
        )
    used = " UNION ALL ".join(f"SELECT pgh_context_id FROM {table}" for table in tables)  # noqa: S608 names of our own models
    cursor.execute(_CONTEXTS.format(used))


_CONTEXTS = """
DELETE FROM pghistory_context WHERE id IN (SELECT id FROM demo_context)
  AND id NOT IN (SELECT pgh_context_id FROM ({0}) u WHERE pgh_context_id IS NOT NULL)
"""


def _history_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if hasattr(model, "pgh_tracked_model") and model._meta.managed:
            yield model


def _currencies(keys: Keys) -> set[Any]:
    """Return currencies made just before the demo's first party that no real party uses."""
    parties = Party.objects.filter(pk__in=keys[Party])
    first = parties.aggregate(first=models.Min("created_at"))["first"]
    if first is None:
        return set()
    used = Party.objects.exclude(pk__in=keys[Party]).exclude(currency=None).values("currency")
    rows = Currency.objects.filter(created_at__gte=first - MADE_WITHIN, created_at__lte=first)
    return set(rows.exclude(pk__in=used).values_list("pk", flat=True))


def _sessions(users: set[Any]) -> dict[str, int]:
    names = {str(key) for key in users}
    gone = [
        row.pk
        for row in Session.objects.all().iterator()
        if row.get_decoded().get("_auth_user_id") in names
    ]
    Session.objects.filter(pk__in=gone).delete()
    return {Session._meta.db_table: len(gone)}


def _numbers() -> None:
    """Forget the sequences whose numbers nobody carries any more."""
    placed = OutboxMessage.objects.exclude(number=None).exists()
    for sequence in NumberSequence.objects.all():
        if sequence.prefix == SEQUENCE and placed:
            continue
        if not any(_carries(model, name, sequence.prefix) for model, name in _numbered()):
            sequence.delete()


def _numbered() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        if hasattr(model, "pgh_tracked_model"):
            continue
        for one in model._meta.local_fields:
            if one.name in ("reference", "number") and isinstance(one, models.CharField):
                yield model, one.name


def _carries(model: type[models.Model], name: str, prefix: str) -> bool:
    return bool(model._base_manager.filter(**{f"{name}__startswith": f"{prefix}-"}).exists())
