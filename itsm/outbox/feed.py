"""The change feed: each announcement gets its place once, after its transaction has committed.

One publisher at a time (it holds the row of the number sequence until it commits) gives the places, so
places become visible in their order: whoever has read place 7 has seen everything up to 7 and will find
what commits later above it, however long its transaction ran.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from itsm.models import FeedEntry, NumberSequence, OutboxMessage
from itsm.outbox.audience import audience_of
from itsm.tenancy import SYSTEM, acting_as

SEQUENCE = "FEED"


def publish(*, at: datetime, limit: int = 1000) -> int:
    """Give committed announcements their places, oldest first; return how many, 0 while a twin does it."""
    with acting_as(SYSTEM):
        NumberSequence.objects.get_or_create(prefix=SEQUENCE)
        held = NumberSequence.objects.filter(prefix=SEQUENCE).select_for_update(skip_locked=True)
        sequence = held.first()
        if sequence is None:
            return 0
        entries = list(_entries(sequence.last, limit))
        FeedEntry.objects.bulk_create(entries)
        if entries:
            sequence.last = entries[-1].number
            sequence.save(update_fields=["last"])
    return len(entries)


def _entries(last: int, limit: int) -> Iterator[FeedEntry]:
    rows = list(OutboxMessage.objects.filter(number=None).order_by("created_at", "pk")[:limit])
    for number, row in enumerate(rows, last + 1):
        found = audience_of(row.event, row.payload)
        row.number = number
        yield FeedEntry(
            pk=row.pk,
            number=number,
            event=row.event,
            happened_at=row.created_at if row.attempts else row.due_at,
            subject_kind=found.kind,
            subject_uuid=found.uuid,
            customer_id=found.customer_id,
            service_id=found.service_id,
            payload=found.share(row.payload),
        )
    OutboxMessage.objects.bulk_update(rows, ["number"])


def last_place() -> int:
    """Return the last place that was given, 0 for none; as the system, whoever asks."""
    with acting_as(SYSTEM):
        found = NumberSequence.objects.filter(prefix=SEQUENCE).values_list("last", flat=True)
        return found.first() or 0


def keeps_from(at: datetime) -> datetime:
    """Return the instant from which entries are kept: ITSM_FEED_DAYS before ``at``."""
    return at - timedelta(days=settings.FEED_DAYS)


def forget(*, at: datetime) -> int:
    """Delete entries that stand in the feed longer than it is kept; return how many."""
    with acting_as(SYSTEM):
        return FeedEntry.objects.filter(created_at__lt=keeps_from(at)).delete()[0]
