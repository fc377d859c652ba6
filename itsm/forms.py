"""What people may enter about the kernel's records. Choices are cut to the reader's rows by the page."""

import re
import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import models as m

DAYS = (
    ("Mon", lazy("Monday")),
    ("Tue", lazy("Tuesday")),
    ("Wed", lazy("Wednesday")),
    ("Thu", lazy("Thursday")),
    ("Fri", lazy("Friday")),
    ("Sat", lazy("Saturday")),
    ("Sun", lazy("Sunday")),
)
_WINDOW = re.compile(r"^\s*(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*$")
_LOCAL = "%Y-%m-%dT%H:%M"


class InstantInput(forms.DateTimeInput):
    """A date with a time, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"step": "1", **(attrs or {})}, format="%Y-%m-%dT%H:%M:%S")


class DayInput(forms.DateInput):
    """A day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class RecordForm(forms.ModelForm):
    """The base of all forms: date and time inputs, and short names made from names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateTimeField):
                field.widget = InstantInput()
                field.input_formats = [
                    "%Y-%m-%dT%H:%M:%S",
                    _LOCAL,
                    "%Y-%m-%d %H:%M",
                    "%Y-%m-%d %H:%M:%S",
                ]
            elif isinstance(field, forms.DateField):
                field.widget = DayInput()
            elif isinstance(field.widget, forms.Textarea):
                field.widget.attrs.setdefault("rows", 3)


class ZoneMixin:
    """Checks that a time zone exists."""

    cleaned_data: dict[str, Any]

    def clean_timezone(self) -> str:
        """Return the zone, or say which form it has."""
        name = str(self.cleaned_data["timezone"]).strip()
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ValidationError(
                _("“%(name)s” is not a time zone. Write an IANA name, such as Europe/Madrid.")
                % {"name": name}
            ) from None
        return name


class PartyForm(ZoneMixin, RecordForm):
    """A party."""

    roles = forms.MultipleChoiceField(
        choices=m.Party.Role.choices, widget=forms.CheckboxSelectMultiple, label=lazy("roles")
    )

    class Meta:
        model = m.Party
        fields = [
            "name",
            "slug",
            "legal_name",
            "roles",
            "timezone",
            "language",
            "currency",
            "parent",
        ]
        help_texts = {
            "legal_name": lazy("As it stands in contracts. Empty: the name."),
            "timezone": lazy(
                "An IANA name, such as Europe/Madrid. Its reports and pages follow it."
            ),
            "parent": lazy("The organisation it belongs to."),
        }


class LookForm(RecordForm):
    """Logo and accent color of a party; an uploaded logo is kept while the rest is put right."""

    logo = forms.FileField(
        required=False,
        label=lazy("logo"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=lazy("PNG or JPEG, at most 2 MiB. Best: a PNG with transparent ground, 1200 pixels wide."),
    )  # fmt: skip
    kept_logo = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    remove_logo = forms.BooleanField(required=False, label=lazy("remove the logo"))

    class Meta:
        model = m.Party
        fields = ["accent"]
        help_texts = {
            "accent": lazy("#rrggbb, such as #0B5C82: color of headings and links. Empty: Plimsoll's blue.")
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["logo", "kept_logo", "remove_logo", "accent"])
        if not self.instance.logo_id:
            del self.fields["remove_logo"]

    def clean_accent(self) -> str:
        """Return the color with its #, in small letters."""
        color = str(self.cleaned_data["accent"]).strip().lower()
        if color and not re.fullmatch(r"#?[0-9a-f]{6}", color):
            raise ValidationError(_("Write the color as #rrggbb, such as #0B5C82."))
        return f"#{color.lstrip('#')}" if color else ""


class ContactForm(RecordForm):
    """A contact of a party."""

    class Meta:
        model = m.Contact
        fields = ["party", "name", "email", "phone", "role", "language"]
        help_texts = {
            "role": lazy("Report recipients get every report by mail."),
            "language": lazy("Language of the mails to this person."),
        }


class FamilyForm(RecordForm):
    """A service family."""

    class Meta:
        model = m.ServiceFamily
        fields = ["name", "slug", "description"]


class ServiceForm(RecordForm):
    """A service."""

    class Meta:
        model = m.Service
        fields = [
            "name", "slug", "description", "intended_outcomes", "family", "owner", "criticality", "hours",
        ]  # fmt: skip
        help_texts = {
            "description": lazy("What it is, in the customer's words: it opens the agreement."),
            "intended_outcomes": lazy("What the customer can do with it."),
            "family": lazy("Groups the services of the catalogue."),
            "owner": lazy("Who answers for it."),
            "criticality": lazy("How much a customer suffers without it: it sorts what needs you."),
            "hours": lazy("When it is promised. Needed before it goes live."),
        }


class OfferingForm(RecordForm):
    """An offering of a service."""

    class Meta:
        model = m.ServiceOffering
        fields = ["service", "name", "slug", "features", "hours", "price_note"]
        help_texts = {
            "features": lazy("What is in it, one a line."),
            "hours": lazy("When people get help with it."),
            "price_note": lazy("Such as € 4 a user and month."),
        }


class ComponentForm(RecordForm):
    """A component."""

    class Meta:
        model = m.Component
        fields = ["name", "slug", "kind", "description", "owner", "supplier"]
        help_texts = {
            "supplier": lazy("Who delivers it, when that is somebody else."),
            "owner": lazy("Who looks after it."),
        }


class DependencyForm(RecordForm):
    """What a service or component stands on; written by the graph's service."""

    services = forms.ModelMultipleChoiceField(
        queryset=m.Service.objects.all(), required=False, label=lazy("stands on services")
    )
    components = forms.ModelMultipleChoiceField(
        queryset=m.Component.objects.all(), required=False, label=lazy("stands on components")
    )

    class Meta:
        model = m.DependencyGroup
        fields = [
            "service",
            "component",
            "operator",
            "k",
            "services",
            "components",
            "starts_at",
            "ends_at",
            "note",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            members = list(self.instance.members.all())
            self.initial["services"] = [x.service_id for x in members if x.service_id]
            self.initial["components"] = [x.component_id for x in members if x.component_id]


class WeekMixin(forms.Form):
    """Seven lines of opening times, such as “08:00-12:00, 13:00-18:00”; empty is closed."""

    Mon = forms.CharField(required=False, label=DAYS[0][1], initial="09:00-17:00")
    Tue = forms.CharField(required=False, label=DAYS[1][1], initial="09:00-17:00")
    Wed = forms.CharField(required=False, label=DAYS[2][1], initial="09:00-17:00")
    Thu = forms.CharField(required=False, label=DAYS[3][1], initial="09:00-17:00")
    Fri = forms.CharField(required=False, label=DAYS[4][1], initial="09:00-17:00")
    Sat = forms.CharField(required=False, label=DAYS[5][1])
    Sun = forms.CharField(
        required=False,
        label=DAYS[6][1],
        help_text=lazy(
            "For example 08:00-12:00, 13:00-18:00. All day is 00:00-24:00. Empty is closed."
        ),
    )

    def week(self) -> dict[str, list[list[str]]]:
        """Return the week in the form of ``ServiceHoursVersion.week``."""
        return {day: self._windows(day) for day, _title in DAYS if self.cleaned_data.get(day)}

    def _windows(self, day: str) -> list[list[str]]:
        found = []
        for part in self.cleaned_data[day].split(","):
            match = _WINDOW.match(part)
            if match is None:
                raise ValidationError(
                    {
                        day: _("“%(part)s” is not a time span. Write it as 08:00-12:00.")
                        % {"part": part.strip()}
                    }
                )
            found.append([match[1].zfill(5), match[2].zfill(5)])
        return found

    @staticmethod
    def written(week: dict[str, Any]) -> dict[str, str]:
        """Return a stored week as the seven lines."""
        return {day: ", ".join(f"{a}-{b}" for a, b in week.get(day, [])) for day, _title in DAYS}


class ServiceHoursForm(ZoneMixin, WeekMixin, RecordForm):
    """Service hours; a new one gets its first week and, if asked, a country's holidays."""

    effective_date = forms.DateField(widget=DayInput, label=lazy("first day"), initial="2015-01-01")
    country = forms.CharField(
        required=False,
        max_length=2,
        label=lazy("holidays of country"),
        help_text=lazy("Two letters, such as ES. Empty: none."),
    )
    subdivision = forms.CharField(
        required=False, max_length=6, label=lazy("and region"), help_text=lazy("Such as MD.")
    )
    years = forms.CharField(
        required=False, label=lazy("years"), help_text=lazy("Such as 2025-2027.")
    )

    class Meta:
        model = m.ServiceHours
        fields = ["name", "slug", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name in (
                "effective_date",
                "country",
                "subdivision",
                "years",
                *(day for day, _t in DAYS),
            ):
                del self.fields[name]

    def year_range(self) -> range:
        """Return the years whose holidays are copied."""
        words = re.findall(r"\d{4}", self.cleaned_data.get("years") or "")
        return range(int(words[0]), int(words[-1]) + 1) if words else range(0)


class HoursVersionForm(WeekMixin, RecordForm):
    """A new week from a day on."""

    class Meta:
        model = m.ServiceHoursVersion
        fields = ["hours", "effective_date"]


class HoursExceptionForm(RecordForm):
    """A day with other hours."""

    times = forms.CharField(
        required=False, label=lazy("open at"), help_text=lazy("Only for “open”: 08:00-12:00.")
    )

    class Meta:
        model = m.HoursException
        fields = ["hours", "date", "kind", "times", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault(
            "times", ", ".join(f"{a}-{b}" for a, b in self.instance.windows or [])
        )

    def clean(self) -> dict[str, Any]:
        """Read the times; an open day needs some."""
        values = super().clean() or {}
        spans = [
            _WINDOW.match(part) for part in (values.get("times") or "").split(",") if part.strip()
        ]
        if any(span is None for span in spans):
            self.add_error("times", _("Write time spans as 08:00-12:00."))
        windows = [[span[1].zfill(5), span[2].zfill(5)] for span in spans if span]
        if values.get("kind") == "OPEN" and not windows:
            self.add_error("times", _("Say when it is open, such as 08:00-12:00."))
        self.instance.windows = windows if values.get("kind") == "OPEN" else []
        return values


_TOLD = ["service", "customer", "title"]
_NOTES = ["customer_text", "internal_note"]


class ServiceEventForm(RecordForm):
    """A failure, breakdown, update, change, improvement or known problem."""

    class Meta:
        model = m.ServiceEvent
        fields = [
            "kind",
            *_TOLD,
            "starts_at",
            "ends_at",
            "outcome",
            "possible_effect",
            "remedy",
            "benefit",
            *_NOTES,
        ]
        help_texts = {
            "ends_at": lazy("Empty: it still goes on."),
        }


class OutageForm(RecordForm):
    """An outage with its five timestamps."""

    class Meta:
        model = m.Outage
        fields = [
            *_TOLD, "kind", "weight", "component", "event", "starts_at", "detected_at", "responded_at",
            "repaired_at", "recovered_at", "ends_at", "cause", "root_cause", *_NOTES,
        ]  # fmt: skip
        help_texts = {
            "event": lazy("The failure or breakdown that it came from."),
            "detected_at": lazy("When somebody or something noticed it."),
            "responded_at": lazy("When work on it began."),
            "repaired_at": lazy("When the fault was removed."),
            "recovered_at": lazy("When the data were there again."),
        }


class MaintenanceWindowForm(RecordForm):
    """A maintenance window."""

    class Meta:
        model = m.MaintenanceWindow
        fields = [
            *_TOLD,
            "starts_at",
            "ends_at",
            "expected_effect",
            "actual_starts_at",
            "actual_ends_at",
            *_NOTES,
        ]


class SeriesForm(RecordForm):
    """A measured series."""

    class Meta:
        model = m.Series
        fields = ["name", "slug", "unit", "service", "component", "interval_seconds"]


class ActionForm(RecordForm):
    """An action."""

    class Meta:
        model = m.Action
        fields = ["customer", "title", "description", "owner_name", "due_date"]
        help_texts = {
            "owner_name": lazy("Who does it."),
            "due_date": lazy("It appears in My work from then on."),
        }


class DecisionForm(RecordForm):
    """A question to a customer: options one a line."""

    choices_text = forms.CharField(
        widget=forms.Textarea, label=lazy("options"), help_text=lazy("One a line, at least two.")
    )

    class Meta:
        model = m.Decision
        fields = [
            "customer",
            "question",
            "explanation",
            "choices_text",
            "recommended",
            "cost_text",
            "due_at",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("choices_text", "\n".join(self.instance.options or []))

    def clean_choices_text(self) -> str:
        """Keep the options as a list."""
        options = [
            line.strip() for line in self.cleaned_data["choices_text"].splitlines() if line.strip()
        ]
        if len(set(options)) < 2:
            raise ValidationError(_("Give at least two different options, one a line."))
        self.instance.options = options
        return "\n".join(options)


class CurrencyForm(RecordForm):
    """A currency."""

    class Meta:
        model = m.Currency
        fields = ["code", "name", "minor_units"]


class UserForm(ZoneMixin, RecordForm):
    """A user with roles; roles of one customer's side name that customer."""

    roles = forms.MultipleChoiceField(
        choices=m.Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=lazy("roles"),
    )
    customer = forms.ModelChoiceField(
        queryset=m.Party.objects.all(),
        required=False,
        label=lazy("customer"),
        help_text=lazy("For the customer roles."),
    )
    password = forms.CharField(
        required=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), label=lazy("new password"),
        help_text=lazy("Empty: unchanged, or sign-in by the reset mail."),
    )  # fmt: skip

    class Meta:
        model = m.User
        fields = ["name", "email", "is_active", "language", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            there = list(self.instance.memberships.all())
            self.initial["roles"] = [row.role for row in there]
            self.initial["customer"] = next(
                (row.customer_id for row in there if row.customer_id), None
            )

    def clean(self) -> dict[str, Any]:
        """Check that customer roles name a customer and that sides are not mixed."""
        values = super().clean() or {}
        theirs = [role for role in values.get("roles") or [] if role.startswith("CUSTOMER_")]
        if theirs and values.get("customer") is None:
            self.add_error("customer", _("Choose whose portal these roles open."))
        if theirs and len(theirs) != len(values.get("roles") or []):
            self.add_error(
                "roles", _("One person has roles on one side only: the provider's or a customer's.")
            )
        if values.get("password"):
            try:
                validate_password(values["password"], self.instance)
            except ValidationError as error:
                self.add_error("password", error)
        return values


class ProfileForm(ZoneMixin, RecordForm):
    """One's own name, zone and theme."""

    class Meta:
        model = m.User
        fields = ["name", "timezone", "theme"]


class WebhookForm(RecordForm):
    """An address that is told what happened."""

    class Meta:
        model = m.WebhookEndpoint
        fields = ["name", "url", "event_kinds", "customer", "is_active"]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=80, label=lazy("what it is for"))
    scope = forms.ChoiceField(choices=m.ApiToken.Scope.choices, label=lazy("scope"))
    days = forms.IntegerField(
        min_value=1, max_value=366, initial=90, label=lazy("days until it expires")
    )


class AnswerForm(forms.Form):
    """A customer's answer to a question."""

    answer = forms.CharField(max_length=200, label=lazy("answer"))
    remark = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), label=lazy("remark")
    )


class CommentForm(forms.Form):
    """A comment on a record; on a customer's one it says whether the customer may read it."""

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, label=lazy("Comment")
    )
    is_internal = forms.BooleanField(
        label=lazy("Internal: the customer cannot read it"), required=False, initial=True
    )

    def __init__(self, *args: Any, is_of_customer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].error_messages["required"] = _("Write what you want to say.")
        if not is_of_customer:
            del self.fields["is_internal"]


class FileForm(forms.Form):
    """A file as evidence of a record; what may come in is the service's to say."""

    file = forms.FileField(
        label=lazy("File"),
        max_length=200,
        allow_empty_file=True,
        error_messages={"required": lazy("Choose a file.")},
        help_text=lazy("Up to 20 MB: pdf, png, jpg, txt, csv, md, xlsx, docx or pptx."),
    )
