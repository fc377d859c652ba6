"""Open one ticket and continue its log, event by event; bulk loads go through ``itsm.services.tickets``."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.calculations.ticket_clock import possible_after, state_after
from itsm.models import Ticket, TicketEvent
from itsm.services.numbers import next_number

BY_HAND = "hand"  # the source of tickets that people record here
PREFIX = "TCK"
HIGHEST, LOWEST = 1, 9  # priorities
CLOCKS_DIFFER = timedelta(minutes=5)  # so far ahead may the clock of a ticket system be
_FIRST = TicketEvent.Kind.START


class EventRefused(ValueError):
    """The event cannot come now: it lies before the last one, in the future, or its clock does not allow it."""


@transaction.atomic
def open_ticket(ticket: Ticket, *, at: datetime, by: str = "") -> Ticket:
    """Write a new ticket; its clock starts at ``opened_at``, recorded by ``by``.

    Raises ValidationError when a fact is wrong, the number is taken or the opening lies in the future.
    """
    if ticket.opened_at and ticket.opened_at > at + CLOCKS_DIFFER:
        words = _("A ticket cannot be opened in the future. Give the time at which it was opened.")
        raise ValidationError({"opened_at": words})
    ticket.full_clean(exclude=["id"])
    ticket.save()
    TicketEvent.objects.create(
        customer_id=ticket.customer_id,
        ticket=ticket,
        sequence=1,
        kind=_FIRST,
        effective_at=ticket.opened_at,
        priority=ticket.priority,
        recorded_by=by,
    )
    announce("ticket.recorded", at=at, uuid=ticket.pk, service=ticket.service_id)
    return ticket


@transaction.atomic
def record_by_hand(ticket: Ticket, *, key: UUID | None, by: str, at: datetime) -> Ticket:
    """Open a ticket that a person recorded; without a number it gets the next one.

    ``key`` becomes the ticket's identity: the same again gives the ticket that is there.
    Raises ValidationError as ``open_ticket`` does.
    """
    if key is not None:
        known = Ticket.objects.filter(pk=key, source=BY_HAND).first()
        if known is not None:
            return known
        ticket.pk = key
    ticket.source = BY_HAND
    theirs = Ticket.objects.filter(customer_id=ticket.customer_id, source=BY_HAND)
    if theirs.filter(external_id=ticket.external_id).exists():
        words = _(
            "This customer already has ticket %(number)s. Take another number, or leave it empty."
        )
        raise ValidationError({"external_id": words % {"number": ticket.external_id}})
    while not ticket.external_id or theirs.filter(external_id=ticket.external_id).exists():
        ticket.external_id = next_number(PREFIX, at=at)
    open_ticket(ticket, at=at, by=by)
    _announce_months(ticket, at=at)
    return ticket


def _announce_months(ticket: Ticket, *, at: datetime) -> None:
    """Tell which months the ticket touches until now; a day on each side makes it true in every zone."""
    day, last = ticket.opened_at - timedelta(days=1), at + timedelta(days=1)
    months = {f"{last:%Y-%m}"}
    while day < last:
        months.add(f"{day:%Y-%m}")
        day += timedelta(days=28)
    touched = {str(ticket.service_id): sorted(months)}
    announce("tickets.recorded", customer=str(ticket.customer_id), touched=touched, at=at)


@transaction.atomic
def append_event(ticket: Ticket, event: TicketEvent, *, at: datetime) -> tuple[TicketEvent, bool]:
    """Append ``event`` to the ticket's log; return it and whether it is new.

    The same ``external_id`` again gives the event that is there. Writers of one ticket wait for each
    other. Raises EventRefused when the event lies before the last one.
    """
    Ticket.objects.select_for_update().get(pk=ticket.pk)
    log = TicketEvent.objects.filter(ticket=ticket)
    if event.external_id:
        known = log.filter(external_id=event.external_id).first()
        if known is not None:
            return known, False
    last = log.filter(superseded_at=None).order_by("-effective_at", "-sequence").first()
    if last is not None and event.effective_at < last.effective_at:
        raise EventRefused(
            _("The last event of this ticket was at %(last)s. A later one cannot lie before it.")
            % {"last": last.effective_at.isoformat()}
        )
    return _write(ticket, event, at=at), True


def _write(ticket: Ticket, event: TicketEvent, *, at: datetime) -> TicketEvent:
    """Write an event behind all others of its ticket, whose row the caller has locked."""
    last = TicketEvent.objects.filter(ticket=ticket).order_by("-sequence").first()
    event.customer_id, event.ticket = ticket.customer_id, ticket
    event.sequence = last.sequence + 1 if last else 1
    event.full_clean(exclude=["id"])
    event.save(force_insert=True)
    announce("ticketevent.recorded", at=at, uuid=event.pk, service=ticket.service_id)
    return event


def log_of(ticket: Ticket) -> list[TicketEvent]:
    """Return the events of a ticket that count, in the order of their effect (one query)."""
    rows = TicketEvent.objects.filter(ticket=ticket, superseded_at=None)
    return list(rows.order_by("effective_at", "sequence"))


@transaction.atomic
def happened(ticket: Ticket, event: TicketEvent, *, at: datetime) -> TicketEvent:
    """Append what a person says has happened to a ticket recorded by hand.

    The same ``external_id`` again gives the event that is there. Raises EventRefused, with what to do,
    when the clock of the ticket does not allow it or the event lies in the future or before the last one.
    """
    Ticket.objects.select_for_update().get(pk=ticket.pk)
    known = TicketEvent.objects.filter(ticket=ticket, external_id=event.external_id).first()
    if event.external_id and known is not None:
        return known
    _refuse_foreign(ticket)
    _refuse_future(event, at)
    log = log_of(ticket)
    kinds = [row.kind for row in log]
    if event.kind not in possible_after(kinds):
        raise EventRefused(_impossible(event, kinds))
    if log and event.effective_at < log[-1].effective_at:
        raise EventRefused(_too_early(ticket, log[-1]))
    row, _is_new = append_event(ticket, event, at=at)
    _announce_months(ticket, at=at)
    return row


@dataclass(frozen=True, slots=True)
class Correction:
    """What an event should have said, why it was wrong and who says so; the kind of event stays."""

    effective_at: datetime
    why: str
    by: str
    reason: str = ""
    priority: int | None = None


@transaction.atomic
def correct_event(
    ticket: Ticket, sequence: int, correction: Correction, *, at: datetime
) -> TicketEvent:
    """Supersede an event of a ticket recorded by hand by one of the same kind; the old one stays readable.

    The opening moves with the start. Raises EventRefused when the event was corrected already, or the
    instant lies in the future or not between the events before and after it.
    """
    Ticket.objects.select_for_update().get(pk=ticket.pk)
    _refuse_foreign(ticket)
    log = log_of(ticket)
    place = next((n for n, row in enumerate(log) if row.sequence == sequence), None)
    if place is None:
        raise EventRefused(_("This event was corrected already. Correct the newest one."))
    old = log[place]
    new = TicketEvent(
        kind=old.kind, effective_at=correction.effective_at, reason=correction.reason,
        priority=correction.priority, supersedes=sequence, correction=correction.why,
        recorded_by=correction.by,
    )  # fmt: skip
    _refuse_future(new, at)
    _refuse_misplaced(new, log[place - 1 : place], log[place + 1 : place + 2])
    old.superseded_at = at
    old.save(update_fields=["superseded_at"])
    _announce_months(ticket, at=at)
    if old.kind == _FIRST:
        ticket.opened_at, ticket.priority = new.effective_at, new.priority
        ticket.save(update_fields=["opened_at", "priority", "updated_at"])
        _announce_months(ticket, at=at)
    return _write(ticket, new, at=at)


def _refuse_foreign(ticket: Ticket) -> None:
    if ticket.source != BY_HAND:
        words = _("This ticket comes from “%(source)s”: what happens to it is recorded there.")
        raise EventRefused(words % {"source": ticket.source})


def _refuse_future(event: TicketEvent, at: datetime) -> None:
    if event.effective_at > at + CLOCKS_DIFFER:
        words = _(
            "This lies in the future. Record it when it has happened, with the time at which it did."
        )
        raise EventRefused(words)


def _refuse_misplaced(
    event: TicketEvent, before: list[TicketEvent], after: list[TicketEvent]
) -> None:
    is_early = bool(before) and event.effective_at < before[0].effective_at
    # At the same instant the event with the higher number is the later one, and a correction has the highest.
    if is_early or (after and event.effective_at >= after[0].effective_at):
        words = _(
            "The order of what happened cannot change: give a time between the event before this one and the"
            " event after it, or correct those first."
        )
        raise EventRefused(words)


def _too_early(ticket: Ticket, last: TicketEvent) -> str:
    """Name the last event in the time of the customer."""
    zone = ticket.customer.timezone
    return _(
        "The last event, “%(kind)s”, was at %(at)s in %(zone)s. Give a time that is not before it, or correct"
        " that event first."
    ) % {
        "kind": last.get_kind_display(),
        "at": f"{last.effective_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}",
        "zone": zone,
    }


def _impossible(event: TicketEvent, kinds: list[str]) -> str:
    if event.kind == TicketEvent.Kind.RESPOND and state_after(kinds) in {"RUNNING", "PAUSED"}:
        return _("The first response is recorded already. Correct it if its time is wrong.")
    words = {
        "RUNNING": _("The clock runs: it can be paused or stopped, the priority can change."),
        "PAUSED": _("The clock is paused: resume it or stop it first."),
        "STOPPED": _("The clock is stopped: reopen the ticket first."),
        "CANCELLED": _("The ticket is canceled: record a new one."),
    }
    return words[state_after(kinds)]
