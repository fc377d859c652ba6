"""Import a file in the browser: upload, choose columns, check, apply; and what was imported before."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from itsm.imports.background import APPLY, PREVIEW, READ, UNDO_REFUSAL, Busy, is_busy, order
from itsm.imports.columns import TableKind
from itsm.imports.commanding import columns_of_kind, table_kind
from itsm.imports.engine import missing_columns
from itsm.imports.forms import MappingForm, UploadForm
from itsm.imports.instants import ISO
from itsm.imports.problems import Unreadable
from itsm.imports.runs import (
    AlreadyApplied,
    Upload,
    apply_run,
    choices,
    has_file,
    map_run,
    options_of,
    orders_of,
    preview_run,
    refused_rows,
    seen_of,
    start_run,
)
from itsm.imports.service_now import PROFILE, REQUIRED
from itsm.imports.undoing import may_undo, undo_until
from itsm.models import ImportRun
from itsm.tenancy import streaming
from itsm.views.base import Button, Crumb
from itsm.views.columns import Column
from itsm.views.import_page import ImportPage, kind_title
from itsm.views.import_progress import ImportCancel, ImportProgressPage, ImportRetry
from itsm.views.import_rows import mapped_columns, preview_rows
from itsm.views.import_undo import ImportUndoPage
from itsm.views.tables import Table

SHOWN = {"error": 200, "changed": 50, "new": 20, "unchanged": 5}
OTHERS = 8
TONES = {
    "APPLIED": "ok",
    "REFUSED": "breach",
    "PREVIEWED": "unknown",
    "MAPPED": "unknown",
    "READING": "unknown",
    "UNDONE": "unknown",
}
_TITLES = {"APPLIED": _lazy("Imported"), "UNDONE": _lazy("Imported and undone")}
_ENDED = (ImportRun.State.APPLIED, ImportRun.State.UNDONE)


class ImportListPage(ImportPage):
    """What was imported: newest first."""

    template_name = "itsm/imports/list.html"
    columns = (
        Column("file_name", _("File")),
        Column("kind", _("Holds"), value=lambda run: kind_title(run.kind)),
        Column("source"),
        Column("state", kind="state", states=TONES),
        Column("started_by"),
        Column("created_at", _("Uploaded"), kind="date"),
    )

    def crumbs(self) -> Sequence[Crumb]:
        """Nothing stands above the list."""
        return ()

    def facts(self) -> dict[str, Any]:
        """Add the runs and the button."""
        may = self.may("add")
        button = Button(_("Import a file"), reverse("itsm:import_new"), "main", "upload", "c")
        remembered = Button(_("Import mappings"), reverse("itsm:import-mappings_list"))
        runs = ImportRun.objects.visible_to(self.request.user).defer("report", "options")
        table = Table(
            runs.order_by("-created_at"), self.columns, QueryDict(), 50, self.request.GET,
            address=lambda run: reverse("itsm:import_detail", args=(run.pk,)),
        )  # fmt: skip
        return {
            **super().facts(),
            "title": _("Imports"),
            "buttons": (remembered, button) if may else (remembered,),
            "runs": [
                {"run": run, "kind": kind_title(run.kind), "tone": TONES.get(run.state, "unknown"),
                 "url": reverse("itsm:import_detail", args=(run.pk,))}
                for run in table.records
            ],
            "table": table,
        }  # fmt: skip


class ImportNewPage(ImportPage):
    """Takes a file and looks at it."""

    template_name = "itsm/imports/new.html"
    page_action = "add"
    step = 1

    def form(self, *data: Any) -> UploadForm:
        """Return the form with the kinds there are; the address may choose them beforehand."""
        initial = {name: value for name, value in self.request.GET.items()}
        return UploadForm(*data, kinds=choices(), user=self.request.user, initial=initial)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.show(form=self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the file and go on to its columns, or say what is wrong with it."""
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(422, form=form)
        given = form.cleaned_data
        customer, service = given["customer"], given["service"]
        upload = Upload(
            given["file"].name, given["file"].chunks(), given["kind"], given["source"],
            customer.pk if customer else None, service.pk if service else None,
            customer.timezone if customer else request.user.timezone,  # type: ignore[union-attr]
            given["sheet"], zone_is_guessed=customer is None,
        )  # fmt: skip
        try:
            run = start_run(upload, by=str(request.user), at=self.at)
        except Unreadable as refusal:
            form.add_error(
                refusal.code if refusal.code in ("kind", "sheet") else "file", str(refusal)
            )
            return self.show(422, form=form)
        if run.options.get("is_large"):
            order(run, READ, by=str(request.user), at=self.at)
            return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))
        return HttpResponseRedirect(reverse("itsm:import_map", args=(run.pk,)))

    def facts(self) -> dict[str, Any]:
        """Add the words."""
        return {
            **super().facts(),
            "title": _("Import a file"),
            "lead": _("Nothing is written before you have seen what would change."),
            "back_url": reverse("itsm:import_list"),
        }


class ImportMapPage(ImportPage):
    """Asks which column means what; suggestions stand there already."""

    template_name = "itsm/imports/map.html"
    page_action = "add"
    step = 2

    def form(self, *data: Any) -> MappingForm:
        """Return the form with the columns of the file."""
        run, seen = self.run_of_address(), seen_of(self.run_of_address())
        initial = {f"field_{field}": name for field, name in run.columns.items()}
        initial |= {name: run.options.get(name) for name in ("date_order", "zone", "decimal_sign")}
        return MappingForm(
            *data, columns=columns_of_kind(run.kind), header=seen.header, needed=self.needed(),
            orders=orders_of(run), initial=initial,
        )  # fmt: skip

    def needed(self) -> frozenset[str]:
        """Return the fields that must get a column."""
        run = self.run_of_address()
        if run.kind == PROFILE:
            return frozenset(REQUIRED)
        return frozenset(
            one.name for one in missing_columns(table_kind(run.kind), {}, options_of(run))
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the choices, or the work that must end before."""
        run = self.run_of_address()
        if is_busy(run) or "seen" not in run.options:
            return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))
        return self.show(form=self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the choices, compare and go to the preview."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self.show(422, form=form)
        run = self.run_of_address()
        given = {name: form.cleaned_data[name] for name in ("date_order", "zone", "decimal_sign")}
        try:
            if run.options.get("is_large"):
                order(run, PREVIEW, by=str(request.user), at=self.at)
            map_run(run, form.chosen, given)
            if not run.options.get("is_large"):
                preview_run(run, at=self.at)
        except (Unreadable, AlreadyApplied, Busy) as refusal:
            form.add_error(None, str(refusal))
            return self.show(422, form=form)
        return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))

    def facts(self) -> dict[str, Any]:
        """Add the file's columns with examples."""
        run, seen = self.run_of_address(), seen_of(self.run_of_address())
        used = {name: field for field, name in run.columns.items()}
        orders = orders_of(run)
        return {
            **super().facts(),
            "title": _("Which column means what?"),
            "meta": ((_("File"), run.file_name), (_("Rows"), seen.rows), (_("Holds"), kind_title(run.kind))),
            "seen": [
                {"name": name, "examples": seen.examples[name], "used": name in used}
                for name in seen.header
            ],
            "is_ambiguous": len(orders) > 1 and ISO not in orders,
            "back_url": reverse("itsm:import_new"),
        }  # fmt: skip


class ImportDetailPage(ImportPage):
    """Shows what would change or what came of it; applies."""

    template_name = "itsm/imports/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the preview, or how far the work is; a run without a preview goes back to its columns."""
        run = self.run_of_address()
        if is_busy(run):
            return HttpResponseRedirect(reverse("itsm:import_progress", args=(run.pk,)))
        if run.state == ImportRun.State.MAPPED:
            address = reverse("itsm:import_map", args=(self.run_of_address().pk,))
            return HttpResponseRedirect(address)
        return self.show()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Apply the good rows, or all or nothing."""
        self.require("add")
        run = self.run_of_address()
        mode = request.POST.get("mode", "")
        if mode not in ("good_rows", "all_or_nothing"):
            return self.show(422, problem=_("Choose “Apply the good rows” or “Apply all or none”."))
        try:
            if run.options.get("is_large"):
                order(run, APPLY, mode=mode, by=str(request.user), at=self.at)
                return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))
            applied = apply_run(run, mode, at=self.at)  # type: ignore[arg-type]
        except (Unreadable, AlreadyApplied, Busy) as refusal:
            return self.show(409, problem=str(refusal))
        words = (
            _("%(name)s is imported.")
            if applied
            else _("Nothing was written: %(name)s has errors.")
        )
        messages.info(request, words % {"name": run.file_name})
        return HttpResponseRedirect(reverse("itsm:import_detail", args=(run.pk,)))

    @property
    def step(self) -> int:  # type: ignore[override]
        """The step: checking, or done."""
        return 4 if self.run_of_address().state in _ENDED else 3

    def facts(self) -> dict[str, Any]:
        """Add counts, rows and what can be done."""
        run = self.run_of_address()
        counts = run.report.get("counts", {})
        applied, undone = run.state == ImportRun.State.APPLIED, run.state == ImportRun.State.UNDONE
        shown = self._shown(counts)
        writes = counts.get("new", 0) + counts.get("changed", 0)
        return {
            **super().facts(),
            "title": _TITLES.get(run.state, _("Check before importing")),
            "lead": _lead(counts, applied=applied or undone),
            "meta": ((_("File"), run.file_name), (_("Holds"), kind_title(run.kind)), (_("From"), run.source)),
            "run": run,
            "counts": _tabs(counts, shown),
            "is_applied": applied,
            "is_undone": undone,
            "may_undo": self.may("add") and may_undo(run, self.at),
            "undo_until": undo_until(run),
            "may_apply": self.may("add") and run.state not in _ENDED and writes > 0,
            "problem": run.report.get("refusal", run.report.get(UNDO_REFUSAL, "")),
            "may_map": run.state not in _ENDED and "seen" in run.options,
            "has_file": has_file(run),
            "has_errors": bool(run.report.get("problem_count")),
            "error_count": counts.get("error", 0),
            "write_count": writes,
            "log": run.report.get("log"),
            "notes": run.report.get("notes", []),
            "problems": run.report.get("problems", [])[:200],
            "urls": {name: reverse(f"itsm:import_{name}", args=(run.pk,)) for name in ("map", "failed", "undo")},
            "new_url": reverse("itsm:import_new"),
            **self._tables(run, shown),
        }  # fmt: skip

    def _shown(self, counts: dict[str, int]) -> str:
        asked = self.request.GET.get("show", "")
        if asked in SHOWN:
            return asked
        return next((name for name in SHOWN if counts.get(name)), "unchanged")

    def _tables(self, run: ImportRun, shown: str) -> dict[str, Any]:
        if run.kind == PROFILE:
            return {"columns": (), "rows": (), "others": ()}
        kind = table_kind(run.kind)
        columns = mapped_columns(kind, run)
        others = []
        if shown == "error":
            for name in ("changed", "new", "unchanged"):
                others += preview_rows(run, name, columns, 2)
        return {
            "columns": _heads(kind, run),
            "rows": preview_rows(run, shown, columns, SHOWN[shown]),
            "others": others[:OTHERS],
            "total": run.report.get("counts", {}).get(shown, 0),
        }


def _heads(kind: TableKind, run: ImportRun) -> list[dict[str, str]]:
    return [
        {"title": str(one.title), "column": run.columns[one.name]}
        for one in mapped_columns(kind, run)
    ]


def _tabs(counts: dict[str, int], shown: str) -> list[dict[str, Any]]:
    names = (
        ("error", _("with errors"), ""), ("new", _("new"), "+"), ("changed", _("changed"), "±"),
        ("unchanged", _("unchanged"), "="), ("all", _("all rows"), ""),
    )  # fmt: skip
    return [
        {"key": key, "title": title, "sign": sign, "count": counts.get(key, 0), "is_here": key == shown}
        for key, title, sign in names
    ]  # fmt: skip


def _lead(counts: dict[str, int], *, applied: bool) -> Any:
    writes, bad = counts.get("new", 0) + counts.get("changed", 0), counts.get("error", 0)
    same = counts.get("unchanged", 0)
    first = (
        ngettext("<b>%(n)s record</b> was written", "<b>%(n)s records</b> were written", writes)
        if applied
        else ngettext(
            "Nothing has been written yet. <b>%(n)s row</b> would change something",
            "Nothing has been written yet. <b>%(n)s rows</b> would change something",
            writes,
        )
    )
    rest = ngettext("%(same)s is already right, and", "%(same)s are already right, and", same) % {
        "same": same
    }
    last = ngettext("<b>%(bad)s row</b> has errors.", "<b>%(bad)s rows</b> have errors.", bad)
    words = f"{first}, {rest} {last}"
    return format_html(words.replace("%(n)s", "{n}").replace("%(bad)s", "{bad}"), n=writes, bad=bad)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


class ImportFailedRows(ImportPage):
    """The refused rows as CSV, as they came, with line and reasons."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Stream the rows; without the file there are none to give."""
        run = self.run_of_address()
        if not has_file(run):
            raise Http404(_("The file of this import is not kept: its rows cannot be downloaded."))
        name = run.file_name.rsplit(".", 1)[0]

        def lines() -> Iterator[str]:
            writer = csv.writer(_Echo())
            for cells in refused_rows(run):
                yield writer.writerow([_harmless(cell) for cell in cells])  # type: ignore[misc]

        rows = streaming(request.user, lines)
        answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
        plain = "".join(sign for sign in name if sign.isalnum() or sign in "-_ ") or "import"
        answer.headers["Content-Disposition"] = f'attachment; filename="{plain}-failed.csv"'
        return answer


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "@", "\t", "\r") else cell


urlpatterns_imports = [
    path("imports/", ImportListPage.as_view(), name="import_list"),
    path("imports/new/", ImportNewPage.as_view(), name="import_new"),
    path("imports/<uuid:pk>/map/", ImportMapPage.as_view(), name="import_map"),
    path("imports/<uuid:pk>/progress/", ImportProgressPage.as_view(), name="import_progress"),
    path("imports/<uuid:pk>/cancel/", ImportCancel.as_view(), name="import_cancel"),
    path("imports/<uuid:pk>/retry/", ImportRetry.as_view(), name="import_retry"),
    path("imports/<uuid:pk>/undo/", ImportUndoPage.as_view(), name="import_undo"),
    path("imports/<uuid:pk>/failed.csv", ImportFailedRows.as_view(), name="import_failed"),
    path("imports/<uuid:pk>/", ImportDetailPage.as_view(), name="import_detail"),
]
