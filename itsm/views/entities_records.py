"""The pages of what customers are told, tickets, series, actions and decisions."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from itsm import filters, forms
from itsm import models as m
from itsm.services import decisions, events
from itsm.views.acts import SteppedPage
from itsm.views.columns import Column, link
from itsm.views.entities import Entity
from itsm.views.remark_pages import BesideArchivePage
from itsm.views.remarks import place_behind
from itsm.views.ticket_form import TicketForm
from itsm.views.tickets import (
    TicketFormPage,
    TicketHistoryPage,
    TicketListPage,
    TicketPage,
    save_ticket,
)

STATE_TONES = {"DRAFT": "unknown", "CANCELLED": "excluded", "SUPERSEDED": "excluded"}


def save_event(form: Any, _user: Any, at: datetime) -> Any:
    """Write an event, outage or maintenance window through its service."""
    row = form.instance
    return events.record(row, at=at) if row._state.adding else events.change(row, at=at)


def save_decision(form: Any, _user: Any, at: datetime) -> m.Decision:
    """Put a question to a customer, or change an open one."""
    row: m.Decision = form.instance
    if not row._state.adding:
        if row.state != m.Decision.State.OPEN:
            raise ValueError(str(lazy("An answered question cannot be changed. Ask a new one.")))
        form.save()
        return row
    question = decisions.Question(
        row.question, row.options, row.explanation, row.recommended, row.cost_text
    )
    return decisions.ask_decision(
        customer=row.customer, question=question, source=None, due_at=row.due_at, at=at
    )


def _service(row: Any) -> str:
    return link("itsm:services_detail", row.service.slug)


_SERVICE = Column("service.name", lazy("Service"), url=_service)
_TEXTS = (Column("customer_text", kind="long"), Column("internal_note", kind="long"))
_SOURCE = (Column("source"), Column("external_id"), Column("is_published"), Column("supersedes"))
EVENTS = Entity(
    model=m.ServiceEvent,
    slug="service-events",
    icon="activity",
    form=forms.ServiceEventForm,
    filterset=filters.ServiceEventFilterSet,
    save=save_event,
    related=("service",),
    ordering=("-starts_at", "pk"),
    title=lazy("Service events"),
    lead=lazy("Failures, breakdowns, updates, changes in internal operations, improvements and known problems: what customers must be told about."),
    empty_text=lazy("Record what happened or is planned. Once approved, its text for customers stands in their portal and next report."),
    state=Column("state", states=STATE_TONES),
    columns=(
        Column("reference"), Column("title"), Column("kind"), _SERVICE, Column("starts_at"), Column("ends_at"),
        Column("outcome"), Column("state", kind="state", states=STATE_TONES),
    ),
    detail=(
        Column("kind"), _SERVICE, Column("customer"), Column("starts_at"), Column("ends_at"), Column("outcome"), *_SOURCE,
        Column("possible_effect", kind="long"), Column("remedy", kind="long"), Column("benefit", kind="long"), *_TEXTS,
    ),
    pages={"detail": SteppedPage},
)  # fmt: skip
OUTAGES = Entity(
    model=m.Outage,
    slug="outages",
    icon="activity",
    form=forms.OutageForm,
    filterset=filters.OutageFilterSet,
    save=save_event,
    related=("service",),
    ordering=("-starts_at", "pk"),
    lead=lazy("Time in which a service was down, degraded or not observed. Each counts in the evaluations of its agreements."),
    empty_text=lazy("Outages come in by hand, by import or by the API. An outage counts at once; customers read it when it is approved."),
    state=Column("state", states=STATE_TONES),
    columns=(
        Column("reference"), Column("title"), _SERVICE, Column("kind"), Column("starts_at"), Column("ends_at", lazy("Restored")),
        Column("cause"), Column("state", kind="state", states=STATE_TONES),
    ),
    detail=(
        Column("kind"), _SERVICE, Column("customer"), Column("weight"), Column("component"), Column("event"), Column("starts_at"),
        Column("detected_at"), Column("responded_at"), Column("repaired_at"), Column("recovered_at"), Column("ends_at"),
        Column("cause"), *_SOURCE, Column("root_cause", kind="long"), *_TEXTS,
    ),
    pages={"detail": SteppedPage},
)  # fmt: skip
MAINTENANCE = Entity(
    model=m.MaintenanceWindow,
    slug="maintenance-windows",
    icon="settings",
    form=forms.MaintenanceWindowForm,
    filterset=filters.MaintenanceWindowFilterSet,
    save=save_event,
    related=("service",),
    ordering=("-starts_at", "pk"),
    lead=lazy("Planned work: announced to customers, approved, then done. Announced in time, it does not count as lost time."),
    empty_text=lazy("Plan maintenance here, announce it and approve it. It appears in the customers' plan and report."),
    state=Column("state", states={**STATE_TONES, "APPROVED": "ok", "DONE": "ok"}),
    columns=(
        Column("reference"), Column("title"), _SERVICE, Column("starts_at"), Column("ends_at"), Column("announced_at"),
        Column("state", kind="state", states={**STATE_TONES, "APPROVED": "ok", "DONE": "ok"}),
    ),
    detail=(
        _SERVICE, Column("customer"), Column("starts_at"), Column("ends_at"), Column("announced_at"), Column("approved_at"),
        Column("actual_starts_at"), Column("actual_ends_at"), *_SOURCE, Column("expected_effect", kind="long"), *_TEXTS,
    ),
    pages={"detail": SteppedPage},
)  # fmt: skip
TICKETS = Entity(
    model=m.Ticket,
    slug="tickets",
    icon="activity",
    form=TicketForm,
    filterset=filters.TicketFilterSet,
    save=save_ticket,
    edits=False,
    related=("customer", "service"),
    ordering=("-opened_at", "pk"),
    lead=lazy("Incidents and requests as their ticket system knows them; clocks are computed from their events."),
    empty_text=lazy("Record a ticket by hand, import a CSV file, or let your ticket system write by the API: start, pause, resume, stop."),
    columns=(
        Column("external_id"), Column("customer.name", lazy("Customer")), _SERVICE, Column("priority", kind="number"),
        Column("category"), Column("opened_at"), Column("tool_verdict", sort=None),
    ),
    detail=(
        Column("title"), Column("customer"), _SERVICE, Column("kind"), Column("priority"), Column("category"), Column("group"), Column("opened_at"),
        Column("source"), Column("tool_verdict"),
    ),
    pages={"list": TicketListPage, "create": TicketFormPage, "detail": TicketPage, "history": TicketHistoryPage},
)  # fmt: skip
SERIES = Entity(
    model=m.Series,
    slug="series",
    lookup="slug",
    icon="capacity",
    form=forms.SeriesForm,
    filterset=filters.SeriesFilterSet,
    related=("service", "component"),
    ordering=("name", "pk"),
    lead=lazy("What is measured, in which unit, on what."),
    empty_text=lazy(
        "A series is a row of measurements, such as the CPU load of a server. Its samples come in by import or API."
    ),
    columns=(
        Column("name"),
        Column("unit"),
        Column("service.name", lazy("Service")),
        Column("component.name", lazy("Component")),
        Column("interval_seconds", kind="number"),
    ),
)
ACTION_TONES = {"DONE": "ok", "VERIFIED": "ok", "CANCELLED": "excluded"}
ACTIONS = Entity(
    model=m.Action,
    slug="actions",
    icon="check",
    form=forms.ActionForm,
    filterset=filters.ActionFilterSet,
    related=("customer",),
    ordering=("due_date", "pk"),
    lead=lazy("What somebody promised to do, by when and because of what."),
    empty_text=lazy("Actions come from meetings, breaches, reports and exercises, or are added by hand."),
    state=Column("state", states=ACTION_TONES),
    columns=(
        Column("title"), Column("customer.name", lazy("For")), Column("owner_name"), Column("due_date"),
        Column("ref_label", lazy("Because of")), Column("state", kind="state", states=ACTION_TONES),
    ),
    pages={"detail": SteppedPage},
)  # fmt: skip
DECISION_TONES = {"OPEN": "risk", "ANSWERED": "ok", "WITHDRAWN": "excluded"}
DECISIONS = Entity(
    model=m.Decision,
    slug="decisions",
    icon="check",
    form=forms.DecisionForm,
    filterset=filters.DecisionFilterSet,
    save=save_decision,
    related=("customer",),
    ordering=("due_at", "pk"),
    lead=lazy("Questions put to customers and what they answered."),
    empty_text=lazy("Ask a customer to choose: it appears in the portal under “Decide” and in the next report."),
    state=Column("state", states=DECISION_TONES),
    columns=(
        Column("question"), Column("customer.name", lazy("Customer")), Column("due_at"), Column("answer"),
        Column("state", kind="state", states=DECISION_TONES),
    ),
    detail=(
        Column("customer"), Column("options"), Column("recommended"), Column("cost_text"), Column("due_at"), Column("answer"),
        Column("answered_by"), Column("answered_at"), Column("ref_label", lazy("Because of")),
        Column("explanation", kind="long"), Column("remark", kind="long"),
    ),
)  # fmt: skip
COMMENTS = Entity(
    model=m.Comment,
    slug="comments",
    icon="document",
    filterset=filters.CommentFilterSet,
    related=("customer",),
    ordering=("-created_at", "pk"),
    lead=lazy("Remarks of customers and colleagues on records and figures."),
    empty_text=lazy("Remarks appear here when somebody writes one on a report or record."),
    columns=(
        Column("text"),
        Column("ref_label", lazy("About")),
        Column("customer.name", lazy("Customer")),
        Column("author_name"),
        Column("side"),
        Column("created_at"),
    ),
    detail=(
        Column("text", kind="long"),
        Column("ref_label", lazy("About"), url=lambda row: place_behind(row.source_ref)),
        Column("customer.name", lazy("Customer")),
        Column("author_name"),
        Column("side"),
        Column("is_internal"),
        Column("created_at"),
    ),
    pages={"archive": BesideArchivePage, "restore": BesideArchivePage},
)
RECORDS = (EVENTS, OUTAGES, MAINTENANCE, TICKETS, SERIES, ACTIONS, DECISIONS, COMMENTS)
