"""What people enter to import a file: the file and what it holds, then which column means what."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.calculations.wall_time import zone
from itsm.forms import RecordForm
from itsm.imports.columns import ImportColumn
from itsm.imports.instants import EXAMPLES, ORDERS
from itsm.imports.remembering import as_lines, from_lines, mapping_errors
from itsm.imports.runs import choices
from itsm.models import ImportMapping, Party, Service

ORDER_NAMES = {
    "day_first": _("day, month, year"),
    "month_first": _("month, day, year"),
    "iso": _("year, month, day"),
}


class UploadForm(forms.Form):
    """The file, the kind of records in it and what holds for all its rows."""

    file = forms.FileField(
        label=_("file"),
        help_text=_("CSV, a workbook (XLSX), or a zip with one CSV file; up to 50 MB."),
        max_length=200,
    )
    sheet = forms.CharField(
        label=_("sheet"), max_length=60, required=False,
        help_text=_("Only for a workbook in which several sheets are filled."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("holds"),
        required=False,
        help_text=_("What one row of the file is about. Its columns may have any names."),
    )
    source = forms.CharField(
        label=_("comes from"), max_length=60, required=False,
        help_text=_("Name of the system, such as “helpdesk”. The columns you choose are remembered for it."),
    )  # fmt: skip
    customer = forms.ModelChoiceField(
        label=_("customer"), queryset=Party.objects.none(), required=False,
        help_text=_("For all rows, when the file has no column for it."),
    )  # fmt: skip
    service = forms.ModelChoiceField(
        label=_("service"), queryset=Service.objects.none(), required=False,
        help_text=_("For all rows, when the file has no column for it."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, kinds: Sequence[tuple[str, Any]], user: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [("", _("find out from its columns")), *kinds]  # type: ignore[attr-defined]
        parties = Party.objects.visible_to(user).active().customers()
        self.fields["customer"].queryset = parties.order_by("name")  # type: ignore[attr-defined]
        services = Service.objects.visible_to(user).active()
        self.fields["service"].queryset = services.order_by("name")  # type: ignore[attr-defined]


class MappingForm(forms.Form):
    """One choice for each field of the kind, and how dates and numbers are written."""

    def __init__(
        self,
        *args: Any,
        columns: Sequence[ImportColumn],
        header: Sequence[str],
        needed: frozenset[str],
        orders: Sequence[str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        names = [("", _("leave out")), *((name, name) for name in header)]
        for one in columns:
            self.fields[f"field_{one.name}"] = forms.ChoiceField(
                label=str(one.title),
                choices=names,
                required=one.name in needed,
                help_text=str(one.hint),
            )
        shown = [order for order in ORDERS if order in orders] or list(ORDERS)
        self.fields["date_order"] = forms.ChoiceField(
            label=_("dates are written"),
            choices=[(order, f"{ORDER_NAMES[order]} ({EXAMPLES[order]})") for order in shown],
        )
        self.fields["zone"] = forms.CharField(
            label=_("time zone of the times"), max_length=60,
            help_text=_("For times without a zone, such as Europe/Madrid."),
        )  # fmt: skip
        self.fields["decimal_sign"] = forms.ChoiceField(
            label=_("decimals are written"), choices=[(".", "1234.5"), (",", "1234,5")]
        )

    def clean_zone(self) -> str:
        """Refuse a zone that does not exist."""
        try:
            zone(self.cleaned_data["zone"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return str(self.cleaned_data["zone"])

    @property
    def chosen(self) -> dict[str, str]:
        """The mapping: field → column of the file."""
        values: Mapping[str, Any] = self.cleaned_data
        return {
            name.removeprefix("field_"): value
            for name, value in values.items()
            if name.startswith("field_") and value
        }


class RememberedForm(RecordForm):
    """What is remembered of a source: the columns as lines, and how its dates are written."""

    kind = forms.ChoiceField(label=_("holds"), help_text=_("What one row of its files is about."))
    lines = forms.CharField(
        label=_("columns"), widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One line each: field = column of the file, such as title = Subject."),
    )  # fmt: skip
    date_order = forms.ChoiceField(
        label=_("dates are written"), required=False,
        choices=[("", _("find out from the file")), *ORDER_NAMES.items()],
    )  # fmt: skip
    zone = forms.CharField(
        label=_("time zone of the times"), max_length=60, required=False,
        help_text=_("For files in which no customer is chosen, such as Europe/Madrid."),
    )  # fmt: skip

    class Meta:
        model = ImportMapping
        fields = ["source", "kind"]
        labels = {"source": _("comes from")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = choices()  # type: ignore[attr-defined]
        if self.instance.columns:
            self.initial["lines"] = "\n".join(as_lines(self.instance))
        for name in ("date_order", "zone"):
            self.initial[name] = self.instance.options.get(name, "")

    def clean(self) -> dict[str, Any]:
        """Put the lines and options into the row and refuse what no import could use."""
        given: dict[str, Any] = super().clean() or {}
        row = self.instance
        row.kind = given.get("kind", "")
        row.options = {name: given[name] for name in ("date_order", "zone") if given.get(name)}
        if "lines" not in given or not row.kind:
            return given
        try:
            row.columns = from_lines(given["lines"].splitlines())
        except ValueError as error:
            self.add_error("lines", str(error))
            return given
        places = {"columns": "lines", "options": "zone", "kind": "kind"}
        for name, sentences in mapping_errors(row).items():
            for words in sentences:
                self.add_error(places[name], words)
        return given
