"""Standard Webhooks 1.0: the signature of a message and when a failed one is tried again."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

PREFIX = "whsec_"
DELAYS = (
    timedelta(0), timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=5), timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
JITTER = 0.1


def sign(secrets: Sequence[str], *, message: str, timestamp: int, body: bytes) -> str:
    """Return the header webhook-signature: "v1,<base64>" for each of the ``whsec_…`` secrets, by blanks.

    HMAC-SHA256 over "id.timestamp.body"; ``timestamp`` in seconds since 1970 (Standard Webhooks 1.0).
    """
    content = b".".join((message.encode(), str(timestamp).encode(), body))
    return " ".join("v1," + _digest(secret, content) for secret in secrets)


def is_signed(header: str, secret: str, *, message: str, timestamp: int, body: bytes) -> bool:
    """Return whether one of the signatures in ``header`` was made with ``secret``."""
    wanted = sign([secret], message=message, timestamp=timestamp, body=body)
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in header.split())


def _digest(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def delay_after(failed: int, chance: float) -> timedelta | None:
    """Return how long to wait after ``failed`` tries (1 or more), None after the tenth.

    ``chance`` 0 to 1 adds up to a tenth, so that many failures do not return at once.
    """
    if failed >= len(DELAYS):
        return None
    return DELAYS[failed] * (1 + JITTER * chance)
