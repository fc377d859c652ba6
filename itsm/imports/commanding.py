"""One request to import a file, by command or API: find the profile, the customer, the mapping; run."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from itsm.calculations.wall_time import zone
from itsm.fields import uuid7
from itsm.imports.columns import ImportColumn, Options, TableKind, suggest
from itsm.imports.engine import Importing, Mode, import_table
from itsm.imports.examination import Examination, examine
from itsm.imports.instants import DAY_FIRST
from itsm.imports.problems import Unreadable
from itsm.imports.service_now import COLUMNS, PROFILE, LogContext, import_log, is_log, usual_columns
from itsm.imports.sheets import is_workbook, write_sheet
from itsm.imports.tabular import open_table
from itsm.models import ImportMapping, ImportRun, Party, Service
from itsm.registry import RecordKind, processes

LARGEST_DOCUMENT = 5_000_000
LONGEST_SOURCE = 60
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported and how; ``mapping`` is field → column of the file."""

    path: Path
    profile: str
    customer: str = ""
    service: str = ""
    source: str = ""
    zone: str = ""
    date_order: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    all_or_nothing: bool = False
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: ``brief`` for programs, a sentence and findings for people, the exit code.

    ``key`` is the import that wrote something: ``undo_import`` takes it.
    """

    brief: Mapping[str, Any]
    sentence: str
    findings: tuple[str, ...]
    exit_code: int
    key: str = ""


def kinds() -> dict[str, RecordKind]:
    """Return every declared kind of record by its key, the kernel's first."""
    declared = chain.from_iterable(process.record_kinds for process in processes())
    found: dict[str, RecordKind] = {}
    for one in declared:
        found.setdefault(one.key, one)
    return found


def table_kind(key: str) -> TableKind:
    """Return the kind ``key`` that stands in rows; raise Unreadable naming those there are."""
    found = kinds().get(key)
    if not isinstance(found, TableKind):
        names = ", ".join(name for name, one in kinds().items() if isinstance(one, TableKind))
        raise Unreadable(
            "kind", _("There is no kind of record “%(key)s”. One of: %(names)s.")
            % {"key": key, "names": names},
        )  # fmt: skip
    return found


def profiles() -> list[str]:
    """Return the names that ``--profile`` takes."""
    return [PROFILE, *kinds()]


def recognized(seen: Examination) -> str:
    """Return the profile or kind of record that the columns of a file fit best.

    Raises Unreadable when a needed column of each kind is missing.
    """
    if is_log(seen.header):
        return PROFILE
    fits = []
    for place, one in enumerate(kinds().values()):
        if not isinstance(one, TableKind):
            continue
        columns = suggest(one.columns, seen.header, seen.dates)
        needed = {column.name for column in one.columns if column.required} - one.asks
        needed -= {"external_id"} if one.derive else set()
        if needed <= columns.keys():
            fits.append((len(columns), -place, one.key))
    if not fits:
        raise Unreadable(
            "kind", _("The columns fit no kind of record. Choose what the file holds.")
        )
    return max(fits)[2]


def run_import(
    request: Request,
    *,
    at: datetime,
    progress: Progress = lambda _rows, _read, _size: None,
) -> Outcome:
    """Import as asked, inside ``acting_as`` of staff. Raises Unreadable with a plain sentence."""
    _check(request)
    with _as_text(request) as readable:
        if readable.profile == PROFILE:
            return _log(readable, at, progress)
        kind = kinds()[readable.profile]
        if isinstance(kind, TableKind):
            return _table(readable, kind, at, progress)
        return _document(readable, kind, at)


@contextmanager
def _as_text(request: Request) -> Iterator[Request]:
    """Give a request for the chosen sheet of a workbook, written as text for as long as it is needed."""
    if not is_workbook(request.path):
        yield request
        return
    with tempfile.TemporaryDirectory(prefix="plimsoll-sheet-") as folder:
        path = Path(folder) / request.path.name
        write_sheet(request.path, path, sheet=request.sheet)
        yield replace(request, path=path)


def _check(request: Request) -> None:
    """Refuse what no file can mend: a zone that does not exist, a field that does not, a long source."""
    if request.zone:
        try:
            zone(request.zone)
        except ValueError as error:
            raise Unreadable("zone", str(error)) from error
    if len(request.source) > LONGEST_SOURCE:
        words = _("The name of the source has more than %(n)s characters.")
        raise Unreadable("source", words % {"n": LONGEST_SOURCE})
    known = [one.name for one in columns_of_kind(request.profile)]
    wrong = sorted(request.mapping.keys() - set(known))
    if wrong:
        words = _("There is no field %(name)s. One of: %(names)s.")
        facts = {"name": wrong[0][:60], "names": ", ".join(known) or _("none")}
        raise Unreadable("map", words % facts)


def columns_of_kind(key: str) -> tuple[ImportColumn, ...]:
    """Return the fields that the columns of a file can mean; a document has none."""
    if key == PROFILE:
        return COLUMNS
    kind = kinds().get(key)
    return kind.columns if isinstance(kind, TableKind) else ()


def _chosen(
    asked: Mapping[str, str], suggested: Mapping[str, str], header: Sequence[str]
) -> dict[str, str]:
    """Return field → column: as asked, the others as suggested; an empty column leaves a field out."""
    unknown = [name for name in asked.values() if name and name not in header]
    if unknown:
        words = _("The file has no column %(names)s. It has: %(header)s.")
        facts = {"names": ", ".join(unknown), "header": ", ".join(header)}
        raise Unreadable("columns_missing", words % facts)
    taken = set(asked.values())
    rest = {key: name for key, name in suggested.items() if key not in asked and name not in taken}
    return {key: name for key, name in {**rest, **asked}.items() if name}


def find_customer(slug: str) -> Party:
    """Return the customer with this short name; without one the only customer, or ``acme``.

    Raises Unreadable that says how to create it.
    """
    return _pick(Party.objects.active().customers(), slug, "acme", _CUSTOMER)


def find_service(slug: str) -> Service:
    """Return the service with this short name; without one the only service, or ``it-support``.

    Raises Unreadable that says how to create it.
    """
    return _pick(Service.objects.active(), slug, "it-support", _SERVICE)


_CUSTOMER = _lazy(
    "There is no customer “%(slug)s” (there are: %(there)s). Create it on the page Customers, or with"
    " its agreement: import_data --profile agreement FILE.json. Then name it with --customer."
)
_SERVICE = _lazy(
    "There is no service “%(slug)s” (there are: %(there)s). Create it on the page Services, or with"
    " its agreement: import_data --profile agreement FILE.json. Then name it with --service."
)


def _pick(rows: Any, slug: str, usual: str, refusal: Any) -> Any:
    if not slug:
        only = list(rows[:2])
        if len(only) == 1:
            return only[0]
    found = rows.filter(slug=slug or usual).first()
    if found is not None:
        return found
    there = ", ".join(rows.order_by("slug").values_list("slug", flat=True)[:12]) or _("none yet")
    code = "customer" if refusal is _CUSTOMER else "service"
    raise Unreadable(code, str(refusal) % {"slug": slug or usual, "there": there})


def _log(request: Request, at: datetime, progress: Progress) -> Outcome:
    customer = find_customer(request.customer)
    service = find_service(request.service)
    key, columns = uuid7(), {}
    if request.mapping:
        with open_table(request.path) as table:
            columns = _chosen(request.mapping, usual_columns(table.header), table.header)
    context = LogContext(
        customer.pk, service.pk, request.zone or customer.timezone,
        request.date_order or DAY_FIRST, request.source or PROFILE, key, columns,
    )  # fmt: skip
    report = import_log(
        request.path, context, at=at, dry_run=request.dry_run,
        all_or_nothing=request.all_or_nothing, progress=progress,
    )  # fmt: skip
    words = _(
        "%(rows)s rows: %(created)s incidents new, %(updated)s changed, %(unchanged)s unchanged,"
        " %(refused)s refused; %(events)s events written, %(adjusted)s times adjusted,"
        " %(ignored)s rows with a state that changes no clock, %(gaps)s times moved out of a gap,"
        " %(folds)s times taken as the first of two; %(seconds).1f s"
    ) % {
        "rows": report.rows, "created": report.created, "updated": report.updated,
        "unchanged": report.unchanged, "refused": report.refused_tickets, "events": report.events,
        "adjusted": report.adjusted, "ignored": report.ignored, "gaps": report.gaps,
        "folds": report.folds, "seconds": report.seconds,
    }  # fmt: skip
    some = report.created + report.updated + report.unchanged
    told = [*report.errors, *(one for one in report.notes if not one.code.startswith("clock_"))]
    if report.applied and some:
        options = {"customer_id": str(customer.pk), "service_id": str(service.pk), "zone": context.zone,
                   "date_order": context.date_order}  # fmt: skip
        _note(key, request, {"source": context.source, "options": options}, report.plain(), at)
    applied = report.applied or (request.dry_run and not request.all_or_nothing)
    return Outcome(
        report.brief(), words, _findings(told), _code(bool(report.errors), applied and bool(some)),
        str(key) if report.applied and report.created + report.updated else "",
    )  # fmt: skip


def _note(
    key: UUID, request: Request, facts: Mapping[str, Any], report: Mapping[str, Any], at: datetime
) -> None:
    """Write an import that a command applied beside those of the pages: it is listed and can be undone."""
    ImportRun.objects.create(
        id=key, kind=request.profile, file_name=_name(request.path), report=report,
        state=ImportRun.State.APPLIED, started_by="import_data", applied_at=at, **facts,
    )  # fmt: skip


def _name(path: Path) -> str:
    """Return the file's name as text: other systems leave bytes in it that are no letters."""
    return path.name.encode(errors="replace").decode()[:200]


def _findings(problems: Any) -> tuple[str, ...]:
    return tuple(
        _("line %(line)s, %(column)s: %(words)s")
        % {"line": one.line, "column": one.column or "–", "words": one.message}
        for one in problems
    )


def _code(has_errors: bool, came_in: bool) -> int:
    if not has_errors:
        return 0
    return 2 if came_in else 1


def _table(request: Request, kind: TableKind, at: datetime, progress: Progress) -> Outcome:
    seen = examine(request.path)
    source = request.source or request.profile
    mapping = _chosen(request.mapping, mapping_for(kind.key, source, seen), seen.header)
    options = _options(request, kind, source, mapping, seen)
    written: Mode = "all_or_nothing" if request.all_or_nothing else "good_rows"
    mode: Mode = "preview" if request.dry_run else written
    key = uuid7()
    work = Importing(kind, mapping, replace(options, run=key))
    report = import_table(request.path, work, at=at, mode=mode, progress=progress)
    came_in = report.error_rows < report.rows
    if report.applied and came_in:
        kept = {"zone": options.zone, "date_order": options.date_order}
        facts = {"source": source, "options": kept, "columns": mapping}
        _note(key, request, facts, report.plain(), at)
    words = _(
        "%(rows)s rows: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(bad)s with errors"
    ) % {
        "rows": report.rows, "new": report.new, "changed": report.changed,
        "unchanged": report.unchanged, "bad": report.error_rows,
    }  # fmt: skip
    came_in = came_in and (report.applied or (request.dry_run and not request.all_or_nothing))
    return Outcome(
        report.brief(), words, _findings(report.errors), _code(bool(report.errors), came_in),
        str(key) if report.applied and report.new + report.changed else "",
    )  # fmt: skip


def remembered(kind: str, source: str) -> dict[str, str]:
    """Return how this source writes its times, as it was chosen before: date_order and zone, or nothing."""
    kept = _kept(kind, source)
    return dict(kept.options) if kept is not None else {}


def _kept(kind: str, source: str) -> ImportMapping | None:
    """Return what is remembered of a source; an archived mapping is forgotten."""
    return ImportMapping.objects.filter(source=source, kind=kind, archived_at=None).first()


def mapping_for(kind: str, source: str, seen: Examination) -> dict[str, str]:
    """Return field → column: as remembered for this source where it fits, else by likeness."""
    kept = _kept(kind, source)
    if kept is not None and set(kept.columns.values()) <= set(seen.header):
        return dict(kept.columns)
    if kind != PROFILE:
        return suggest(columns_of_kind(kind), seen.header, seen.dates)
    usual = usual_columns(seen.header)
    needed = [one for one in COLUMNS if one.required and one.name not in usual]
    free = [name for name in seen.header if name not in usual.values()]
    return {**usual, **suggest(needed, free, seen.dates)}


def _options(
    request: Request, kind: TableKind, source: str, mapping: Mapping[str, str], seen: Examination
) -> Options:
    customer = find_customer(request.customer) if request.customer else None
    service = find_service(request.service) if request.service else None
    columns = [
        mapping[one.name] for one in kind.columns if one.kind == "instant" and one.name in mapping
    ]
    orders, usual = seen.orders(columns), remembered(kind.key, source).get("date_order", "")
    if usual in orders:
        orders = [usual]
    return Options(
        source=source,
        customer_id=customer.pk if customer else None,
        service_id=service.pk if service else None,
        zone=request.zone or (customer.timezone if customer else "UTC"),
        date_order=request.date_order or (orders[0] if orders else DAY_FIRST),
        decimal_sign=seen.decimal_sign,
    )


def _document(request: Request, kind: RecordKind, at: datetime) -> Outcome:
    """Hand a JSON document to the kind that an app declares, such as an agreement."""
    try:
        if request.path.stat().st_size > LARGEST_DOCUMENT:
            raise Unreadable("too_large", _("The file is larger than 5 MB."))
        document = json.loads(request.path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Unreadable(
            "not_found", _("The file %(name)s cannot be opened.") % {"name": request.path.name}
        ) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable("json", _("This is not JSON: %(why)s.") % {"why": error}) from error
    rows = document if isinstance(document, list) else [document]
    result = kind.upsert(rows, at=at, dry_run=request.dry_run)
    errors = [_as_error(one) for one in result.errors]
    brief = {
        "rows": len(rows), "created": result.created, "updated": result.updated,
        "unchanged": result.unchanged, "adjusted": 0, "errors": errors, "seconds": 0.0,
    }  # fmt: skip
    words = _("%(created)s new, %(updated)s changed, %(unchanged)s unchanged") % brief
    findings = tuple(f"{one['column'] or '–'}: {one['message']}" for one in errors)
    came_in = result.created + result.updated + result.unchanged > 0
    return Outcome(brief, words, findings, _code(bool(errors), came_in))


def _as_error(one: Any) -> dict[str, Any]:
    if isinstance(one, Mapping):
        return {"line": 0, "column": "", "code": "refused", "message": "", **one}
    if hasattr(one, "brief"):
        return dict(one.brief())
    return {"line": 0, "column": "", "code": "refused", "message": str(one)}
