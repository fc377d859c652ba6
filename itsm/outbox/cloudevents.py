"""An entry of the feed as a CloudEvent 1.0, the same for readers of the feed and for webhooks."""

from datetime import UTC
from typing import Any

from django.conf import settings

SPECVERSION = "1.0"


def cloud_event(entry: Any) -> dict[str, Any]:
    """Return the attributes of ``entry`` (a FeedEntry): id, source, type, time, subject, data.

    ``source`` and ``id`` together are unique for ever; ``subject`` is "kind/id" of the record, or null.
    """
    subject = f"{entry.subject_kind}/{entry.subject_uuid}" if entry.subject_uuid else None
    return {
        "specversion": SPECVERSION,
        "id": str(entry.pk),
        "source": f"{settings.SITE_URL}/api/v1",
        "type": entry.event,
        "time": entry.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subject": subject,
        "data": entry.payload,
    }
