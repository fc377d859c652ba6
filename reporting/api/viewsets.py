"""Which rows and acts of service reporting programs may use."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from itsm.api.background import JobStartedSerializer, accepted
from itsm.api.base import ProcessViewSet, RecordViewSet, Remembers
from itsm.api.filters import check_parameters
from itsm.tenancy import actor_for
from itsm.workbooks import CONTENT_TYPE
from reporting import filters
from reporting.api import serializers as s
from reporting.models import (
    DeliveryObligation,
    Recipient,
    ReportDefinition,
    ReportFeedback,
    ReportIssue,
)
from reporting.services import definitions, publishing, scheduling
from reporting.services.download import pdf_answer
from reporting.services.feedback import give_feedback
from reporting.services.workbook import ZIP, numbers_answer


def _facts(kind: Any, request: Request) -> dict[str, Any]:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class ReportDefinitionViewSet(RecordViewSet):
    """Report definitions: which report a customer gets, how often, due when."""

    model = ReportDefinition
    serializer_class = s.ReportDefinitionSerializer
    filterset_base = filters.DefinitionFilterSet
    rights = {"activate": "approve", "retire": "approve"}

    def perform_create(self, serializer: Any) -> Any:
        """Write a new definition."""
        return self.perform_update(serializer)

    def perform_update(self, serializer: Any) -> Any:
        """Write a definition; an active one is planned anew."""
        row = serializer.candidate(serializer.validated_data)
        return definitions.save_definition(row, contacts=None, at=self.at)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, **_lookup: str) -> Response:
        """Plan the reports of this definition and make them when they are due."""
        row = self.get_object()
        self.check_version(row)
        return self.answer(definitions.activate(row, at=self.at))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, **_lookup: str) -> Response:
        """Owe no further reports by this definition."""
        row = self.get_object()
        self.check_version(row)
        return self.answer(definitions.retire(row, at=self.at))


class RecipientViewSet(Remembers, ProcessViewSet):
    """Recipients of reports."""

    model = Recipient
    serializer_class = s.RecipientSerializer


class DeliveryObligationViewSet(Remembers, ProcessViewSet):
    """What is owed: one row per definition and period."""

    model = DeliveryObligation
    serializer_class = s.DeliveryObligationSerializer
    filterset_base = filters.ObligationFilterSet
    rights = {"issue": "change", "waive": "change"}

    @extend_schema(request=s.WhySerializer, responses={202: JobStartedSerializer})
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, **_lookup: str) -> Response:
        """Queue the making of the report (202); with a reason, of a new version if records changed."""
        reason = _facts(s.WhySerializer, request)["reason"].strip()
        row = self.get_object()
        job = scheduling.order(row, at=self.at, by=actor_for(request.user).label, reason=reason)
        return accepted(request, job, row)

    @extend_schema(request=s.ReasonSerializer)
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, **_lookup: str) -> Response:
        """Write down that the customer does not want this report."""
        row = self.get_object()
        self.check_version(row)
        reason = _facts(s.ReasonSerializer, request)["reason"]
        return self.answer(publishing.waive(row, reason=reason, at=self.at))


class ReportViewSet(ProcessViewSet):
    """Issued reports; customers read the published ones."""

    model = ReportIssue
    serializer_class = s.ReportIssueSerializer
    filterset_base = filters.IssueFilterSet
    rights = {
        "pdf": "view",
        "xlsx": "view",
        "csv": "view",
        "approve": "approve",
        "publish": "approve",
        "feedback": "acknowledge",
    }

    def get_queryset(self) -> Any:
        """Leave the datasets out of lists."""
        rows = super().get_queryset()
        return rows.defer("dataset") if self.action == "list" else rows

    def get_serializer_class(self) -> Any:
        """Give the dataset with a single report."""
        return s.ReportIssueSerializer if self.action == "list" else s.ReportDetailSerializer

    def _readable(self) -> ReportIssue:
        """Return the report without locking it: customers may not lock what they may not write."""
        rows = self.get_queryset().select_related("pdf")
        row: ReportIssue | None = rows.filter(**self.lookup(self.kwargs["pk"])).first()
        if row is None:
            raise Http404
        return row

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def pdf(self, request: Request, **_lookup: str) -> Any:
        """Return the stored PDF; X-Content-SHA256 is its digest."""
        return pdf_answer(self._readable())

    @extend_schema(responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def xlsx(self, request: Request, **_lookup: str) -> Any:
        """Return every table and drawing of the report as a workbook, equal to the PDF to the digit."""
        check_parameters(request)
        return numbers_answer(self._readable(), "xlsx")

    @extend_schema(responses={(200, ZIP): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def csv(self, request: Request, **_lookup: str) -> Any:
        """Return every table and drawing of the report as CSV files in an archive."""
        check_parameters(request)
        return numbers_answer(self._readable(), "csv")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_lookup: str) -> Response:
        """Approve and publish a report that somebody else asked for."""
        return self.answer(publishing.approve_issue(self.get_object(), by=request.user, at=self.at))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, **_lookup: str) -> Response:
        """Publish a report that needs no approval; twice changes nothing."""
        return self.answer(publishing.publish_issue(self.get_object(), at=self.at))

    @extend_schema(request=s.AnswerSerializer, responses={201: s.ReportFeedbackSerializer})
    @action(detail=True, methods=["post"])
    def feedback(self, request: Request, **_lookup: str) -> Response:
        """Acknowledge the report, with a remark or not, or dispute a figure."""
        row, facts = self._readable(), _facts(s.AnswerSerializer, request)
        made = give_feedback(issue=row, by=request.user, at=self.at, **facts)
        context = self.get_serializer_context()
        return Response(s.ReportFeedbackSerializer(made, context=context).data, status=201)


class ReportFeedbackViewSet(ProcessViewSet):
    """What customers answered."""

    model = ReportFeedback
    serializer_class = s.ReportFeedbackSerializer
    filterset_base = filters.FeedbackFilterSet
