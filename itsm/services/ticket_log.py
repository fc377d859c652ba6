"""Open one ticket and continue its log, event by event; bulk loads go through ``itsm.services.tickets``."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import Ticket, TicketEvent
from itsm.services.numbers import next_number

BY_HAND = "hand"  # the source of tickets that people record here
PREFIX = "TCK"
HIGHEST, LOWEST = 1, 9  # priorities
CLOCKS_DIFFER = timedelta(minutes=5)  # so far ahead may the clock of a ticket system be
_FIRST = TicketEvent.Kind.START


class EventRefused(ValueError):
    """The event lies before the last one of its ticket: a log is only continued."""


@transaction.atomic
def open_ticket(ticket: Ticket, *, at: datetime) -> Ticket:
    """Write a new ticket; its clock starts at ``opened_at``.

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
    )
    announce("ticket.recorded", at=at, uuid=ticket.pk, service=ticket.service_id)
    return ticket


@transaction.atomic
def record_by_hand(ticket: Ticket, *, key: UUID | None, at: datetime) -> Ticket:
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
    open_ticket(ticket, at=at)
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
    last = log.order_by("-sequence").first()
    if last is not None and event.effective_at < last.effective_at:
        raise EventRefused(
            _("The last event of this ticket was at %(last)s. A later one cannot lie before it.")
            % {"last": last.effective_at.isoformat()}
        )
    event.customer_id, event.ticket = ticket.customer_id, ticket
    event.sequence = last.sequence + 1 if last else 1
    event.full_clean(exclude=["id"])
    event.save(force_insert=True)
    announce("ticketevent.recorded", at=at, uuid=event.pk, service=ticket.service_id)
    return event, True
