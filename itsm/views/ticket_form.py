"""What people may enter about a ticket. Its times are those of the customer's clock."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
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
