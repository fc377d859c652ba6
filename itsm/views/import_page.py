"""What the pages of the import flow share: the import of the address, the steps, the way back."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.imports.runs import choices
from itsm.models import ImportRun
from itsm.views.base import Crumb, Page


def kind_title(key: str) -> str:
    """Return the title of a kind of record, or its key when it is not declared any more."""
    return str(dict(choices()).get(key, key))


class ImportPage(Page):
    """A page of the import flow."""

    page_model = ImportRun
    page_action = "view"
    step = 0
    is_locked = True

    def crumbs(self) -> Sequence[Crumb]:
        """Return the way back to the list."""
        return (Crumb(_("Imports"), reverse("itsm:import_list")),)

    def run_of_address(self) -> ImportRun:
        """Return the import of the address, or answer 404."""
        if not hasattr(self, "_run"):
            runs = ImportRun.objects.visible_to(self.request.user).select_related("job")
            if self.request.method == "POST" and self.is_locked:
                runs = runs.select_for_update(of=("self",))
            try:
                self._run = runs.get(pk=self.kwargs["pk"])
            except (ImportRun.DoesNotExist, ValidationError):
                raise Http404(_("There is no such import.")) from None
        return self._run

    def steps(self) -> list[dict[str, Any]]:
        """Return the four steps with the one that the reader is at."""
        names = (_("File"), _("Columns"), _("Check"), _("Done"))
        return [
            {"number": n, "title": name, "is_done": n < self.step, "is_here": n == self.step}
            for n, name in enumerate(names, 1)
        ]

    def facts(self) -> dict[str, Any]:
        """Add the steps."""
        return {**super().facts(), "steps": self.steps()}
