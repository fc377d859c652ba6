"""What people may enter about reports."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.forms import RecordForm
from itsm.models import Contact
from reporting.models import Recipient, ReportDefinition, ReportFeedback
from reporting.services.dataset import declared_sections


class DefinitionForm(RecordForm):
    """A report definition with its recipients."""

    sections = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=lazy("sections"),
        help_text=lazy("None chosen: all."),
    )
    recipients = forms.ModelMultipleChoiceField(
        queryset=Contact.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=lazy("mail with a link to"),
        help_text=lazy(
            "Contacts of the customer. Everybody with a portal account can read it there."
        ),
    )

    class Meta:
        model = ReportDefinition
        fields = [
            "customer", "name", "slug", "purpose", "audience", "data_sources", "frequency",
            "starts_date", "due_working_day", "due_time", "hours", "language", "classification",
            "needs_approval",
        ]  # fmt: skip

    field_order = [*Meta.fields, "sections", "recipients"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_time"].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        known = [(part.key, part.title) for part in declared_sections()]
        self.fields["sections"].choices = known  # type: ignore[attr-defined]
        people = Contact.objects.select_related("party").filter(party__roles__contains=["CUSTOMER"])
        if not self.instance._state.adding:
            people = people.filter(party=self.instance.customer_id)
            self.fields["customer"].disabled = True
            self.initial["sections"] = self.instance.sections
            chosen = self.instance.recipients.filter(channel=Recipient.Channel.MAIL)
            self.initial["recipients"] = list(chosen.values_list("contact", flat=True))
        self.fields["recipients"].queryset = people.active().exclude(email="").order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse recipients of another party and a due day that cannot be counted."""
        facts = super().clean() or self.cleaned_data
        customer = facts.get("customer")
        strangers = [
            person.name
            for person in facts.get("recipients", ())
            if customer and person.party != customer
        ]
        if strangers:
            words = _("%(names)s belong to another party. Choose contacts of %(customer)s.")
            self.add_error(
                "recipients", words % {"names": ", ".join(strangers), "customer": customer}
            )
        if not 1 <= (facts.get("due_working_day") or 1) <= 60:
            self.add_error("due_working_day", _("Write a working day from 1 to 60."))
        self.instance.sections = list(facts.get("sections") or [])
        return facts


class ReasonForm(forms.Form):
    """Why something is done: a waiver, a restatement."""

    reason = forms.CharField(
        label=lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("The customer reads it."),
    )


class FeedbackForm(forms.Form):
    """An answer to a report."""

    kind = forms.ChoiceField(
        choices=[choice for choice in ReportFeedback.Kind.choices if choice[0] != "READ"]
    )
    text = forms.CharField(required=False, max_length=4000)
    anchor = forms.CharField(required=False, max_length=120)


class ReplyForm(forms.Form):
    """What the provider replies."""

    text = forms.CharField(
        label=lazy("reply"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )
