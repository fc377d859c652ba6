"""The pages of definitions and obligations, one declaration each."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from itsm.views.columns import Column, link
from itsm.views.entities import Entity
from reporting import filters, forms
from reporting import models as m
from reporting.services.definitions import save_definition
from reporting.views.pages import DefinitionPage, LibraryPage, ObligationPage

DEFINITION_TONES = {"ACTIVE": "ok", "RETIRED": "excluded"}
OBLIGATION_TONES = {
    "PUBLISHED": "ok",
    "ACKNOWLEDGED": "ok",
    "DISPUTED": "risk",
    "FAILED": "breach",
    "IN_REVIEW": "risk",
    "WAIVED": "excluded",
}


def save(form: Any, _user: Any, at: datetime) -> m.ReportDefinition:
    """Write a definition with its recipients through its service."""
    row = form.save(commit=False)
    return save_definition(row, contacts=form.cleaned_data["recipients"], at=at)


DEFINITIONS = Entity(
    model=m.ReportDefinition,
    slug="report-definitions",
    icon="reports",
    title=lazy("Report definitions"),
    lead=lazy(
        "Which report each customer gets: for whom, how often, from which sources, due when."
    ),
    columns=(
        Column("name"),
        Column("customer.name", lazy("Customer"), sort="customer__name"),
        Column("frequency"),
        Column("due_working_day", kind="number"),
        Column("starts_date", kind="date"),
        Column("state", kind="state", states=DEFINITION_TONES),
    ),
    detail=(
        Column("customer.name", lazy("Customer")),
        Column("purpose", kind="long"),
        Column("audience"),
        Column("data_sources"),
        Column("frequency"),
        Column("starts_date", kind="date"),
        Column("due_working_day", kind="number"),
        Column("due_time", value=lambda row: f"{row.due_time:%H:%M}", sort=None),
        Column("hours.name", lazy("Working days of")),
        Column("language"),
        Column("needs_approval"),
        Column("sections"),
    ),
    state=Column("state", states=DEFINITION_TONES),
    form=forms.DefinitionForm,
    filterset=filters.DefinitionFilterSet,
    save=save,
    ordering=("customer__name", "name"),
    related=("customer", "hours"),
    empty_text=lazy(
        "A definition says which report a customer gets. It is planned once it is active."
    ),
    acts=(
        (lazy("Activate"), "activate", "approve", "main"),
        (lazy("Retire"), "retire", "approve", "plain"),
    ),
    pages={"detail": DefinitionPage},
)

OBLIGATIONS = Entity(
    model=m.DeliveryObligation,
    slug="delivery-obligations",
    icon="calendar",
    title=lazy("What is owed"),
    lead=lazy("Each report that a customer is owed, thirteen months ahead."),
    columns=(
        Column("definition.name", lazy("Report"), sort="definition__name"),
        Column("customer.name", lazy("Customer"), sort="customer__name"),
        Column("period"),
        Column("due_at", kind="date"),
        Column("published_at", kind="date"),
        Column("state", kind="state", states=OBLIGATION_TONES),
    ),
    detail=(
        Column("customer.name", lazy("Customer")),
        Column("period"),
        Column("period_starts_at", kind="date"),
        Column("period_ends_at", kind="date"),
        Column("due_at", kind="date"),
        Column("published_at", kind="date"),
        Column("attempts", kind="number"),
        Column("error", kind="long"),
        Column("waived_reason", kind="long"),
    ),
    state=Column("state", states=OBLIGATION_TONES),
    filterset=filters.ObligationFilterSet,
    ordering=("-due_at", "pk"),
    related=("customer", "definition__customer"),
    empty_text=lazy("Activate a report definition: its dates appear here."),
    pages={"detail": ObligationPage},
)

ISSUES = Entity(
    model=m.ReportIssue,
    slug="reports",
    icon="reports",
    title=lazy("Report library"),
    lead=lazy("Every report as it was issued. A correction is a new version; nothing is changed."),
    columns=(
        Column("number"),
        Column("customer.name", lazy("Customer"), sort="customer__name"),
        Column("headline", sort=None),
        Column("version", kind="number"),
        Column("generated_at", kind="date"),
        Column("published_at", kind="date"),
        Column("is_current"),
    ),
    filterset=filters.IssueFilterSet,
    ordering=("-generated_at", "pk"),
    related=("customer", "obligation__definition"),
    empty_text=lazy("Reports appear here when their period is over, or when you make one by hand."),
    pages={"list": LibraryPage},
)

ENTITIES = (DEFINITIONS, OBLIGATIONS)


def issue_address(row: m.ReportIssue) -> str:
    """Return the address of a report's reading page."""
    return link("reporting:reports_detail", row.pk)
