"""The routes of service level management below /api/v1/."""

from django.urls import URLPattern, URLResolver

from itsm.api.base import ApiRouter
from slas.api import viewsets

router = ApiRouter()
router.register("agreements", viewsets.AgreementViewSet)
router.register("agreement-versions", viewsets.AgreementVersionViewSet)
router.register("targets", viewsets.TargetViewSet)
router.register("subscriptions", viewsets.SubscriptionViewSet)
router.register("evaluations", viewsets.EvaluationViewSet)

urlpatterns: list[URLPattern | URLResolver] = router.urls
