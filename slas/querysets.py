"""Chainable filters of agreements, targets and evaluations."""

from datetime import datetime
from typing import Any, Self

from django.db.models import Q

from itsm.tenancy import ScopedQuerySet


class PartyScopedQuerySet(ScopedQuerySet):
    """Records of an agreement: a customer sees its own; suppliers' ones belong to other parties."""

    customer_path = "party"


class AgreementQuerySet(PartyScopedQuerySet):
    """Agreements."""

    def about_service(self, service: Any) -> Self:
        """Return the agreements with a target for the service, in any version."""
        found = self.model.objects.filter(versions__targets__service=service)
        return self.filter(pk__in=found.values("pk"))

    def in_force(self, at: datetime) -> Self:
        """Return the agreements with a version in force at the instant."""
        return self.filter(
            Q(versions__ends_at=None) | Q(versions__ends_at__gt=at),
            versions__starts_at__lte=at,
            versions__state="IN_FORCE",
        ).distinct()


class VersionQuerySet(PartyScopedQuerySet):
    """Versions of agreements."""

    def about_service(self, service: Any) -> Self:
        """Return the versions with a target for the service."""
        found = self.model.objects.filter(targets__service=service)
        return self.filter(pk__in=found.values("pk"))

    def in_force(self, at: datetime) -> Self:
        """Return the versions in force at the instant."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at, state="IN_FORCE")

    def during(self, start: datetime, end: datetime) -> Self:
        """Return the versions in force at some instant of [start, end)."""
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=start), starts_at__lt=end, state="IN_FORCE"
        )


class SubscriptionQuerySet(ScopedQuerySet):
    """Which customer uses which service."""

    customer_path = "customer"


class EvaluationQuerySet(PartyScopedQuerySet):
    """Judgments of targets."""

    def about_service(self, service: Any) -> Self:
        """Return the judgments of targets for the service."""
        return self.filter(target__service=service)

    def current(self) -> Self:
        """Return the evaluations that no later one supersedes."""
        return self.filter(superseded_at=None)
