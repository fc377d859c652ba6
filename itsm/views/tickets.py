"""The pages of tickets for providers who record them by hand."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import models as m
from itsm.services.ticket_log import record_by_hand
from itsm.views.base import Button, FormPage
from itsm.views.lists import ListPage


def save_ticket(form: Any, _user: Any, at: datetime) -> m.Ticket:
    """Open the ticket of a form through its service."""
    return record_by_hand(form.instance, key=form.cleaned_data.get("key"), at=at)


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
    lead = lazy("Its clock starts when it was opened, in the time where the customer is.")
    submit_text = lazy("Record the ticket")

    def said(self, row: Any) -> str:
        """Say that the clock runs."""
        return _("Ticket %(number)s is recorded. Its clock runs.") % {"number": row}
