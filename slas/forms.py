"""What people may enter about agreements, versions, targets and subscriptions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.periods import Period
from itsm.calculations.wall_time import midnight
from itsm.forms import RecordForm
from itsm.models import Service, ServiceHours
from slas.models import Agreement, AgreementVersion, Subscription, Target
from slas.services.agreements import AgreementRefused, check_party

MOST_ROWS = 60
UNITS = (
    ("minutes", lazy("minutes of service time")),
    ("hours", lazy("hours of service time")),
    ("working_days", lazy("working days")),
)
_SECONDS = {"minutes": 60, "hours": 3600}


class AgreementForm(RecordForm):
    """An agreement; a new one gets its first draft from the day it shall be in force."""

    starts_date = forms.DateField(
        label=lazy("in force from"), help_text=lazy("First day, in the time zone of the party.")
    )
    ends_date = forms.DateField(
        label=lazy("until"),
        required=False,
        help_text=lazy("First day after it. Empty: open-ended."),
    )

    class Meta:
        model = Agreement
        fields = ["title", "reference", "kind", "party", "owner"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["starts_date"], self.fields["ends_date"]

    def clean(self) -> dict[str, Any]:
        """Check that the kind suits the party and that the end follows the start."""
        facts = super().clean() or self.cleaned_data
        if facts.get("party") and facts.get("kind"):
            try:
                check_party(facts["kind"], facts["party"])
            except AgreementRefused as refusal:
                self.add_error("party", str(refusal))
        _check_days(self)
        return facts


class VersionForm(RecordForm):
    """The terms of a draft."""

    starts_date = forms.DateField(
        label=lazy("in force from"), help_text=lazy("First day, in the time zone of the party.")
    )
    ends_date = forms.DateField(
        label=lazy("until"),
        required=False,
        help_text=lazy("First day after it. Empty: open-ended."),
    )

    class Meta:
        model = AgreementVersion
        fields = ["summary", "unknown_rule", "notice_hours", "allowance_minutes"]

    field_order = ["starts_date", "ends_date"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance
        zone = ZoneInfo(version.party.timezone)
        self.initial.setdefault("starts_date", version.starts_at.astimezone(zone).date())
        if version.ends_at:
            self.initial.setdefault("ends_date", version.ends_at.astimezone(zone).date())

    def clean(self) -> dict[str, Any]:
        """Turn the days into instants of the party's zone."""
        facts = super().clean() or self.cleaned_data
        _check_days(self)
        zone = self.instance.party.timezone
        if facts.get("starts_date") and not self.errors:
            ends = facts.get("ends_date")
            self.instance.starts_at = midnight(facts["starts_date"], zone)
            self.instance.ends_at = midnight(ends, zone) if ends else None
        return facts


def _check_days(form: Any) -> None:
    starts, ends = form.cleaned_data.get("starts_date"), form.cleaned_data.get("ends_date")
    if starts and ends and ends <= starts:
        form.add_error("ends_date", _("An agreement must end after it starts."))


class TargetForm(RecordForm):
    """A target of a draft: the limit as a number and a unit, the pauses one a line."""

    limit_number = forms.IntegerField(
        label=lazy("within"),
        required=False,
        min_value=1,
        help_text=lazy("Response and resolution only."),
    )
    limit_unit = forms.ChoiceField(label=lazy("unit"), choices=UNITS, initial="hours")
    pauses = forms.CharField(
        label=lazy("pauses that count"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("One reason a line. Empty: every pause stops the clock."),
    )

    class Meta:
        model = Target
        fields = [
            "version", "name", "reference", "kind", "service", "hours", "objective", "limit_number",
            "limit_unit", "priority", "pauses", "day_rule", "min_sample", "recorded_from",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drafts = AgreementVersion.objects.filter(state=AgreementVersion.State.DRAFT)
        versions: Any = self.fields["version"]
        versions.queryset = drafts.select_related("agreement")
        target = self.instance
        self.initial["pauses"] = "\n".join(target.pause_reasons or ())
        if target.limit_working_days:
            self.initial.update(limit_number=target.limit_working_days, limit_unit="working_days")
        elif target.limit_seconds:
            unit = "hours" if target.limit_seconds % 3600 == 0 else "minutes"
            number = target.limit_seconds // _SECONDS[unit]
            self.initial.update(limit_number=number, limit_unit=unit)

    def clean(self) -> dict[str, Any]:
        """Put the limit and the pauses into the target."""
        facts = super().clean() or self.cleaned_data
        target, number = self.instance, facts.get("limit_number")
        is_timed = facts.get("kind") != Target.Kind.AVAILABILITY
        target.limit_seconds = target.limit_working_days = None
        if is_timed and not number:
            self.add_error("limit_number", _("Enter the limit, such as 4 hours."))
        elif is_timed and facts.get("limit_unit") == "working_days":
            target.limit_working_days = number
        elif is_timed:
            target.limit_seconds = int(number or 0) * _SECONDS[facts.get("limit_unit", "hours")]
        lines = str(facts.get("pauses", "")).splitlines()
        target.pause_reasons = [line.strip() for line in lines if line.strip()]
        if facts.get("version"):
            target.party_id = facts["version"].party_id
        return facts


class TargetRowForm(forms.Form):
    """One row of several targets: what is promised about which service, within what, in how many cases."""

    kind = forms.ChoiceField(label=lazy("kind"), choices=[("", "–"), *Target.Kind.choices])
    service = forms.ModelChoiceField(
        label=lazy("service"), queryset=Service.objects.none(), empty_label="–"
    )
    priority = forms.IntegerField(label=lazy("priority"), min_value=1, max_value=99, required=False)
    limit_number = forms.IntegerField(label=lazy("within"), min_value=1, required=False)
    limit_unit = forms.ChoiceField(label=lazy("unit"), choices=UNITS, initial="hours")
    objective = forms.DecimalField(
        label=lazy("per cent"), min_value=0, max_value=100, max_digits=9, decimal_places=6
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the limit of a response or resolution, and refuse one of an availability."""
        facts = super().clean() or self.cleaned_data
        kind, number = facts.get("kind"), facts.get("limit_number")
        if kind == Target.Kind.AVAILABILITY:
            if number or facts.get("priority"):
                self.add_error(
                    "kind", _("Availability has no priority and no limit. Leave them empty.")
                )
        elif kind and not number and "limit_number" not in self.errors:
            self.add_error("limit_number", _("Enter the limit, such as 4 hours."))
        return facts

    def target(self, version: AgreementVersion, hours: Any, taken: set[str]) -> Target:
        """Return the target, not written; its reference differs from those ``taken`` and joins them."""
        facts = self.cleaned_data
        kind, priority, number = facts["kind"], facts["priority"], facts["limit_number"]
        is_days = number and facts["limit_unit"] == "working_days"
        ending = _(", priority %(n)s") % {"n": priority} if priority else ""
        return Target(
            version=version, party_id=version.party_id, hours=hours, service=facts["service"],
            kind=kind, priority=priority, objective=facts["objective"],
            name=f"{Target.Kind(kind).label}{ending}",
            reference=_free_reference(f"P{priority}-{kind}" if priority else kind, taken),
            limit_working_days=number if is_days else None,
            limit_seconds=number * _SECONDS[facts["limit_unit"]] if number and not is_days else None,
        )  # fmt: skip


def _free_reference(wish: str, taken: set[str]) -> str:
    found, number = wish, 2
    while found in taken:
        found, number = f"{wish}-{number}", number + 1
    taken.add(found)
    return found


class SharedHoursForm(forms.Form):
    """What holds for all rows: the hours in which the clocks run."""

    hours = forms.ModelChoiceField(
        label=lazy("service hours"),
        queryset=ServiceHours.objects.all(),
        help_text=lazy("For all targets below."),
        empty_label="–",
    )


TargetRows = forms.formset_factory(
    TargetRowForm, extra=3, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
)


class SubscriptionForm(RecordForm):
    """Which customer uses which service, under which agreement."""

    class Meta:
        model = Subscription
        fields = ["customer", "service", "agreement", "starts_at", "ends_at", "quantity"]

    def clean(self) -> dict[str, Any]:
        """Check that the agreement is one with this customer."""
        facts = super().clean() or self.cleaned_data
        agreement, customer = facts.get("agreement"), facts.get("customer")
        if agreement and customer and agreement.party_id != customer.pk:
            self.add_error(
                "agreement",
                _("%(agreement)s is not with %(customer)s. Choose one of its own agreements.")
                % {"agreement": agreement, "customer": customer},
            )
        return facts


class SignForm(forms.Form):
    """Who agreed to a version for the other side."""

    signed_by = forms.CharField(
        label=lazy("agreed by"),
        max_length=200,
        help_text=lazy("Name, role and where it is written."),
    )


class EndForm(forms.Form):
    """The day from which a version no longer holds."""

    ends_date = forms.DateField(
        label=lazy("first day without it"), widget=forms.DateInput(attrs={"type": "date"})
    )


class DraftForm(forms.Form):
    """When a new version shall come into force."""

    starts_date = forms.DateField(
        label=lazy("in force from"), widget=forms.DateInput(attrs={"type": "date"})
    )


class PeriodForm(forms.Form):
    """A period to judge."""

    period = forms.CharField(
        label=lazy("period"), max_length=10, help_text=lazy("2016, 2016-Q1 or 2016-03.")
    )
    reason = forms.CharField(
        label=lazy("reason"),
        max_length=300,
        required=False,
        help_text=lazy("Only if a final result is judged again."),
    )

    def clean_period(self) -> str:
        """Return the name of the period, or say how it is written."""
        name = str(self.cleaned_data["period"]).strip()
        try:
            Period.parse(name)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return name


def next_month(at: datetime) -> str:
    """Return the first day of the month after ``at``: what a new version usually starts with."""
    first = at.astimezone(UTC).replace(day=1) + timedelta(days=32)
    return first.strftime("%Y-%m-01")
