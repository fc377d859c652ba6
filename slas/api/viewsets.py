"""Which rows and acts of service level management programs may use."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from itsm.api.background import PREFER, JobStartedSerializer, accepted, is_asked
from itsm.api.base import Changes, Creates, ProcessViewSet, RecordViewSet, Remembers
from itsm.api.filters import check_parameters
from itsm.calculations.periods import Period
from itsm.tenancy import actor_for
from slas import filters
from slas.api import serializers as s
from slas.models import Agreement, AgreementVersion, Evaluation, Subscription, Target
from slas.selectors.figures import as_document
from slas.services import agreements
from slas.services.evaluation import evaluate_period
from slas.services.ordering import order_evaluation


def _facts(kind: Any, request: Request) -> dict[str, Any]:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class AgreementViewSet(RecordViewSet):
    """Agreements: SLAs, operational level agreements and support agreements."""

    model = Agreement
    serializer_class = s.AgreementSerializer
    filterset_base = filters.AgreementFilterSet
    rights = {"draft": "change", "evaluation": "change"}
    require_if_match = True

    def perform_create(self, serializer: Any) -> Any:
        """Write a new agreement."""
        row = serializer.candidate(serializer.validated_data)
        return agreements.save_agreement(row, at=self.at)

    def perform_update(self, serializer: Any) -> Any:
        """Write a changed agreement."""
        row = serializer.candidate(serializer.validated_data)
        return agreements.save_agreement(row, at=self.at)

    @extend_schema(request=s.DraftSerializer, responses={201: s.AgreementVersionSerializer})
    @action(detail=True, methods=["post"])
    def draft(self, request: Request, **_lookup: str) -> Response:
        """Draft a new version with the terms and targets in force."""
        row = self.get_object()
        draft = agreements.draft_version(
            agreement=row, at=self.at, **_facts(s.DraftSerializer, request)
        )
        data = s.AgreementVersionSerializer(draft, context=self.get_serializer_context()).data
        return Response(data, status=201)

    @extend_schema(
        request=s.PeriodSerializer,
        responses={200: OpenApiTypes.OBJECT, 202: JobStartedSerializer},
        parameters=[PREFER],
    )
    @action(detail=True, methods=["post"])
    def evaluation(self, request: Request, **_lookup: str) -> Response:
        """Judge every target over a period; the same evidence gives the same rows.

        Judged by a job, its ``result`` is the same document, or ``{"refusal": "…"}``.
        """
        row, facts = self.get_object(), _facts(s.PeriodSerializer, request)
        period = Period.parse(facts["period"], row.party.timezone)
        if is_asked(request):
            by = actor_for(request.user).label
            return accepted(
                request,
                order_evaluation(row, period, reason=facts["reason"], by=by, at=self.at),
                row,
            )
        found = evaluate_period(agreement=row, period=period, at=self.at, reason=facts["reason"])
        return Response(as_document(row, period, found))


class AgreementVersionViewSet(Creates, Changes, Remembers, ProcessViewSet):
    """Versions of agreements: written while they are drafts, frozen once in force."""

    model = AgreementVersion
    serializer_class = s.AgreementVersionSerializer
    filterset_base = filters.VersionFilterSet
    rights = {"in_force": "approve", "end": "approve", "withdraw": "change"}

    def perform_create(self, serializer: Any) -> Any:
        """Draft the version; terms that are given replace those copied from the one in force."""
        facts = dict(serializer.validated_data)
        draft = agreements.draft_version(
            agreement=facts.pop("agreement"),
            starts_at=facts.pop("starts_at"),
            ends_at=facts.pop("ends_at", None),
            at=self.at,
        )
        for name, value in facts.items():
            setattr(draft, name, value)
        return agreements.save_version(draft) if facts else draft

    def perform_update(self, serializer: Any) -> Any:
        """Write the changed terms of a draft."""
        return agreements.save_version(serializer.candidate(serializer.validated_data))

    @extend_schema(request=s.SignSerializer)
    @action(detail=True, methods=["post"], url_path="in-force")
    def in_force(self, request: Request, **_lookup: str) -> Response:
        """Put the draft in force; the version before it ends there."""
        row = self.get_object()
        self.check_version(row)
        signed_by = _facts(s.SignSerializer, request)["signed_by"]
        return self.answer(agreements.put_in_force(row, signed_by=signed_by, at=self.at))

    @extend_schema(request=s.EndSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, **_lookup: str) -> Response:
        """End the version at an instant."""
        row = self.get_object()
        self.check_version(row)
        ends_at = _facts(s.EndSerializer, request)["ends_at"]
        return self.answer(agreements.end_version(row, ends_at=ends_at, at=self.at))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, **_lookup: str) -> Response:
        """Give up the draft."""
        row = self.get_object()
        self.check_version(row)
        return self.answer(agreements.withdraw(row, at=self.at))


class TargetViewSet(Creates, Changes, Remembers, ProcessViewSet):
    """Targets: written while their version is a draft."""

    model = Target
    serializer_class = s.TargetSerializer
    filterset_base = filters.TargetFilterSet
    rights = {"remove": "change"}

    def perform_create(self, serializer: Any) -> Any:
        """Write a new target."""
        return self.perform_update(serializer)

    def perform_update(self, serializer: Any) -> Any:
        """Write a target of a draft."""
        row = serializer.candidate(serializer.validated_data)
        row.party_id = row.version.party_id
        return agreements.save_target(row)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, **_lookup: str) -> Response:
        """Take the target out of its draft."""
        row = self.get_object()
        self.check_version(row)
        agreements.remove_target(row)
        return Response(status=204)


class SubscriptionViewSet(RecordViewSet):
    """Subscriptions: which customer uses which service."""

    model = Subscription
    serializer_class = s.SubscriptionSerializer
    filterset_base = filters.SubscriptionFilterSet


class EvaluationViewSet(ProcessViewSet):
    """Evaluations: written by the engine only."""

    model = Evaluation
    serializer_class = s.EvaluationSerializer
    filterset_base = filters.EvaluationFilterSet
    rights = {"trace": "view"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def trace(self, request: Request, **_lookup: str) -> Response:
        """Return the evidence of the judgment: intervals or tickets with the ids of their records."""
        check_parameters(request)
        return Response(self.get_object().trace)
