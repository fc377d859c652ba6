"""Definitions, recipients, obligations, reports and answers as JSON."""

from typing import Any

from rest_framework import serializers

from itsm.api.serializers import RecordSerializer
from reporting.models import (
    DeliveryObligation,
    Recipient,
    ReportDefinition,
    ReportFeedback,
    ReportIssue,
)
from reporting.services.dataset import declared_sections

WRITTEN = ("created_at", "updated_at")
ISSUE_FIELDS = (
    "id", "number", "version", "customer", "obligation", "headline", "dataset_sha256", "pdf_sha256",
    "generated_at", "approved_by", "published_at", "is_current", "supersedes",
    "restatement_reason", *WRITTEN,
)  # fmt: skip


class ReportDefinitionSerializer(RecordSerializer):
    """Which report a customer gets; its state changes by POST …/activate and …/retire."""

    sections = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50
    )

    class Meta:
        model = ReportDefinition
        fields = (
            "id", "customer", "slug", "name", "purpose", "audience", "data_sources", "frequency",
            "agreement", "hours", "due_working_day", "due_time", "language", "classification",
            "sections", "needs_approval", "starts_date", "state", *WRITTEN, "archived_at",
        )  # fmt: skip
        read_only_fields = ("state",)

    def validate_sections(self, value: list[str]) -> list[str]:
        """Refuse sections that no process declares."""
        known = [part.key for part in declared_sections()]
        strange = [key for key in value if key not in known]
        if strange:
            raise serializers.ValidationError(
                f"There is no section {', '.join(strange)}. Use: {', '.join(known)}."
            )
        return value


class RecipientSerializer(RecordSerializer):
    """Who gets a report, by which way."""

    class Meta:
        model = Recipient
        fields = ("id", "customer", "definition", "contact", "channel", *WRITTEN)
        read_only_fields = ("customer",)


class DeliveryObligationSerializer(RecordSerializer):
    """One report that is owed: its period, when it is due and how far it is."""

    class Meta:
        model = DeliveryObligation
        fields = (
            "id", "customer", "definition", "period", "period_starts_at", "period_ends_at",
            "due_at", "state", "published_at", "waived_reason", "attempts", "error", *WRITTEN,
        )  # fmt: skip
        read_only_fields = fields
        staff_only = ("attempts", "error")


class ReportIssueSerializer(RecordSerializer):
    """A report in a list: without its dataset."""

    class Meta:
        model = ReportIssue
        fields = ISSUE_FIELDS
        read_only_fields = fields


class ReportDetailSerializer(RecordSerializer):
    """A report with its dataset: the same JSON that page and PDF show."""

    class Meta:
        model = ReportIssue
        fields = (*ISSUE_FIELDS, "dataset")
        read_only_fields = fields


class ReportFeedbackSerializer(RecordSerializer):
    """What a person of the customer answered."""

    class Meta:
        model = ReportFeedback
        fields = (
            "id", "customer", "issue", "kind", "anchor", "text", "author_name", "given_at", *WRITTEN,
        )  # fmt: skip
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer to a report: acknowledged, with a remark, or a disputed figure."""

    kind = serializers.ChoiceField(
        choices=[choice for choice in ReportFeedback.Kind.choices if choice[0] != "READ"]
    )
    text = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)
    anchor = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """Why a report is waived; the customer reads it."""

    reason = serializers.CharField(max_length=300)


class WhySerializer(serializers.Serializer[Any]):
    """Why a new version is made; empty makes the report only if it is missing."""

    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
