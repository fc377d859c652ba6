"""Announcements reach their subscribers: each becomes one job per subscribed task, at least once."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from itsm.models import OutboxMessage
from itsm.outbox.backoff import MAX_TRIES, next_try
from itsm.registry import processes
from itsm.tenancy import SYSTEM, acting_as

Enqueue = Callable[..., Any]


def subscribers(event: str) -> list[str]:
    """Return the names of the tasks that subscribe to ``event``, in the order of the apps."""
    found = (process.subscriptions.get(event) for process in processes())
    return [task for task in found if task]


def deliver_due(*, at: datetime, enqueue: Enqueue, limit: int = 200) -> int:
    """Hand the due announcements to their subscribers; return how many messages were delivered.

    ``enqueue`` is ``itsm.services.jobs.enqueue``: the job row is written in the same transaction as the
    mark on the message, so a crash repeats both or neither. Rows locked by a twin are passed over. A
    message that fails is tried again later, and given up after eight tries.
    """
    delivered = 0
    with acting_as(SYSTEM):
        for message in _due(at, limit):
            try:
                with transaction.atomic():
                    _hand_over(message, enqueue, at)
            except Exception as error:  # whatever one subscriber's job does, the others go on
                _failed(message, error, at)
            else:
                delivered += 1
    return delivered


def _due(at: datetime, limit: int) -> Iterator[OutboxMessage]:
    rows = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING, due_at__lte=at)
    yield from rows.order_by("due_at", "pk").select_for_update(skip_locked=True)[:limit]


def _hand_over(message: OutboxMessage, enqueue: Enqueue, at: datetime) -> None:
    told = list(message.delivered_to)
    for task in subscribers(message.event):
        if task in told:
            continue
        enqueue(
            kind="announcement",
            title=message.event,
            key=f"outbox:{message.pk}:{task}",
            task=task,
            arguments={**message.payload, "at": message.due_at.isoformat()},
            at=at,
        )
        told.append(task)
    message.delivered_to, message.state, message.error = told, OutboxMessage.State.DONE, ""
    message.save(update_fields=["delivered_to", "state", "error", "updated_at"])


def _failed(message: OutboxMessage, error: Exception, at: datetime) -> None:
    message.attempts += 1
    message.error = str(error)[:300] or type(error).__name__
    message.due_at = next_try(at, message.attempts)
    if message.attempts >= MAX_TRIES:
        message.state = OutboxMessage.State.DEAD
    message.save(update_fields=["attempts", "error", "due_at", "state", "updated_at"])
