"""The kernel's tasks: run a job, deliver announcements and mail, find lost work."""

from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from itsm.imports import background
from itsm.imports.runs import clear_files
from itsm.imports.undoing import forget as forget_imports
from itsm.outbox import feed
from itsm.outbox.delivery import deliver_due
from itsm.outbox.hints import hint
from itsm.outbox.mailing import send_due
from itsm.registry import ScheduleEntry
from itsm.services import idempotency, jobs, webhooks

SCHEDULE = (
    ScheduleEntry("reconcile", "itsm.tasks.reconcile", settings.RECONCILE_SECONDS),
    ScheduleEntry("outbox", "itsm.tasks.deliver_outbox", 3),
    ScheduleEntry("forget", "itsm.tasks.forget_old", 24 * 3600),
    ScheduleEntry("mail", "itsm.tasks.send_mail", 5),
    ScheduleEntry("webhooks", "itsm.tasks.send_webhooks", 5),
    ScheduleEntry("heartbeat", "itsm.tasks.note_heartbeat", 30),
    ScheduleEntry("idempotency", "itsm.tasks.forget_answers", 86_400),
)


@shared_task(bind=True)
def run_job(self: Task, *, job: str, **_later: Any) -> None:
    """Run one job; a message that comes twice finds the row taken or done."""
    is_redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
    jobs.run(job, at=timezone.now(), clock=timezone.now, is_redelivered=is_redelivered)


@shared_task
def work_on_import(
    *, run: str, step: str, owner: str, mode: str = "", **_later: Any
) -> dict[str, Any]:
    """Read, compare or apply a large file; run by ``itsm.tasks.run_job``."""
    return background.perform(run, step, owner=owner, mode=mode, clock=timezone.now)


@shared_task
def reconcile(**_later: Any) -> None:
    """Send lost hints again."""
    jobs.reconcile(at=timezone.now())


@shared_task
def deliver_outbox(**_later: Any) -> None:
    """Give announcements their places in the feed and hand them to their subscribers."""
    feed.publish(at=timezone.now())
    deliver_due(at=timezone.now(), enqueue=jobs.enqueue)


@shared_task
def send_mail(**_later: Any) -> None:
    """Send the waiting mails."""
    send_due(at=timezone.now())


@shared_task
def send_webhooks(**_later: Any) -> None:
    """Plan deliveries and start one task for each address with something due; a lost start comes again."""
    webhooks.plan(at=timezone.now())
    for endpoint in webhooks.waiting(at=timezone.now()):
        hint("itsm.tasks.send_webhooks_to", endpoint=str(endpoint))


@shared_task
def send_webhooks_to(*, endpoint: str, **_later: Any) -> None:
    """Send what is due to one address."""
    webhooks.send_due(endpoint, clock=timezone.now)


@shared_task
def forget_old(**_later: Any) -> None:
    """Delete feed entries, finished deliveries, former values and uploaded files that are kept no longer."""
    feed.forget(at=timezone.now())
    webhooks.forget(at=timezone.now())
    forget_imports(at=timezone.now())
    clear_files(at=timezone.now())


@shared_task
def note_heartbeat(**_later: Any) -> None:
    """Note that beat sends and a worker answers: the answer of /readyz."""
    cache.set(jobs.HEARTBEAT_KEY, timezone.now().isoformat(), jobs.HEARTBEAT_SECONDS)


@shared_task
def forget_answers(**_later: Any) -> None:
    """Forget the answers to repeated requests that are older than a day."""
    idempotency.forget_expired(at=timezone.now())
