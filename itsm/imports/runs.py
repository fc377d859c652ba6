"""An import by page or API from upload to report: the file is kept, each step is stored in ImportRun."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.fields import uuid7
from itsm.imports.columns import Options, TableKind
from itsm.imports.commanding import (
    columns_of_kind,
    kinds,
    mapping_for,
    recognized,
    remembered,
    table_kind,
)
from itsm.imports.engine import Importing, Mode, failed_rows, import_table
from itsm.imports.examination import Examination, examine
from itsm.imports.instants import DAY_FIRST
from itsm.imports.problems import Unreadable
from itsm.imports.service_now import PROFILE, LogContext, import_log
from itsm.imports.sheets import is_workbook, write_sheet
from itsm.imports.tabular import MEGABYTE, open_table
from itsm.imports.undoing import KEPT_FOR
from itsm.models import ImportMapping, ImportRun
from itsm.tenancy import SYSTEM, acting_as

LARGEST_UPLOAD = 50 * MEGABYTE
IMMEDIATE_ROWS = 2_000
IMMEDIATE_BYTES = 2 * MEGABYTE
IMMEDIATE_SHEET_BYTES = 200_000  # packed; a larger workbook takes seconds to unfold
LOOKED_AT = 200
Progress = Callable[[int, int, int], None]


def _quietly(_rows: int, _read: int, _size: int) -> None:
    """Tell nobody."""


class AlreadyApplied(ValueError):
    """An import is applied once; its file may be uploaded again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent, and what holds for all its rows.

    A zone that is only guessed gives way to the one that was chosen for the source before.
    """

    name: str
    chunks: Iterable[bytes]
    kind: str
    source: str = ""
    customer_id: UUID | None = None
    service_id: UUID | None = None
    zone: str = "UTC"
    sheet: str = ""
    zone_is_guessed: bool = False


def has_file(run: ImportRun) -> bool:
    """Tell whether the file is still kept: that of a command never is, an uploaded one for some time."""
    return bool(run.file_key) and (Path(settings.FILES_DIR) / run.file_key).is_file()


def path_of(run: ImportRun) -> Path:
    """Return where the uploaded file lies. Raises Unreadable when it was cleared away."""
    path = Path(settings.FILES_DIR) / run.file_key
    if not has_file(run):
        raise Unreadable("gone", _("The uploaded file is no longer kept. Upload it again."))
    return path


def start_run(upload: Upload, *, by: str, at: datetime) -> ImportRun:
    """Keep the file, find out what it holds, and suggest columns; a large one is left for the background.

    Raises Unreadable; then nothing is kept.
    """
    run = ImportRun(
        id=uuid7(), kind=upload.kind, source=upload.source.strip(),
        file_name=Path(upload.name).name[:200] or "import.csv", started_by=by[:160],
        state=ImportRun.State.READING,
    )  # fmt: skip
    run.options = {
        "customer_id": str(upload.customer_id or ""), "service_id": str(upload.service_id or ""),
        "zone": upload.zone, "zone_is_guessed": upload.zone_is_guessed, "sheet": upload.sheet.strip(),
    }  # fmt: skip
    run.file_key = f"imports/{run.pk}"
    path = Path(settings.FILES_DIR) / run.file_key
    try:
        _keep(path, upload.chunks)
        _look(run, path)
        _require_whose(run)
        if not run.options["is_large"]:
            read_run(run)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    run.save(force_insert=True)
    return run


def _look(run: ImportRun, path: Path) -> None:
    """Look at the first rows: is it a table, is it large, and what does it hold when nobody said?"""
    if is_workbook(path) and path.stat().st_size > IMMEDIATE_SHEET_BYTES:
        run.options["is_large"] = True
        head = path.with_name(f"{path.name}-head")
        try:
            write_sheet(path, head, sheet=run.options["sheet"], most=LOOKED_AT)
            run.kind = run.kind or recognized(examine(head))
        finally:
            head.unlink(missing_ok=True)
    else:
        _write_as_text(run, path)
        run.options["is_large"] = is_large(path)
    if not run.kind:
        run.kind = recognized(examine(path, most=LOOKED_AT))
    if not run.source:
        run.source = PROFILE if run.kind == PROFILE else "file"


def _write_as_text(run: ImportRun, path: Path) -> None:
    """Put the chosen sheet in the place of a workbook, once: every later step reads the text."""
    if is_workbook(path):
        text = path.with_name(f"{path.name}-text")
        try:
            write_sheet(path, text, sheet=run.options.get("sheet", ""))
            text.replace(path)
        finally:
            text.unlink(missing_ok=True)


def is_large(path: Path) -> bool:
    """Tell whether a file is worked on in the background. Raises Unreadable when it is no table."""
    with open_table(path) as table:
        if table.size > IMMEDIATE_BYTES:
            return True
        return next(islice(table.rows(), IMMEDIATE_ROWS, None), None) is not None


def _require_whose(run: ImportRun) -> None:
    if run.kind == PROFILE and not (run.options["customer_id"] and run.options["service_id"]):
        raise Unreadable("columns_missing", _("Choose the customer and the service of this log."))


def read_run(run: ImportRun, *, progress: Progress = _quietly) -> None:
    """Read the whole file once and suggest columns; the run is not saved. Raises Unreadable."""
    _write_as_text(run, path_of(run))
    seen = examine(path_of(run), progress=progress)
    run.columns = mapping_for(run.kind, run.source, seen)
    run.options |= {"decimal_sign": seen.decimal_sign, "seen": seen.plain()}
    kept = remembered(run.kind, run.source)
    run.options["date_order"] = _likely_order(run, kept.get("date_order", ""))
    if run.options.get("zone_is_guessed"):
        run.options["zone"] = kept.get("zone") or run.options["zone"]
    run.state = ImportRun.State.MAPPED


def _keep(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > LARGEST_UPLOAD:
                raise Unreadable(
                    "too_large",
                    _("The file is larger than %(n)s MB. Split it, or use the command import_data.")
                    % {"n": LARGEST_UPLOAD // MEGABYTE},
                )
            file.write(chunk)


def discard_file(run: ImportRun) -> None:
    """Remove the uploaded file of a run that is not kept."""
    (Path(settings.FILES_DIR) / run.file_key).unlink(missing_ok=True)


def clear_files(*, at: datetime) -> int:
    """Remove uploaded files that no import of the last seven days needs; return how many.

    What a killed worker left beside them goes as well. The reports of the imports stay.
    """
    folder, since = Path(settings.FILES_DIR) / "imports", at - KEPT_FOR
    if not folder.is_dir():
        return 0
    applied, waiting = Q(applied_at__gte=since), Q(applied_at=None, updated_at__gte=since)
    with acting_as(SYSTEM):
        needed = set(ImportRun.objects.filter(applied | waiting).values_list("file_key", flat=True))
    old = [
        path
        for path in folder.iterdir()
        if f"imports/{path.name}" not in needed and path.stat().st_mtime < since.timestamp()
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def seen_of(run: ImportRun) -> Examination:
    """Return what was found when the file came in."""
    return Examination.from_plain(run.options["seen"])


def orders_of(run: ImportRun) -> list[str]:
    """Return the orders of day and month that fit all dates of the chosen columns."""
    names = [
        run.columns[one.name]
        for one in columns_of_kind(run.kind)
        if one.kind == "instant" and run.columns.get(one.name)
    ]
    return seen_of(run).orders(names)


def _likely_order(run: ImportRun, usual: str) -> str:
    """Return the order that the dates fit: where several do, the one that was chosen before."""
    orders = orders_of(run)
    if usual in orders:
        return usual
    return orders[0] if orders else DAY_FIRST


def map_run(run: ImportRun, columns: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Take the chosen columns and options, and remember them for the next file of this source."""
    header = seen_of(run).header
    run.columns = {field: name for field, name in columns.items() if name in header}
    run.options = {**run.options, **options}
    run.save()
    kept = {"date_order": run.options["date_order"], "zone": run.options["zone"]}
    ImportMapping.objects.update_or_create(
        source=run.source,
        kind=run.kind,
        defaults={"columns": run.columns, "options": kept, "archived_at": None},
    )


def options_of(run: ImportRun) -> Options:
    """Return the options of a run as the engine takes them."""
    kept = run.options
    return Options(
        source=run.source,
        customer_id=UUID(kept["customer_id"]) if kept.get("customer_id") else None,
        service_id=UUID(kept["service_id"]) if kept.get("service_id") else None,
        zone=kept.get("zone") or "UTC",
        date_order=kept.get("date_order") or DAY_FIRST,
        decimal_sign=kept.get("decimal_sign") or ".",
        run=run.pk,
    )


def preview_run(run: ImportRun, *, at: datetime, progress: Progress = _quietly) -> None:
    """Compare the file with what is there and store the report; nothing else is written."""
    _refuse_twice(run)
    run.report = _run(run, "preview", at, progress)
    run.state = ImportRun.State.PREVIEWED
    run.save()


@transaction.atomic
def apply_run(run: ImportRun, mode: Mode, *, at: datetime, progress: Progress = _quietly) -> bool:
    """Write the difference; return whether anything was allowed in. Raises AlreadyApplied, Unreadable."""
    _refuse_twice(run)
    run.report = _run(run, mode, at, progress)
    applied = bool(run.report["applied"])
    run.state = ImportRun.State.APPLIED if applied else ImportRun.State.REFUSED
    run.applied_at = at if applied else None
    run.save()
    return applied


def _refuse_twice(run: ImportRun) -> None:
    if run.state == ImportRun.State.UNDONE:
        raise AlreadyApplied(
            _("%(name)s was undone. Upload it again to import it.") % {"name": run.file_name}
        )
    if run.state == ImportRun.State.APPLIED:
        raise AlreadyApplied(
            _("%(name)s is already imported. Upload it again to compare.") % {"name": run.file_name}
        )


def _run(run: ImportRun, mode: Mode, at: datetime, progress: Progress) -> dict[str, Any]:
    path, options = path_of(run), options_of(run)
    if run.kind != PROFILE:
        work = Importing(table_kind(run.kind), dict(run.columns), options)
        return import_table(path, work, at=at, mode=mode, progress=progress).plain()
    if options.customer_id is None or options.service_id is None:
        raise Unreadable("columns_missing", _("Choose the customer and the service of this log."))
    context = LogContext(
        options.customer_id,
        options.service_id,
        options.zone,
        options.date_order,
        run.source,
        run.pk,
        dict(run.columns),
    )
    report = import_log(
        path,
        context,
        at=at,
        dry_run=mode == "preview",
        all_or_nothing=mode == "all_or_nothing",
        progress=progress,
    )
    return report.plain()


def refused_rows(run: ImportRun) -> Iterator[list[str]]:
    """Yield the header and every refused row with its line and reasons, for a CSV file."""
    return failed_rows(path_of(run), run.report.get("problems", []))


def choices() -> list[tuple[str, Any]]:
    """Return the kinds that a file of rows may hold: (key, title)."""
    rows = [(key, one.title) for key, one in kinds().items() if isinstance(one, TableKind)]
    return [*rows, (PROFILE, _("ServiceNow event log"))]
