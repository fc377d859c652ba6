"""The routes of service reporting below /api/v1/."""

from django.urls import URLPattern, URLResolver

from itsm.api.base import ApiRouter
from reporting.api import viewsets

router = ApiRouter()
router.register("report-definitions", viewsets.ReportDefinitionViewSet)
router.register("report-recipients", viewsets.RecipientViewSet)
router.register("delivery-obligations", viewsets.DeliveryObligationViewSet)
router.register("reports", viewsets.ReportViewSet)
router.register("report-feedback", viewsets.ReportFeedbackViewSet)

urlpatterns: list[URLPattern | URLResolver] = router.urls
