"""Write what differs: each kind of record through the service that owns it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from itsm.imports.columns import Change, Options
from itsm.imports.keeping import keeping
from itsm.imports.problems import Problem
from itsm.services import events
from itsm.services.measurements import record_samples
from itsm.services.tickets import UNTOLD, TicketFacts, TicketSource, record_tickets

_OWN = {"id", "reference", "created_at", "updated_at", "supersedes", "superseded_at"}


@dataclass(frozen=True, slots=True)
class TicketMoment:
    """An event of a ticket known only by its timestamps."""

    kind: str
    at: datetime
    reason: str = ""
    priority: int | None = None


def write_tickets(changes: Sequence[Change], options: Options, at: datetime) -> list[Problem]:
    """Write tickets of any number of customers; each keeps its events in the order of time."""
    by_customer: dict[UUID, list[TicketFacts]] = {}
    for change in changes:
        by_customer.setdefault(UUID(change.facts["customer_id"]), []).append(_ticket(change))
    problems = []
    untold = UNTOLD - changes[0].facts.keys() if changes else UNTOLD
    for customer, tickets in by_customer.items():
        origin = TicketSource(customer, options.source, run=options.run, untold=untold)
        result = record_tickets(tickets, origin, at=at)
        problems += [
            Problem(line, "external_id", code, words) for line, _no, code, words in result.refused
        ]
    return problems


def _ticket(change: Change) -> TicketFacts:
    facts = change.facts
    opened = datetime.fromisoformat(facts["opened_at"])
    moments = [TicketMoment("START", opened, priority=facts.get("priority"))]
    stopped = facts.get("resolved_at")
    for kind, text in (("RESPOND", facts.get("responded_at")), ("STOP", stopped)):
        if text:
            moments.append(TicketMoment(kind, datetime.fromisoformat(text)))
    moments.sort(key=lambda one: one.at)
    return TicketFacts(
        external_id=facts["external_id"], service_id=UUID(facts["service_id"]), opened_at=opened,
        events=tuple(moments), line=change.line, kind=facts.get("kind") or "INCIDENT",
        title=facts.get("title", ""), priority=facts.get("priority"),
        category=facts.get("category", ""), group=facts.get("group", ""),
        tool_verdict=facts.get("tool_verdict"),
    )  # fmt: skip


def write_samples(changes: Sequence[Change], options: Options, _at: datetime) -> list[Problem]:
    """Write measured values through the one door."""
    samples = (
        (
            UUID(one.facts["series_id"]),
            datetime.fromisoformat(one.facts["at"]),
            float(one.facts["value"]),
        )
        for one in changes
    )
    record_samples(samples, run=options.run)
    return []


def event_writer(
    model: type[Any], usual: Mapping[str, Any] | None = None
) -> Callable[[Sequence[Change], Options, datetime], list[Problem]]:
    """Return a writer of events, outages or maintenance windows: a changed one supersedes the old."""

    def write(changes: Sequence[Change], options: Options, at: datetime) -> list[Problem]:
        return list(_each(changes, lambda change: _record(model, change, options, at, usual or {})))

    return write


def _record(
    model: type[Any], change: Change, options: Options, at: datetime, usual: Mapping[str, Any]
) -> None:
    facts: dict[str, Any] = {**usual, "source": options.source}
    if change.key is not None:
        old = model.objects.get(pk=change.key)
        facts = {
            field.attname: getattr(old, field.attname)
            for field in model._meta.concrete_fields
            if field.name not in _OWN
        }
    facts |= typed(model, change.facts)
    row = model(**facts)
    named = {"source": row.source, "external_id": row.external_id, "superseded_at": None}
    with keeping(options.run, at) as kept:
        kept.before(model, **named)
        if events.record(row, at=at) is row:
            kept.created(row)
        else:
            kept.rows.clear()  # it was there as it is in the file


def plain_writer(
    model: type[Any], usual: Mapping[str, Any] | None = None
) -> Callable[[Sequence[Change], Options, datetime], list[Problem]]:
    """Return a writer of catalogue records, which are changed in place and keep their history."""

    def save(change: Change, options: Options, at: datetime) -> None:
        row = model.objects.get(pk=change.key) if change.key else model(**(usual or {}))
        for name, value in typed(model, change.facts).items():
            setattr(row, name, value)
        row.full_clean()
        with keeping(options.run, at) as kept:
            kept.before(model, pk=change.key)
            row.save()
            kept.created(row)

    def write(changes: Sequence[Change], options: Options, at: datetime) -> list[Problem]:
        return list(_each(changes, lambda change: save(change, options, at)))

    return write


def _each(changes: Sequence[Change], act: Callable[[Change], None]) -> Iterator[Problem]:
    for change in changes:
        try:
            with transaction.atomic():
                act(change)
        except ValidationError as refusal:
            for name, sentences in events.refused_fields(refusal).items():
                yield Problem(change.line, name, "refused", " ".join(sentences))
        except (ValueError, IntegrityError) as refusal:
            words = str(refusal).splitlines()[0] if str(refusal) else _("This row was refused.")
            yield Problem(change.line, "", "refused", words)


def typed(model: type[models.Model], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON facts as the values of the model's fields; None for a text with a usual value is left out."""
    values: dict[str, Any] = {}
    for name, value in facts.items():
        field = next((one for one in model._meta.concrete_fields if one.attname == name), None)
        if field is None or (value in (None, "") and _is_never_empty(field)):
            continue
        values[name] = _value(field, value)
    return values


def _is_never_empty(field: Any) -> bool:
    """Tell whether a fact always has a value: a choice, a number, a name; a remark may be empty."""
    return not field.null and not (field.blank and field.empty_strings_allowed)


def never_empty(table: str) -> set[str]:
    """Return the columns of a table in which there is always a value."""
    model = next((one for one in apps.get_models() if one._meta.db_table == table), None)
    fields = model._meta.concrete_fields if model is not None else ()
    return {str(field.column) for field in fields if _is_never_empty(field)}


def _value(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(field, models.DecimalField):
        return Decimal(str(value))
    if isinstance(field, models.ForeignKey):
        return UUID(value)
    return value
