"""The one bulk door for tickets and the events of their clocks (ISO/IEC 20000-1:2018, 8.6.1, 8.6.2).

Tickets come in as a stream, go into TEMP stages by COPY, are compared with what is there in SQL and
written in four statements, so that any number of them needs the same memory. Events are append-only:
a ticket whose log has grown gets its new events, one whose past events differ is refused.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.fields import uuid7

BATCH = 2_000


class EventFacts(Protocol):
    """What an event must tell: kind as in TicketEvent.Kind, UTC instant, reason, priority."""

    kind: str
    at: datetime
    reason: str
    priority: int | None


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket with all events that its source knows, in order; ``line`` says where it stands there."""

    external_id: str
    service_id: UUID
    opened_at: datetime
    events: tuple[Any, ...]
    line: int = 0
    kind: str = "INCIDENT"
    title: str = ""
    priority: int | None = None
    category: str = ""
    group: str = ""
    tool_verdict: bool | None = None

    def digest(self, untold: frozenset[str] = frozenset()) -> str:
        """Return the SHA-256 of all facts and events: equal digests mean nothing has changed.

        ``untold`` are the facts that the source does not know, which is another thing than empty ones.
        """
        facts: list[Any] = [
            self.external_id, self.service_id, self.opened_at.isoformat(), self.kind, self.title,
            self.priority, self.category, self.group, self.tool_verdict, *sorted(untold),
        ]  # fmt: skip
        facts += [(e.kind, e.at.isoformat(), e.reason, e.priority) for e in self.events]
        return hashlib.sha256(repr([str(fact) for fact in facts]).encode()).hexdigest()


@dataclass(slots=True)
class TicketsWritten:
    """How many tickets were new, changed, the same; ``refused`` holds (line, number, code, sentence)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    events: int = 0
    refused: list[tuple[int, str, str, str]] = field(default_factory=list)
    refused_count: int = 0


# Facts that a source may not tell, by their columns; the events of a clock are facts, too.
_TOLD = ("title", "kind", "priority", "category", "group", "tool_verdict")
UNTOLD = frozenset({*_TOLD, "responded_at", "resolved_at"})
_UNTOLD_EVENT = """
(e.kind = 'PRIORITY' AND 'priority' = ANY(%(untold)s) OR e.kind = 'RESPOND' AND 'responded_at' = ANY(%(untold)s)
 OR e.kind = 'STOP' AND e.reason IN ('', 'resolved_at') AND 'resolved_at' = ANY(%(untold)s))
"""
_STAGES = """
DROP TABLE IF EXISTS stage_ticket, stage_ticket_event;
CREATE TEMP TABLE stage_ticket (id uuid, line integer, external_id text, service_id uuid,
  opened_at timestamptz, kind text, title text, priority smallint, category text, "group" text,
  tool_verdict boolean, digest text, ticket_id uuid, outcome text NOT NULL DEFAULT 'new',
  told integer NOT NULL DEFAULT 0, last integer NOT NULL DEFAULT 0)
  ON COMMIT DROP;
CREATE TEMP TABLE stage_ticket_event (id uuid, external_id text, sequence integer, kind text,
  effective_at timestamptz, reason text, priority smallint) ON COMMIT DROP;
"""
_COPY_TICKETS = (
    "COPY stage_ticket (id, line, external_id, service_id, opened_at, kind, title, priority, category,"
    ' "group", tool_verdict, digest) FROM STDIN'
)
_COPY_EVENTS = "COPY stage_ticket_event FROM STDIN"
_TWICE = """
UPDATE stage_ticket s SET outcome = 'twice' FROM (
  SELECT external_id, min(line) AS first FROM stage_ticket GROUP BY external_id HAVING count(*) > 1
) d WHERE d.external_id = s.external_id
"""
_COMPARE = """
UPDATE stage_ticket s SET ticket_id = t.id,
  outcome = CASE WHEN t.inputs_sha256 = s.digest THEN 'unchanged' ELSE 'updated' END
FROM itsm_ticket t
WHERE t.customer_id = %(customer)s AND t.source = %(source)s AND t.external_id = s.external_id
  AND s.outcome = 'new'
"""
# ``told`` counts the events here that the source tells about, ``last`` is the number of the last one of all.
_COUNT = """
UPDATE stage_ticket s SET told = k.told, last = k.last FROM (
  SELECT e.ticket_id, count(*) FILTER (WHERE NOT {untold}) AS told, max(e.sequence) AS last
  FROM stage_ticket s JOIN itsm_ticketevent e ON e.customer_id = %(customer)s AND e.ticket_id = s.ticket_id
  WHERE s.outcome = 'updated' GROUP BY e.ticket_id) k
WHERE k.ticket_id = s.ticket_id AND s.outcome = 'updated'
""".replace("{untold}", _UNTOLD_EVENT)
# Another past: an event that is here differs or is missing, or a new one would come after a later one or a stop
# that this source does not tell about.
_HISTORY = """
WITH here AS (
  SELECT e.*, s.external_id AS number, s.told, {untold} AS untold,
    row_number() OVER (PARTITION BY e.ticket_id, {untold} ORDER BY e.sequence) AS place
  FROM stage_ticket s JOIN itsm_ticketevent e ON e.customer_id = %(customer)s AND e.ticket_id = s.ticket_id
  WHERE s.outcome = 'updated')
UPDATE stage_ticket s SET outcome = 'history' WHERE s.outcome = 'updated' AND s.external_id IN (
  SELECT h.number FROM here h
  LEFT JOIN stage_ticket_event n ON n.external_id = h.number AND n.sequence = h.place
  WHERE NOT h.untold AND (
    n.kind IS DISTINCT FROM h.kind OR n.effective_at IS DISTINCT FROM h.effective_at
    OR n.reason IS DISTINCT FROM h.reason
    OR n.priority IS DISTINCT FROM h.priority AND NOT 'priority' = ANY(%(untold)s))
  UNION ALL
  SELECT h.number FROM here h
  JOIN stage_ticket_event n ON n.external_id = h.number AND n.sequence > h.told
  WHERE h.untold AND (h.kind = 'STOP' OR h.effective_at > n.effective_at))
""".replace("{untold}", _UNTOLD_EVENT)
_SAME = """
UPDATE stage_ticket s SET outcome = 'unchanged' FROM itsm_ticket t
WHERE t.id = s.ticket_id AND s.outcome = 'updated' AND t.service_id IS NOT DISTINCT FROM s.service_id
  AND t.opened_at = s.opened_at{told} AND NOT EXISTS (
    SELECT 1 FROM stage_ticket_event n WHERE n.external_id = s.external_id AND n.sequence > s.told)
"""
_INSERT = """
INSERT INTO itsm_ticket (id, customer_id, service_id, kind, source, external_id, title, priority,
  category, "group", opened_at, tool_verdict, inputs_sha256, is_demo, created_at, updated_at)
SELECT id, %(customer)s, service_id, kind, %(source)s, external_id, title, priority, category, "group",
  opened_at, tool_verdict, digest, %(demo)s, %(at)s, %(at)s FROM stage_ticket WHERE outcome = 'new'
"""
_UPDATE = """
UPDATE itsm_ticket t SET service_id = s.service_id, opened_at = s.opened_at{told},
  inputs_sha256 = s.digest, updated_at = %(at)s
FROM stage_ticket s WHERE s.ticket_id = t.id AND s.outcome = 'updated'
"""
_EVENTS = """
INSERT INTO itsm_ticketevent (id, customer_id, ticket_id, sequence, kind, effective_at, reason,
  priority, external_id, created_at)
SELECT n.id, %(customer)s, coalesce(s.ticket_id, s.id), n.sequence - s.told + s.last, n.kind, n.effective_at,
  n.reason, n.priority, '', %(at)s
FROM stage_ticket_event n JOIN stage_ticket s ON s.external_id = n.external_id
WHERE s.outcome IN ('new', 'updated') AND n.sequence > s.told
"""
_KEEP = """
INSERT INTO itsm_importedrecord (id, run_id, model, record, former, first_event, last_event, stamp, created_at)
SELECT s.id, %(run)s, 'itsm.ticket', coalesce(s.ticket_id, s.id), CASE WHEN t.id IS NOT NULL THEN to_jsonb(t) END,
  CASE WHEN n.last > s.told THEN s.last + 1 END,
  CASE WHEN n.last > s.told THEN s.last + n.last - s.told END, %(at)s, %(at)s
FROM stage_ticket s LEFT JOIN itsm_ticket t ON t.id = s.ticket_id
  LEFT JOIN (SELECT external_id, max(sequence) AS last FROM stage_ticket_event GROUP BY external_id) n
    ON n.external_id = s.external_id
WHERE s.outcome IN ('new', 'updated')
"""


_TOUCHED = """
WITH ended AS (SELECT DISTINCT ON (external_id) external_id, kind, effective_at
  FROM stage_ticket_event ORDER BY external_id, sequence DESC)
SELECT DISTINCT service::text, to_char(month, 'YYYY-MM')
FROM stage_ticket s LEFT JOIN itsm_ticket t ON t.id = s.ticket_id
  LEFT JOIN ended e ON e.external_id = s.external_id,
  unnest(ARRAY[s.service_id, t.service_id]) AS service,
  generate_series(date_trunc('month', s.opened_at - interval '1 day'),
    CASE WHEN e.kind = 'STOP' THEN e.effective_at ELSE greatest(%(at)s, s.opened_at) END
      + interval '1 day', interval '1 month') AS month
WHERE s.outcome IN ('new', 'updated') AND service IS NOT NULL
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class TicketSource:
    """Whose tickets and from which system; ``is_demo`` marks rows that demo removal takes away.

    ``run`` is the import for which former values are kept, so that it can be undone. ``untold`` are the facts
    (of ``UNTOLD``) that the source does not know: on known tickets they stay as they are.
    """

    customer_id: UUID
    source: str
    is_demo: bool = False
    run: UUID | None = None
    untold: frozenset[str] = frozenset()


@transaction.atomic
def record_tickets(
    tickets: Iterable[TicketFacts],
    origin: TicketSource,
    *,
    at: datetime,
    dry_run: bool = False,
    go_on: Callable[[TicketsWritten], bool] = lambda _result: True,
) -> TicketsWritten:
    """Write new tickets and what has changed on known ones; the same again writes nothing.

    A ticket is known by customer, source and number. Refused ones (``twice``: the number stands twice in
    the stream; ``history_changed``: past events differ) are left out and reported. ``go_on`` sees the
    counts before anything is written and may return False to write nothing. What is written is announced
    once: ``tickets.recorded`` with the months that the tickets of each service touch.
    """
    facts: dict[str, Any] = {
        "customer": origin.customer_id,
        "source": origin.source,
        "demo": origin.is_demo,
        "run": origin.run,
        "untold": sorted(origin.untold),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STAGES)
        for batch in _batches(tickets):
            _stage(cursor, batch, origin.untold)
        cursor.execute("ANALYZE stage_ticket; ANALYZE stage_ticket_event")
        _compare(cursor, facts)
        result = _result(cursor)
        if not dry_run and go_on(result) and result.created + result.updated:
            _announce(cursor, origin, facts)
            if origin.run is not None:
                cursor.execute(_KEEP, facts)
            cursor.execute(_INSERT, facts)
            cursor.execute(_UPDATE.format(told=_each_told(", {0} = s.{0}", origin.untold)), facts)
            cursor.execute(_EVENTS, facts)
            result.events = cursor.rowcount
    return result


def _compare(cursor: Any, facts: dict[str, Any]) -> None:
    """Mark each staged ticket as new, updated, unchanged, twice or of another history."""
    cursor.execute(_TWICE)
    cursor.execute(_COMPARE, facts)
    # Most of a log may differ: without an index and fresh figures the planner would try each with each.
    cursor.execute(
        "CREATE INDEX ON stage_ticket_event (external_id, sequence); ANALYZE stage_ticket"
    )
    cursor.execute(_COUNT, facts)
    cursor.execute(_HISTORY, facts)
    same = " AND t.{0} IS NOT DISTINCT FROM s.{0}"
    cursor.execute(_SAME.format(told=_each_told(same, facts["untold"])), facts)


def _each_told(words: str, untold: Iterable[str]) -> str:
    """Return ``words`` once for each column that the source tells."""
    return "".join(words.format(f'"{name}"') for name in _TOLD if name not in untold)


def _announce(cursor: Any, origin: TicketSource, facts: dict[str, Any]) -> None:
    """Tell which months of which services change; a day on each side makes it true in every time zone."""
    if origin.is_demo:
        return
    cursor.execute(_TOUCHED, facts)
    touched: dict[str, list[str]] = {}
    for service, month in cursor.fetchall():
        touched.setdefault(service, []).append(month)
    announce("tickets.recorded", customer=str(origin.customer_id), touched=touched, at=facts["at"])


def _batches(tickets: Iterable[TicketFacts]) -> Iterator[list[TicketFacts]]:
    batch: list[TicketFacts] = []
    for ticket in tickets:
        batch.append(ticket)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _stage(cursor: Any, batch: list[TicketFacts], untold: frozenset[str]) -> None:
    heads, events = io.StringIO(), io.StringIO()
    for ticket in batch:
        heads.write(
            copy_line(
                uuid7(), ticket.line, ticket.external_id, ticket.service_id,
                ticket.opened_at.isoformat(), ticket.kind, ticket.title, ticket.priority,
                ticket.category, ticket.group, ticket.tool_verdict, ticket.digest(untold),
            )
        )  # fmt: skip
        for sequence, event in enumerate(ticket.events, 1):
            events.write(
                copy_line(
                    uuid7(), ticket.external_id, sequence, event.kind, event.at.isoformat(),
                    event.reason, event.priority,
                )
            )  # fmt: skip
    for text, statement in ((heads, _COPY_TICKETS), (events, _COPY_EVENTS)):
        text.seek(0)
        cursor.copy_expert(statement, text)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(*values: Any) -> str:
    r"""Return a line of COPY's text format: tabs between values, ``\N`` for None."""
    return (
        "\t".join("\\N" if value is None else str(value).translate(_ESCAPES) for value in values)
        + "\n"
    )


def _result(cursor: Any) -> TicketsWritten:
    cursor.execute("SELECT outcome, count(*) FROM stage_ticket GROUP BY outcome")
    counts = dict(cursor.fetchall())
    result = TicketsWritten(
        counts.get("new", 0), counts.get("updated", 0), counts.get("unchanged", 0),
        refused_count=counts.get("twice", 0) + counts.get("history", 0),
    )  # fmt: skip
    cursor.execute(
        "SELECT line, external_id, outcome FROM stage_ticket WHERE outcome IN ('twice', 'history')"
        " ORDER BY line LIMIT 10000"
    )
    for line, number, outcome in cursor.fetchall():
        result.refused.append((line, number, *_refusal(outcome, number)))
    return result


def _refusal(outcome: str, number: str) -> tuple[str, str]:
    if outcome == "twice":
        return "twice", _("Number %(n)s stands on several rows. Keep one of them.") % {"n": number}
    return "history_changed", _(
        "The past of ticket %(n)s differs from what was imported before. Events are never rewritten:"
        " send a log that continues the one that is here, or import it under another source name."
    ) % {"n": number}
