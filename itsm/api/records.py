"""Records that every process leans on: actions, decisions, comments, files, jobs, mails."""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import Archives, Creates, ProcessViewSet, RecordViewSet
from itsm.api.catalogue import KEPT
from itsm.api.errors import Conflict, refused_at
from itsm.api.references import Reference, as_uuid
from itsm.api.serializers import RecordSerializer
from itsm.api.steps import with_steps
from itsm.permissions import allowed
from itsm.services.comments import add_comment
from itsm.services.decisions import AnswerRefused, Question, answer_decision, ask_decision
from itsm.services.jobs import retry
from itsm.tenancy import actor_for


@extend_schema_field(
    {
        "type": ["object", "null"],
        "required": ["kind", "id"],
        "properties": {
            "kind": {"type": "string", "examples": ["itsm.outage"]},
            "id": {"type": "string", "format": "uuid"},
            "label": {"type": "string", "readOnly": True},
        },
    }
)
class AboutField(serializers.Field):  # type: ignore[type-arg]
    """The record that this one came about: ``{"kind": "itsm.outage", "id": "…"}``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", **options)

    def to_representation(self, value: Any) -> dict[str, str] | None:
        """Return kind, key and words, or None."""
        ref = value.source_ref
        return ref and {"kind": f"{ref.app}.{ref.kind}", "id": str(ref.uuid), "label": ref.label}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the four columns; the record must be one that the caller may see."""
        row = self._row(data) if isinstance(data, dict) else None
        if row is None:
            text = _('There is no such record. Write {"kind": "itsm.outage", "id": "…"}.')
            raise ValidationError([ErrorDetail(text, "does_not_exist")])
        ref = m.SourceRef.to(row)
        return {
            "ref_app": ref.app,
            "ref_kind": ref.kind,
            "ref_uuid": ref.uuid,
            "ref_label": ref.label,
        }

    def _row(self, data: dict[str, Any]) -> Any:
        app, _dot, kind = str(data.get("kind", "")).partition(".")
        key = as_uuid(data.get("id"))
        try:
            model = apps.get_model(app, kind)
            model._meta.get_field("id")
        except (LookupError, ValueError, FieldDoesNotExist):
            return None
        user = self.context["request"].user
        if key is None or not issubclass(model, m.Record) or not allowed(user, "view", model):
            return None
        return model.objects.visible_to(user).filter(pk=key).first()  # type: ignore[attr-defined]


class ActionSerializer(RecordSerializer):
    """What somebody does until when."""

    about = AboutField(required=False)

    class Meta:
        model = m.Action
        expands = ("customer",)
        fields = (
            "id", "customer", "title", "description", "owner_name", "due_date", "state", "done_at",
            "about", *KEPT,
        )  # fmt: skip


@with_steps
class ActionViewSet(RecordViewSet):
    """Actions that somebody promised."""

    model = m.Action
    serializer_class = ActionSerializer
    filterset_base = filters.ActionFilterSet


class DecisionSerializer(RecordSerializer):
    """A question with options."""

    options = serializers.ListField(
        child=serializers.CharField(max_length=200), min_length=2, max_length=20
    )
    about = AboutField(required=False)

    class Meta:
        model = m.Decision
        expands = ("customer",)
        fields = (
            "id", "customer", "question", "explanation", "options", "recommended", "cost_text", "due_at",
            "state", "answer", "remark", "answered_by", "answered_at", "about", *KEPT,
        )  # fmt: skip
        left_to_service = ("itsm_decision_once_per_source",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a recommendation that is not offered."""
        row = self.candidate(attrs)
        if row.recommended and row.recommended not in row.options:
            text = _("Recommend one of the options.")
            raise ValidationError({"recommended": [ErrorDetail(text, "invalid_choice")]})
        return super().validate(attrs)


class DecisionAnswerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What the customer decides."""

    answer = serializers.CharField(max_length=200)
    remark = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class DecisionViewSet(RecordViewSet):
    """Decisions: questions put to customers and their answers."""

    model = m.Decision
    serializer_class = DecisionSerializer
    filterset_base = filters.DecisionFilterSet
    rights = {"answer_question": ("decide", "approve")}

    def perform_create(self, serializer: Any) -> Any:
        """Ask; the same source asked twice while open gives the same question."""
        row = serializer.candidate(serializer.validated_data)
        question = Question(
            row.question, row.options, row.explanation, row.recommended, row.cost_text
        )
        return ask_decision(
            customer=row.customer,
            question=question,
            source=row.source_ref,
            due_at=row.due_at,
            at=self.at,
        )

    def perform_update(self, serializer: Any) -> Any:
        """Change a question that is still open."""
        if serializer.instance.state != m.Decision.State.OPEN:
            raise Conflict(_("This question was answered. Ask a new one."))
        return serializer.save()

    @extend_schema(request=DecisionAnswerSerializer)
    @action(detail=True, methods=["post"], url_path="answer")
    def answer_question(self, request: Request, **_lookup: str) -> Response:
        """Record the customer's answer, for good."""
        row = self.get_object()
        self.check_version(row)
        given = DecisionAnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        if row.state != m.Decision.State.OPEN:
            raise Conflict(_("This question was answered already: %(it)s.") % {"it": row.answer})
        with refused_at("answer", AnswerRefused):
            done = answer_decision(row, **facts, by=request.user, at=self.at)
        return self.answer(done)


class CommentSerializer(RecordSerializer):
    """A remark on a record or on one figure of it."""

    about = AboutField()
    customer = Reference(queryset=m.Party.objects.all(), required=False)

    class Meta:
        model = m.Comment
        expands = ("customer",)
        fields = (
            "id", "customer", "about", "anchor", "side", "author_name", "text", "is_internal", *KEPT,
        )  # fmt: skip
        staff_only = ("is_internal",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take the caller's own customer when only one is possible."""
        if "customer" not in attrs and self.instance is None:
            keys = actor_for(self.context["request"].user).customer_ids
            if len(keys) != 1:
                text = _("Say for which customer the comment is.")
                raise ValidationError({"customer": [ErrorDetail(text, "required")]})
            attrs["customer"] = m.Party.objects.get(pk=keys[0])
        return super().validate(attrs)


class CommentViewSet(Creates, Archives, ProcessViewSet):
    """Comments by staff and by customers."""

    model = m.Comment
    serializer_class = CommentSerializer
    filterset_base = filters.CommentFilterSet
    rights = {"create": ("add", "comment")}

    def perform_create(self, serializer: Any) -> Any:
        """Write the remark on the caller's side."""
        row = serializer.candidate(serializer.validated_data)
        return add_comment(
            customer=row.customer,
            about=row.source_ref,
            text=row.text,
            by=self.request.user,
            at=self.at,
            anchor=row.anchor,
            internal=row.is_internal,
        )


class JobSerializer(RecordSerializer):
    """One piece of background work."""

    class Meta:
        model = m.Job
        fields = (
            "id", "kind", "title", "key", "queue", "state", "progress", "message", "attempts", "due_at",
            "started_at", "finished_at", "result", "requested_by", "created_at", "updated_at",
        )  # fmt: skip


class JobViewSet(ProcessViewSet):
    """Jobs: background work and how far it is."""

    model = m.Job
    serializer_class = JobSerializer
    filterset_base = filters.JobFilterSet

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, **_lookup: str) -> Response:
        """Try a failed or given-up job again now."""
        row = self.get_object()
        if row.state in {m.Job.State.RUNNING, m.Job.State.PENDING}:
            raise Conflict(_("“%(job)s” is already waiting or running.") % {"job": row})
        return self.answer(retry(row, at=self.at))


class MailSerializer(RecordSerializer):
    """An outgoing mail."""

    class Meta:
        model = m.Mail
        fields = (
            "id", "customer", "recipient", "subject", "state", "attempts", "due_at", "sent_at",
            "message_id", "error", "created_at", "updated_at",
        )  # fmt: skip


class MailViewSet(ProcessViewSet):
    """Outgoing mails, for the provider."""

    model = m.Mail
    serializer_class = MailSerializer
    filterset_base = filters.MailFilterSet
    provider_only = True
