"""The pages of tickets for providers who record them by hand: the ticket, its log, what happened, corrections."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.middleware.csrf import get_token
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import models as m
from itsm.calculations.ticket_clock import possible_after, state_after
from itsm.services.ticket_log import (
    BY_HAND,
    Correction,
    correct_event,
    happened,
    log_of,
    record_by_hand,
)
from itsm.views.base import ActionPage, Button, DetailPage, FormPage, HistoryPage
from itsm.views.changes import Change, FieldChange
from itsm.views.lists import ListPage
from itsm.views.ticket_form import CorrectionForm, EventForm

# State of the clock → word and tone.
CLOCK = {
    "RUNNING": (lazy("Clock runs"), "ok"),
    "PAUSED": (lazy("Clock is paused"), "risk"),
    "STOPPED": (lazy("Clock is stopped"), "excluded"),
    "CANCELLED": (lazy("Canceled"), "excluded"),
}


def save_ticket(form: Any, user: Any, at: datetime) -> m.Ticket:
    """Open the ticket of a form through its service."""
    return record_by_hand(form.instance, key=form.cleaned_data.get("key"), by=str(user), at=at)


class TicketListPage(ListPage):
    """Tickets: recorded by hand, imported or written by the ticket system."""

    def facts(self) -> dict[str, Any]:
        """Offer to record a ticket, and to import many where there is none yet."""
        found = super().facts()
        if not found["create_url"]:
            return found
        buttons = [Button(_("Record a ticket"), found["create_url"], "main", "plus", "c")]
        if not found["table"].records:
            buttons.append(Button(_("Import a file"), reverse("itsm:import_new"), icon="upload"))
        return {**found, "buttons": buttons}


class TicketFormPage(FormPage):
    """A ticket is recorded; its clock starts when it was opened."""

    title = lazy("Record a ticket")
    lead = lazy("What happens to it later, you add on the ticket's page.")
    submit_text = lazy("Record the ticket")

    def said(self, row: Any) -> str:
        """Say that the clock runs."""
        return _("Ticket %(number)s is recorded. Its clock runs.") % {"number": row}


class TicketPage(DetailPage):
    """A ticket: its facts, the state of its clock, its log and what may happen next."""

    @cached_property
    def log(self) -> list[m.TicketEvent]:
        """All events, corrected ones too, in the order of their effect (one query)."""
        rows = m.TicketEvent.objects.visible_to(self.request.user).filter(ticket=self.record())
        return list(rows.order_by("effective_at", "sequence"))

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events that count, in order."""
        return [event.kind for event in self.log if event.superseded_at is None]

    def panels(self) -> Sequence[dict[str, Any]]:
        """Return the log with the form of the next event."""
        row = self.record()
        is_here = row.source == BY_HAND and self.may("change")
        possible = possible_after(self.kinds) if is_here else ()
        facts = {
            "events": self.log,
            "zone": row.customer.timezone,
            "is_here": is_here,
            "told_by": "" if row.source == BY_HAND else row.source,
            "form": EventForm(ticket=row, possible=possible, now=self.at) if possible else None,
            "form_url": self.address("event", row),
            "csrf_token": get_token(self.request),
        }
        note = _("Time in %(zone)s") % {"zone": row.customer.timezone}
        template = "itsm/_ticket_log.html"
        return [{"title": _("What happened"), "note": note, "template": template, "facts": facts}]

    def facts(self) -> dict[str, Any]:
        """Add the state of the clock."""
        text, tone = CLOCK[state_after(self.kinds)]
        return {**super().facts(), "state_text": text, "state_tone": tone}


class TicketEventPage(ActionPage):
    """Says what happened to a ticket that was recorded by hand."""

    question = lazy("What happened to %(name)s?")
    submit_text = lazy("Add to the ticket")

    def make_form(self, data: Any = None) -> EventForm:
        """Return the form with what may happen now; what is sent is judged by the service."""
        kinds = [event.kind for event in log_of(self.record())]
        possible = possible_after(kinds)
        return EventForm(data, ticket=self.record(), possible=possible, now=self.at)

    def act(self, row: Any, form: Any) -> str:
        """Append the event."""
        facts = form.cleaned_data
        event = m.TicketEvent(
            kind=facts["kind"], effective_at=facts["effective_at"], reason=facts["reason"],
            priority=facts["priority"], external_id=str(facts["key"] or ""), recorded_by=str(self.request.user),
        )  # fmt: skip
        done = happened(row, event, at=self.at)
        return _("%(ticket)s: %(event)s is recorded.") % {
            "ticket": row,
            "event": done.get_kind_display(),
        }


class TicketCorrectionPage(ActionPage):
    """Corrects an event: a new one supersedes it, and the old one stays in the log."""

    explanation = lazy(
        "The event stays in the log, marked as corrected; from now on the new one counts."
    )
    submit_text = lazy("Correct it")

    @cached_property
    def event(self) -> m.TicketEvent:
        """The event of the address, or 404."""
        rows = m.TicketEvent.objects.visible_to(self.request.user).filter(ticket=self.record())
        found = rows.filter(sequence=self.kwargs["sequence"]).first()
        if found is None:
            raise Http404(_("There is no such event."))
        return found

    def make_form(self, data: Any = None) -> CorrectionForm:
        """Return the form, filled with what the event says."""
        return CorrectionForm(data, ticket=self.record(), event=self.event)

    def act(self, row: Any, form: Any) -> str:
        """Supersede the event."""
        facts = form.cleaned_data
        correction = Correction(
            facts["effective_at"], facts["why"], str(self.request.user),
            facts.get("reason", self.event.reason), facts.get("priority"),
        )  # fmt: skip
        done = correct_event(row, self.event.sequence, correction, at=self.at)
        return _("%(ticket)s: %(event)s is corrected.") % {
            "ticket": row,
            "event": done.get_kind_display(),
        }

    def facts(self) -> dict[str, Any]:
        """Name the event."""
        self.question = _("Correct “%(event)s” of %%(name)s") % {
            "event": self.event.get_kind_display()
        }
        return super().facts()


class TicketHistoryPage(HistoryPage):
    """Who recorded what: the log is its own record, each event once, newest first."""

    def facts(self) -> dict[str, Any]:
        """Tell the events in the order in which they were recorded."""
        row = self.record()
        rows = m.TicketEvent.objects.visible_to(self.request.user).filter(ticket=row)
        zone = ZoneInfo(row.customer.timezone)
        changes = [_change(event, row, zone) for event in rows.order_by("-sequence")]
        return {**super().facts(), "changes": changes}


def _change(event: m.TicketEvent, ticket: m.Ticket, zone: ZoneInfo) -> Change:
    at = event.effective_at.astimezone(zone)
    told = (
        (_("Effective"), f"{at:%Y-%m-%d %H:%M:%S} {zone.key}"),
        (_("Reason"), event.reason),
        (_("Priority"), event.priority),
        (_("Corrects number"), event.supersedes),
        (_("Why it was corrected"), event.correction),
    )
    fields = tuple(FieldChange(title, "", text) for title, text in told if text not in (None, ""))
    title = f"{event.sequence}. {event.get_kind_display()}"
    return Change(event.created_at, event.recorded_by or ticket.source, "insert", title, fields)


def ticket_routes(entity: Any) -> list[URLPattern]:
    """Return the routes by which the log of a ticket is continued and corrected."""
    common = {"model": entity.model, "routes": entity.prefix, "related": entity.related}
    one = f"{entity.slug}/<uuid:pk>/events/"
    return [
        path(f"{one}new/", TicketEventPage.as_view(**common), name="tickets_event"),
        path(
            f"{one}<int:sequence>/correct/",
            TicketCorrectionPage.as_view(**common),
            name="tickets_correct",
        ),
    ]
