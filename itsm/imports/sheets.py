"""A workbook (XLSX) becomes the text that every import reads: one sheet, row by row, its values as texts.

Nothing is calculated: of a formula the result counts that the spreadsheet program stored with it. The text
keeps the numbers of the sheet's rows, so that a finding names the row that people see.
"""

import csv
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from itsm.imports.problems import Unreadable
from itsm.imports.tabular import (
    DAMAGED_ZIP,
    LARGEST_FILE,
    LARGEST_RATIO,
    MEGABYTE,
    MOST_COLUMNS,
    SHEET_MARK,
    ZIP_MARKS,
)

MOST_PARTS = 2_000
LARGEST_TEXTS = 64 * MEGABYTE  # of the part that all sheets share: it is held in memory
LOOKED_AT = 50  # rows in which a sheet shows whether it holds a table
LONGEST_CELL_XML = 65_536
_HOSTILE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_BARE_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"([A-Z]+\d+:[A-Z]+(\d+))\"")
_PLACE = re.compile(rb"\br=\"([A-Z]+\d+)\"")


def is_workbook(path: Path) -> bool:
    """Tell whether the file is an XLSX workbook, whatever its name is."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in ZIP_MARKS:
                return False
        with zipfile.ZipFile(path) as package:
            return {"[Content_Types].xml", "xl/workbook.xml"} <= set(package.namelist())
    except (OSError, NotImplementedError, *DAMAGED_ZIP):
        return False


def write_sheet(path: Path, target: Path, *, sheet: str = "", most: int | None = None) -> None:
    """Write the sheet named ``sheet`` (empty: the only one with a table) as text to ``target``.

    ``most`` is the greatest number of rows. Raises Unreadable: damaged, hostile or too large; several sheets
    to choose from; a formula without a result; merged cells in the table.
    """
    from openpyxl import load_workbook  # only people who send workbooks pay for it

    _look_through(path)
    try:
        with (
            warnings.catch_warnings(),
            path.open("rb") as source,
        ):  # a path must end in .xlsx for it
            warnings.simplefilter("ignore")
            book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
            with closing(book), target.open("w", newline="", encoding="utf-8") as file:
                chosen = _choose(book.worksheets, sheet)
                first = _head_row(chosen)
                _look_at_cells(path, chosen._worksheet_path, first)
                writer = csv.writer(file)
                writer.writerow([SHEET_MARK])
                writer.writerows(islice(_texts(chosen, first), most))
    except Unreadable:
        raise
    except Exception as error:  # openpyxl, its XML reader and the zip raise what they like
        raise _damaged() from error


def _damaged() -> Unreadable:
    return Unreadable(
        "workbook", _("The workbook is damaged or locked. Save it anew as XLSX, without a password.")
    )  # fmt: skip


def _too_large() -> Unreadable:
    words = _("Unpacked, the workbook is far larger than it looks. Save the sheet as CSV UTF-8.")
    return Unreadable("zip_bomb", words)


# --- before it is opened ----------------------------------------------------------------------------


def _look_through(path: Path) -> None:
    """Refuse a bomb by the sizes of its parts, which bound what is read, and markup that declares entities."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_FILE:
                raise _too_large()
            for one in parts:
                _refuse_bomb(one)
                if one.filename.lower().endswith((".xml", ".rels")):
                    for piece in _pieces(package, one.filename, 16):
                        if b"\0" in piece[:4] or _HOSTILE.search(piece):
                            raise _damaged()
    except (RuntimeError, NotImplementedError, *DAMAGED_ZIP) as error:
        raise _damaged() from error


def _refuse_bomb(part: zipfile.ZipInfo) -> None:
    packed = max(part.compress_size, 1)
    if part.file_size > MEGABYTE and part.file_size > LARGEST_RATIO * packed:
        raise _too_large()
    if part.filename.lower().endswith("sharedstrings.xml") and part.file_size > LARGEST_TEXTS:
        raise _too_large()


def _pieces(package: zipfile.ZipFile, name: str, kept: int) -> Iterator[bytes]:
    """Yield a part in pieces, each with the last ``kept`` bytes of the one before it."""
    with package.open(name) as file:
        tail = b""
        while piece := file.read(MEGABYTE):
            yield tail + piece
            tail = (tail + piece)[-kept:]


def _look_at_cells(path: Path, part: str, first: int) -> None:
    """Refuse formulas without a result and merged cells from the row of the names, ``first``, on."""
    with zipfile.ZipFile(path) as package:
        for piece in _pieces(package, part.lstrip("/"), LONGEST_CELL_XML):
            for found in _BARE_FORMULA.finditer(piece):
                if found[2] is None or b't="str"' not in found[1]:
                    place = _PLACE.search(found[1])
                    raise _bare_formula(place[1].decode() if place else "?")
            for found in _MERGED.finditer(piece):
                if int(found[2]) >= first:
                    raise _merged(found[1].decode())


def _bare_formula(place: str) -> Unreadable:
    words = _("Cell %(cell)s holds a formula without a stored result. Open the workbook in a spreadsheet"
              " program, save it and send it again.")  # fmt: skip
    return Unreadable("formula", words % {"cell": place})


def _merged(place: str) -> Unreadable:
    words = _(
        "The cells %(cells)s are merged, so it is not clear to which rows their value belongs. Split them."
    )
    return Unreadable("merged", words % {"cells": place})


# --- the sheet --------------------------------------------------------------------------------------


def _choose(sheets: Iterable[Any], name: str) -> Any:
    sheets = list(sheets)
    for one in sheets:
        one.reset_dimensions()  # what the file claims about its size is not believed
    names = ", ".join(one.title for one in sheets)
    if name:
        found = next((one for one in sheets if one.title.strip() == name.strip()), None)
        if found is None:
            words = _("The workbook has no sheet “%(name)s”. It has: %(names)s.")
            raise Unreadable("sheet", words % {"name": name[:60], "names": names})
        return found
    filled = [one for one in sheets if one.sheet_state == "visible" and _head_row(one)]
    if not filled:
        raise Unreadable("empty", _("The workbook holds no table: a row with names, then rows."))
    if len(filled) > 1:
        words = _("The workbook has several sheets: %(names)s. Choose one.")
        names = ", ".join(one.title for one in filled)
        raise Unreadable("sheet", words % {"names": names})
    return filled[0]


def _head_row(sheet: Any) -> int:
    """Return the number of the first row with two cells, which holds the names; 0 when there is none."""
    for number, cells in enumerate(_narrow(sheet), 1):
        if sum(1 for cell in cells if cell not in (None, "")) > 1:
            return number
        if number == LOOKED_AT:
            break
    return 0


def _narrow(sheet: Any) -> Iterator[tuple[Any, ...]]:
    for cells in sheet.iter_rows(values_only=True):
        if len(cells) > MOST_COLUMNS:
            words = _(
                "A row of the sheet is wider than %(n)s columns. Leave out what is not needed."
            )
            raise Unreadable("too_wide", words % {"n": MOST_COLUMNS})
        yield cells


def _texts(sheet: Any, first: int) -> Iterator[list[str]]:
    """Yield rows from the names on, each with its number in front; cells right of the names only if filled."""
    width = 0
    for number, cells in enumerate(_narrow(sheet), 1):
        if number < first:
            continue
        texts = [_text(cell) for cell in cells]
        while texts and not texts[-1] and len(texts) > width:
            texts.pop()
        if not width:
            width = len(texts)
        if any(texts):
            yield [str(number), *texts, *[""] * (width - len(texts))]


def _text(value: Any) -> str:
    """Return a cell as people would type it into a text: dates year first, true and false, points in numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | time):
        return _time_text(value)
    return str(value).replace("\r\n", "\n").replace("\0", "")


def _time_text(value: datetime | time) -> str:
    spaced = {"sep": " "} if isinstance(value, datetime) else {}
    return value.isoformat(timespec="milliseconds", **spaced).removesuffix(".000")
