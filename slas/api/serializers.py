"""Agreements, versions, targets, subscriptions and evaluations as JSON."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from itsm.api.serializers import RecordSerializer
from slas.models import Agreement, AgreementVersion, Evaluation, Subscription, Target

KEPT = ("created_at", "updated_at", "archived_at")
WRITTEN = ("created_at", "updated_at")


class AgreementSerializer(RecordSerializer):
    """A promise to a customer, or of a supplier or internal group."""

    class Meta:
        model = Agreement
        expands = ("party",)
        fields = ("id", "reference", "kind", "title", "party", "owner", *KEPT)


class AgreementVersionSerializer(RecordSerializer):
    """A version of an agreement; its state is changed by POST …/in-force, …/end and …/withdraw."""

    class Meta:
        model = AgreementVersion
        expands = ("agreement",)
        fields = (
            "id", "agreement", "party", "number", "state", "starts_at", "ends_at", "summary",
            "unknown_rule", "notice_hours", "allowance_minutes", "signed_by", "signed_at", *WRITTEN,
        )  # fmt: skip
        read_only_fields = ("party",)

    def validate_agreement(self, value: Agreement) -> Agreement:
        """Refuse to move a version to another agreement."""
        if self.instance is not None and self.instance.agreement_id != value.pk:
            raise ValidationError(
                [ErrorDetail(_("A version stays with its agreement."), "immutable")]
            )
        return value


class TargetSerializer(RecordSerializer):
    """A target; written only while its version is a draft."""

    pause_reasons = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, max_length=50
    )
    objective = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=0, max_value=100)

    class Meta:
        model = Target
        expands = ("version", "service", "hours")
        fields = (
            "id", "version", "party", "reference", "name", "kind", "service", "hours", "objective",
            "limit_seconds", "limit_working_days", "day_rule", "priority", "pause_reasons",
            "min_sample", "recorded_from", *WRITTEN,
        )  # fmt: skip
        read_only_fields = ("party",)

    def validate_version(self, value: AgreementVersion) -> AgreementVersion:
        """Refuse to move a target to another version."""
        if self.instance is not None and self.instance.version_id != value.pk:
            raise ValidationError([ErrorDetail(_("A target stays with its version."), "immutable")])
        return value


class SubscriptionSerializer(RecordSerializer):
    """A customer uses a service, under an agreement or not."""

    class Meta:
        model = Subscription
        expands = ("customer", "service")
        fields = (
            "id", "customer", "service", "agreement", "starts_at", "ends_at", "quantity", *KEPT,
        )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an agreement with somebody else."""
        facts = super().validate(attrs)
        row = self.candidate(facts)
        if row.agreement_id and row.agreement.party_id != row.customer_id:
            text = _("The agreement is with another party. Choose one of this customer's own.")
            raise ValidationError({"agreement": [ErrorDetail(text, "other_party")]})
        return facts


class EvaluationSerializer(RecordSerializer):
    """A judgment of a target over a period; its evidence is at …/trace."""

    class Meta:
        model = Evaluation
        fields = (
            "id", "party", "target", "period", "starts_at", "ends_at", "state", "as_of", "numerator",
            "denominator", "value", "met", "completeness", "engine", "inputs_sha256", "supersedes",
            "superseded_at", "reason", *WRITTEN,
        )  # fmt: skip
        read_only_fields = fields


class SignSerializer(serializers.Serializer[Any]):
    """Who agreed for the other side."""

    signed_by = serializers.CharField(max_length=200)


class EndSerializer(serializers.Serializer[Any]):
    """The instant from which a version no longer holds."""

    ends_at = serializers.DateTimeField()


class DraftSerializer(serializers.Serializer[Any]):
    """When a new version shall come into force."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class PeriodSerializer(serializers.Serializer[Any]):
    """A period to judge: 2016, 2016-Q1 or 2016-03."""

    period = serializers.RegexField(r"^\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$", max_length=7)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
