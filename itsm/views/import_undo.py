"""Undo an import: what would go and what would be put back, in numbers, then one button."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.imports.background import Busy, is_busy, order_undo
from itsm.imports.undoing import Plan, UndoRefused, plan_undo, undo_until
from itsm.models import ImportRun
from itsm.views.base import Crumb
from itsm.views.import_page import ImportPage, kind_title


class ImportUndoPage(ImportPage):
    """Shows what undoing would do, or what stands in its way; undoes."""

    template_name = "itsm/imports/undo.html"
    page_action = "add"

    def crumbs(self) -> Sequence[Crumb]:
        """Return the way back to the import."""
        run = self.run_of_address()
        detail = Crumb(run.file_name, reverse("itsm:import_detail", args=(run.pk,)))
        return (*super().crumbs(), detail)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the numbers; an import that is worked on or was never applied goes to its own page."""
        run = self.run_of_address()
        if is_busy(run) or run.state != ImportRun.State.APPLIED:
            return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))
        return self.show()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Undo, or say what stands in the way."""
        run = self.run_of_address()
        try:
            done = order_undo(run, by=str(request.user), at=self.at)
        except (UndoRefused, Busy) as refusal:
            return self.show(409, problem=str(refusal))
        if done.state == ImportRun.State.UNDONE:
            messages.info(request, _("%(name)s is undone.") % {"name": run.file_name})
        return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))

    def facts(self) -> dict[str, Any]:
        """Add the numbers and the obstacles."""
        run = self.run_of_address()
        plan = plan_undo(run, at=self.at)
        return {
            **super().facts(),
            "title": _("Undo this import?"),
            "meta": ((_("File"), run.file_name), (_("Holds"), kind_title(run.kind)), (_("By"), run.started_by)),
            "rows": [
                (one.title, one.created, one.changed)
                if plan.obstacles
                else (one.title, _removed(one.created), _put_back(one.changed))
                for one in plan.kinds
            ],
            "events": "" if plan.obstacles else _events(plan),
            "obstacles": plan.obstacles,
            "until": undo_until(run),
            "applied_at": run.applied_at,
            "back_url": reverse("itsm:import_detail", args=(run.pk,)),
        }  # fmt: skip


def _removed(n: int) -> str:
    return ngettext("%(n)s is removed", "%(n)s are removed", n) % {"n": f"{n:,}"} if n else "–"


def _put_back(n: int) -> str:
    return ngettext("%(n)s is put back", "%(n)s are put back", n) % {"n": f"{n:,}"} if n else "–"


def _events(plan: Plan) -> str:
    if not plan.events:
        return ""
    words = ngettext(
        "%(n)s event of these tickets goes with them.",
        "%(n)s events of these tickets go with them.",
        plan.events,
    )
    return words % {"n": f"{plan.events:,}"}
