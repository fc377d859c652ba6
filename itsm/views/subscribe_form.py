"""The form of a new calendar subscription."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from itsm import models as m


class SubscribeForm(forms.Form):
    """A new calendar subscription, narrowed by what the calendar filters by."""

    name = forms.CharField(
        max_length=80,
        label=lazy("name"),
        help_text=lazy("Where you will use it, such as “Outlook at work”."),
    )
    customer = forms.ModelChoiceField(
        m.Party.objects.none(), required=False, to_field_name="slug", label=lazy("only for")
    )
    service = forms.ModelChoiceField(
        m.Service.objects.none(), required=False, to_field_name="slug", label=lazy("only about")
    )
    kinds = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=lazy("only these kinds"),
        help_text=lazy("None: all kinds."),
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kinds"].choices = kinds  # type: ignore[attr-defined]

    def choose_from(self, customers: Any, services: Any, *, must_be_a_customers: bool) -> None:
        """Cut the choices to what the reader may see; somebody of a customer chooses one of his."""
        self.fields["customer"].queryset = customers  # type: ignore[attr-defined]
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
        if must_be_a_customers:
            self.fields["customer"].required = True
            self.fields["customer"].empty_label = None  # type: ignore[attr-defined]
            self.fields["customer"].label = lazy("calendar of")

    def wish(self) -> dict[str, Any]:
        """Return the facts of a valid form, as the service takes them."""
        return dict(self.cleaned_data)
