"""Several targets of a draft at once: one row each, more rows on demand, with or without scripts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.models import Service
from itsm.views.base import Crumb, RecordPage, add_refusal, scope_choices
from slas.forms import MOST_ROWS, SharedHoursForm, TargetRows
from slas.models import Target
from slas.services.agreements import save_targets

MORE = 3
TOTAL = "form-TOTAL_FORMS"


class TargetRowsPage(RecordPage):
    """Adds all rows or none; ``more`` gives three empty rows and keeps what was typed."""

    template_name = "slas/target_rows.html"
    fragment_name = "slas/_target_rows.html"
    page_action = "change"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show empty rows."""
        first = Target.objects.filter(version=self.record()).order_by("pk").first()
        initial = {"hours": first.hours_id} if first else {}
        return self.show(shared=self.shared(initial=initial), rows=self.rows())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give more rows, or write the targets."""
        data = request.POST.copy()
        if "more" in data:
            count = data.get(TOTAL, "0")
            data[TOTAL] = str(min(MOST_ROWS, (int(count) if count.isdecimal() else 0) + MORE))
            return self.show(shared=self.shared(data), rows=self.rows(data), is_asking=True)
        shared, rows = self.shared(data), self.rows(data)
        is_valid = rows.is_valid()
        if not (shared.is_valid() and is_valid):
            return self.show(422, shared=shared, rows=rows)
        try:
            found = self.store(shared, rows)
        except (ValueError, ValidationError) as refusal:
            add_refusal(shared, refusal)
            return self.show(422, shared=shared, rows=rows)
        words = ngettext("%(n)s target is added.", "%(n)s targets are added.", len(found))
        messages.info(request, words % {"n": len(found)})
        return HttpResponseRedirect(self.back())

    def store(self, shared: Any, rows: Any) -> list[Target]:
        """Write the filled rows."""
        version, hours = self.record(), shared.cleaned_data["hours"]
        taken = set(Target.objects.filter(version=version).values_list("reference", flat=True))
        given = [form for form in rows if form.has_changed()]
        return save_targets(version, [form.target(version, hours, taken) for form in given])

    def shared(self, *data: Any, **options: Any) -> SharedHoursForm:
        """Return the form of what holds for all rows."""
        form = SharedHoursForm(*data, **options)
        scope_choices(form, self.request.user)
        return form

    def rows(self, *data: Any) -> Any:
        """Return the rows; their services are those in use that the reader may see, read once."""
        found = TargetRows(*data)
        services = Service.objects.visible_to(self.request.user).active().order_by("name")
        choices = [("", "–"), *((str(row.pk), str(row)) for row in services)]
        for form in found:
            field: Any = form.fields["service"]
            field.queryset = services
            field.widget.choices = choices
        return found

    def back(self) -> str:
        """Return the address of the draft."""
        return reverse("slas:agreement-versions_detail", args=[self.record().pk])

    def facts(self) -> dict[str, Any]:
        """Add the words."""
        version = self.record()
        return {
            **super().facts(),
            "title": _("Add targets"),
            "lead": _("One promise a row. Empty rows are left out; names are made from kind and priority."),
            "crumbs": (Crumb(str(version), self.back()),),
            "back_url": self.back(),
            "here": self.request.path,
        }  # fmt: skip
