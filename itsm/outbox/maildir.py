"""Mail as files: one ``.eml`` each, named by its Message-ID, so sending twice leaves one file."""

import re
from collections.abc import Sequence
from pathlib import Path

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """Writes each message to a folder (``var/mail``) instead of sending it."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__()
        self.folder = Path(folder)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages; return how many."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            parsed = message.message()
            name = re.sub(r"[^A-Za-z0-9.-]+", "_", parsed["Message-ID"].strip("<>"))
            place = self.folder / f"{name}.eml"
            draft = place.with_suffix(".part")
            draft.write_bytes(parsed.as_bytes())
            draft.replace(place)
        return len(email_messages)
