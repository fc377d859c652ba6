"""What leans on an import: records changed since, rows that point to what it made, the time it tells about."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from itsm.models import ImportRun
from itsm.models.base import ReferringRecord
from itsm.registry import TimeOfService

_CHANGED = (
    "SELECT w.record, t.updated_at FROM itsm_importedrecord w LEFT JOIN {table} t ON t.id = w.record"
    " WHERE w.run_id = %s AND w.model = %s AND t.updated_at IS DISTINCT FROM w.stamp"
    " ORDER BY w.id LIMIT %s"
)
_CONTINUED = """
SELECT t.id FROM itsm_importedrecord w JOIN itsm_ticket t ON t.id = w.record
WHERE w.run_id = %s AND w.model = 'itsm.ticket' AND w.last_event IS NOT NULL AND EXISTS (
  SELECT 1 FROM itsm_ticketevent e
  WHERE e.customer_id = t.customer_id AND e.ticket_id = t.id AND e.sequence > w.last_event)
ORDER BY w.id LIMIT %s
"""
_OVERWRITTEN = """
SELECT w.record, w.instant FROM itsm_importedrecord w
LEFT JOIN itsm_sample t ON t.series_id = w.record AND t.at = w.instant
WHERE w.run_id = %s AND w.model = 'itsm.sample' AND t.batch IS DISTINCT FROM w.run_id
ORDER BY w.instant LIMIT %s
"""
_POINTING = (
    "SELECT w.record, r.{key} FROM itsm_importedrecord w JOIN {table} r ON r.{column} = w.record"
    " WHERE w.run_id = %s AND w.model = %s AND w.former IS NULL AND NOT EXISTS ("
    " SELECT 1 FROM itsm_importedrecord o WHERE o.run_id = w.run_id AND o.model = %s AND o.record = r.{key})"
    " LIMIT %s"
)
# Everything that a ticket was or is: its service now and before, from its opening to its last event.
_TICKETS = """
SELECT t.customer_id, s.service, least(t.opened_at, (w.former->>'opened_at')::timestamptz) AS begun,
  CASE WHEN e.kind IN ('STOP', 'CANCEL') THEN e.effective_at END AS ended
FROM itsm_importedrecord w JOIN itsm_ticket t ON t.id = w.record
  LEFT JOIN LATERAL (SELECT kind, effective_at FROM itsm_ticketevent
    WHERE customer_id = t.customer_id AND ticket_id = t.id ORDER BY sequence DESC LIMIT 1) e ON true,
  unnest(ARRAY[t.service_id, (w.former->>'service_id')::uuid]) AS s(service)
WHERE w.run_id = %(run)s AND w.model = 'itsm.ticket' AND s.service IS NOT NULL
"""
_EVENTS = """
UNION ALL SELECT t.customer_id, t.service_id, t.starts_at, t.ends_at
FROM itsm_importedrecord w JOIN {table} t ON t.id = w.record
WHERE w.run_id = %(run)s AND w.model = '{model}'
"""
_SPANS = """
SELECT customer_id, service, lower(span), upper(span) FROM (
  SELECT customer_id, service, unnest(range_agg(tstzrange(begun,
    CASE WHEN ended IS NULL THEN NULL ELSE greatest(ended, begun) END, '[]'))) AS span
  FROM ({rows}) rows GROUP BY customer_id, service) spans
"""
_MONTHS = """
SELECT coalesce(customer_id::text, ''), service::text, to_char(month, 'YYYY-MM') FROM ({rows}) rows,
  generate_series(date_trunc('month', begun - interval '1 day'),
    greatest(coalesce(ended, %(at)s), begun) + interval '1 day', interval '1 month') AS month
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_TIMED = ("itsm.outage", "itsm.maintenancewindow")


def changed_since(run: ImportRun, most: int) -> Iterator[str]:
    """Yield a sentence for each record that is no longer as the import left it, at most ``most`` of a kind."""
    for name in _names(run):
        with connection.cursor() as cursor:
            if name == "itsm.sample":
                cursor.execute(_OVERWRITTEN, [run.pk, most])
                yield from (_overwritten(*row) for row in cursor.fetchall())
                continue
            model = apps.get_model(name)
            cursor.execute(_CHANGED.format(table=model._meta.db_table), [run.pk, name, most])
            yield from (_changed(model, key, at, run) for key, at in cursor.fetchall())
            if name == "itsm.ticket":
                cursor.execute(_CONTINUED, [run.pk, most])
                yield from (
                    _("%(row)s got further events since.") % {"row": _words(model, key)}
                    for (key,) in cursor.fetchall()
                )


def _names(run: ImportRun) -> list[str]:
    return list(run.written.values_list("model", flat=True).distinct().order_by("model"))


def _overwritten(series: Any, at: datetime) -> str:
    row = apps.get_model("itsm.Series").objects.filter(pk=series).first()
    facts = {"series": row or _("a removed series"), "at": _time(at)}
    return _("The value of %(series)s at %(at)s was changed since.") % facts


def _changed(model: Any, key: Any, at: datetime | None, run: ImportRun) -> str:
    if at is None:
        return _("A record of this import (%(kind)s) was deleted since.") % {
            "kind": model._meta.verbose_name
        }
    facts = {"row": _words(model, key), "at": _time(at), "who": _who(model, key, run)}
    if facts["who"]:
        return _("%(row)s was changed on %(at)s by %(who)s.") % facts
    return _("%(row)s was changed on %(at)s.") % facts


def _time(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")


def _words(model: Any, key: Any) -> str:
    row = model._default_manager.filter(pk=key).first()
    return f"{str(model._meta.verbose_name).capitalize()} {row}"


def _who(model: Any, key: Any, run: ImportRun) -> str:
    """Return the later import that wrote the record, or the person whom the history names."""
    later = ImportRun.objects.filter(
        written__record=key, state=ImportRun.State.APPLIED, applied_at__gt=run.applied_at
    ).order_by("-applied_at")
    found = later.first()
    if found is not None:
        return _("the import %(name)s") % {"name": found.file_name}
    tables = getattr(model, "pgh_event_models", None) or {}
    for table in tables.values():
        entry = table.objects.filter(pgh_obj_id=key).select_related("pgh_context").last()
        if entry is not None and entry.pgh_context is not None:
            return str(entry.pgh_context.metadata.get("user", ""))
    return ""


def pointing(run: ImportRun, most: int) -> Iterator[str]:
    """Yield a sentence for rows of other people that point to a record which the import made."""
    for name in _names(run):
        if name == "itsm.sample":
            continue
        model = apps.get_model(name)
        for other, column in _pointers(model):
            facts = {"table": other._meta.db_table, "column": column, "key": other._meta.pk.column}
            with connection.cursor() as cursor:
                words = [run.pk, name, other._meta.label_lower, most]
                cursor.execute(_POINTING.format(**facts), words)
                for key, pointer in cursor.fetchall():
                    yield _("%(row)s belongs to %(record)s, which this import made.") % {
                        "row": _words(other, pointer), "record": _words(model, key),
                    }  # fmt: skip


def _pointers(model: Any) -> Iterator[tuple[Any, str]]:
    """Yield the models and columns that may point to rows of ``model``; events go with their ticket."""
    for one in model._meta.get_fields(include_hidden=True):
        field: Any = getattr(one, "field", None)
        if not one.auto_created or one.concrete or not isinstance(field, models.ForeignKey):
            continue
        other: Any = one.related_model
        is_history = hasattr(other, "pgh_tracked_model") or other._meta.label == "itsm.TicketEvent"
        if not is_history and other._meta.managed:
            yield other, field.column
    for other in apps.get_models():
        if issubclass(other, ReferringRecord):
            yield other, "ref_uuid"


def _rows(run: ImportRun) -> str:
    timed = [name for name in _names(run) if name in _TIMED]
    events = [
        _EVENTS.format(table=apps.get_model(name)._meta.db_table, model=name) for name in timed
    ]
    return _TICKETS + "".join(events)


def times(run: ImportRun, at: datetime) -> list[TimeOfService]:
    """Return the time, per customer and service, that the records of the import tell about."""
    with connection.cursor() as cursor:
        cursor.execute(_SPANS.format(rows=_rows(run)), {"run": run.pk, "at": at})
        found = cursor.fetchall()
    return [
        TimeOfService(service, begun, ended, customer) for customer, service, begun, ended in found
    ]


def months(run: ImportRun, at: datetime) -> dict[str, dict[str, list[str]]]:
    """Return customer (empty: all) → service → months such as 2026-03 that the import touched."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS.format(rows=_rows(run)), {"run": run.pk, "at": at})
        found = cursor.fetchall()
    touched: dict[str, dict[str, list[str]]] = {}
    for customer, service, month in found:
        touched.setdefault(customer, {}).setdefault(service, []).append(month)
    return touched
