"""An import by page or API from upload to report: the file is kept, each step is stored in ImportRun."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.fields import uuid7
from itsm.imports.columns import Options, TableKind
from itsm.imports.commanding import kinds, mapping_for, table_kind
from itsm.imports.engine import Importing, Mode, failed_rows, import_table
from itsm.imports.examination import Examination, examine
from itsm.imports.instants import DAY_FIRST
from itsm.imports.problems import Unreadable
from itsm.imports.service_now import PROFILE, LogContext, LogReport, import_log
from itsm.imports.tabular import MEGABYTE
from itsm.models import ImportMapping, ImportRun

LARGEST_UPLOAD = 50 * MEGABYTE


class AlreadyApplied(ValueError):
    """An import is applied once; its file may be uploaded again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent, and what holds for all its rows."""

    name: str
    chunks: Iterable[bytes]
    kind: str
    source: str = ""
    customer_id: UUID | None = None
    service_id: UUID | None = None
    zone: str = "UTC"


def path_of(run: ImportRun) -> Path:
    """Return where the uploaded file lies. Raises Unreadable when it was cleared away."""
    path = Path(settings.FILES_DIR) / run.file_key
    if not run.file_key or not path.is_file():
        raise Unreadable("gone", _("The uploaded file is no longer kept. Upload it again."))
    return path


def start_run(upload: Upload, *, by: str, at: datetime) -> ImportRun:
    """Keep the file, look at it and suggest columns. Raises Unreadable; then nothing is kept."""
    run = ImportRun(
        id=uuid7(), kind=upload.kind, source=upload.source.strip() or "file",
        file_name=Path(upload.name).name[:200] or "import.csv", started_by=by[:160],
    )  # fmt: skip
    if upload.kind == PROFILE and not upload.source.strip():
        run.source = PROFILE
    run.file_key = f"imports/{run.pk}"
    path = Path(settings.FILES_DIR) / run.file_key
    try:
        _keep(path, upload.chunks)
        seen = examine(path)
        columns = {} if upload.kind == PROFILE else mapping_for(
            table_kind(upload.kind), run.source, seen
        )  # fmt: skip
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    run.columns = columns
    run.options = {
        "customer_id": str(upload.customer_id or ""), "service_id": str(upload.service_id or ""),
        "zone": upload.zone, "decimal_sign": seen.decimal_sign, "seen": seen.plain(),
    }  # fmt: skip
    run.options["date_order"] = _likely_order(run)
    run.save(force_insert=True)
    return run


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


def seen_of(run: ImportRun) -> Examination:
    """Return what was found when the file came in."""
    return Examination.from_plain(run.options["seen"])


def orders_of(run: ImportRun) -> list[str]:
    """Return the orders of day and month that fit all dates of the chosen columns."""
    if run.kind == PROFILE:
        names = [name for name in seen_of(run).header if name.lower().endswith("_at")]
        return seen_of(run).orders(names)
    kind = table_kind(run.kind)
    names = [
        run.columns[one.name]
        for one in kind.columns
        if one.kind == "instant" and run.columns.get(one.name)
    ]
    return seen_of(run).orders(names)


def _likely_order(run: ImportRun) -> str:
    orders = orders_of(run)
    return orders[0] if orders else DAY_FIRST


def map_run(run: ImportRun, columns: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Take the chosen columns and options, and remember them for the next file of this source."""
    header = seen_of(run).header
    run.columns = {field: name for field, name in columns.items() if name in header}
    run.options = {**run.options, **options}
    run.save()
    if run.kind != PROFILE:
        kept = {"date_order": run.options["date_order"], "zone": run.options["zone"]}
        ImportMapping.objects.update_or_create(
            source=run.source, kind=run.kind, defaults={"columns": run.columns, "options": kept}
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
    )


def preview_run(run: ImportRun, *, at: datetime) -> None:
    """Compare the file with what is there and store the report; nothing else is written."""
    _refuse_twice(run)
    run.report = _run(run, "preview", at)
    run.state = ImportRun.State.PREVIEWED
    run.save()


@transaction.atomic
def apply_run(run: ImportRun, mode: Mode, *, at: datetime) -> bool:
    """Write the difference; return whether anything was allowed in. Raises AlreadyApplied, Unreadable."""
    _refuse_twice(run)
    run.report = _run(run, mode, at)
    applied = bool(run.report["applied"])
    run.state = ImportRun.State.APPLIED if applied else ImportRun.State.REFUSED
    run.applied_at = at if applied else None
    run.save()
    return applied


def _refuse_twice(run: ImportRun) -> None:
    if run.state == ImportRun.State.APPLIED:
        raise AlreadyApplied(
            _("%(name)s is already imported. Upload it again to compare.") % {"name": run.file_name}
        )


def _run(run: ImportRun, mode: Mode, at: datetime) -> dict[str, Any]:
    path, options = path_of(run), options_of(run)
    if run.kind != PROFILE:
        work = Importing(table_kind(run.kind), dict(run.columns), options)
        return import_table(path, work, at=at, mode=mode).plain()
    if options.customer_id is None or options.service_id is None:
        raise Unreadable("columns_missing", _("Choose the customer and the service of this log."))
    context = LogContext(
        options.customer_id, options.service_id, options.zone, options.date_order, run.source
    )
    report = import_log(
        path, context, at=at, dry_run=mode == "preview", all_or_nothing=mode == "all_or_nothing"
    )
    return log_plain(report)


def log_plain(report: LogReport) -> dict[str, Any]:
    """Return the report of an event log in the shape of ``TableReport.plain``; incidents are counted."""
    return {
        "counts": {
            "error": report.refused_tickets, "new": report.created, "changed": report.updated,
            "unchanged": report.unchanged, "all": report.rows,
        },
        "applied": report.applied,
        "problems": [one.full() for one in report.errors],
        "problem_count": report.errors.total,
        "notes": [one.full() for one in list(report.notes)[:200]],
        "log": {"adjusted": report.adjusted, "ignored": report.ignored, "gaps": report.gaps,
                "folds": report.folds, "events": report.events},
        "samples": {},
        "seconds": round(report.seconds, 3),
    }  # fmt: skip


def refused_rows(run: ImportRun) -> Iterator[list[str]]:
    """Yield the header and every refused row with its line and reasons, for a CSV file."""
    return failed_rows(path_of(run), run.report.get("problems", []))


def choices() -> list[tuple[str, Any]]:
    """Return the kinds that a file of rows may hold: (key, title)."""
    rows = [(key, one.title) for key, one in kinds().items() if isinstance(one, TableKind)]
    return [*rows, (PROFILE, _("ServiceNow event log"))]
