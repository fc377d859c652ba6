"""Read a delimited text file as a stream: dialect, encoding, header, rows; a zip may hold the one file.

Nothing is unpacked to disk, so a name inside a zip can never lead out of a folder; the unpacked size and
the ratio of a zip are limited while reading, not only by what its directory claims.
"""

import codecs
import csv
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.utils.translation import gettext as _

from itsm.imports.problems import Unreadable

MEGABYTE = 1024 * 1024
LARGEST_FILE = 500 * MEGABYTE
LARGEST_RATIO = 100
LONGEST_CELL = 131_072
MOST_COLUMNS = 500
PROBE = 65_536
UNDEFINED_1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
DELIMITERS = ",;\t|"
SHEET_MARK = "plimsoll-sheet"  # first line of a sheet of a workbook that was written as text
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
_NAMED = re.compile(r"sep=([,;\t|])", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
Row = list[str]


class _Counted(io.RawIOBase):
    """A stream that counts what was read and stops at a limit, whatever the zip's directory says."""

    def __init__(self, source: IO[bytes], limit: int) -> None:
        self.source, self.limit, self.count = source, limit, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.source.read(len(buffer))
        buffer[: len(piece)] = piece
        self.count += len(piece)
        if self.count > self.limit:
            raise _too_large(self.limit)
        return len(piece)


@dataclass(slots=True)
class _Lines:
    """The physical lines of a text on their way to the CSV reader; ``open`` counts those of the row being read."""

    text: Iterator[str]
    open: int = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            if "\0" in line:
                raise Unreadable(
                    "nul",
                    _(
                        "The file holds NUL characters, so it is not plain text. Save it as CSV UTF-8."
                    ),
                )
            self.open += 1
            yield line
        if self.open:
            raise csv.Error(_("a quotation mark is opened and never closed"))


@dataclass(slots=True)
class TextTable:
    """An open file: ``header`` (names made unique), ``rows()`` yields (line, cells) once, in order."""

    header: tuple[str, ...]
    encoding: str
    delimiter: str
    size: int
    position: Callable[[], int]
    _rows: Any
    _lines: _Lines
    _is_sheet: bool = False

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield each row with the physical line of the file it starts on; empty lines are left out.

        A sheet of a workbook has its row's number in its first cell, which takes the place of the line.

        Raises Unreadable when the text turns out to be broken in the middle.
        """
        begun = self._rows.line_num + 1
        self._lines.open = 0
        try:
            for cells in self._rows:
                self._lines.open = 0
                if self._is_sheet and cells:
                    yield _row_number(cells[0]), cells[1:]
                elif any(cells):
                    yield begun, cells
                begun = self._rows.line_num + 1
        except csv.Error as error:
            raise Unreadable(
                "broken",
                _("Line %(line)s cannot be read: %(why)s. Check the quotation marks around it.")
                % {"line": begun, "why": error},
            ) from error
        except UnicodeDecodeError as error:
            raise Unreadable(
                "encoding",
                _(
                    "Near line %(line)s the file is neither UTF-8 nor plain text. Save it as CSV UTF-8."
                )
                % {"line": begun},
            ) from error
        except DAMAGED_ZIP as error:
            raise _broken_zip() from error


def _row_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise csv.Error(_("the number of the sheet's row is missing"))
    return int(text)


@contextmanager
def open_table(path: Path, *, limit: int = LARGEST_FILE) -> Iterator[TextTable]:
    """Open a CSV file or a zip with one; ``limit`` is the largest unpacked size in bytes.

    Raises Unreadable with a plain sentence: not found, empty, no header, binary, NUL bytes, too large,
    a zip with several files, a zip bomb.
    """
    try:
        size = path.stat().st_size
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable(
            "not_found", _("The file %(name)s cannot be opened.") % {"name": path.name}
        ) from error
    with raw:
        if size > limit:
            raise _too_large(limit)
        if raw.read(4) in ZIP_MARKS:
            with _member(raw) as folder:
                one = _only_content(folder, limit)
                is_utf8 = _is_utf8(lambda: folder.open(one), limit)
                with folder.open(one) as member:
                    yield _table(_Counted(member, limit), one.file_size, is_utf8)
            return
        is_utf8 = _is_utf8(lambda: path.open("rb"), limit)
        raw.seek(0)
        yield _table(_Counted(raw, limit), size, is_utf8)


@contextmanager
def _member(raw: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        folder = zipfile.ZipFile(raw)
    except (*DAMAGED_ZIP, NotImplementedError) as error:
        raise _broken_zip() from error
    with folder:
        yield folder


def _only_content(folder: zipfile.ZipFile, limit: int) -> zipfile.ZipInfo:
    """Return the one file of a zip after looking at its name, its size, its password and its beginning."""
    names = [one for one in folder.infolist() if _is_content(one)]
    if len(names) != 1:
        raise Unreadable(
            "zip_members",
            _("The zip holds %(count)s files. Pack exactly one CSV file.") % {"count": len(names)},
        )
    _refuse_bomb(names[0], limit)
    try:
        with folder.open(names[0]) as member:
            member.read(1)
    except (*DAMAGED_ZIP, NotImplementedError, RuntimeError) as error:  # RuntimeError: a password
        raise _broken_zip() from error
    return names[0]


def _broken_zip() -> Unreadable:
    return Unreadable(
        "zip_broken",
        _("The zip is damaged or locked. Pack the CSV file again, without a password."),
    )


def _is_utf8(opened: Callable[[], IO[bytes]], limit: int) -> bool:
    """Tell whether the whole file is UTF-8: an export may have its first accent after a million lines."""
    decoder, left = codecs.getincrementaldecoder("utf-8")(), limit
    try:
        with opened() as file:
            while left > 0 and (piece := file.read(MEGABYTE)):
                left -= len(piece)
                decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    except DAMAGED_ZIP as error:
        raise _broken_zip() from error
    return True


def _is_content(one: zipfile.ZipInfo) -> bool:
    """Tell whether a part is a file that somebody packed: systems add hidden ones."""
    last = one.filename.rpartition("/")[2]
    return not one.is_dir() and not one.filename.startswith("__MACOSX/") and last[:1] != "."


def _refuse_bomb(one: zipfile.ZipInfo, limit: int) -> None:
    if not one.filename.lower().endswith((".csv", ".tsv", ".txt")):
        raise Unreadable(
            "zip_members",
            _("The zip holds %(name)s. Pack one file that ends in .csv.") % {"name": one.filename},
        )
    if one.file_size > limit:
        raise _too_large(limit)
    if one.file_size > MEGABYTE and one.file_size > LARGEST_RATIO * max(one.compress_size, 1):
        raise Unreadable(
            "zip_bomb",
            _("The zip unpacks to more than %(n)s times its size. Send the CSV file itself.")
            % {"n": LARGEST_RATIO},
        )


def _too_large(limit: int) -> Unreadable:
    return Unreadable(
        "too_large",
        _("The file is larger than %(size)s MB. Split it and import the parts one after the other.")
        % {"size": max(1, limit // MEGABYTE)},
    )


def _table(raw: _Counted, size: int, is_utf8: bool) -> TextTable:
    buffered = io.BufferedReader(raw, PROBE)
    probe = buffered.peek(PROBE)[:PROBE]
    encoding = _encoding(probe, is_utf8)
    text = io.TextIOWrapper(buffered, encoding=encoding, newline="")
    beginning = probe.decode(encoding, errors="replace")
    named, delimiter = _delimiter(beginning)
    is_sheet = beginning.startswith(SHEET_MARK + "\r\n")
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(text)
    reader = csv.reader(iter(lines), delimiter=delimiter)
    try:
        if named or is_sheet:
            next(reader)
        header = _first(reader, lines)
    except (csv.Error, UnicodeDecodeError) as error:
        raise _not_csv() from error
    except DAMAGED_ZIP as error:
        raise _broken_zip() from error
    return TextTable(
        _header(header[1:] if is_sheet and header else header),
        encoding, delimiter, size, lambda: raw.count, reader, lines, is_sheet,
    )  # fmt: skip


def _first(reader: Iterator[Row], lines: _Lines) -> Row | None:
    """Return the first row in which something stands."""
    for cells in reader:
        lines.open = 0
        if any(cell.strip() for cell in cells):
            return cells
    return None


def _encoding(probe: bytes, is_utf8: bool) -> str:
    if not probe.strip():
        raise Unreadable("empty", _("The file is empty. Choose one with a header line and rows."))
    if probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if probe.startswith(OLD_WORKBOOK):
        raise Unreadable(
            "workbook",
            _("This is an old or a locked workbook. Save it as XLSX without a password, or as CSV UTF-8."),
        )  # fmt: skip
    if b"\0" in probe:
        raise _not_csv()
    return "utf-8-sig" if is_utf8 else _single_byte(probe)


def _single_byte(probe: bytes) -> str:
    control = sum(1 for byte in probe if byte < 32 and byte not in (9, 10, 12, 13))
    if control > len(probe) // 100:
        raise _not_csv()
    is_windows = not any(byte in UNDEFINED_1252 for byte in probe)
    return "cp1252" if is_windows else "latin-1"


def _not_csv() -> Unreadable:
    return Unreadable(
        "not_csv",
        _(
            "This is not a CSV file. Save the sheet as “CSV UTF-8 (comma delimited)”, then choose it."
        ),
    )


def _delimiter(probe: str) -> tuple[bool, str]:
    """Return whether the first line names the sign, as ``sep=;`` does, and the sign between cells."""
    lines = probe.lstrip().splitlines() or [""]
    named = _NAMED.fullmatch(lines[0].strip('" ')) if probe[:1].strip() else None
    if named is not None:
        return True, named[1]
    first = _QUOTED.sub("", lines[0])
    counts = {sign: first.count(sign) for sign in DELIMITERS}
    best = max(counts, key=lambda sign: counts[sign])
    return False, best if counts[best] else ","


def _header(cells: Row | None) -> tuple[str, ...]:
    if cells is None:
        raise Unreadable("empty", _("The file is empty. Choose one with a header line and rows."))
    if len(cells) > MOST_COLUMNS:
        raise _not_csv()
    names = [" ".join(cell.split()) for cell in cells]
    if _looks_like_values(names):
        raise Unreadable(
            "no_header",
            _("The first line holds values, not names. Add a line with the columns' names on top."),
        )
    return tuple(_unique(names))


def _looks_like_values(names: Row) -> bool:
    given = [name for name in names if name]
    numeric = sum(1 for name in given if not any(sign.isalpha() for sign in name))
    return not given or numeric * 2 > len(given)


def _unique(names: Row) -> Iterator[str]:
    taken: set[str] = set()
    for place, given in enumerate(names, 1):
        name = given or _("column %(n)s") % {"n": place}
        number, told = 1, name
        while told in taken:
            number += 1
            told = f"{name} ({number})"
        taken.add(told)
        yield told
