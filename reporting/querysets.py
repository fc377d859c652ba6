"""Chainable filters of report definitions, obligations and issues."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db.models import Exists, OuterRef

from itsm.tenancy import ScopedQuerySet


class CustomerReportQuerySet(ScopedQuerySet):
    """Records of a customer's reporting."""

    customer_path = "customer"


class ObligationQuerySet(CustomerReportQuerySet):
    """What is owed to customers."""

    def open(self) -> Self:
        """Return what is not yet published and not waived."""
        return self.filter(state__in=["PLANNED", "GENERATING", "IN_REVIEW", "FAILED"])

    def ended(self, at: datetime) -> Self:
        """Return the obligations whose period is over."""
        return self.filter(period_ends_at__lte=at)


class IssueQuerySet(CustomerReportQuerySet):
    """Issued reports: customers see the published ones."""

    def visible_to_customers(self, customer_ids: tuple[UUID, ...]) -> Self:
        """Return the published issues of these customers."""
        return super().visible_to_customers(customer_ids).filter(published_at__isnull=False)

    def newest_published(self) -> Self:
        """Return of each report the newest version that is published: one that waits hides none."""
        newer = self.model._default_manager.filter(
            obligation=OuterRef("obligation"),
            version__gt=OuterRef("version"),
            published_at__isnull=False,
        )
        return self.filter(~Exists(newer), published_at__isnull=False)

    def current(self) -> Self:
        """Return the issues that no later version supersedes."""
        return self.filter(is_current=True)
