"""Compare a file with what is there and write the difference: one path for page, API and command.

Rows are read as a stream, turned into facts and put into a TEMP stage by COPY; what is new, changed and
unchanged is found by one join in SQL; only the difference comes back to be written.
"""

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.imports.columns import Change, ImportColumn, Options, TableKind
from itsm.imports.problems import Problem, ProblemList, Unreadable
from itsm.imports.tabular import LARGEST_FILE, TextTable, open_table
from itsm.imports.values import bad_cells, converter
from itsm.imports.writers import never_empty
from itsm.services.tickets import copy_line

Mode = Literal["preview", "all_or_nothing", "good_rows"]
Progress = Callable[[int, int, int], None]
FLUSH = 2_000
_QUOTED = 't."%s"'
SAMPLES = {"error": 500, "changed": 50, "new": 20, "unchanged": 5}


@dataclass(slots=True)
class TableReport:
    """What a file would do or did. Counts are rows; ``samples`` are rows for the preview."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    error_rows: int = 0
    applied: bool = False
    seconds: float = 0.0
    errors: ProblemList = field(default_factory=ProblemList)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def brief(self) -> dict[str, Any]:
        """Return what ``import_data --json`` prints."""
        return {
            "rows": self.rows,
            "created": self.new,
            "updated": self.changed,
            "unchanged": self.unchanged,
            "adjusted": 0,
            "errors": [one.brief() for one in self.errors],
            "seconds": round(self.seconds, 3),
        }

    def plain(self) -> dict[str, Any]:
        """Return the report as JSON, to be stored with the import."""
        return {
            "counts": {
                "error": self.error_rows, "new": self.new, "changed": self.changed,
                "unchanged": self.unchanged, "all": self.rows,
            },
            "applied": self.applied,
            "problems": [one.full() for one in self.errors],
            "problem_count": self.errors.total,
            "samples": self.samples,
            "seconds": round(self.seconds, 3),
        }  # fmt: skip


class _Refused(Exception):
    """Takes everything back after errors in all-or-nothing."""


@dataclass(slots=True)
class Importing:
    """One file on its way: kind, mapping (field → column of the file), options and the report."""

    kind: TableKind
    mapping: Mapping[str, str]
    options: Options
    report: TableReport = field(default_factory=TableReport)
    bad_lines: set[int] = field(default_factory=set)

    def refuse(self, problem: Problem) -> None:
        """Take up a finding and count its row once."""
        self.report.errors.add(problem)
        if problem.line not in self.bad_lines:
            self.bad_lines.add(problem.line)
            self.report.error_rows += 1


def import_table(
    path: Path,
    work: Importing,
    *,
    at: datetime,
    mode: Mode = "preview",
    progress: Progress = lambda _rows, _read, _size: None,
    limit: int = LARGEST_FILE,
) -> TableReport:
    """Read ``path`` and, unless ``mode`` is preview, write what differs; inside ``acting_as`` of staff.

    All errors of all rows are reported at once. With all_or_nothing one error writes nothing. Raises
    Unreadable when the file is no table or a needed column is not mapped.
    """
    begun, report = time.perf_counter(), work.report
    with open_table(path, limit=limit) as table:
        _require(work, table.header)
        _create_stage()
        _fill(table, work, progress)
    _compare(work)
    _collect(work)
    if mode != "preview" and not (mode == "all_or_nothing" and report.errors):
        try:
            with transaction.atomic():
                _write(work, at)
                if mode == "all_or_nothing" and report.errors:
                    raise _Refused
                report.applied = True
        except _Refused:
            report.applied = False
    report.samples["error"] = _error_samples(path, work, limit)
    report.seconds = time.perf_counter() - begun
    return report


def missing_columns(
    kind: TableKind, mapping: Mapping[str, str], options: Options
) -> list[ImportColumn]:
    """Return the columns that must be mapped and are neither mapped nor given for all rows."""
    given = {"customer": options.customer_id, "service": options.service_id}
    return [
        one
        for one in kind.columns
        if one.required and not mapping.get(one.name) and not given.get(one.name)
        and not (one.name == "external_id" and kind.derive)
    ]  # fmt: skip


def _require(work: Importing, header: Sequence[str]) -> None:
    missing = [str(one.title) for one in missing_columns(work.kind, work.mapping, work.options)]
    if missing:
        raise Unreadable(
            "columns_missing",
            _("Choose a column for: %(names)s.") % {"names": ", ".join(missing)},
        )
    unknown = [name for name in work.mapping.values() if name not in header]
    if unknown:
        raise Unreadable(
            "columns_missing",
            _("The file has no column %(names)s. It has: %(header)s.")
            % {"names": ", ".join(unknown), "header": ", ".join(header)},
        )


def _create_stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS stage_import; CREATE TEMP TABLE stage_import (line integer, key text,"
            " facts jsonb, record uuid, current jsonb, outcome text NOT NULL DEFAULT 'new')"
            " ON COMMIT DROP"
        )


def _fill(table: TextTable, work: Importing, progress: Progress) -> None:
    cells_of = _row_reader(work, table.header)
    buffer, waiting = io.StringIO(), 0
    with connection.cursor() as cursor:
        for line, cells in table.rows():
            work.report.rows += 1
            facts = _facts(work, line, cells_of(cells), len(cells), len(table.header))
            if facts is not None:
                key = "\x1f".join(str(facts.get(name)) for name in work.kind.key_facts)
                buffer.write(copy_line(line, key, json.dumps(facts, default=_json)))
                waiting += 1
            if waiting >= FLUSH:
                _flush(cursor, buffer)
                waiting = 0
                progress(work.report.rows, table.position(), table.size)
        _flush(cursor, buffer)
        cursor.execute("CREATE INDEX ON stage_import (key); ANALYZE stage_import")
    progress(work.report.rows, table.size, table.size)
    if work.report.rows == 0:
        raise Unreadable("empty", _("The file has a header but no rows."))


def _flush(cursor: Any, buffer: io.StringIO) -> None:
    buffer.seek(0)
    cursor.copy_expert("COPY stage_import (line, key, facts) FROM STDIN", buffer)
    buffer.seek(0)
    buffer.truncate()


def _json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _row_reader(work: Importing, header: Sequence[str]) -> Callable[[list[str]], list[Any]]:
    places = [
        (one, header.index(work.mapping[one.name]), converter(one, work.options))
        for one in work.kind.columns
        if work.mapping.get(one.name)
    ]

    def read(cells: list[str]) -> list[Any]:
        return [
            (one, cells[place] if place < len(cells) else "", convert)
            for one, place, convert in places
        ]

    return read


def _facts(
    work: Importing, line: int, cells: list[Any], given: int, expected: int
) -> dict[str, Any] | None:
    """Return the facts of a row, or None after its findings were taken up."""
    facts: dict[str, Any] = {}
    good = given == expected
    if not good:
        words = _("This line has %(n)s cells, the header has %(of)s.")
        work.refuse(Problem(line, "", "columns", words % {"n": given, "of": expected}))
    for column, fact, bad, text in bad_cells(cells):
        if bad is None:
            facts[column.fact] = fact
            continue
        good = False
        name = work.mapping[column.name]
        work.refuse(Problem(line, name, bad.code, str(bad), bad.accepted, text[:200]))
    if not good:
        return None
    _complete(work, facts)
    found = work.kind.check(facts)
    for name, code, words in found:
        work.refuse(Problem(line, work.mapping.get(name, ""), code, words))
    return None if found else facts


def _complete(work: Importing, facts: dict[str, Any]) -> None:
    """Add what holds for all rows, and a number made from the facts when the file has none."""
    kind, options = work.kind, work.options
    for name, value in (("customer", options.customer_id), ("service", options.service_id)):
        wanted = any(one.name == name for one in kind.columns)
        if wanted and facts.get(f"{name}_id") is None and value is not None:
            facts[f"{name}_id"] = str(value)
    if kind.derive and not facts.get("external_id"):
        named = "|".join(str(facts.get(name)) for name in kind.derive)
        facts["external_id"] = sha256(named.encode()).hexdigest()[:16]


def _compare(work: Importing) -> None:
    """Mark each staged row as new, changed, unchanged or twice.

    An empty cell of a fact that is never empty here says nothing: the fact stays as it is.
    """
    kind = work.kind
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jsonb_object_keys(facts) FROM (SELECT facts FROM stage_import LIMIT 1) f"
        )
        names = [row[0] for row in cursor.fetchall()]
        told = {name: kind.expressions.get(name, _QUOTED % name) for name in names}
        pairs = ", ".join(f"'{name}', {column}" for name, column in told.items())
        silent = ", ".join(
            f"'{name}', CASE WHEN coalesce(s.facts->>'{name}', '') = '' THEN {told[name]} END"
            for name in never_empty(kind.table) & told.keys()
        )
        record = "NULL::uuid" if kind.table == "itsm_sample" else "t.id"
        cursor.execute(
            "UPDATE stage_import s SET outcome = 'twice' FROM (SELECT key, min(line) AS first,"
            " count(DISTINCT facts) AS kinds FROM stage_import GROUP BY key HAVING count(*) > 1) d"
            " WHERE d.key = s.key AND (d.kinds > 1 OR s.line > d.first)"
        )
        if names:
            facts = f"(s.facts || jsonb_strip_nulls(jsonb_build_object({silent})))"
            cursor.execute(
                f"UPDATE stage_import s SET record = {record}, current = jsonb_build_object({pairs}),"  # noqa: S608 declared names
                f" facts = {facts}, outcome = CASE WHEN jsonb_build_object({pairs}) = {facts}"
                f" THEN 'unchanged' ELSE 'changed' END"
                f" FROM {kind.table} t WHERE s.outcome = 'new' AND {kind.join}",
                {"source": work.options.source},
            )


def _collect(work: Importing) -> None:
    """Count the outcomes, report numbers that stand twice, keep rows for the preview."""
    report = work.report
    with connection.cursor() as cursor:
        _refuse_twice(cursor, work)
        cursor.execute("SELECT outcome, count(*) FROM stage_import GROUP BY outcome")
        counts = dict(cursor.fetchall())
        report.new, report.changed = counts.get("new", 0), counts.get("changed", 0)
        report.unchanged = counts.get("unchanged", 0)
        for outcome in ("new", "changed", "unchanged"):
            cursor.execute(
                "SELECT line, facts, current FROM stage_import WHERE outcome = %s ORDER BY line LIMIT %s",
                [outcome, SAMPLES[outcome]],
            )
            report.samples[outcome] = [
                {"line": line, "facts": _loaded(facts), "current": _loaded(current)}
                for line, facts, current in cursor.fetchall()
            ]


def _refuse_twice(cursor: Any, work: Importing) -> None:
    """Refuse lines that name one record with different facts; the same facts again change nothing."""
    cursor.execute(
        "UPDATE stage_import s SET outcome = 'unchanged' FROM (SELECT key FROM stage_import GROUP BY key"
        " HAVING count(*) > 1 AND count(DISTINCT facts) = 1) d WHERE d.key = s.key AND s.outcome = 'twice'"
    )
    cursor.execute(
        "SELECT s.line, d.lines FROM stage_import s JOIN (SELECT key, (array_agg(line ORDER BY line))[1:5]"
        " AS lines FROM stage_import WHERE outcome = 'twice' GROUP BY key) d ON d.key = s.key"
        " WHERE s.outcome = 'twice' ORDER BY s.line"
    )
    column = work.mapping.get(work.kind.key_facts[-1], "")
    for line, lines in cursor.fetchall():
        words = _("Lines %(lines)s name the same record with different values. Keep one.")
        facts = {"lines": ", ".join(str(one) for one in lines)}
        work.refuse(Problem(line, column, "twice", words % facts))


def _loaded(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) else text


def _write(work: Importing, at: datetime) -> None:
    """Hand the difference to the kind's writer: in batches, or whole where it stages itself."""
    kind, report = work.kind, work.report
    if kind.write is None:
        return
    for batch in _changes(kind.whole_stream):
        for problem in kind.write(batch, work.options, at):
            name = work.mapping.get(problem.column, "")
            work.refuse(Problem(problem.line, name, problem.code, problem.message))
            if any(one.line == problem.line and one.key is None for one in batch):
                report.new -= 1
            else:
                report.changed -= 1


def _changes(whole: bool) -> Iterator[list[Change]]:
    with connection.cursor() as cursor:
        last, size = 0, 500_000 if whole else FLUSH
        while True:
            cursor.execute(
                "SELECT line, record, facts FROM stage_import WHERE outcome IN ('new', 'changed')"
                " AND line > %s ORDER BY line LIMIT %s",
                [last, size],
            )
            batch = [Change(line, key, _loaded(facts)) for line, key, facts in cursor.fetchall()]
            if not batch:
                return
            last = batch[-1].line
            yield batch


def _error_samples(path: Path, work: Importing, limit: int) -> list[dict[str, Any]]:
    """Return the first rows with errors as they stand in the file, by field."""
    wanted = set(sorted(work.bad_lines)[: SAMPLES["error"]])
    if not wanted:
        return []
    last, found = max(wanted), []
    with open_table(path, limit=limit) as table:
        for line, cells in table.rows():
            if line > last:
                break
            if line in wanted:
                texts = dict(zip(table.header, cells, strict=False))
                found.append({"line": line, "cells": {
                    name: texts.get(column, "")[:200] for name, column in work.mapping.items()
                }})  # fmt: skip
    return found


def failed_rows(
    path: Path, problems: Sequence[Mapping[str, Any]], *, limit: int = LARGEST_FILE
) -> Iterator[list[str]]:
    """Yield the header and the refused rows as they came, each with its line and the reasons."""
    reasons: dict[int, list[str]] = {}
    for one in problems:
        words = f"{one['column']}: {one['message']}" if one["column"] else one["message"]
        reasons.setdefault(one["line"], []).append(words)
    with open_table(path, limit=limit) as table:
        yield [*table.header, _("Line"), _("Reasons")]
        for line, cells in table.rows():
            if line in reasons:
                yield [*cells, str(line), " | ".join(reasons[line])]
