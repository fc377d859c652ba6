"""Filters of agreements, targets, subscriptions and evaluations, shared by pages and API."""

import django_filters as df
from django.utils.translation import gettext_lazy as _

from itsm.filters import SearchFilter
from slas.models import Agreement, AgreementVersion, Evaluation, Subscription, Target


class AgreementFilterSet(df.FilterSet):
    """Agreements by text, kind and party."""

    q = SearchFilter("reference", "title")

    class Meta:
        model = Agreement
        fields = ["q", "kind", "party"]


class VersionFilterSet(df.FilterSet):
    """Versions by agreement and state."""

    class Meta:
        model = AgreementVersion
        fields = ["agreement", "state"]


class TargetFilterSet(df.FilterSet):
    """Targets by text, kind, service and party."""

    q = SearchFilter("reference", "name")

    class Meta:
        model = Target
        fields = ["q", "kind", "service", "party"]


class SubscriptionFilterSet(df.FilterSet):
    """Subscriptions by customer, service and agreement."""

    class Meta:
        model = Subscription
        fields = ["customer", "service", "agreement"]


class EvaluationFilterSet(df.FilterSet):
    """Evaluations by target, period and verdict; ``current`` leaves out superseded ones."""

    current = df.BooleanFilter(
        field_name="superseded_at", lookup_expr="isnull", label=_("Only what holds now")
    )

    class Meta:
        model = Evaluation
        fields = ["party", "target", "period", "state", "met", "current"]
