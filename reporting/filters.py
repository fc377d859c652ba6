"""Filters of report lists, shared by pages and API."""

import django_filters as df

from itsm.filters import SearchFilter
from reporting import models as m


class DefinitionFilterSet(df.FilterSet):
    """Report definitions by text, customer, frequency and state."""

    q = SearchFilter("name", "slug", "purpose")

    class Meta:
        model = m.ReportDefinition
        fields = ["q", "customer", "frequency", "state"]


class ObligationFilterSet(df.FilterSet):
    """Delivery obligations by customer, definition, period and state."""

    class Meta:
        model = m.DeliveryObligation
        fields = ["customer", "definition", "period", "state"]


class IssueFilterSet(df.FilterSet):
    """Reports by number, customer and whether they are current."""

    q = SearchFilter("number", "headline")

    class Meta:
        model = m.ReportIssue
        fields = ["q", "customer", "is_current"]


class FeedbackFilterSet(df.FilterSet):
    """Answers by customer and kind."""

    class Meta:
        model = m.ReportFeedback
        fields = ["customer", "issue", "kind"]
