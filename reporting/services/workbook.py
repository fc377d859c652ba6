"""The numbers of a report as files: a workbook with one sheet for each table, or CSV files in an archive."""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO

from django.http import FileResponse
from django.utils import translation
from django.utils.translation import gettext as _

from itsm import blocks
from itsm.workbooks import CONTENT_TYPE, FORMULA_STARTS, LONGEST_TEXT, OPTIONS
from reporting.calculations.figures import Figure, written
from reporting.models import ReportIssue
from reporting.services.numbers import Sheet, Value, sheets_of

ZIP = "application/zip"
LONGEST_NAME = 31  # of a sheet
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
MOMENT = (1980, 1, 1, 0, 0, 0)  # equal reports give equal archives


def numbers_answer(issue: ReportIssue, kind: str) -> FileResponse:
    """Return the numbers as "xlsx" or "csv" (an archive), to be kept as a file."""
    report = blocks.from_dict(issue.dataset)
    with translation.override(report.meta.language):
        sheets = sheets_of(report)
        stream = xlsx(issue, sheets) if kind == "xlsx" else csv_files(issue, sheets)
    ending, content_type = (".xlsx", CONTENT_TYPE) if kind == "xlsx" else ("-csv.zip", ZIP)
    answer = FileResponse(
        stream,
        as_attachment=True,
        filename=f"{issue.number}-v{issue.version}{ending}",
        content_type=content_type,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Dataset-SHA256"] = issue.dataset_sha256
    return answer


def sheet_of(issue: ReportIssue, anchor: str) -> Sheet | None:
    """Return one table of a report by its place."""
    report = blocks.from_dict(issue.dataset)
    with translation.override(report.meta.language):
        return next((sheet for sheet in sheets_of(report) if sheet.anchor == anchor), None)


def cover_rows(issue: ReportIssue, sheets: Sequence[Sheet]) -> list[tuple[str, str]]:
    """Return what the first sheet says: which report this is and the digest of its dataset."""
    meta = issue.dataset["meta"]
    return [
        (_("Report"), f"{issue.number}, {meta['version']}"),
        (_("Customer"), meta["customer"]),
        (_("Period"), meta["period"]),
        (_("Time zone"), meta["zone"]),
        (_("Issued"), meta["issued_at"]),
        (_("Dataset, SHA-256"), issue.dataset_sha256),
        (_("PDF, SHA-256"), issue.pdf_sha256),
        *((_("Sheet %(number)s") % {"number": n}, s.title) for n, s in enumerate(sheets, 1)),
    ]


def xlsx(issue: ReportIssue, sheets: Sequence[Sheet]) -> BinaryIO:
    """Return an open workbook: what it is and its digest first, then one sheet for each table."""
    from xlsxwriter import Workbook  # a quarter of a second that only this needs

    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 the caller closes it
    with Workbook(file, {**OPTIONS, "constant_memory": False}) as book:
        styles = _Styles(book)
        first = book.add_worksheet(_("This report")[:LONGEST_NAME])
        first.set_column(0, 0, 22)
        first.set_column(1, 1, 90)
        for number, (name, text) in enumerate(cover_rows(issue, sheets)):
            first.write_string(number, 0, name, styles.bold)
            styles.write(first, number, 1, text)
        for number, sheet in enumerate(sheets, 1):
            page = book.add_worksheet(sheet_name(number, sheet.title))
            styles.write(page, 0, 0, sheet.title, styles.bold)
            page.freeze_panes(2, 1)
            page.set_column(0, max(len(sheet.heads) - 1, 0), 18)
            for column, head in enumerate(sheet.heads):
                styles.write(page, 1, column, head, styles.bold)
            for row, values in enumerate(sheet.rows, 2):
                for column, value in enumerate(values):
                    styles.write(page, row, column, value)
    file.seek(0)
    return file


def sheet_name(number: int, title: str) -> str:
    """Return a name that a spreadsheet takes: numbered, so that no two are equal, at most 31 letters."""
    return f"{number} {_FORBIDDEN.sub(' ', title)}"[:LONGEST_NAME].strip()


class _Styles:
    """Writes values with their number formats; a text that looks like a formula stays a text."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[str, Any] = {}
        self.bold = book.add_format({"bold": True})
        self._text = book.add_format({"quote_prefix": True})

    def write(self, page: Any, row: int, column: int, value: Value, style: Any = None) -> None:
        """Write one cell; nothing for None and the empty text."""
        if value is None or value == "":
            return
        if isinstance(value, Figure):
            page.write_number(row, column, value.value, self._format(value.format))
        elif isinstance(value, bool):
            page.write_boolean(row, column, value)
        elif isinstance(value, int):
            page.write_number(row, column, value)
        else:
            text = value[:LONGEST_TEXT]
            guard = self._text if text.startswith(FORMULA_STARTS) and style is None else style
            page.write_string(row, column, text, guard)

    def _format(self, shape: str) -> Any:
        if shape not in self._formats:
            self._formats[shape] = self._book.add_format({"num_format": shape})
        return self._formats[shape]


def csv_files(issue: ReportIssue, sheets: Sequence[Sheet]) -> BinaryIO:
    """Return an open archive: 00.csv says what it is, then one CSV file for each table."""
    file = tempfile.TemporaryFile(suffix=".zip")  # noqa: SIM115 the caller closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "00-report.csv", csv_text((), cover_rows(issue, sheets)))
        for number, sheet in enumerate(sheets, 1):
            _add(archive, f"{number:02d}-{sheet.anchor}.csv", csv_text(sheet.heads, sheet.rows))
    file.seek(0)
    return file


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, MOMENT), text, zipfile.ZIP_DEFLATED)


def csv_text(heads: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    """Return a table as CSV (RFC 4180, UTF-8 with mark): figures with a point, formulas disarmed."""
    written_to = io.StringIO()
    writer = csv.writer(written_to)
    if heads:
        writer.writerow([_disarmed(head) for head in heads])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return "\ufeff" + written_to.getvalue()


def _cell(value: Value) -> str:
    if isinstance(value, Figure):
        return written(value).replace(",", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    return _disarmed("" if value is None else str(value))


def _disarmed(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
