"""Open one ticket and continue its log, event by event; bulk loads go through ``itsm.services.tickets``."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import Ticket, TicketEvent

_FIRST = TicketEvent.Kind.START


class EventRefused(ValueError):
    """The event lies before the last one of its ticket: a log is only continued."""


@transaction.atomic
def open_ticket(ticket: Ticket, *, at: datetime) -> Ticket:
    """Write a new ticket; its clock starts at ``opened_at``."""
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
