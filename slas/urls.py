"""The pages of service level management."""

from typing import Any

from django.urls import URLPattern, path

from itsm.views.entities import Entity, entity_pages
from slas.views import agreements as pages
from slas.views.compliance import CompliancePage
from slas.views.entities import AGREEMENTS, ENTITIES, TARGETS, VERSIONS
from slas.views.portal import PortalAgreementsPage, PortalEvaluationPage
from slas.views.target_rows import TargetRowsPage

app_name = "slas"


def _act(entity: Entity, suffix: str, page: Any) -> URLPattern:
    name = entity.prefix.split(":")[-1]
    view = page.as_view(model=entity.model, routes=entity.prefix, related=entity.related)
    return path(f"{entity.slug}/<uuid:pk>/{suffix}/", view, name=f"{name}_{suffix}")


urlpatterns: list[URLPattern] = [
    path("compliance/", CompliancePage.as_view(), name="compliance"),
    path("portal/agreements/", PortalAgreementsPage.as_view(), name="portal_agreements"),
    path(
        "portal/agreements/figures/<uuid:pk>/",
        PortalEvaluationPage.as_view(),
        name="portal_evaluation",
    ),
    *[
        route
        for entity in ENTITIES
        for route in entity_pages(entity)
        if not (entity is VERSIONS and route.name == "agreement-versions_create")
    ],
    _act(AGREEMENTS, "draft", pages.DraftPage),
    _act(AGREEMENTS, "evaluate", pages.EvaluatePage),
    _act(VERSIONS, "in-force", pages.InForcePage),
    _act(VERSIONS, "end", pages.EndPage),
    _act(VERSIONS, "withdraw", pages.WithdrawPage),
    _act(VERSIONS, "targets", TargetRowsPage),
    _act(TARGETS, "remove", pages.RemoveTargetPage),
]
