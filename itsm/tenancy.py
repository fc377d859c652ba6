"""The two walls between customers (docs/security-model.md).

First wall: ``visible_to(actor)`` on every queryset of customer records, which fails closed.
Second wall: PostgreSQL row-level security, entered only through ``acting_as``.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal, Self
from uuid import UUID, uuid4

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction

Wall = Literal["customer", "shared", "provider", "system"]
STAFF_ROLE, CUSTOMER_ROLE, APP_ROLE = "plimsoll_staff", "plimsoll_customer", "plimsoll_app"


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf the database is asked: a role, the customers it may see and who it is."""

    role: str
    customer_ids: tuple[UUID, ...] = ()
    user_id: UUID | None = None
    label: str = ""
    request_id: str = ""
    rights: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_staff(self) -> bool:
        """Whether this actor works for the provider and sees all customers."""
        return self.role == STAFF_ROLE


SYSTEM = Actor(role=STAFF_ROLE, label="system")
NOBODY = Actor(role=CUSTOMER_ROLE, label="nobody")
_current: ContextVar[Actor | None] = ContextVar("plimsoll_actor", default=None)


def current_actor() -> Actor | None:
    """Return the actor in force, or None outside ``acting_as``."""
    return _current.get()


def actor_for(who: Any) -> Actor:
    """Return the actor for an Actor, a User or a customer Party; unknown people see nothing."""
    if isinstance(who, Actor):
        return who
    label = getattr(who, "_meta", None) and who._meta.label
    if label == "itsm.Party":
        return Actor(role=CUSTOMER_ROLE, customer_ids=(who.pk,), label=str(who))
    if label == "itsm.User":
        return who.actor
    return NOBODY


def _take(actor: Actor | None) -> None:
    role, customers, context, who = APP_ROLE, "{}", "", ""
    if actor is not None:
        role = actor.role
        customers = "{" + ",".join(str(pk) for pk in actor.customer_ids) + "}"
        context = str(uuid4())
        who = json.dumps(
            {"user": actor.label, "user_id": str(actor.user_id or ""), "request": actor.request_id}
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL ROLE {role}; SELECT set_config('app.customers', %s, true),"
            " set_config('pghistory.context_id', %s, true),"
            " set_config('pghistory.context_metadata', %s, true)",
            [customers, context, who],
        )


@contextmanager
def acting_as(who: Any) -> Iterator[Actor]:
    """Open a transaction on behalf of ``who`` (User, customer Party, SYSTEM or an Actor).

    Nested use takes the inner role and gives the outer one back. Outside, a query on a customer,
    shared or provider table is refused by the database ("permission denied").
    """
    actor, outer = actor_for(who), _current.get()
    with transaction.atomic():
        _take(actor)
        token = _current.set(actor)
        try:
            yield actor
        finally:
            _current.reset(token)
        if not connection.needs_rollback and connection.in_atomic_block:
            _take(outer)  # after an error the rollback gives the outer role back


def streaming(who: Any, rows: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """Yield ``rows()`` inside ``acting_as(who)``: for responses that are read after the request ended."""
    with acting_as(who):
        yield from rows()


@cache
def _subscription() -> tuple[type[models.Model], str, str] | None:
    for model in apps.get_models():
        link = getattr(model, "subscribes", None)
        if link:
            return model, link[0], link[1]
    return None


def subscribed_services(customer_ids: Iterable[UUID]) -> models.QuerySet[Any, Any] | tuple[()]:
    """Return the keys of the services these customers subscribe to, as a subquery."""
    found = _subscription()
    if found is None:
        return ()
    model, customer, service = found
    return model._default_manager.filter(**{f"{customer}__in": list(customer_ids)}).values(service)


class ScopedQuerySet(models.QuerySet[Any, Any]):
    """A queryset that knows which rows a reader may see.

    ``customer_path`` leads to the customer Party (or its id); ``service_path`` leads to the service of
    a shared record; ``provider_only`` hides all from customers. One of them must be declared.
    """

    customer_path: ClassVar[str] = ""
    service_path: ClassVar[str] = ""
    provider_only: ClassVar[bool] = False

    def visible_to(self, who: Any) -> Self:
        """Return the rows that ``who`` may see; nothing for somebody without a membership."""
        actor = actor_for(who)
        if actor.is_staff:
            return self
        if self.provider_only or not actor.customer_ids:
            return self.none()
        return self.visible_to_customers(actor.customer_ids)

    def visible_to_customers(self, customer_ids: tuple[UUID, ...]) -> Self:
        """Return the rows these customers may see: override for a rule of its own."""
        if self.customer_path:
            return self.filter(**{f"{self.customer_path}__in": customer_ids})
        if self.service_path:
            return self.filter(**{f"{self.service_path}__in": subscribed_services(customer_ids)})
        raise ImproperlyConfigured(
            f"{type(self).__name__} declares neither customer_path, service_path nor provider_only."
        )

    def active(self) -> Self:
        """Return the rows that are not archived."""
        return self.filter(archived_at=None)
