"""Profile ``servicenow-event-log``: the audit log of an incident table, one row per modification.

Rows are read as a stream into a TEMP stage, ordered there by incident and ``sys_mod_count``, followed by
``itsm.imports.clock_log`` and handed to ``itsm.services.tickets``. An incident with one unreadable row is
refused as a whole: leaving a row out would give it a wrong clock.
"""

import io
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from itsm.fields import uuid7
from itsm.imports.clock_log import ACCEPTED, LogRow, follow, meaning_of
from itsm.imports.columns import ImportColumn
from itsm.imports.instants import DAY_FIRST, reader, shifted
from itsm.imports.problems import BadValue, Problem, ProblemList, Unreadable
from itsm.imports.tabular import TextTable, open_table
from itsm.services.tickets import (
    TicketFacts,
    TicketSource,
    TicketsWritten,
    copy_line,
    record_tickets,
)

PROFILE = "servicenow-event-log"
REQUIRED = ("number", "state", "sys_mod_count", "sys_updated_at", "opened_at")
NAMES = {
    "number": ("number",),
    "state": ("incident_state", "ident_state", "state"),
    "sys_mod_count": ("sys_mod_count",),
    "sys_updated_at": ("sys_updated_at", "sys_updated_on"),
    "opened_at": ("opened_at",),
    "resolved_at": ("resolved_at",),
    "priority": ("priority",),
    "category": ("category",),
    "group": ("assignment_group",),
    "made_sla": ("made_sla",),
}
COLUMNS = (
    ImportColumn("number", _lazy("number"), required=True, aliases=("incident", "ticket", "id")),
    ImportColumn("state", _lazy("state"), required=True, aliases=("incident_state", "status")),
    ImportColumn("sys_mod_count", _lazy("number of the change"), required=True, aliases=("updates", "version"),
                 hint=_lazy("0, 1, 2 …: the rows of an incident are taken in this order.")),
    ImportColumn("sys_updated_at", _lazy("changed"), "instant", required=True,
                 aliases=("sys_updated_on", "updated", "updated at", "changed at")),
    ImportColumn("opened_at", _lazy("opened"), "instant", required=True, aliases=("opened at", "created")),
    ImportColumn("resolved_at", _lazy("resolved"), "instant"),
    ImportColumn("priority", _lazy("priority")),
    ImportColumn("category", _lazy("category")),
    ImportColumn("group", _lazy("group"), aliases=("assignment_group",)),
    ImportColumn("made_sla", _lazy("source says in time")),
)  # fmt: skip
OPTIONAL = {"resolved_at": "resolved_at", "priority": "priority", "category": "category", "group": "group",
            "made_sla": "tool_verdict"}  # fmt: skip
MISSING = frozenset({"", "?"})
COPIED = 5_000
_DIGIT = re.compile(r"\d+")
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class LogContext:
    """Whose log it is: customer, service, the zone of its wall times, order of dates, name of the source.

    ``run`` is the import for which it is kept what was written, so that it can be undone. ``columns`` are
    field → column of the file; empty: the columns with the usual names.
    """

    customer_id: UUID
    service_id: UUID
    zone: str
    date_order: str = DAY_FIRST
    source: str = PROFILE
    run: UUID | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LogReport:
    """What an import did: ``created``, ``updated`` and ``unchanged`` count incidents, the others rows."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    adjusted: int = 0
    ignored: int = 0
    gaps: int = 0
    folds: int = 0
    events: int = 0
    refused_tickets: int = 0
    applied: bool = False
    seconds: float = 0.0
    errors: ProblemList = field(default_factory=ProblemList)
    notes: ProblemList = field(default_factory=ProblemList)

    def brief(self) -> dict[str, Any]:
        """Return what ``import_data --json`` prints; ignored states stand among the errors."""
        listed = sorted([*self.errors, *self.ignored_states()], key=lambda one: one.line)
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "adjusted": self.adjusted,
            "errors": [one.brief() for one in listed],
            "seconds": round(self.seconds, 3),
        }

    def plain(self) -> dict[str, Any]:
        """Return the report in the shape of ``TableReport.plain``: incidents are counted."""
        return {
            "counts": {
                "error": self.refused_tickets, "new": self.created, "changed": self.updated,
                "unchanged": self.unchanged, "all": self.rows,
            },
            "applied": self.applied,
            "problems": [one.full() for one in self.errors],
            "problem_count": self.errors.total,
            "notes": [one.full() for one in list(self.notes)[:200]],
            "log": {"adjusted": self.adjusted, "ignored": self.ignored, "gaps": self.gaps,
                    "folds": self.folds, "events": self.events},
            "samples": {},
            "seconds": round(self.seconds, 3),
        }  # fmt: skip

    def ignored_states(self) -> list[Problem]:
        """Return the findings about rows whose state changes no clock."""
        return [one for one in self.notes if one.code == "state_ignored"]


def usual_columns(header: Sequence[str]) -> dict[str, str]:
    """Return field → column for the columns that have their usual names; damaged names are known."""
    there = {name.strip().lower(): name for name in reversed(header)}
    return {
        key: there[name] for key, names in NAMES.items() for name in names[::-1] if name in there
    }


def columns_of(header: Sequence[str], columns: Mapping[str, str] | None = None) -> dict[str, int]:
    """Return field → place in the row of these columns, usually of those with the usual names.

    Raises Unreadable naming what is missing.
    """
    found = columns or usual_columns(header)
    missing = [NAMES[key][0] for key in REQUIRED if not found.get(key)]
    if missing:
        raise Unreadable(
            "columns_missing",
            _(
                "This is not a ServiceNow event log: the column %(names)s is missing. Export the log with"
                " it, or import the file as tickets."
            )
            % {"names": ", ".join(missing)},
        )
    return {key: header.index(name) for key, name in found.items()}


def is_log(header: Sequence[str]) -> bool:
    """Tell whether a file with these columns is such a log."""
    try:
        columns_of(header)
    except Unreadable:
        return False
    return True


def import_log(
    path: Path,
    context: LogContext,
    *,
    at: datetime,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    progress: Progress = lambda _rows, _read, _size: None,
) -> LogReport:
    """Read the log at ``path`` and write its incidents; must run inside ``acting_as`` of staff.

    With ``all_or_nothing`` one error writes nothing; otherwise the good incidents are written.
    ``progress(rows, bytes read, bytes in all)`` is called now and then. Raises Unreadable.
    """
    begun = time.perf_counter()
    report = LogReport()
    with open_table(path) as table:
        places = columns_of(table.header, context.columns)
        _create_stage()
        _fill(table, _Reader(places, context, report, table.header), progress)
    if report.rows == 0:
        raise Unreadable("empty", _("The file has a header but no rows."))

    def go_on(result: TicketsWritten) -> bool:
        return not (all_or_nothing and (report.errors or result.refused))

    result = record_tickets(
        _tickets(context, report),
        TicketSource(context.customer_id, context.source, run=context.run, untold=_untold(places)),
        at=at,
        dry_run=dry_run,
        go_on=go_on,
    )
    for line, _number, code, words in result.refused:
        report.errors.add(Problem(line, "number", code, words))
    report.errors.total += result.refused_count - len(result.refused)
    report.refused_tickets += result.refused_count
    report.applied = not dry_run and go_on(result)
    report.created, report.updated = result.created, result.updated
    report.unchanged, report.events = result.unchanged, result.events
    report.seconds = time.perf_counter() - begun
    return report


def _untold(places: Mapping[str, int]) -> frozenset[str]:
    """Return the facts of a ticket that a log with these columns does not tell: they stay as they are."""
    return frozenset({"title", *(fact for name, fact in OPTIONAL.items() if name not in places)})


def _create_stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS stage_log; CREATE TEMP TABLE stage_log (line integer, number text,"
            " modification bigint, state text, opened_at timestamptz, updated_at timestamptz,"
            ' resolved_at timestamptz, priority smallint, category text, "group" text, made_sla boolean,'
            " bad boolean NOT NULL) ON COMMIT DROP"
        )


def _fill(table: TextTable, read: "_Reader", progress: Progress) -> None:
    buffer = io.StringIO()
    with connection.cursor() as cursor:
        for line, cells in table.rows():
            read.report.rows += 1
            buffer.write(read.row(line, cells))
            if read.report.rows % COPIED == 0:
                _flush(cursor, buffer)
                progress(read.report.rows, table.position(), table.size)
        _flush(cursor, buffer)
        progress(read.report.rows, table.size, table.size)
        cursor.execute("ANALYZE stage_log")


def _flush(cursor: Any, buffer: io.StringIO) -> None:
    buffer.seek(0)
    cursor.copy_expert("COPY stage_log FROM STDIN", buffer)
    buffer.seek(0)
    buffer.truncate()


def _told_as(key: str, name: str) -> str:
    """Return the column's name in findings: a damaged name is told as it should be."""
    return NAMES[key][0] if name.strip().lower() in NAMES[key] else name


class _Reader:
    """Turns the cells of a row into a line of the stage; what it cannot read goes to the report."""

    def __init__(
        self, places: dict[str, int], context: LogContext, report: LogReport, header: Sequence[str]
    ) -> None:
        self.places, self.context, self.report, self.width = places, context, report, len(header)
        self.names = {key: _told_as(key, header[place]) for key, place in places.items()}
        self.instant = reader(context.date_order, context.zone)
        self.shifts: dict[str, str] = {}
        self.bad = False
        self.line = 0

    def row(self, line: int, cells: list[str]) -> str:
        """Return the row as COPY text; a row with an error is marked ``bad``."""
        self.line, self.bad = line, False
        if len(cells) != self.width:
            self._error("", "columns", _("This line has %(n)s cells, the header has %(of)s.")
                        % {"n": len(cells), "of": self.width})  # fmt: skip
            cells = (cells + [""] * self.width)[: self.width]
        number = self._number(cells)
        count = self._count(cells)
        state = self._state(cells)
        opened = self._instant("opened_at", cells, required=True)
        updated = self._instant("sys_updated_at", cells, required=True)
        resolved = self._instant("resolved_at", cells)
        return copy_line(
            line, number, count, state, opened, updated, resolved, self._priority(cells),
            self._text("category", cells)[:120], self._text("group", cells)[:120],
            self._verdict(cells), self.bad,
        )  # fmt: skip

    def _error(self, field_name: str, code: str, words: str, accepted: Sequence[str] = ()) -> None:
        self.bad = True
        column = self.names[field_name] if field_name else ""
        self.report.errors.add(Problem(self.line, column, code, words, tuple(accepted)))

    def _text(self, name: str, cells: list[str]) -> str:
        place = self.places.get(name)
        text = "" if place is None else cells[place].strip()
        return "" if text in MISSING else text

    def _number(self, cells: list[str]) -> str:
        text = self._text("number", cells)
        if not text or len(text) > 200:
            self._error(
                "number", "required", _("The number of the incident is missing or too long.")
            )
        return text[:200]

    def _count(self, cells: list[str]) -> int:
        text = self._text("sys_mod_count", cells)
        if text.isascii() and text.isdigit() and len(text) < 16:
            return int(text)
        words = _("“%(text)s” is not a whole number. Write 0, 1, 2 …")
        self._error("sys_mod_count", "whole_number", words % {"text": text[:60]})
        return 0

    def _state(self, cells: list[str]) -> str:
        text = self._text("state", cells)
        meaning = meaning_of(text)
        if not meaning:
            words = _("“%(text)s” is not a known state. Write one of: %(accepted)s.")
            facts = {"text": text[:60], "accepted": ", ".join(ACCEPTED)}
            self._error("state", "unknown_state", words % facts, ACCEPTED)
        elif meaning == "without_meaning":
            self.report.ignored += 1
            words = _("State %(text)s says nothing about the clock: the row changes no clock.")
            self.report.notes.add(
                Problem(self.line, self.names["state"], "state_ignored", words % {"text": text})
            )
        return text[:120]

    def _instant(self, name: str, cells: list[str], *, required: bool = False) -> datetime | None:
        text = self._text(name, cells)
        if not text:
            if required:
                self._error(name, "required", _("A date and time must stand here."))
            return None
        try:
            at = self.instant(text)
        except BadValue as bad:
            self._error(name, bad.code, str(bad), bad.accepted)
            return None
        self._note_shift(name, text)
        return at

    def _note_shift(self, name: str, text: str) -> None:
        if text not in self.shifts:
            context = self.context
            self.shifts[text] = shifted(text, context.date_order, context.zone)
        kind = self.shifts[text]
        if not kind:
            return
        if kind == "gap":
            self.report.gaps += 1
            words = _("%(text)s does not exist on this clock: moved forward by the jump.")
        else:
            self.report.folds += 1
            words = _("%(text)s exists twice on this clock: the first is taken.")
        self.report.notes.add(
            Problem(self.line, self.names[name], f"clock_{kind}", words % {"text": text})
        )

    def _priority(self, cells: list[str]) -> int | None:
        text = self._text("priority", cells)
        if not text:
            return None
        found = _DIGIT.search(text)
        if found is None or len(found[0]) > 9 or not 0 < int(found[0]) < 100:
            words = _("“%(text)s” is not a priority. Write a label such as “2 - High”.")
            self._error("priority", "priority", words % {"text": text[:60]})
            return None
        return int(found[0])

    def _verdict(self, cells: list[str]) -> str | None:
        text = self._text("made_sla", cells).lower()
        if text in ("true", "false", ""):
            return text or None
        words = _("“%(text)s” is neither true nor false.")
        self._error("made_sla", "choice", words % {"text": text[:60]}, ("true", "false"))
        return None


_ORDERED = (
    "SELECT number, line, state, opened_at, updated_at, resolved_at, priority, category,"
    ' "group", made_sla, bad FROM stage_log ORDER BY number, modification, line'
)


def _tickets(context: LogContext, report: LogReport) -> Iterator[TicketFacts]:
    """Yield the good incidents of the stage, each with its clock."""
    connection.ensure_connection()
    with connection.connection.cursor(name=f"log_{uuid7().hex}") as cursor:
        cursor.itersize = COPIED
        cursor.execute(_ORDERED)
        for number, found in groupby(cursor, key=lambda row: row[0]):
            rows = list(found)
            if any(row[10] for row in rows):
                report.refused_tickets += 1
                continue
            yield _ticket(number, rows, context, report)


def _ticket(
    number: str, rows: list[tuple[Any, ...]], context: LogContext, report: LogReport
) -> TicketFacts:
    last = rows[-1]
    log = [LogRow(row[1], row[2], row[4], row[6]) for row in rows]
    clock = follow(log, rows[0][3], last[5])
    report.adjusted += len(clock.adjusted)
    for line in clock.adjusted:
        words = _("The row is earlier than the one before it: its time is raised to that one.")
        report.notes.add(Problem(line, NAMES["sys_updated_at"][0], "adjusted", words))
    return TicketFacts(
        external_id=number, service_id=context.service_id, opened_at=rows[0][3],
        events=tuple(clock.events), line=rows[0][1], priority=clock.priority, category=last[7],
        group=last[8], tool_verdict=last[9],
    )  # fmt: skip
