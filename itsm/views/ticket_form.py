"""What people may enter about a ticket and its events. Its times are those of the customer's clock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import models as m
from itsm.calculations.wall_time import instant
from itsm.forms import InstantInput, RecordForm
from itsm.services.ticket_log import HIGHEST, LOWEST

PRIORITIES = [(number, str(number)) for number in range(HIGHEST, LOWEST + 1)]


class WallTimeField(forms.Field):
    """A day and time as the customer's clock shows it: a naive datetime, made an instant by the form."""

    widget = InstantInput
    default_error_messages = {
        "invalid": lazy("Give the day and the time, such as 2026-03-11 09:30."),
    }

    def to_python(self, value: Any) -> datetime | None:
        """Read what the browser sends, or a person types."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            wall = datetime.fromisoformat(text)
        except ValueError:
            wall = None
        if wall is None or wall.tzinfo is not None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return wall


def priority_field(*, required: bool) -> forms.TypedChoiceField:
    """Return the choice of a priority, as a number or None."""
    return forms.TypedChoiceField(
        choices=PRIORITIES if required else [("", "---------"), *PRIORITIES],
        coerce=int,
        empty_value=None,
        required=required,
        label=lazy("priority"),
        help_text=lazy("1 is the highest."),
        error_messages={
            "invalid_choice": lazy("“%(value)s” is no priority. Choose 1, the highest, to 9.")
        },
    )


class TicketForm(RecordForm):
    """A ticket recorded by hand; ``key`` makes of a form sent twice one ticket."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)
    priority = priority_field(required=False)
    opened_at = WallTimeField(
        label=lazy("opened"),
        help_text=lazy("Time where the customer is. The clock starts here."),
    )

    class Meta:
        model = m.Ticket
        fields = ["customer", "service", "kind", "title", "priority", "opened_at", "external_id"]
        help_texts = {
            "title": lazy("What is wrong or wanted, in a few words."),
            "external_id": lazy("Empty: the next number, such as TCK-2026-0001."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["external_id"].required = False

    def clean(self) -> dict[str, Any]:
        """Turn the customer's wall time into an instant."""
        values = super().clean() or {}
        customer, wall = values.get("customer"), values.get("opened_at")
        if wall is None or customer is None:
            values.pop("opened_at", None)
            return values
        values["opened_at"] = instant(wall, customer.timezone)
        return values


class _LogForm(forms.Form):
    """An event of a ticket, in the time of its customer."""

    effective_at = WallTimeField(label=lazy("when"))
    reason = forms.CharField(
        required=False,
        max_length=120,
        label=lazy("reason"),
        help_text=lazy("For a pause: what it waits for, as the agreement names it."),
    )

    def __init__(self, *args: Any, ticket: m.Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ticket.customer.timezone
        words = _("Time in %(zone)s, where the customer is.") % {"zone": self.zone}
        self.fields["effective_at"].help_text = words

    def clean_effective_at(self) -> datetime:
        """Return the instant at which the customer's clock shows this time."""
        return instant(self.cleaned_data["effective_at"], self.zone)


class EventForm(_LogForm):
    """What happened: one of the events that are possible now; sent twice it is one event."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)
    kind = forms.ChoiceField(choices=m.TicketEvent.Kind.choices, label=lazy("what happened next"))
    priority = priority_field(required=False)
    field_order = ("key", "kind", "effective_at", "reason", "priority")

    def __init__(self, *args: Any, possible: Sequence[str], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].widget.choices = [
            (kind, m.TicketEvent.Kind(kind).label) for kind in possible
        ]
        self.initial["effective_at"] = now.astimezone(ZoneInfo(self.zone)).replace(
            microsecond=0, tzinfo=None
        )
        if "PRIORITY" in {*possible, self.data.get("kind")}:
            self.fields["priority"].label = lazy("new priority")
            self.fields["priority"].help_text = lazy("For a priority change. 1 is the highest.")
        else:
            del self.fields["priority"]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of a pause and the number of a new priority; keep what belongs to the event."""
        values = super().clean() or {}
        kind = values.get("kind")
        if kind == "PAUSE" and not values.get("reason"):
            self.add_error(
                "reason", _("Say what the ticket waits for: a target may count some pauses only.")
            )
        if kind == "PRIORITY" and values.get("priority") is None and "priority" not in self.errors:
            self.add_error("priority", _("Choose the new priority."))
        if kind != "PRIORITY":
            values["priority"] = None
        return values


class CorrectionForm(_LogForm):
    """What an event should have said, and why it was wrong."""

    priority = priority_field(required=False)
    why = forms.CharField(
        max_length=200,
        label=lazy("why it is corrected"),
        help_text=lazy("Stands in the log beside the correction."),
    )

    def __init__(self, *args: Any, event: m.TicketEvent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = event.effective_at.astimezone(ZoneInfo(self.zone))
        self.initial = {
            "effective_at": at.replace(microsecond=0, tzinfo=None),
            "reason": event.reason,
            "priority": event.priority,
        }
        self.fields["reason"].required = True
        if event.kind != "PAUSE":
            del self.fields["reason"]
        if event.kind not in {"START", "PRIORITY"}:
            del self.fields["priority"]
        elif event.kind == "PRIORITY":
            self.fields["priority"] = priority_field(required=True)
