"""What people enter about a saved view."""

from operator import itemgetter
from typing import Any
from urllib.parse import parse_qs, urlencode

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as lazy

from itsm import models as m
from itsm.forms import RecordForm
from itsm.permissions import may_share
from itsm.registry import lists
from itsm.services.saved_views import view_errors


class SavedViewForm(RecordForm):
    """A saved view; ``query`` is what its list shows, as parameters of an address."""

    wants_user = True

    list_name = forms.ChoiceField(label=lazy("list"))
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    opens_list = forms.BooleanField(
        required=False,
        label=lazy("Open the list with this view"),
        help_text=lazy("For you alone. “All” above the list still shows every row."),
    )

    class Meta:
        model = m.SavedView
        fields = ["name", "list_name", "shared_with", "role"]
        help_texts = {"role": lazy("Who sees it, when it is shared with a role.")}

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        known = [(name, capfirst(str(facts.title))) for name, facts in lists().items()]
        self.fields["list_name"].choices = sorted(known, key=itemgetter(1))  # type: ignore[attr-defined]
        if not row._state.adding:
            del self.fields["list_name"]
            self.initial.setdefault("query", urlencode(row.parameters, doseq=True))
            first = getattr(user, "first_views", {}).get(row.list_name) == row.slug
            self.initial["opens_list"] = first
        self.may_share = may_share(user)
        if not self.may_share:  # who only reads keeps views alone
            del self.fields["shared_with"], self.fields["role"]
        self.order_fields(["name", "list_name", "shared_with", "role", "opens_list", "query"])

    def clean(self) -> dict[str, Any]:
        """Read filters, columns and order from the query; refuse what the list does not have."""
        found = super().clean() or self.cleaned_data
        row = self.instance
        row.list_name = found.get("list_name", row.list_name)
        query = {
            name: values for name, values in parse_qs(found.get("query", "")).items() if values
        }
        row.columns = [part for part in ",".join(query.pop("columns", [])).split(",") if part]
        row.sort = query.pop("sort", [""])[0]
        row.filters = query
        if not self.may_share:
            row.shared_with, row.role = m.SavedView.Shared.ME, ""
        if row.list_name:
            for words in view_errors(row).values():
                self.add_error(None, words)
        return found
