"""Tables as XLSX: written row by row with constant memory, texts that look like a formula stay texts."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # of a sheet, below its head
LONGEST_TEXT = 32_767
EXACT = 10**15  # a sheet keeps 15 digits of a number
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class TooManyRows(ValueError):
    """The table has more rows than a sheet can hold."""


def workbook_of(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> BinaryIO:
    """Return an open temporary file that holds one sheet: ``heads`` in bold, then ``rows``.

    Numbers and days are cells of their kind; instants are in the active time zone; a text that
    starts like a formula carries the mark by which a spreadsheet keeps it a text also when it is
    edited. Raises TooManyRows. The file vanishes when it is closed.
    """
    from xlsxwriter import Workbook  # a quarter of a second that only this needs

    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 the caller closes it
    try:
        with Workbook(file, OPTIONS) as book:
            _fill(book, heads, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(book: Any, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(heads) - 1, 0), 20)
    styles = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        str: book.add_format({"quote_prefix": True}),
    }
    bold = book.add_format({"bold": True})
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            words = _("A sheet holds %(most)s rows. Filter the list, or take it as CSV.")
            raise TooManyRows(words % {"most": f"{MOST_ROWS:,}"})
        for column, value in enumerate(row):
            _write(sheet, number, column, value, styles)


def _write(sheet: Any, row: int, column: int, value: Any, styles: dict[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal) and abs(value) < EXACT:  # type: ignore[operator]
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        local = timezone.make_naive(value) if timezone.is_aware(value) else value
        sheet.write_datetime(row, column, local, styles[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, styles[date])
    else:
        words = str(value)[:LONGEST_TEXT]
        style = styles[str] if words.startswith(FORMULA_STARTS) else None
        sheet.write_string(row, column, words, style)
