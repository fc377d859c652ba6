"""WeasyPrint's declarations of Pango and its kin, read beforehand.

At each start WeasyPrint lets cffi parse 600 lines of C, and cffi looks up each type by its words
again: an eighth of the time of a report. cffi can write down what it read, as `pango.py` beside
this file; with another version of WeasyPrint than that was written for, cffi parses as before.
`python -m itsm.press.binding` writes it anew.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import cffi

from itsm.press import pango

WRITTEN = Path(__file__).with_name("pango.py")


def source_digest() -> str:
    """SHA-256 of the file in which WeasyPrint keeps its declarations."""
    spec = find_spec("weasyprint")
    package = Path(str(spec and spec.origin)).parent
    return hashlib.sha256((package / "text" / "ffi.py").read_bytes()).hexdigest()


@contextmanager
def read_beforehand() -> Iterator[None]:
    """Give `pango.py` to whoever asks cffi for a new interface, if it is that of this WeasyPrint."""
    parsing = cffi.FFI
    if source_digest() == pango.MADE_FROM:
        cffi.FFI = _interface
    try:
        yield
    finally:
        cffi.FFI = parsing


def _interface() -> SimpleNamespace:
    ready = {name: getattr(pango.ffi, name) for name in dir(pango.ffi) if name[0] != "_"}
    return SimpleNamespace(**ready, cdef=lambda _text: None)


def written() -> str:
    """Give the text of `pango.py` for the WeasyPrint that is installed."""
    from weasyprint.text.ffi import ffi

    text = StringIO()
    ffi.set_source("itsm.press.pango", None)
    ffi.emit_python_code(text)
    return f'{text.getvalue()}\nMADE_FROM = "{source_digest()}"\n'


if __name__ == "__main__":
    WRITTEN.write_text(written())
