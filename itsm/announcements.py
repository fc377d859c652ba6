"""Tell other apps, by name and at least once: an outbox row in the transaction of the act."""

from datetime import datetime
from typing import Any

from itsm.models import OutboxMessage
from itsm.tenancy import SYSTEM, acting_as


def announce(event: str, *, at: datetime, **payload: Any) -> None:
    """Write ``event`` with its ``payload`` (identifiers and texts) to the outbox; raises nothing of its own.

    The row is delivered after commit to every task that subscribes (``Process.subscriptions``).
    """
    with acting_as(SYSTEM):
        OutboxMessage.objects.create(event=event, payload=payload, due_at=at)
