"""The declared schedules as rows of django-celery-beat: what is not declared is removed."""

import json
from datetime import UTC, datetime

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from itsm.registry import Process, ScheduleEntry, processes

LEAST_EXPIRY_SECONDS = 60
LONG_AGO = datetime(
    2000, 1, 1, tzinfo=UTC
)  # a new entry runs at beat's first tick, not an interval later


@transaction.atomic
def synchronise(declared: tuple[Process, ...] | None = None) -> int:
    """Write one row per declared ScheduleEntry and remove all others; return how many rows there are.

    Idempotent: two beats that start together leave the same rows. A run that no worker took within its
    own interval (at least a minute) expires, so a long stop does not pile up messages.
    """
    names = []
    for process in processes() if declared is None else declared:
        for entry in process.schedule:
            names.append(f"{process.key}.{entry.key}")
            _write(names[-1], entry)
    PeriodicTask.objects.exclude(name__in=names).delete()
    PeriodicTasks.update_changed()
    return len(names)


def _write(name: str, entry: ScheduleEntry) -> None:
    every = IntervalSchedule.objects.filter(
        every=entry.every_seconds, period=IntervalSchedule.SECONDS
    ).first() or IntervalSchedule.objects.create(
        every=entry.every_seconds, period=IntervalSchedule.SECONDS
    )
    facts = {
        "task": entry.task,
        "interval": every,
        "queue": entry.queue,
        "kwargs": json.dumps(dict(entry.kwargs)),
        "expire_seconds": max(entry.every_seconds, LEAST_EXPIRY_SECONDS),
        "enabled": True,
    }
    PeriodicTask.objects.update_or_create(
        name=name, defaults=facts, create_defaults={**facts, "last_run_at": LONG_AGO}
    )
