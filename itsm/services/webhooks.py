"""Webhooks: entries of the feed become deliveries, deliveries are sent until they are taken or given up.

Nothing is lost: an address has a place in the feed, and what stands behind it is planned in the
transaction that moves the place. A message may come twice after a crash, with the same webhook-id.
"""

import base64
import json
import random
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.calculations.webhook_plan import PREFIX, delay_after, sign
from itsm.fields import uuid7
from itsm.models import FeedEntry, Membership, Party, WebhookDelivery, WebhookEndpoint
from itsm.outbox import feed
from itsm.outbox.calling import AddressRefused, Answered, call, checked
from itsm.outbox.cloudevents import cloud_event
from itsm.services.mail import queue_mail
from itsm.tenancy import CUSTOMER_ROLE, SYSTEM, Actor, acting_as

OVERLAP = timedelta(hours=24)
GIVES_UP_AFTER = timedelta(days=5)
State = WebhookDelivery.State
Call = Callable[..., Answered]


def new_secret() -> str:
    """Return a secret of 256 bits: "whsec_" and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def save_endpoint(row: WebhookEndpoint) -> WebhookEndpoint:
    """Write an address; a new one gets its secret and begins at the end of the feed.

    Raises ValidationError at “url” for an address that webhooks are not sent to. Switching it on again
    forgets why it was off; it then gets what happened meanwhile.
    """
    try:
        checked(row.url)
    except AddressRefused as error:
        raise ValidationError({"url": str(error)}) from error
    if row._state.adding:
        row.secret, row.read_up_to = new_secret(), feed.last_place()
    if row.is_active:
        row.disabled_reason, row.failing_since = "", None
    row.save()
    return row


@transaction.atomic
def rotate(row: WebhookEndpoint, *, at: datetime) -> str:
    """Give an address a new secret and return it; for 24 hours both sign."""
    row.old_secret, row.old_secret_until = row.secret, at + OVERLAP
    row.secret = new_secret()
    row.save()
    return str(row.secret)


def send_test(row: WebhookEndpoint, *, at: datetime) -> WebhookDelivery:
    """Queue a message of the kind “webhook.test”."""
    entry = FeedEntry(pk=uuid7(), event="webhook.test", happened_at=at, payload={"name": row.name})
    return WebhookDelivery.objects.create(**_facts(row, entry, at))


def resend(row: WebhookDelivery, *, at: datetime) -> WebhookDelivery:
    """Send a message again now, with all its tries and the same id."""
    row.state, row.attempts, row.due_at = State.PENDING, 0, at
    row.save(update_fields=["state", "attempts", "due_at", "updated_at"])
    return row


def plan(*, at: datetime, limit: int = 500) -> int:
    """Write the deliveries of what was announced since; return how many."""
    with acting_as(SYSTEM):
        rows = WebhookEndpoint.objects.filter(is_active=True, archived_at=None)
        held = rows.order_by("pk").select_for_update(skip_locked=True)
        return sum(_plan_for(row, at, limit) for row in held)


def _plan_for(row: WebhookEndpoint, at: datetime, limit: int) -> int:
    rows = FeedEntry.objects.filter(number__gt=row.read_up_to).order_by("number")
    if row.customer_id:
        rows = rows.visible_to(Actor(role=CUSTOMER_ROLE, customer_ids=(row.customer_id,)))
    entries = list(rows[:limit])
    if not entries:
        return 0
    wanted = [entry for entry in entries if wants(row.event_kinds, entry.event)]
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(**_facts(row, entry, at)) for entry in wanted], ignore_conflicts=True
    )
    row.read_up_to = entries[-1].number
    row.save(update_fields=["read_up_to"])
    return len(wanted)


def wants(events: str, event: str) -> bool:
    """Return whether a list of beginnings, by commas, asks for an event; an empty one asks for all."""
    beginnings = [word.strip() for word in events.split(",") if word.strip()]
    return not beginnings or event.startswith(tuple(beginnings))


def _facts(row: WebhookEndpoint, entry: FeedEntry, at: datetime) -> dict[str, Any]:
    event = cloud_event(entry)
    body = json.dumps({**event, "timestamp": event["time"]}, cls=DjangoJSONEncoder)
    return {
        "endpoint": row, "message": entry.pk, "event": entry.event, "body": body, "due_at": at,
    }  # fmt: skip


def forget(*, at: datetime) -> int:
    """Delete finished deliveries that are older than the feed is kept; return how many."""
    with acting_as(SYSTEM):
        rows = WebhookDelivery.objects.exclude(state=State.PENDING)
        return rows.filter(created_at__lt=feed.keeps_from(at)).delete()[0]


def waiting(*, at: datetime) -> list[UUID]:
    """Return the keys of the addresses that have something due."""
    with acting_as(SYSTEM):
        return list(_due(at).values_list("endpoint", flat=True).distinct())


def _due(at: datetime) -> Any:
    rows = WebhookDelivery.objects.filter(state=State.PENDING, due_at__lte=at)
    return rows.filter(endpoint__is_active=True, endpoint__archived_at=None)


def send_due(endpoint: UUID | str, *, clock: Callable[[], datetime], send: Call = call,
             chance: Callable[[], float] = random.random, limit: int = 20) -> int:  # fmt: skip
    """Send what is due to one address, each in a transaction of its own; return how many were taken."""
    return sum(_send_each(endpoint, clock, send, chance, limit))


def _send_each(
    endpoint: UUID | str, clock: Any, send: Call, chance: Any, limit: int
) -> Iterator[int]:
    for _number in range(limit):
        with acting_as(SYSTEM):
            at = clock()
            rows = _due(at).filter(endpoint=endpoint).order_by("due_at", "pk")
            row = rows.select_for_update(of=("self",), skip_locked=True).first()
            if row is None:
                return
            target = WebhookEndpoint.objects.get(pk=row.endpoint_id)
            begun = monotonic()
            answer = send(target.url, body=row.body.encode(), headers=headers_of(target, row, at))
            seconds = round(monotonic() - begun, 3)
            _note(row, answer, at, seconds, chance)
            _judge(target, answer, at)
            yield int(answer.is_success)


def headers_of(target: WebhookEndpoint, row: WebhookDelivery, at: datetime) -> dict[str, str]:
    """Return the headers of a message, signed by the secret and, for a day after a change, the old one."""
    keys = [target.secret]
    if target.old_secret_until and at < target.old_secret_until:
        keys.append(target.old_secret)
    message, stamp = str(row.message), int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Plimsoll-Webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(keys, message=message, timestamp=stamp, body=row.body.encode()),
    }


def _note(
    row: WebhookDelivery, answer: Answered, at: datetime, seconds: float, chance: Any
) -> None:
    row.attempts += 1
    row.tried_at, row.status, row.error = at, answer.status, answer.error[:300]
    entry = {"at": at.isoformat(), "status": answer.status, "error": row.error, "seconds": seconds}
    row.tries = [*row.tries, entry][-30:]
    if answer.is_success:
        row.state = State.DONE
    else:
        wait = delay_after(row.attempts, chance())
        row.state = State.DEAD if wait is None else State.PENDING
        row.due_at = at if wait is None else at + wait
    row.save()


def _judge(target: WebhookEndpoint, answer: Answered, at: datetime) -> None:
    """Note since when an address fails; after five days switch it off and tell the administrators."""
    rows = WebhookEndpoint.objects.filter(pk=target.pk)
    if answer.is_success:
        rows.exclude(failing_since=None).update(failing_since=None)
        return
    if target.failing_since is None:
        rows.update(failing_since=at)
    elif at - target.failing_since >= GIVES_UP_AFTER:
        reason = _("It failed for five days. Last answer: %(answer)s.") % {
            "answer": answer.error or answer.status
        }
        rows.update(is_active=False, disabled_reason=reason[:300])
        _tell_administrators(target, reason, at)


def _tell_administrators(target: WebhookEndpoint, reason: str, at: datetime) -> None:
    provider = Party.objects.providers().order_by("created_at").first()
    if provider is None:
        return
    people = Membership.objects.filter(role="ADMINISTRATOR", user__is_active=True)
    for person in people.select_related("user"):
        queue_mail(
            customer=provider,
            key=f"webhook:{target.pk}:{at.isoformat()}:{person.user_id}",
            recipient=person.user.email,
            template="webhook_disabled",
            context={
                "endpoint": target, "reason": reason, "language": person.user.language,
                "page": f"{settings.SITE_URL}/webhook-endpoints/{target.pk}/",
            },
            at=at,
        )  # fmt: skip
