"""How far the work on a large import is: a page that renews itself, cancels and tries again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from itsm.imports.background import Busy, cancel, is_busy, try_again
from itsm.imports.runs import AlreadyApplied
from itsm.models import ImportRun, Job
from itsm.views.import_page import ImportPage, kind_title

RENEWED_SECONDS = 1
_State = Job.State


class ImportProgressPage(ImportPage):
    """Shows the bar; htmx asks for it each second and goes on when the work is done."""

    template_name = "itsm/imports/progress.html"
    fragment_name = "itsm/imports/_progress.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show how far it is; when it is done, go to the preview."""
        run = self.run_of_address()
        if is_busy(run):
            return self.show()
        address = reverse("itsm:import_detail", args=(run.pk,))
        if request.headers.get("HX-Request"):
            answer = HttpResponse(headers={"HX-Redirect": address})
            patch_vary_headers(answer, ["HX-Request"])
            return answer
        return HttpResponseRedirect(address)

    def facts(self) -> dict[str, Any]:
        """Add the job and where it can be stopped."""
        run = self.run_of_address()
        job: Any = run.job
        names = ("progress", "cancel", "retry")
        self.step = 3 if "seen" in run.options else 1
        return {
            **super().facts(),
            "title": job.title,
            "meta": ((_("File"), run.file_name), (_("Holds"), kind_title(run.kind)), (_("From"), run.source)),
            "job": job,
            "is_failed": job.state in (_State.FAILED, _State.DEAD),
            "is_waiting": job.state == _State.PENDING,
            "may_act": self.may("add"),
            "urls": {name: reverse(f"itsm:import_{name}", args=(run.pk,)) for name in names},
            "seconds": RENEWED_SECONDS,
        }  # fmt: skip


class ImportCancel(ImportPage):
    """Cancels the work; the address takes POST only."""

    page_action = "add"
    is_locked = False  # the work itself may hold the import

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing is shown here: go to the import."""
        return HttpResponseRedirect(reverse("itsm:import_detail", args=(self.kwargs["pk"],)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Cancel, or say that it was too late."""
        run = self.run_of_address()
        try:
            self.act(run)
        except (AlreadyApplied, Busy) as refusal:
            messages.info(request, str(refusal))
        return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))

    def act(self, run: ImportRun) -> None:
        """Stop the work."""
        cancel(run.pk, at=self.at)


class ImportRetry(ImportCancel):
    """Runs a failed step again; the address takes POST only."""

    def act(self, run: ImportRun) -> None:
        """Try again."""
        try_again(run, at=self.at)
