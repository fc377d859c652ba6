"""Subscriptions to calendars: made, shown once, found by their token, ended. System tables, like API tokens."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from itsm.models import CalendarFeed, Party, Service, User
from itsm.tenancy import SYSTEM, Actor, acting_as

MOST_FEEDS = 50
REQUESTS_PER_HOUR = 120
HOUR = 3600
USE_NOTED_EVERY = timedelta(minutes=1)


class FeedRefused(ValueError):
    """A subscription cannot be made in this way."""


@dataclass(frozen=True, slots=True)
class FeedWish:
    """What a subscription shows: everything that its user may see, or less."""

    name: str
    customer: Party | None = None
    service: Service | None = None
    kinds: Collection[str] = ()


def hash_of(token: str) -> str:
    """Return what is kept of a token: its SHA-256; the token has 256 bits of chance, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_feed(user: User, wish: FeedWish) -> tuple[CalendarFeed, str]:
    """Return a new subscription and its token, which is shown this once.

    Somebody of a customer subscribes for one of his customers; raises FeedRefused for another one, for an
    empty name, for somebody without a role, and beyond 50 subscriptions.
    """
    if not wish.name.strip():
        raise FeedRefused(_("The name is empty. Say where you will use it."))
    actor, customer = user.actor, wish.customer
    if not actor.is_staff and (customer is None or customer.pk not in actor.customer_ids):
        raise FeedRefused(_("You may subscribe to the calendar of your own organization only."))
    if CalendarFeed.objects.filter(user=user).count() >= MOST_FEEDS:
        raise FeedRefused(
            _("You have %(most)s subscriptions. End one that is not used.") % {"most": MOST_FEEDS}
        )
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        user=user, name=wish.name.strip()[:80], token_hash=hash_of(token), customer=customer,
        service=wish.service, kinds=sorted(wish.kinds),
    )  # fmt: skip
    return feed, token


def end_feed(user: User, key: UUID | str) -> int:
    """End one of the user's subscriptions at once; return how many were ended (0 or 1)."""
    rows = CalendarFeed.objects.filter(user=user, pk=key)
    return rows.delete()[0]


def end_lost_feeds(user: User) -> None:
    """End the subscriptions that the user's roles do not cover any more; all of them when he is inactive."""
    actor = User.objects.get(pk=user.pk).actor
    if actor.is_staff:
        return
    rows = CalendarFeed.objects.filter(user=user)
    rows.filter(Q(customer=None) | ~Q(customer__in=actor.customer_ids)).delete()


def find_feed(token: str) -> CalendarFeed | None:
    """Return the living subscription of a token, with user and filters; None for every other token."""
    with acting_as(SYSTEM):
        rows = CalendarFeed.objects.select_related("user", "customer", "service")
        feed = rows.filter(token_hash=hash_of(token)).first()
        return feed if feed is not None and reader_of(feed) is not None else None


def reader_of(feed: CalendarFeed) -> Actor | None:
    """Return on whose behalf a subscription is read: its user's rights, a customer's for that customer alone.

    None when the user is switched off or has lost the role.
    """
    actor = feed.user.actor
    if actor.is_staff:
        return actor
    if feed.customer_id is None or feed.customer_id not in actor.customer_ids:
        return None
    return replace(actor, customer_ids=(feed.customer_id,))


def note_use(feed: CalendarFeed, at: datetime) -> None:
    """Write down that the subscription was asked for, at most once a minute."""
    if feed.last_used_at is None or at - feed.last_used_at > USE_NOTED_EVERY:
        with acting_as(SYSTEM):
            CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=at)


def seconds_to_wait(feed: CalendarFeed, at: datetime) -> int:
    """Count a request; return 0, or the seconds until the next hour when there were more than 120 in this one."""
    window, gone = divmod(int(at.timestamp()), HOUR)
    key = f"calendar-feed:{feed.pk}:{window}"
    try:
        cache.add(key, 0, 2 * HOUR)
        count = cache.incr(key)
    except (RedisError, ValueError, OSError):
        return 0
    return HOUR - gone if count > REQUESTS_PER_HOUR else 0
