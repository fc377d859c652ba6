"""The kernel's kinds of records that a file, a connector or the API may bring in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from itsm.imports.columns import ImportColumn, TableKind
from itsm.imports.recording import record_rows
from itsm.imports.writers import event_writer, plain_writer, write_samples, write_tickets
from itsm.models import MaintenanceWindow, Outage, Party, Service, ServiceEvent, Ticket

Findings = Sequence[tuple[str, str, str]]
_SOURCED = (
    "t.source = %(source)s AND t.external_id = s.facts->>'external_id' AND t.superseded_at IS NULL"
)
_EVENT = (
    "(SELECT e.effective_at FROM itsm_ticketevent e WHERE e.customer_id = t.customer_id"
    " AND e.ticket_id = t.id AND e.kind = '{kind}' ORDER BY e.sequence DESC LIMIT 1)"
)
_NUMBER = ImportColumn(
    "external_id", _("number"), required=True,
    aliases=("number", "id", "ticket", "ticket id", "ticket no", "incident", "incident number", "key",
             "case", "reference", "nummer", "ticketnummer", "vorgang", "número", "numero"),
    hint=_("The record's number where it comes from: by it a second import finds the same record."),
)  # fmt: skip
_SERVICE = ImportColumn(
    "service", _("service"), "service", required=True,
    aliases=("service name", "application", "dienst", "servicio"),
)  # fmt: skip
_CUSTOMER = ImportColumn(
    "customer", _("customer"), "customer", required=True,
    aliases=("client", "company", "account", "kunde", "cliente"),
)  # fmt: skip
_ONLY_FOR = ImportColumn(
    "customer", _("only for"), "customer", aliases=("customer",), hint=_("Empty: all customers.")
)
_TITLE = ImportColumn(
    "title", _("title"), required=True, most=160,
    aliases=("summary", "subject", "short description", "name", "betreff", "titel", "asunto", "título"),
)  # fmt: skip
_STARTS = ImportColumn(
    "starts_at", _("starts"), "instant", required=True,
    aliases=("start", "started", "begin", "from", "down since", "beginn", "inicio"),
)  # fmt: skip
_ENDS = ImportColumn(
    "ends_at", _("ends"), "instant",
    aliases=("end", "ended", "until", "to", "up since", "restored", "ende", "fin"),
)  # fmt: skip
_TEXTS = (
    ImportColumn("internal_note", _("internal note"), aliases=("note", "notes"), most=20_000),
    ImportColumn("customer_text", _("text for customers"), aliases=("public text",), most=20_000),
)


def _in_order(*names: str) -> Any:
    """Return a check that these instants follow one another where they are given."""

    def check(facts: Mapping[str, Any]) -> Findings:
        last, found = None, []
        for name in names:
            text = facts.get(name)
            at = datetime.fromisoformat(text) if text else None
            if at is not None and last is not None and at < last:
                found.append((name, "order", now("This lies before the moment it must follow.")))
            last = at if at is not None else last
        return found

    return check


def _upsert(key: str) -> Any:
    """Return the door for connectors and the API: rows of typed facts instead of a file."""

    def upsert(rows: Any, *, at: datetime, dry_run: bool = False, **options: Any) -> Any:
        kind = next(one for one in RECORD_KINDS if one.key == key)
        return record_rows(kind, rows, at=at, dry_run=dry_run, **options)

    return upsert


TICKETS = TableKind(
    key="tickets", title=_("Tickets"), upsert=_upsert("tickets"), table="itsm_ticket",
    join="t.customer_id = (s.facts->>'customer_id')::uuid AND t.source = %(source)s"
         " AND t.external_id = s.facts->>'external_id'",
    key_facts=("customer_id", "external_id"), asks=frozenset({"customer", "service"}),
    expressions={"responded_at": _EVENT.format(kind="RESPOND"),
                 "resolved_at": _EVENT.format(kind="STOP")},
    write=write_tickets, check=_in_order("opened_at", "responded_at", "resolved_at"),
    whole_stream=True,
    columns=(
        _NUMBER, _CUSTOMER, _SERVICE,
        ImportColumn("title", _("title"), aliases=_TITLE.aliases),
        ImportColumn("priority", _("priority"), "priority",
                     aliases=("prio", "urgency", "severity", "dringlichkeit", "prioridad", "priorität")),
        ImportColumn("opened_at", _("opened"), "instant", required=True,
                     aliases=("opened at", "created", "created at", "open date", "reported",
                              "reported on", "start", "eröffnet", "erstellt", "abierto", "creado")),
        ImportColumn("responded_at", _("first response"), "instant",
                     aliases=("responded", "responded at", "response", "acknowledged", "first reply")),
        ImportColumn("resolved_at", _("resolved"), "instant",
                     aliases=("resolved at", "solved", "solved on", "resolution", "resolve date",
                              "closed", "closed at", "done", "gelöst", "resuelto", "cerrado")),
        ImportColumn("kind", _("kind"), "choice", choices=tuple(Ticket.Kind.choices),
                     aliases=("type", "ticket type")),
        ImportColumn("category", _("category"), most=120),
        ImportColumn("group", _("group"), most=120, aliases=("assignment group", "team", "queue")),
        ImportColumn("tool_verdict", _("source says in time"), "yes_no",
                     aliases=("made sla", "in time", "sla met")),
    ),
)  # fmt: skip
PARTIES = TableKind(
    key="parties", title=_("Customers"), upsert=_upsert("parties"), table="itsm_party",
    join="t.slug = s.facts->>'slug'", key_facts=("slug",),
    write=plain_writer(Party, {"roles": ["CUSTOMER"]}),
    columns=(
        ImportColumn("slug", _("short name"), "slug", required=True, aliases=("key", "code", "id")),
        ImportColumn("name", _("name"), required=True, most=120,
                     aliases=("company", "customer", "firma", "empresa")),
        ImportColumn("legal_name", _("legal name")),
        ImportColumn("timezone", _("time zone"), "zone", aliases=("tz", "zone")),
        ImportColumn("language", _("language"), most=10),
    ),
)  # fmt: skip
SERVICES = TableKind(
    key="services", title=_("Services"), upsert=_upsert("services"), table="itsm_service",
    join="t.slug = s.facts->>'slug'", key_facts=("slug",), write=plain_writer(Service),
    columns=(
        ImportColumn("slug", _("short name"), "slug", required=True, aliases=("key", "code", "id")),
        ImportColumn("name", _("name"), required=True, most=120, aliases=("service",)),
        ImportColumn("description", _("description"), most=20_000),
        ImportColumn("intended_outcomes", _("intended outcomes"), most=20_000),
        ImportColumn("criticality", _("criticality"), "priority"),
    ),
)  # fmt: skip
OUTAGES = TableKind(
    key="outages", title=_("Outages"), upsert=_upsert("outages"), table="itsm_outage", join=_SOURCED,
    key_facts=("external_id",), asks=frozenset({"service"}), write=event_writer(Outage),
    derive=("service_id", "starts_at"),
    check=_in_order("starts_at", "detected_at", "responded_at", "repaired_at", "recovered_at", "ends_at"),
    columns=(
        _NUMBER, _SERVICE, _ONLY_FOR, _TITLE, _STARTS,
        ImportColumn("detected_at", _("detected"), "instant"),
        ImportColumn("responded_at", _("responded"), "instant"),
        ImportColumn("repaired_at", _("repaired"), "instant"),
        ImportColumn("recovered_at", _("recovered"), "instant"),
        _ENDS,
        ImportColumn("kind", _("kind"), "choice", choices=tuple(Outage.Kind.choices)),
        ImportColumn("cause", _("cause"), "choice", choices=tuple(Outage.Cause.choices)),
        ImportColumn("weight", _("weight"), "decimal", hint=_("1 for a full outage, less when degraded.")),
        ImportColumn("root_cause", _("root cause, for customers"), most=20_000),
        *_TEXTS,
    ),
)  # fmt: skip
SERVICE_EVENTS = TableKind(
    key="service-events", title=_("Service events"), upsert=_upsert("service-events"),
    table="itsm_serviceevent", join=_SOURCED, key_facts=("external_id",), asks=frozenset({"service"}),
    write=event_writer(ServiceEvent), derive=("service_id", "kind", "starts_at", "title"),
    check=_in_order("starts_at", "ends_at"),
    columns=(
        _NUMBER, _SERVICE, _ONLY_FOR, _TITLE,
        ImportColumn("kind", _("kind"), "choice", required=True,
                     choices=tuple(ServiceEvent.Kind.choices), aliases=("type",)),
        _STARTS, _ENDS,
        ImportColumn("outcome", _("outcome"), "choice", choices=tuple(ServiceEvent.Outcome.choices)),
        ImportColumn("possible_effect", _("possible effect"), most=20_000),
        ImportColumn("remedy", _("what is done about it"), most=20_000, aliases=("workaround",)),
        ImportColumn("benefit", _("benefit"), most=20_000),
        *_TEXTS,
    ),
)  # fmt: skip
MAINTENANCE = TableKind(
    key="maintenance-windows", title=_("Maintenance windows"), upsert=_upsert("maintenance-windows"),
    table="itsm_maintenancewindow", join=_SOURCED, key_facts=("external_id",),
    asks=frozenset({"service"}), write=event_writer(MaintenanceWindow),
    derive=("service_id", "starts_at"), check=_in_order("starts_at", "ends_at"),
    columns=(
        _NUMBER, _SERVICE, _ONLY_FOR, _TITLE, _STARTS,
        ImportColumn("ends_at", _("planned end"), "instant", required=True, aliases=_ENDS.aliases),
        ImportColumn("actual_starts_at", _("actual start"), "instant"),
        ImportColumn("actual_ends_at", _("actual end"), "instant"),
        ImportColumn("expected_effect", _("expected effect"), most=20_000),
        *_TEXTS,
    ),
)  # fmt: skip
MEASUREMENTS = TableKind(
    key="measurements", title=_("Measurements"), upsert=_upsert("measurements"), table="itsm_sample",
    join="t.series_id = (s.facts->>'series_id')::uuid AND t.at = (s.facts->>'at')::timestamptz",
    key_facts=("series_id", "at"), write=write_samples,
    columns=(
        ImportColumn("series", _("series"), "series", required=True, aliases=("metric", "name")),
        ImportColumn("at", _("at"), "instant", required=True,
                     aliases=("timestamp", "time", "date", "datetime", "zeit", "fecha")),
        ImportColumn("value", _("value"), "decimal", required=True, aliases=("val", "wert", "valor")),
    ),
)  # fmt: skip

RECORD_KINDS: tuple[TableKind, ...] = (
    TICKETS, OUTAGES, MAINTENANCE, SERVICE_EVENTS, MEASUREMENTS, PARTIES, SERVICES,
)  # fmt: skip
