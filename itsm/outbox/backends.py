"""Where mail goes: the address in EMAIL_URL chooses SMTP, the console or files in var/mail."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from itsm.outbox.maildir import FolderBackend


class AddressBackend(BaseEmailBackend):
    """Sends through what EMAIL_URL names: ``smtp://user:secret@host:587?tls=1``, ``console:`` or ``file:``."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.inner = backend_for(settings.EMAIL_URL, fail_silently=fail_silently)

    def open(self) -> Any:
        """Open the connection, where there is one."""
        return self.inner.open()

    def close(self) -> None:
        """Close the connection, where there is one."""
        self.inner.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send the messages; return how many went out."""
        return self.inner.send_messages(email_messages) or 0


def backend_for(url: str, *, fail_silently: bool = False) -> BaseEmailBackend:
    """Return the backend of an address; raise ValueError for an unknown scheme, naming the known ones."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return ConsoleBackend(fail_silently=fail_silently)
    if parts.scheme == "file":
        return FolderBackend(parts.path or settings.EMAIL_FILE_PATH)
    if parts.scheme != "smtp":
        raise ValueError(f"EMAIL_URL is {url!r}. Write smtp://host:port, console: or file:.")
    query = parse_qs(parts.query)
    return SmtpBackend(
        host=parts.hostname or "localhost",
        port=parts.port or 25,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=query.get("tls") == ["1"],
        use_ssl=query.get("ssl") == ["1"],
        timeout=20,
        fail_silently=fail_silently,
    )
