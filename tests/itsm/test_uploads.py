"""What may come in as a file: the contents decide, and nothing that acts is kept."""

import io
import resource
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from itsm.services.uploads import LARGEST_UPLOAD, FileRefused, examine

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\nstartxref\n9\n%%EOF\n"
TYPES = "[Content_Types].xml"
MEBIBYTES = 1024  # ru_maxrss counts in KiB


def picture_of(form: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, form)
    return output.getvalue()


def package_of(parts: dict[str, bytes], first: str = "xl/workbook.xml") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in ({TYPES: b"<Types/>", first: b"<workbook/>"} | parts).items():
            package.writestr(name, content)
    return output.getvalue()


def _huge_png() -> bytes:
    """A picture that says 30,000 by 30,000 and holds four pixels."""
    content = bytearray(picture_of(size=(2, 2)))
    content[16:24] = (30_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


def _zeros() -> bytes:
    """An office file with 300 MB of zeros, written in pieces."""
    output = io.BytesIO(package_of({}))
    with (
        zipfile.ZipFile(output, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _number in range(300):
            part.write(bytes(1_000_000))
    return output.getvalue()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">]><l>&a;</l>'
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "nothing": ("a.pdf", lambda: b"", "empty_file"),
    "no ending": ("a", lambda: PDF, "wrong_type"),
    "php": ("a.php", lambda: b"<?php system('id'); ?>", "wrong_type"),
    "html": ("a.html", lambda: b"<html></html>", "wrong_type"),
    "svg": ("a.svg", lambda: b"<svg onload='x()'/>", "wrong_type"),
    "exe": ("a.exe", lambda: b"MZ\x90", "wrong_type"),
    "zip": ("a.zip", lambda: package_of({}), "wrong_type"),
    "two endings": ("a.pdf.php", lambda: PDF, "wrong_type"),
    "ending behind NUL": ("a.php\x00.pdf", lambda: b"<?php", "wrong_type"),
    "html named pdf": ("a.pdf", lambda: b"<html></html>", "wrong_type"),
    "html behind a pdf": ("a.pdf", lambda: PDF + b"<html></html>", "wrong_type"),
    "pdf that is a page": ("a.pdf", lambda: PDF.replace(b"\n1", b"\n<script>1", 1), "active_contents"),
    "pdf with a script": ("a.pdf", lambda: PDF.replace(b"<<>>", b"<</S/JavaScript>>"), "active_contents"),
    "pdf with a masked script": ("a.pdf", lambda: PDF.replace(b"<<>>", b"<</S/J#61vaScript>>"), "active_contents"),
    "pdf that starts programs": ("a.pdf", lambda: PDF.replace(b"<<>>", b"<</S/Launch>>"), "active_contents"),
    "pdf that is an archive": ("a.pdf", lambda: PDF.replace(b"<<>>", b"PK\x05\x06"), "active_contents"),
    "half a pdf": ("a.pdf", lambda: PDF[:20], "wrong_type"),
    "jpeg named png": ("a.png", lambda: picture_of("JPEG"), "wrong_type"),
    "svg named png": ("a.png", lambda: b"<svg/>", "wrong_type"),
    "half a png": ("a.png", lambda: picture_of(size=(50, 50))[:60], "wrong_type"),
    "png of 30,000 by 30,000": ("a.png", _huge_png, "picture_too_large"),
    "html named txt": ("a.txt", lambda: b"  <!doctype html><p>", "active_contents"),
    "script in csv": ("a.csv", lambda: b"a,b\n<script>x</script>", "active_contents"),
    "binary named txt": ("a.txt", lambda: b"\x7fELF\x00\x01", "wrong_type"),
    "text of another code": ("a.txt", lambda: "ñ".encode("latin-1"), "wrong_type"),
    "zip named xlsx": ("a.xlsx", lambda: package_of({}, "a.txt"), "wrong_type"),
    "xlsx named docx": ("a.docx", lambda: package_of({}), "wrong_type"),
    "xlsx with macros": ("a.xlsx", lambda: package_of({"xl/vbaProject.bin": b"x"}), "active_contents"),
    "nested zip": ("a.xlsx", lambda: package_of({"xl/inner.zip": package_of({})}), "active_contents"),
    "names that lead out": ("a.xlsx", lambda: package_of({"../../etc/passwd": b"x"}), "active_contents"),
    "300 MB of zeros": ("a.xlsx", _zeros, "unpacks_too_large"),
    "billion laughs": ("a.xlsx", lambda: package_of({"xl/a.xml": LAUGHS}), "active_contents"),
    "program before the xlsx": ("a.xlsx", lambda: b"MZ" + package_of({}), "wrong_type"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_its_code(what: str) -> None:
    name, content, code = HOSTILE[what]

    with pytest.raises(FileRefused) as refusal:
        examine(name, content())

    assert refusal.value.code == code
    assert str(refusal.value)


def test_a_bomb_costs_no_memory() -> None:
    content = _zeros()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(FileRefused):
        examine("a.xlsx", content)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * MEBIBYTES


def test_what_is_larger_than_a_file_may_be_is_refused() -> None:
    with pytest.raises(FileRefused) as refusal:
        examine("a.txt", b"a" * (LARGEST_UPLOAD + 1))

    assert refusal.value.code == "too_large"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/Minutes.PDF", "Minutes.pdf"),
        ("C:\\in\\a\u202eb.pdf", "a b.pdf"),
        ('a<b>:"|?*.pdf', "a b.pdf"),
        (".pdf", "file.pdf"),
        ("Año 2026 日本.pdf", "Año 2026 日本.pdf"),
        ("n" * 300 + ".pdf", "n" * 150 + ".pdf"),
    ],
)
def test_the_name_leads_nowhere(given: str, kept: str) -> None:
    upload = examine(given, PDF)

    assert (upload.name, upload.content_type, upload.content) == (kept, "application/pdf", PDF)
