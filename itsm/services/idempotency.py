"""Answer a repeated POST once: the reservation, the work and the stored answer are one transaction.

A twin waits on the unique key of the first one's reservation; when that commits it reads the answer, when
that rolls back (a refused request) it does the work itself.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from itsm.models import IdempotencyRecord
from itsm.tenancy import SYSTEM, acting_as

KEPT_FOR = timedelta(hours=24)
TWIN_WAITS = "10s"
LONGEST_KEY = 255


class KeyOfAnotherRequest(ValueError):
    """The key was used for a request with another address or body."""


class TwinStillRuns(ValueError):
    """The first request with this key has not been answered within ten seconds."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request was answered: status, body, its type and the address of what it made."""

    status: int
    body: bytes
    content_type: str
    location: str = ""


def digest_of(method: str, path: str, body: bytes) -> str:
    """Return the SHA-256 by which two requests are the same."""
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


def reserve(*, user_id: UUID, key: str, digest: str, at: datetime) -> StoredAnswer | None:
    """Take the key for this request, or return the answer that it was given before.

    Call inside the transaction of the work. Raises KeyOfAnotherRequest and TwinStillRuns.
    """
    with acting_as(SYSTEM):
        _forget_old(user_id, key, at)
        if _insert(user_id, key, digest, at):
            return None
        there = IdempotencyRecord.objects.get(user_id=user_id, key=key)
    if there.request_sha256 != digest:
        raise KeyOfAnotherRequest(
            _("The Idempotency-Key was used for another request. Take a new key.")
        )
    if there.status is None:
        raise TwinStillRuns(_("The same request is still being answered. Try again."))
    return StoredAnswer(there.status, bytes(there.body or b""), there.content_type, there.location)


def store(*, user_id: UUID, key: str, answer: StoredAnswer) -> None:
    """Keep the answer of the request that reserved the key."""
    with acting_as(SYSTEM):
        IdempotencyRecord.objects.filter(user_id=user_id, key=key).update(
            status=answer.status,
            body=answer.body,
            content_type=answer.content_type[:100],
            location=answer.location[:300],
        )


def forget_expired(*, at: datetime) -> int:
    """Delete the answers that are older than a day; return how many."""
    with acting_as(SYSTEM):
        deleted, _rows = IdempotencyRecord.objects.filter(created_at__lt=at - KEPT_FOR).delete()
    return deleted


def _forget_old(user_id: UUID, key: str, at: datetime) -> None:
    IdempotencyRecord.objects.filter(
        user_id=user_id, key=key, created_at__lt=at - KEPT_FOR
    ).delete()


def _insert(user_id: UUID, key: str, digest: str, at: datetime) -> bool:
    """Insert the reservation; wait for a twin that holds the key; return whether it is ours now."""
    table = IdempotencyRecord._meta.db_table
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [TWIN_WAITS])
            cursor.execute(
                f'INSERT INTO "{table}" (user_id, key, request_sha256, content_type, location, created_at)'  # noqa: S608 our own table
                " VALUES (%s, %s, %s, '', '', %s) ON CONFLICT (user_id, key) DO NOTHING",
                [user_id, key, digest, at],
            )
            taken = cursor.rowcount == 1
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") == "55P03":
            raise TwinStillRuns(
                _("The same request is still being answered. Try again.")
            ) from error
        raise
    return taken
