"""What each route of tests/route_map.py needs so that the right person's call works: rows, keys, bodies.

A route is known by rule (a record's page, a collection of the API) or by its line in the tables below;
``case_of`` raises LookupError for a route that is in neither, and a test fails then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.forms import BooleanField
from django.urls import reverse

from itsm import models as m
from itsm.api.examples import EXAMPLES
from itsm.calculations.wall_time import midnight
from itsm.services.transitions import TRANSITIONS
from slas import models as s
from tests.records import CSV, LOGO, Rows
from tests.route_map import ABSENT, ABSENT_SLUG, METHODS, Route, routes
from tests.world import EPOCH

__all__ = [
    "ABSENT",
    "ABSENT_SLUG",
    "METHODS",
    "Case",
    "Route",
    "Situation",
    "case_of",
    "draft_of",
    "form_values",
    "routes",
]

Body = Callable[["Situation"], Any]


@dataclass(frozen=True)
class Case:
    """Who is the right person for a call, what is sent, what the row must be like before."""

    bodies: Mapping[str, Body]
    actor: str = "ADMINISTRATOR"
    before: Mapping[str, Any] | None = None
    query: str = ""


@dataclass(frozen=True)
class Situation:
    """What a body may be made of: the rows, the side, the row of the address and how to read a form."""

    rows: Rows
    side: str
    row: Any
    read_form: Callable[[str], dict[str, Any]]


def nothing(_situation: Situation) -> dict[str, Any]:
    """Return an empty body."""
    return {}


def sent(**facts: Any) -> Body:
    """Return a body of constants."""
    return lambda _situation: dict(facts)


def _edited(route: Route) -> Body:
    changes = EDITED.get(route.name.rpartition("_")[0], {})
    return lambda now: now.read_form(route.address(now.row)) | changes


def _same(folder: str) -> Body:
    return lambda now: now.read_form(f"/{folder}/{now.row.pk}/edit/")


def _created(route: Route) -> Body:
    stem = route.name.rpartition("_")[0]

    def body(now: Situation) -> dict[str, Any]:
        model = route.model
        found = now.read_form(reverse(route.name))
        edit = next((one for one in routes() if one.name == f"{stem}_edit"), None)
        row = now.rows.of(model, now.side)  # type: ignore[arg-type]
        if edit is not None:
            found |= now.read_form(edit.address(row))
            found.pop("row_version", None)
        return found | {key: _value(value, now) for key, value in CREATED[stem].items()}

    return body


def _value(value: Any, now: Situation) -> Any:
    return value(now) if callable(value) else value


def form_values(form: Any) -> dict[str, Any]:
    """Return what a browser would send for a form as it stands."""
    found: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is None or value == "":
            continue
        if isinstance(bound.field, BooleanField):
            if value:
                found[bound.html_name] = "on"
            continue
        shown = bound.field.widget.format_value(value)
        if isinstance(shown, list | tuple | set):
            found[bound.html_name] = [str(one) for one in shown if one not in (None, "")]
        elif shown is not None:
            found[bound.html_name] = str(shown)
    return found


# What a new record differs in from the one there is; the other fields are copied.
CREATED: Mapping[str, Mapping[str, Any]] = {
    "itsm:parties": {"slug": "new-one"},
    "itsm:contacts": {"email": "new@acme.example"},
    "itsm:service-families": {"slug": "new-one"},
    "itsm:services": {"slug": "new-one"},
    "itsm:service-offerings": {"slug": "new-one"},
    "itsm:components": {"slug": "new-one"},
    "itsm:dependencies": {"starts_at": "2027-01-01T00:00"},
    "itsm:service-hours": {"slug": "new-one"},
    "itsm:service-hours-versions": {"effective_date": "2027-01-01"},
    "itsm:service-hours-exceptions": {"date": "2027-01-06"},
    "itsm:service-events": {},
    "itsm:outages": {},
    "itsm:maintenance-windows": {},
    "itsm:tickets": {
        "customer": lambda now: str(now.rows.of(m.Ticket, now.side).customer_id),
        "service": lambda now: str(now.rows.of(m.Ticket, now.side).service_id),
        "opened_at": "2026-03-11T09:00:00",
    },
    "itsm:series": {"slug": "new-one"},
    "itsm:actions": {},
    "itsm:decisions": {},
    "itsm:currencies": {"code": "USD", "name": "Dollar"},
    "itsm:import-mappings": {"source": "monitoring", "kind": "outages", "lines": "title = What"},
    "itsm:webhook-endpoints": {"name": "New"},
    "itsm:users": {"email": "new@northwind.example"},
    "itsm:saved-views": {"name": "New", "list_name": "services", "query": "state=LIVE"},
    "slas:agreements": {"reference": "SLA-NEW", "starts_date": "2027-01-01"},
    "slas:targets": {
        "reference": "NEW",
        "version": lambda now: str(draft_of(now).pk),
    },
    "slas:subscriptions": {"service": lambda now: str(new_service(now).pk), "agreement": ""},
    "reporting:report-definitions": {"slug": "new-one"},
}


# A week is never changed, only followed by another.
EDITED: Mapping[str, Mapping[str, Any]] = {
    "itsm:service-hours-versions": {"effective_date": "2027-01-01"},
}


def new_service(now: Situation) -> m.Service:
    """Return a live service that nobody uses yet."""
    return m.Service.objects.get_or_create(
        slug="unused", defaults={"name": "Unused", "state": "LIVE", "hours": now.rows.world.hours}
    )[0]


def draft_of(now: Situation) -> s.AgreementVersion:
    """Return a draft of the side's agreement."""
    agreement = now.rows.of(s.Agreement, now.side)
    return s.AgreementVersion.objects.get_or_create(
        agreement=agreement, number=2, party=agreement.party,
        defaults={"starts_at": midnight(date(2029, 1, 1), agreement.party.timezone), "state": "DRAFT"},
    )[0]  # fmt: skip


def _target_rows(now: Situation) -> dict[str, Any]:
    world = now.rows.world
    row = {
        "kind": "RESPONSE",
        "service": world.webmail.pk,
        "priority": "1",
        "limit_number": "4",
        "limit_unit": "hours",
        "objective": "99",
    }
    filled = {f"form-0-{name}": str(value) for name, value in row.items()}
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    return {"hours": str(world.hours.pk), **counts, **filled}


_ACT = {"POST": nothing}
_DRAFT = {"model": "draft"}
PAGES: Mapping[str, Case] = {
    "healthz": Case({}, "anonymous"),
    "readyz": Case({}, "anonymous"),
    "itsm:home": Case({}),
    "itsm:metrics": Case({}),
    "itsm:coverage": Case({}),
    "itsm:coverage_counts": Case({}),
    "itsm:calendar": Case({}, query="?month=2026-03"),
    "itsm:calendar_feed": Case({}, "anonymous"),
    "itsm:calendars": Case({"POST": sent(name="New")}),
    "itsm:maintenance-windows_calendar": Case({}, "CUSTOMER_APPROVER"),
    "itsm:service-events_calendar": Case({}, "CUSTOMER_APPROVER", before={"kind": "CHANGE"}),
    "itsm:settings": Case({}),
    "itsm:activity": Case({}),
    "itsm:help": Case({}),
    "itsm:account": Case({"POST": lambda now: now.read_form("/account/")}),
    "itsm:tokens": Case({"POST": sent(name="New", scope="read", days="9")}),
    "itsm:sessions": Case(_ACT),
    "itsm:users_second-step": Case(_ACT),
    "itsm:comments_write": Case({"POST": sent(text="Seen")}),
    "itsm:files_write": Case({"POST": lambda _now: {"file": SimpleUploadedFile("seen.txt", b"Seen")}}),
    "itsm:files_content": Case({}),
    "itsm:tickets_event": Case(
        {"POST": sent(kind="STOP", effective_at="2026-06-11T09:00:00")}, before={"source": "hand"}
    ),
    "itsm:tickets_correct": Case(
        {"POST": lambda now: now.read_form(f"/tickets/{now.row.pk}/events/1/correct/") | {"why": "Wrong"}},
        before={"source": "hand"},
    ),
    "itsm:webhook-endpoints_test": Case(_ACT),
    "itsm:saved-views_first": Case(_ACT),
    **dict.fromkeys(("itsm:archive_many", "itsm:restore_many"), Case(
        {"POST": lambda now: {"list": "contacts", "row": now.rows.of(m.Contact, "acme").pk}},
        query="?list=contacts",
    )),
    "itsm:webhook-endpoints_rotate": Case(_ACT),
    "itsm:webhook-deliveries_resend": Case(_ACT),
    "itsm:parties_look": Case(
        {"POST": lambda now: now.read_form(f"/parties/{now.row.slug}/look/") | {"accent": "#7a4a86"}}
    ),
    "itsm:parties_logo": Case({}, "CUSTOMER_APPROVER"),
    "itsm:portal_now": Case({}, "CUSTOMER_APPROVER"),
    "itsm:portal_decide": Case(
        {"POST": lambda now: {"decision": str(now.rows.of(m.Decision, now.side).pk), "answer": "Yes"}},
        "CUSTOMER_APPROVER",
    ),
    "itsm:portal_plan": Case({}, "CUSTOMER_APPROVER"),
    "itsm:theme": Case({"POST": sent(theme="dark")}),
    "itsm:focus": Case({}),
    "itsm:search": Case({}, query="?q=CANARY"),
    "itsm:search_json": Case({}, query="?q=CANARY"),
    "itsm:portal_accent": Case({}, "CUSTOMER_APPROVER"),
    "itsm:import_list": Case({}),
    "itsm:import_new": Case(
        {"POST": lambda now: {
            "file": SimpleUploadedFile("x.csv", CSV), "kind": "parties", "source": "test",
        }}
    ),
    "itsm:import_map": Case({"POST": lambda now: now.read_form(f"/imports/{now.row.pk}/map/")}),
    "itsm:import_failed": Case({}, before={"state": "PREVIEWED"}),
    "itsm:import_detail": Case({"POST": sent(mode="good_rows")}, before={"state": "PREVIEWED"}),
    "itsm:import_progress": Case({}),
    "itsm:import_cancel": Case(_ACT),
    "itsm:import_retry": Case(_ACT),
    "itsm:import_undo": Case(_ACT, before={"state": "APPLIED", "applied_at": Now()}),
    "slas:compliance": Case({}),
    "slas:portal_agreements": Case({}, "CUSTOMER_APPROVER"),
    "slas:portal_evaluation": Case({}, "CUSTOMER_APPROVER"),
    "slas:agreements_draft": Case({"POST": sent(starts_date="2028-01-01")}),
    "slas:agreements_evaluate": Case({"POST": sent(period="2026-01")}),
    "slas:agreement-versions_edit": Case({"POST": _same("agreement-versions")}, before=_DRAFT),
    "slas:agreement-versions_in-force": Case({"POST": sent(signed_by="Ana")}, before=_DRAFT),
    "slas:agreement-versions_end": Case({"POST": sent(ends_date="2027-01-01")}),
    "slas:agreement-versions_withdraw": Case(_ACT, before=_DRAFT),
    "slas:agreement-versions_targets": Case({"POST": _target_rows}, before=_DRAFT),
    "slas:targets_edit": Case({"POST": _same("targets")}, before=_DRAFT),
    "slas:targets_remove": Case(_ACT, before=_DRAFT),
    "reporting:board": Case({}),
    "reporting:reports_list": Case({}),
    "reporting:reports_detail": Case({}),
    "reporting:reports_pdf": Case({}),
    "reporting:reports_numbers": Case({}),
    "reporting:report-answers_reply": Case({"POST": sent(text="It is so because")}),
    "reporting:reports_approve": Case(_ACT, before={"published_at": None}),
    "reporting:reports_publish": Case(_ACT, before={"published_at": None}),
    "reporting:report-definitions_activate": Case(_ACT),
    "reporting:report-definitions_retire": Case(_ACT, before={"state": "ACTIVE"}),
    "reporting:delivery-obligations_issue": Case(_ACT, before={"state": "PLANNED"}),
    "reporting:delivery-obligations_restate": Case({"POST": sent(reason="Other figures")}),
    "reporting:delivery-obligations_waive": Case({"POST": sent(reason="Not wanted")}, before={"state": "PLANNED"}),
    "reporting:portal_reports": Case({}, "CUSTOMER_APPROVER"),
    "reporting:portal_report": Case({"POST": sent(kind="ACKNOWLEDGED")}, "CUSTOMER_APPROVER"),
    "reporting:portal_pdf": Case({}, "CUSTOMER_APPROVER"),
    "reporting:portal_numbers": Case({}, "CUSTOMER_APPROVER"),
    "reporting:portal_verify": Case({}, "CUSTOMER_APPROVER"),
    "reporting:verify_number": Case({}, "CUSTOMER_APPROVER"),
}  # fmt: skip
# Sign-in pages: allauth's own; they lead to no record of a customer.
ACCOUNTS = Case({"POST": nothing}, "anonymous")

_EVENT = sent(kind="PAUSE", effective_at="2026-03-11T09:00:00Z", external_id="p1")
API: Mapping[str, Case] = {
    "api-schema": Case({}, "anonymous"),
    "api-docs": Case({}, "anonymous"),
    "changes": Case({}),
    "measurements-batch": Case(
        {"POST": lambda _now: [{"series": "cpu", "at": "2026-03-02T09:00:00Z", "value": 1.5}]}
    ),
    "ticket-events-batch": Case(
        {
            "POST": lambda now: [
                {**_EVENT(now), "ticket": {"id": str(now.rows.of(m.Ticket, now.side).pk)}}
            ]
        }
    ),
    "tickets-events": Case({"POST": _EVENT}),
    "service-hours-holidays": Case({"POST": sent(country="ES", first_year=2026, last_year=2026)}),
    "decisions-answer-question": Case({"POST": sent(answer="Yes")}, "CUSTOMER_APPROVER"),
    "imports-undo": Case(_ACT, before={"state": "APPLIED", "applied_at": Now()}),
    "imports-apply": Case({"POST": sent(mode="good_rows")}, before={"state": "PREVIEWED"}),
    "jobs-retry": Case(_ACT),
    "webhook-endpoints-test": Case(_ACT),
    "webhook-endpoints-rotate": Case(_ACT),
    "webhook-deliveries-resend": Case(_ACT),
    "files-content": Case({}, "CUSTOMER_APPROVER"),
    "files-archive": Case(_ACT, before={"uploaded_by": "Ana"}),
    "files-restore": Case(_ACT, before={"uploaded_by": "Ana"}),
    "parties-logo": Case({"PUT": sent(content_base64=LOGO), "DELETE": nothing}),
    "agreements-draft": Case({"POST": sent(starts_at="2030-01-01T00:00:00Z")}),
    "agreements-evaluation": Case({"POST": sent(period="2026-01")}),
    "agreement-versions-detail": Case(
        {"PUT": lambda now: _version(now), "PATCH": nothing}, before=_DRAFT
    ),
    "agreement-versions-in-force": Case({"POST": sent(signed_by="Ana")}, before=_DRAFT),
    "agreement-versions-end": Case({"POST": sent(ends_at="2027-01-01T00:00:00Z")}),
    "agreement-versions-withdraw": Case(_ACT, before=_DRAFT),
    "targets-detail": Case({"PUT": lambda now: _target(now), "PATCH": nothing}, before=_DRAFT),
    "targets-remove": Case(_ACT, before=_DRAFT),
    "evaluations-trace": Case({}),
    "report-definitions-activate": Case(_ACT),
    "report-definitions-retire": Case(_ACT, before={"state": "ACTIVE"}),
    "delivery-obligations-issue": Case(_ACT, before={"state": "PLANNED"}),
    "delivery-obligations-waive": Case(
        {"POST": sent(reason="Not wanted")}, before={"state": "PLANNED"}
    ),
    "reports-approve": Case(_ACT, before={"published_at": None}),
    "reports-publish": Case(_ACT, before={"published_at": None}),
    "reports-pdf": Case({}, "CUSTOMER_APPROVER"),
    "reports-xlsx": Case({}, "CUSTOMER_APPROVER"),
    "reports-csv": Case({}, "CUSTOMER_APPROVER"),
    "reports-feedback": Case({"POST": sent(kind="ACKNOWLEDGED")}, "CUSTOMER_APPROVER"),
    "calendar": Case({}, query="?from=2026-03-01T00:00:00Z"),
    "calendar-feeds-detail": Case({"DELETE": nothing}, "CUSTOMER_VIEWER"),
    "calendar-feeds-list": Case(
        {"POST": lambda now: {"name": "New", "customer": {"slug": now.side}}}
    ),
    "api-tokens-detail": Case({"DELETE": nothing}, "CUSTOMER_VIEWER"),
    "api-tokens-list": Case({"POST": sent(name="Monitoring", scope="write", days=90)}),
}


def _version(now: Situation) -> dict[str, Any]:
    agreement = now.rows.of(s.Agreement, now.side)
    return {"agreement": {"id": str(agreement.pk)}, "starts_at": "2031-01-01T00:00:00Z"}


def _target(now: Situation) -> dict[str, Any]:
    row = now.rows.of(s.Target, now.side)
    return {
        "version": {"id": str(draft_of(now).pk)}, "reference": "NEW", "name": "New", "kind": "AVAILABILITY",
        "service": {"id": str(row.service_id)}, "hours": {"slug": "always"}, "objective": "99",
    }  # fmt: skip


API_BODIES: Mapping[str, Any] = {
    "service-families": {"slug": "new-one", "name": "New"},
    "service-offerings": {"slug": "new-one", "name": "New", "service": {"slug": "webmail"}},
    "currencies": {"code": "USD", "name": "Dollar"},
    "import-mappings": {"source": "monitoring", "kind": "outages", "columns": {"title": "What"}},
    "service-hours-exceptions": {"hours": {"slug": "always"}, "date": "2027-01-06", "kind": "CLOSED", "name": "Kings"},
    "users": {"email": "new@northwind.example", "name": "New", "roles": [{"role": "AUDITOR"}]},
    "contacts": lambda now: {
        "party": {"slug": now.side}, "name": "Ana", "email": "ana@new.example", "role": "APPROVER",
    },
    "agreements": lambda now: {
        "reference": "SLA-NEW", "kind": "SLA", "title": "New", "party": {"slug": now.side},
    },
    "agreement-versions": _version,
    "targets": _target,
    "subscriptions": lambda now: {
        "customer": {"slug": now.side}, "service": {"id": str(new_service(now).pk)},
        "starts_at": "2026-01-01T00:00:00Z",
    },
    "report-definitions": lambda now: {
        "customer": {"slug": now.side}, "slug": "new-one", "name": "New", "starts_date": "2026-01-01",
    },
    "imports": {"content": CSV.decode(), "kind": "parties"},
}  # fmt: skip


def _api_body(collection: str) -> Body:
    name = collection.replace("-", "_")

    def body(now: Situation) -> Any:
        if collection == "comments":
            service = now.rows.of(m.Service, now.side)
            about = {"kind": "itsm.service", "id": str(service.pk)}
            return {"about": about, "text": "x", "customer": {"slug": now.side}}
        if collection == "memberships":
            stranger = now.rows.world.stranger
            return {"user": {"id": str(stranger.pk)}, "role": "AUDITOR"}  # type: ignore[union-attr]
        made = API_BODIES.get(collection) or EXAMPLES[f"{name}_create"]
        return _value(made, now)

    return body


def case_of(route: Route) -> Case:
    """Return what makes the call of the right person work; raise LookupError for an unknown route."""
    named = (API if route.is_api else PAGES).get(route.name)
    if named is not None:
        return named
    if route.pattern.startswith("accounts/"):
        return ACCOUNTS
    if route.model is None:
        raise LookupError(route.name)
    return _api_case(route) if route.is_api else _page_case(route)


def _page_case(route: Route) -> Case:
    if route.page in {"list", "detail", "history"}:
        return Case({})
    if route.page == "create" and route.name.rpartition("_")[0] in CREATED:
        return Case({"POST": _created(route)})
    if route.page == "edit":
        return Case({"POST": _edited(route)})
    if route.page in {"archive", "restore"}:
        return Case(_ACT)
    if route.page == "step":
        return Case(_ACT, before={"state": TRANSITIONS[route.model][0].sources[0]})  # type: ignore[index]
    raise LookupError(route.name)


def _api_case(route: Route) -> Case:
    collection = (
        route.pattern.removeprefix("api/v1/^").split("/")[0].rstrip("$").removesuffix(":batch")
    )
    whole = _api_body(collection)
    if route.page == "list":
        return Case({"POST": whole})
    if route.page == "detail":
        return Case({"PUT": whole, "PATCH": nothing, "DELETE": nothing})
    if route.page == "history":
        return Case({})
    if route.page in {"archive", "restore"}:
        return Case(_ACT)
    by_key = {
        "upsert": {"PUT": _numbered(collection, whole)},
        "slug": {"PUT": _named(whole)},
        "batch": {"POST": lambda now: [whole(now)]},
    }
    if route.page in by_key:
        return Case(by_key[route.page])
    if route.name == "series-samples":
        return Case({}, query="?start=2026-03-01T00:00:00Z&end=2026-03-02T00:00:00Z")
    return _step_case(route, collection)


def _step_case(route: Route, collection: str) -> Case:
    for step in TRANSITIONS.get(route.model, ()):  # type: ignore[arg-type]
        if route.name == f"{collection}-{step.verb}":
            begun = {"starts_at": EPOCH} if step.verb == "complete" else {}
            return Case(_ACT, before={"state": step.sources[0], **begun})
    raise LookupError(route.name)


def _named(whole: Body) -> Body:
    return lambda now: {key: value for key, value in whole(now).items() if key != "slug"}


def _numbered(collection: str, whole: Body) -> Body:
    given = EXAMPLES.get(f"{collection.replace('-', '_')}_upsert")

    def body(now: Situation) -> Any:
        facts = dict(given or whole(now))
        return {key: value for key, value in facts.items() if key not in {"source", "external_id"}}

    return body
