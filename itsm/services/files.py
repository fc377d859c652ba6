"""Stored files: kept once by content under ``var/files``, found by the digest of their bytes."""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from itsm.models import Party, StoredFile
from itsm.tenancy import SYSTEM, acting_as


class FileMissing(LookupError):
    """The row is there, the bytes are not: a restore without files, or a lost disk."""


def store(
    *, customer: Party, name: str, content_type: str, content: bytes, at: datetime
) -> StoredFile:
    """Keep ``content`` for ``customer`` and return its row; the same bytes are kept once.

    The bytes are on disk (fsync, then rename) before the row is written, so a row never points to
    half a file. The same name and content of the same customer give the row that is there.
    """
    digest, key = keep_bytes(content)
    own = {"customer": customer, "sha256": digest, "name": name, "uploaded_by": ""}
    with acting_as(SYSTEM):
        known = StoredFile.objects.filter(**own).first()
        return known or StoredFile.objects.create(
            **own,
            content_type=content_type,
            size=len(content),
            key=key,
            created_at=at,
            is_demo=customer.is_demo,
        )


def keep_bytes(content: bytes) -> tuple[str, str]:
    """Write the bytes where they belong and return their SHA-256 and that place."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{digest[:2]}/{digest[2:4]}/{digest}"
    _write(Path(settings.FILES_DIR) / key, content)
    return digest, key


def place_of(stored: StoredFile) -> Path:
    """Return where the bytes lie; raise FileMissing when they do not."""
    place = Path(settings.FILES_DIR) / stored.key
    if not place.is_file():
        words = _("The file “%(name)s” is not in the store. Restore it from a backup.")
        raise FileMissing(words % {"name": stored.name})
    return place


def open_file(stored: StoredFile) -> BinaryIO:
    """Open the bytes for reading; raise FileMissing when they are not there."""
    return place_of(stored).open("rb")


def read_file(stored: StoredFile) -> bytes:
    """Return the bytes; raise FileMissing when they are not there."""
    return place_of(stored).read_bytes()


def _write(place: Path, content: bytes) -> None:
    if place.is_file() and place.stat().st_size == len(content):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=place.parent, prefix=".part-")
    with os.fdopen(handle, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    Path(draft).chmod(0o640)
    Path(draft).replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
