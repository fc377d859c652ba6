"""Files that people and programs send: what may come in, and under which name it is kept.

The contents decide, never the name or the type that was claimed. Pictures are drawn anew, so nothing that
hides in one is kept; office files are looked through without unpacking them to disk.
"""

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.utils.translation import gettext as _

from itsm.models import Party, SourceRef, StoredFile
from itsm.services.files import keep_bytes

MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 20 * MEGABYTE
MOST_PIXELS = 25_000_000
MOST_PARTS = 2_000
LARGEST_UNPACKED = 100 * MEGABYTE
LARGEST_RATIO = 100
PROBE = 1024
LONGEST_NAME = 150
_OFFICE = "application/vnd.openxmlformats-officedocument."


class FileRefused(ValueError):
    """The file cannot be kept; ``code`` says why for programs."""

    def __init__(self, code: str, words: str) -> None:
        """Keep the code beside the words."""
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its ending, its type and what checks and cleans the contents."""

    ending: str
    content_type: str
    cleaned: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it is kept: its cleaned name, its type and its cleaned bytes."""

    name: str
    content_type: str
    content: bytes


def examine(name: str, content: bytes) -> Upload:
    """Return the file as it may be kept; raise FileRefused with a code when it may not.

    The ending of ``name`` chooses what the contents must be; one that differs is refused (``wrong_type``).
    """
    if not content:
        raise FileRefused("empty_file", _("The file is empty."))
    check_size(len(content))
    stem, ending = _split(name)
    kind = KINDS.get(ending)
    if kind is None:
        words = _("Files of the kind “%(ending)s” are not kept. Send one of: %(known)s.")
        known = ", ".join(sorted(KINDS))
        raise FileRefused("wrong_type", words % {"ending": ending[:20] or "?", "known": known})
    return Upload(f"{stem}.{kind.ending}", kind.content_type, kind.cleaned(content))


def check_size(size: int) -> None:
    """Raise FileRefused when a file has more bytes than may come in: known before it is read."""
    if size > LARGEST_UPLOAD:
        words = _("The file is larger than %(most)s MB. Send it in parts.")
        raise FileRefused("too_large", words % {"most": LARGEST_UPLOAD // MEGABYTE})


def keep_upload(
    upload: Upload, *, customer: Party, about: SourceRef | None, by: Any, at: datetime
) -> tuple[StoredFile, bool]:
    """Keep a file for ``customer``, as evidence of ``about``; return its row and whether it is new.

    The same name, contents and record give the row that is in use already.
    """
    digest, key = keep_bytes(upload.content)
    facts = {
        "customer": customer, "name": upload.name, "sha256": digest, "uploaded_by__gt": "", "archived_at": None,
        "ref_uuid": about.uuid if about else None,
    }  # fmt: skip
    known = StoredFile.objects.filter(**facts).first()
    if known is not None:
        return known, False
    named = (
        {"ref_app": about.app, "ref_kind": about.kind, "ref_uuid": about.uuid, "ref_label": about.label}
        if about
        else {}
    )  # fmt: skip
    row = StoredFile.objects.create(
        customer=customer, name=upload.name, content_type=upload.content_type, size=len(upload.content),
        sha256=digest, key=key, uploaded_by=str(by)[:160], created_at=at, is_demo=customer.is_demo, **named,
    )  # fmt: skip
    return row, True


def _split(name: str) -> tuple[str, str]:
    """Return a harmless stem and the ending in small letters; folders and control letters are dropped."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(letter if letter.isprintable() else " " for letter in last)
    plain = re.sub(r'[<>:"|?*\s]+', " ", plain).strip(" .")
    stem, _dot, ending = plain.rpartition(".")
    return (stem[:LONGEST_NAME].strip(" .") or _("file")), ending.lower()


def _wrong(kind: str) -> FileRefused:
    words = _("The contents are not those of a %(kind)s file. Check what you send.")
    return FileRefused("wrong_type", words % {"kind": kind})


def _hostile(what: str) -> FileRefused:
    words = _("The file holds %(what)s, which is not kept. Save it without.")
    return FileRefused("active_contents", words % {"what": what})


# --- pictures ---------------------------------------------------------------------------------------


_SAVED: Mapping[str, Mapping[str, Any]] = {"PNG": {"optimize": False}, "JPEG": {"quality": 90}}


def _picture(form: str) -> Callable[[bytes], bytes]:
    def drawn_anew(content: bytes) -> bytes:
        """Return the picture drawn again: no comment, place, script or second file survives."""
        from PIL import Image, ImageOps  # only people who send pictures pay for it

        from itsm.calculations.pictures import refuse_cut_pictures

        refuse_cut_pictures()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(content), formats=[form]) as picture:
                    width, height = picture.size
                    if width * height > MOST_PIXELS:
                        raise _too_many_pixels()
                    upright = ImageOps.exif_transpose(picture)
                    shown = upright if form == "PNG" else upright.convert("RGB")
                    shown.info = {n: v for n, v in shown.info.items() if n == "transparency"}
                    output = io.BytesIO()
                    shown.save(output, form, **_SAVED[form])
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels() from error
        except FileRefused:
            raise
        except Exception as error:  # Pillow raises what its decoders raise
            raise _wrong(form) from error
        return output.getvalue()

    return drawn_anew


def _too_many_pixels() -> FileRefused:
    words = _("The picture has more than %(most)s million pixels. Make it smaller.")
    return FileRefused("picture_too_large", words % {"most": MOST_PIXELS // 1_000_000})


# --- PDF --------------------------------------------------------------------------------------------

_ACTIVE_PDF = (b"/JavaScript", b"/Launch", b"/RichMedia")
_END_OF_ZIP = b"PK\x05\x06"
_LONGEST_COMMENT = 66_000
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|\?php|iframe|body)", re.IGNORECASE)


def _pdf(content: bytes) -> bytes:
    """Return the PDF when it begins and ends as one and nothing else stands before or behind it."""
    if not re.match(rb"%PDF-[12]\.\d", content):
        raise _wrong("PDF")
    before, mark, after = content.rpartition(b"%%EOF")
    if not mark or after.strip(b"\r\n \t\0") or b"startxref" not in before[-PROBE:]:
        raise _wrong("PDF")
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), content)
    if any(word in plain for word in _ACTIVE_PDF):
        raise _hostile(_("a script or a start of programs"))
    if _END_OF_ZIP in content[-_LONGEST_COMMENT:]:
        raise _hostile(_("an archive"))
    if _MARKUP.search(content[:PROBE]):
        raise _hostile(_("a web page"))
    return content


# --- text -------------------------------------------------------------------------------------------


def _text(content: bytes) -> bytes:
    """Return UTF-8 text without control letters that is no web page."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("wrong_type", _("The text is not UTF-8. Save it as UTF-8.")) from error
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text):
        raise _wrong(_("text"))
    if text.lstrip().startswith("<") or _MARKUP.search(content[:PROBE]):
        raise _hostile(_("a web page"))
    return content


# --- office files -----------------------------------------------------------------------------------

_ACTIVE_PARTS = re.compile(
    r"(vbaproject|\.bin$|activex|embeddings/|\.(zip|jar|exe|dll|js|vbs|html?|svg)$)"
)


def _office(ending: str, folder: str, first: str) -> Callable[[bytes], bytes]:
    def looked_through(content: bytes) -> bytes:
        """Return the office file when it is one: no macros, other archives, entities or bombs in it."""
        if not content.startswith(b"PK\x03\x04"):
            raise _wrong(ending)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                _check_parts(package, len(content), {"[Content_Types].xml", f"{folder}/{first}"})
                _read_parts(package)
        except FileRefused:
            raise
        except Exception as error:  # zipfile, zlib and lzma have errors of their own
            raise _wrong(ending) from error
        return content

    return looked_through


def _check_parts(package: zipfile.ZipFile, size: int, needed: set[str]) -> None:
    parts = package.infolist()
    names = {part.filename for part in parts}
    if not needed <= names or len(names) != len(parts) or len(parts) > MOST_PARTS:
        raise zipfile.BadZipFile
    for name in names:
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
            raise _hostile(_("names that lead out of it"))
        if _ACTIVE_PARTS.search(name.lower()) and not name.lower().endswith("printersettings1.bin"):
            raise _hostile(_("macros or other files"))
    if sum(part.file_size for part in parts) > min(LARGEST_UNPACKED, LARGEST_RATIO * size):
        raise _bomb()


def _read_parts(package: zipfile.ZipFile) -> None:
    """Read every part once, in pieces: its directory may lie about sizes."""
    left = LARGEST_UNPACKED
    for part in package.infolist():
        with package.open(part) as opened:
            left -= _read_part(opened, part.filename, left)


def _read_part(opened: IO[bytes], name: str, most: int) -> int:
    count, tail, is_markup = 0, b"", name.lower().endswith((".xml", ".rels"))
    while piece := opened.read(MEGABYTE):
        count += len(piece)
        if count > most:
            raise _bomb()
        if is_markup and re.search(rb"<!\s*(DOCTYPE|ENTITY)", tail + piece, re.IGNORECASE):
            raise _hostile(_("declarations of entities"))
        tail = piece[-16:]
    return count


def _bomb() -> FileRefused:
    words = _("Unpacked, the file is far larger than it looks. Save it anew.")
    return FileRefused("unpacks_too_large", words)


KINDS: Mapping[str, Kind] = {
    "pdf": Kind("pdf", "application/pdf", _pdf),
    "png": Kind("png", "image/png", _picture("PNG")),
    "jpg": Kind("jpg", "image/jpeg", _picture("JPEG")),
    "jpeg": Kind("jpg", "image/jpeg", _picture("JPEG")),
    "txt": Kind("txt", "text/plain", _text),
    "csv": Kind("csv", "text/csv", _text),
    "md": Kind("md", "text/markdown", _text),
    "xlsx": Kind("xlsx", f"{_OFFICE}spreadsheetml.sheet", _office("XLSX", "xl", "workbook.xml")),
    "docx": Kind("docx", f"{_OFFICE}wordprocessingml.document", _office("DOCX", "word", "document.xml")),
    "pptx": Kind("pptx", f"{_OFFICE}presentationml.presentation", _office("PPTX", "ppt", "presentation.xml")),
}  # fmt: skip
