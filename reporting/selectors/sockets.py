"""What the shell, the coverage page and the calendar ask of service reporting."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.models import Party, Service
from itsm.permissions import allowed
from itsm.registry import AgendaItem, CalendarItem, Coverage, Evidence, Metric, WorkItem
from itsm.tenancy import actor_for
from reporting import selectors
from reporting.models import DeliveryObligation, ReportDefinition, ReportIssue
from slas.models import Subscription
from slas.selectors.figures import period_text

QUESTION = lazy("Is the customer reported to on time?")
UNUSED, DEFINE = lazy("Nobody uses this service yet."), lazy("Define a report")
ON_TIME, OPEN_BOARD = lazy("No report is late."), lazy("Open the board")
OPEN_IT = lazy("Open it")
LISTED = 20


def _obligation_url(row: DeliveryObligation) -> str:
    return reverse("reporting:delivery-obligations_detail", args=[row.pk])


def work_items(user: Any, at: datetime) -> Iterator[WorkItem]:
    """Yield what needs this person: reports that are late, failed, to approve or disputed."""
    if not actor_for(user).is_staff or not allowed(user, "change", DeliveryObligation):
        return
    rows = DeliveryObligation.objects.visible_to(user).select_related("definition__customer")
    needs = rows.filter(state__in=["FAILED", "DISPUTED", "IN_REVIEW"]) | rows.filter(
        due_at__lt=at, state__in=["PLANNED", "GENERATING"]
    )
    words = {
        "FAILED": (_("Report failed"), "breached", _("Repair")),
        "DISPUTED": (_("Report disputed"), "at_risk", _("Answer")),
        "IN_REVIEW": (_("Report to approve"), "at_risk", _("Approve")),
    }
    for row in needs.order_by("due_at")[:LISTED]:
        kind, state, act = words.get(row.state, (_("Report is late"), "breached", _("Issue")))
        if row.state == "IN_REVIEW" and row.due_at < at:
            state = "breached"
        yield WorkItem(
            f"{row.definition.name}, {period_text(row.period)}", _obligation_url(row), kind, row.due_at, state,
            row.error, row.customer_id, act=act,
        )  # fmt: skip

    for asked in selectors.unanswered(user)[:LISTED]:
        url = reverse("reporting:report-answers_reply", args=[asked.pk])
        kind = _("Question about a report")
        yield WorkItem(
            asked.text[:80], url, kind, None, "at_risk", str(asked.issue),
            asked.customer_id, act=_("Reply"), since_at=asked.given_at,
        )  # fmt: skip


CURRENT = timedelta(days=45)


def calendar_items(
    who: Any, start: datetime, end: datetime, *, service: Any = None, limit: int | None = None
) -> Iterator[CalendarItem]:
    """Yield the days on which reports are due; those of long-gone periods are made on demand.

    The first ``limit`` of them; with ``service`` those of its customers.
    """
    rows = DeliveryObligation.objects.visible_to(who).filter(due_at__gte=start, due_at__lt=end)
    rows = rows.open().filter(period_ends_at__gt=start - CURRENT)
    if service is not None:
        users = Subscription.objects.filter(service=service, archived_at=None)
        rows = rows.filter(customer__in=users.values("customer"))
    is_staff = actor_for(who).is_staff
    for row in rows.select_related("definition__customer").order_by("due_at")[:limit]:
        title = f"{row.definition.name}, {period_text(row.period)}"
        title = f"{row.definition.customer}: {title}" if is_staff else title
        url = _obligation_url(row) if is_staff else reverse("reporting:portal_reports")
        yield CalendarItem(
            f"report-{row.pk}", title, row.due_at, None, url, "report",
            changed_at=row.updated_at, customer=row.customer_id,
        )  # fmt: skip


def agenda_items(customer: Party, at: datetime) -> Iterator[AgendaItem]:
    """Yield the reports that the customer disputes: points of the next review."""
    rows = DeliveryObligation.objects.filter(customer=customer, state="DISPUTED")
    for row in rows.select_related("definition__customer"):
        yield AgendaItem(str(row), _obligation_url(row), _("disputed report"))


def metrics(at: datetime) -> Iterator[Metric]:
    """Yield the number of reports that are due and not published."""
    yield Metric(
        "plimsoll_report_overdue_total",
        "Reports that are due and not published",
        selectors.overdue(at).count(),
    )


def evidence(clause: str) -> Iterator[Evidence]:
    """Yield the published reports: evidence of clause 9.4."""
    if clause != "9.4":
        return
    rows = ReportIssue.objects.current().filter(published_at__isnull=False).defer("dataset")
    for row in rows.select_related("customer").order_by("-published_at")[:200]:
        url = reverse("reporting:reports_detail", args=[row.pk])
        yield Evidence(clause, f"{row} ({row.customer})", url, row.published_at)


def coverage(services: Sequence[Service], at: datetime) -> dict[Any, Coverage]:
    """Answer whether every customer of each service gets its reports on time (three queries for all)."""
    used = Subscription.objects.filter(service__in=services, archived_at=None)
    customers: dict[Any, dict[Any, str]] = defaultdict(dict)
    named = used.values_list("service", "customer", "customer__name").order_by("customer__name")
    for service, customer, name in named:
        customers[service][customer] = name
    parties = {key for held in customers.values() for key in held}
    active = ReportDefinition.objects.filter(customer__in=parties, state="ACTIVE").active()
    reached = set(active.values_list("customer", flat=True))
    late: dict[Any, DeliveryObligation] = {}
    for owed in _first_overdue(parties, at):
        late.setdefault(owed.customer_id, owed)
    pages = (reverse("reporting:report-definitions_create"), reverse("reporting:board"))
    return {
        service.pk: _covered(customers[service.pk], reached, late, pages=pages)
        for service in services
    }


def _first_overdue(parties: Collection[Any], at: datetime) -> Any:
    """Return for each customer the report that is due longest and not published."""
    rows = selectors.overdue(at).filter(customer__in=parties)
    first = rows.order_by("customer", "due_at").distinct("customer").values("pk")
    return selectors.overdue(at).filter(pk__in=first)


def _covered(
    customers: Mapping[Any, str],
    reached: Container[Any],
    late: Mapping[Any, DeliveryObligation],
    *,
    pages: tuple[str, str],
) -> Coverage:
    """Return the answer for the service of these customers (key → name); ``pages``: a new definition, the board."""
    new, board = pages
    if not customers:
        return _answer("no", UNUSED, "", new, DEFINE)
    missing = [customer for customer in customers if customer not in reached]
    if missing:
        names = ", ".join(customers[customer] for customer in missing[:3])
        words = _("%(names)s get no report.") % {"names": names}
        url = f"{new}?customer={missing[0]}"
        return _answer("no", words, "", url, DEFINE)
    owed = next((late[customer] for customer in customers if customer in late), None)
    if owed is not None:
        words = _("%(report)s is late.") % {"report": owed}
        return _answer("stale", words, "", _obligation_url(owed), OPEN_IT)
    return _answer("yes", ON_TIME, "", board, OPEN_BOARD)


def _answer(answer: Any, reason: Any, owner: str, url: str, action: Any) -> Coverage:
    return Coverage(QUESTION, answer, reason, owner, url, action)


def customer_panel(customer: Any, user: Any, at: datetime) -> dict[str, Any] | None:
    """Return the last reports of a customer."""
    rows = selectors.library(user).filter(customer=customer)[:5]
    return {"issues": list(rows), "next": selectors.next_due(customer, at)} if rows else None


def service_panel(service: Any, user: Any, at: datetime) -> dict[str, Any] | None:
    """Return the last reports of the customers of a service."""
    customers = Subscription.objects.visible_to(user).filter(service=service).values("customer")
    rows = selectors.library(user).filter(customer__in=customers)[:5]
    return {"issues": list(rows), "next": None} if rows else None


def portal_card(customer: Any, user: Any, at: datetime) -> dict[str, Any] | None:
    """Return the newest published report for the portal's first page."""
    rows = selectors.library(user).filter(customer=customer, published_at__isnull=False)
    latest = rows.first()
    return {"issue": latest, "next": selectors.next_due(customer, at)}
