"""Read a delimited text file as a stream: dialect, encoding, header, rows; a zip may hold the one file.

Nothing is unpacked to disk, so a name inside a zip can never lead out of a folder; the unpacked size and
the ratio of a zip are limited while reading, not only by what its directory claims.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
class TextTable:
    """An open file: ``header`` (names made unique), ``rows()`` yields (line, cells) once, in order."""

    header: tuple[str, ...]
    encoding: str
    delimiter: str
    size: int
    position: Callable[[], int]
    _lines: Iterator[Row]
    _line_number: Callable[[], int]
    _first: Row = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield each row with the line it starts on; empty lines are left out.

        Raises Unreadable when the text turns out to be broken in the middle.
        """
        begun = self._line_number() + 1
        try:
            for cells in self._lines:
                if any(cells):
                    yield begun, cells
                begun = self._line_number() + 1
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
        if raw.read(4)[:2] == b"PK":
            with _member(raw, limit) as (member, full):
                yield _table(_Counted(member, limit), full)
            return
        raw.seek(0)
        yield _table(_Counted(raw, limit), size)


@contextmanager
def _member(raw: BinaryIO, limit: int) -> Iterator[tuple[IO[bytes], int]]:
    try:
        with zipfile.ZipFile(raw) as folder:
            names = [one for one in folder.infolist() if _is_content(one)]
            if len(names) != 1:
                raise Unreadable(
                    "zip_members",
                    _("The zip holds %(count)s files. Pack exactly one CSV file.")
                    % {"count": len(names)},
                )
            _refuse_bomb(names[0], limit)
            with folder.open(names[0]) as member:
                yield member, names[0].file_size
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Unreadable(
            "zip_broken",
            _("The zip is damaged or locked. Pack the CSV file again, without a password."),
        ) from error


def _is_content(one: zipfile.ZipInfo) -> bool:
    return not one.is_dir() and not one.filename.startswith("__MACOSX/")


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


def _table(raw: _Counted, size: int) -> TextTable:
    buffered = io.BufferedReader(raw, PROBE)
    probe = buffered.peek(PROBE)[:PROBE]
    encoding = _encoding(probe)
    text = io.TextIOWrapper(buffered, encoding=encoding, newline="")
    delimiter = _delimiter(probe.decode(encoding, errors="replace"))
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_without_nul(text), delimiter=delimiter)
    try:
        header = next((cells for cells in reader if any(cell.strip() for cell in cells)), None)
    except (csv.Error, UnicodeDecodeError) as error:
        raise _not_csv() from error
    names = _header(header)
    return TextTable(
        names,
        encoding,
        delimiter,
        size,
        lambda: raw.count,
        reader,
        lambda: reader.line_num,
    )


def _without_nul(text: io.TextIOWrapper) -> Iterator[str]:
    for line in text:
        if "\0" in line:
            raise Unreadable(
                "nul",
                _("The file holds NUL characters, so it is not plain text. Save it as CSV UTF-8."),
            )
        yield line


def _encoding(probe: bytes) -> str:
    if not probe.strip():
        raise Unreadable("empty", _("The file is empty. Choose one with a header line and rows."))
    if probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in probe:
        raise _not_csv()
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(probe)
    except UnicodeDecodeError:
        return _single_byte(probe)
    return "utf-8-sig"


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


def _delimiter(probe: str) -> str:
    first = probe.lstrip().splitlines()[0] if probe.strip() else ""
    counts = {sign: first.count(sign) for sign in DELIMITERS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


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
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        name = name or _("column %(n)s") % {"n": place}
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"
