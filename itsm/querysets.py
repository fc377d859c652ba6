"""Chainable filters of the kernel's records; no model is imported here."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import Q

from itsm.tenancy import ScopedQuerySet, actor_for, subscribed_services


class PartyQuerySet(ScopedQuerySet):
    """Parties: a customer sees itself."""

    customer_path = "pk"

    def customers(self) -> Self:
        """Return the parties that are served."""
        return self.filter(roles__contains=["CUSTOMER"])

    def providers(self) -> Self:
        """Return the parties that provide."""
        return self.filter(roles__contains=["PROVIDER"])

    def suppliers(self) -> Self:
        """Return the external and internal suppliers."""
        return self.filter(Q(roles__contains=["SUPPLIER"]) | Q(roles__contains=["INTERNAL"]))


class ContactQuerySet(ScopedQuerySet):
    """People of a party."""

    customer_path = "party"


class CustomerQuerySet(ScopedQuerySet):
    """Records with a ``customer``."""

    customer_path = "customer"


class ProviderQuerySet(ScopedQuerySet):
    """Records that only the provider sees."""

    provider_only = True


class ServiceQuerySet(ScopedQuerySet):
    """Services: a customer sees those it subscribes to."""

    service_path = "pk"

    def live(self) -> Self:
        """Return the services in use: live or retiring."""
        return self.filter(state__in=["LIVE", "RETIRING"], archived_at=None)


class OfferingQuerySet(ScopedQuerySet):
    """Offerings of services."""

    service_path = "service"


class FeedQuerySet(ScopedQuerySet):
    """Entries of the change feed: a customer reads its own and those of all who use its services."""

    customer_path = "customer"

    def visible_to_customers(self, customer_ids: tuple[UUID, ...]) -> Self:
        """Return entries for these customers alone or for everybody who subscribes to the service."""
        return self.filter(
            Q(customer__in=customer_ids)
            | Q(customer=None, service__in=subscribed_services(customer_ids))
        )


class PublishedQuerySet(ScopedQuerySet):
    """Records about a shared service that customers may read once they are published."""

    service_path = "service"

    def visible_to_customers(self, customer_ids: tuple[UUID, ...]) -> Self:
        """Return published rows of subscribed services, meant for all or for these customers."""
        return self.filter(
            Q(customer=None) | Q(customer__in=customer_ids),
            service__in=subscribed_services(customer_ids),
            is_published=True,
        )

    def current(self) -> Self:
        """Return the rows that no correction supersedes."""
        return self.filter(superseded_at=None)

    def during(self, start: datetime, end: datetime) -> Self:
        """Return the rows that touch [start, end); a missing end runs on."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=start), starts_at__lt=end)


class SavedViewQuerySet(ScopedQuerySet):
    """Saved views: one's own, those of one's roles and everybody's; administrators see all that are shared."""

    provider_only = True

    def visible_to(self, who: Any) -> Self:
        """Return the views that ``who`` may open."""
        rows, actor = super().visible_to(who), actor_for(who)
        if actor.user_id is None or not actor.is_staff:
            return rows
        roles = Q(role__in=list(actor.rights))
        if "ADMINISTRATOR" in actor.rights:
            roles = Q(shared_with="ROLE")
        return rows.filter(Q(owner=actor.user_id) | Q(shared_with="EVERYBODY") | roles)


class SystemQuerySet(ScopedQuerySet):
    """System records (accounts, jobs): reached only through their services."""

    provider_only = True
