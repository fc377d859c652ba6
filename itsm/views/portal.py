"""The portal's shell pages: Now, Decide and Plan. Customers only; staff may look as a customer sees it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.calendars.days import Day, agenda, by_day, zone_words
from itsm.calendars.gathering import LOOK_BACK, Selection, items_for
from itsm.forms import AnswerForm
from itsm.models import Decision, MaintenanceWindow, Outage, Party, Service, ServiceEvent
from itsm.permissions import allowed
from itsm.registry import CalendarItem, processes
from itsm.selectors import day_facts
from itsm.services.decisions import AnswerRefused, answer_decision
from itsm.tenancy import actor_for
from itsm.views.base import Page
from itsm.views.looks import logo_address
from itsm.views.service_page import strip_of

STRIP_DAYS = 90
PLAN_DAYS = 120
AHEAD = timedelta(days=PLAN_DAYS + 1)


class PortalPageView(Page):
    """A page in the customer's look; ``self.customer`` is whose portal it is."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the customer: the reader's own, or for staff the one of ``?customer=slug``."""
        if request.user.is_authenticated:
            self.customer = self._customer(request)
        return super().dispatch(request, *args, **kwargs)

    def _customer(self, request: HttpRequest) -> Party:
        rows = Party.objects.visible_to(request.user).customers().order_by("name")
        slug = request.GET.get("customer") or request.session.get("portal_customer", "")
        found = rows.filter(slug=slug).first() if slug else None
        found = found or rows.first()
        if found is None:
            raise Http404(_("There is no customer yet."))
        if actor_for(request.user).is_staff and request.GET.get("customer"):
            request.session["portal_customer"] = found.slug
        return found

    def services(self) -> list[Service]:
        """Return the services of this customer."""
        actor = actor_for(self.customer)
        rows = Service.objects.visible_to(actor).filter(state__in=["LIVE", "RETIRING"])
        return list(rows.select_related("hours").order_by("name"))

    def facts(self) -> dict[str, Any]:
        """Add whose portal this is."""
        return {
            **super().facts(),
            "customer": self.customer,
            "is_staff_view": actor_for(self.request.user).is_staff,
            "logo_url": logo_address(self.customer),
        }


class NowPage(PortalPageView):
    """Is everything running? One line per service."""

    template_name = "portal/now.html"
    title = lazy("Now")

    def facts(self) -> dict[str, Any]:
        """Add the services with their strips, the next maintenance and the cards."""
        services = self.services()
        rows = [self._row(service) for service in services]
        return {
            **super().facts(),
            "headline": self._headline(rows),
            "rows": rows,
            "maintenance": self._next_maintenance(services),
            "decisions": _open_decisions(self.customer)[:2],
            "known": _known_problems(self.customer, services),
            "first_day": (self.at - timedelta(days=STRIP_DAYS - 1)).astimezone(
                ZoneInfo(self.customer.timezone)
            ),
            "cards": [
                c for p in processes() for c in _cards(p, self.customer, self.request.user, self.at)
            ],
        }

    def _row(self, service: Service) -> dict[str, Any]:
        days = day_facts(
            service,
            days=STRIP_DAYS,
            at=self.at,
            timezone=self.customer.timezone,
            customer=self.customer,
        )
        running = _running_outage(service, self.customer, self.at)
        lost = sum(day.minutes_lost for day in days)
        state = "breach" if running and running.kind == "OUTAGE" else "risk" if running else "ok"
        bad = sum(1 for day in days if day.minutes_lost)
        words = _("No interruption.")
        if lost:
            words = ngettext(
                "Interrupted on %(n)s day, %(lost)s minutes in all.",
                "Interrupted on %(n)s days, %(lost)s minutes in all.",
                bad,
            ) % {"n": bad, "lost": lost}
        return {
            "service": service,
            "state": state,
            "state_words": {"ok": _("Running"), "risk": _("Limited"), "breach": _("Interrupted")}[
                state
            ],
            "strip": strip_of(
                days, title=_("%(name)s by day") % {"name": service.name}, width=612, months=False
            ),
            "words": running.customer_text
            if running and running.is_published and running.customer_text
            else words,
            "lost": lost,
        }

    def _headline(self, rows: list[dict[str, Any]]) -> str:
        if not rows:
            return _("You have no service yet.")
        down = [str(row["service"]) for row in rows if row["state"] != "ok"]
        if down:
            return _("%(names)s: we are working on it.") % {"names": ", ".join(down)}
        return ngettext(
            "Your service is running.", "All %(n)s services are running.", len(rows)
        ) % {"n": len(rows)}

    def _next_maintenance(self, services: list[Service]) -> MaintenanceWindow | None:
        rows = MaintenanceWindow.objects.visible_to(actor_for(self.customer)).current()
        return (
            rows.filter(service__in=services, ends_at__gt=self.at, state__in=["ANNOUNCED", "APPROVED"])
            .select_related("service").order_by("starts_at").first()
        )  # fmt: skip


def _cards(process: Any, customer: Party, user: Any, at: datetime) -> list[Any]:
    return [
        {"title": panel.title, "template": panel.template, "facts": facts}
        for panel in process.panels
        if panel.subject == "portal"
        for facts in [panel.build(customer, user, at)]
        if facts is not None
    ]


def _running_outage(service: Service, customer: Party, at: datetime) -> Outage | None:
    rows = (
        Outage.objects.visible_to(actor_for(customer))
        .current()
        .filter(service=service, starts_at__lte=at)
    )
    return rows.filter(ends_at=None).exclude(kind="UNKNOWN").order_by("-starts_at").first()


def _known_problems(customer: Party, services: list[Service]) -> list[ServiceEvent]:
    rows = ServiceEvent.objects.visible_to(actor_for(customer)).current()
    return list(
        rows.filter(service__in=services, kind="KNOWN_PROBLEM", state="APPROVED").order_by(
            "-starts_at"
        )[:5]
    )


def _open_decisions(customer: Party) -> list[Decision]:
    return list(
        Decision.objects.filter(customer=customer, state="OPEN", archived_at=None).order_by(
            "due_at"
        )
    )


class DecidePage(PortalPageView):
    """Questions put to the customer, open ones first."""

    template_name = "portal/decide.html"
    title = lazy("Decide")

    def facts(self) -> dict[str, Any]:
        """Add open and answered questions."""
        answered = Decision.objects.filter(customer=self.customer, state="ANSWERED").order_by(
            "-answered_at"
        )[:20]
        return {
            **super().facts(),
            "open": _open_decisions(self.customer),
            "answered": list(answered),
            "may_decide": allowed(self.request.user, "decide", Decision),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record an answer."""
        form = AnswerForm(request.POST)
        wanted = self._wanted(request)
        rows = Decision.objects.filter(customer=self.customer)
        row = rows.filter(pk=wanted).first() if wanted else None
        if row is None:
            raise Http404(_("There is no such question."))
        if not form.is_valid():
            return self.show(422, problem=_("Choose one of the options."), problem_of=row.pk)
        facts = form.cleaned_data
        try:
            answer_decision(
                row, answer=facts["answer"], remark=facts["remark"], by=request.user, at=self.at
            )
        except AnswerRefused as refusal:
            return self.show(422, problem=str(refusal), problem_of=row.pk)
        messages.info(
            request, _("Your decision is recorded: %(answer)s.") % {"answer": facts["answer"]}
        )
        return HttpResponseRedirect(reverse("itsm:portal_decide"))

    @staticmethod
    def _wanted(request: HttpRequest) -> str | None:
        value = request.POST.get("decision", "")
        return value if len(value) == 36 and value.count("-") == 4 else None


class PlanPage(PortalPageView):
    """What is coming: maintenance, changes, reports, agreements and closed days, by month; and how to subscribe."""

    template_name = "portal/plan.html"
    title = lazy("Plan")

    def facts(self) -> dict[str, Any]:
        """Add what is planned for the next months, in the customer's zone."""
        zone = str(self.customer.timezone)
        today = self.at.astimezone(ZoneInfo(zone)).date()
        actor = actor_for(self.customer)
        wanted = Selection(
            start=self.at, end=self.at + timedelta(days=PLAN_DAYS), with_called_off=True
        )
        items = items_for(actor, wanted)
        days = by_day(items, zone)
        listed = [
            replace(day, entries=tuple(one for one in day.entries if not one.is_later_day))
            for day in agenda(days, today - LOOK_BACK, today + AHEAD, today=today)
        ]
        is_staff = actor_for(self.request.user).is_staff
        return {
            **super().facts(),
            "headline": plan_headline(items, self.at, zone),
            "months": by_month([day for day in listed if day.entries]),
            "zone": zone_words(zone, self.at),
            "subscribe_url": "" if is_staff else reverse("itsm:calendars"),
        }


def plan_headline(items: Sequence[CalendarItem], at: datetime, timezone: str) -> str:
    """Return what is next for the customer's people, in one sentence."""
    works = [one for one in items if one.kind == "maintenance" and one.state == "confirmed"]
    if not works:
        return _("No maintenance is planned.") if items else _("Nothing is planned at the moment.")
    first = works[0]
    if first.starts_at <= at:
        return _("Maintenance is under way: %(what)s.") % {"what": first.title}
    day = date_format(first.starts_at.astimezone(ZoneInfo(timezone)), "j F, H:i")
    return _("The next maintenance is on %(day)s.") % {"day": day}


def by_month(days: Sequence[Day]) -> list[tuple[date, list[Day]]]:
    """Return the days with their month, in order."""
    return [
        (month, list(found))
        for month, found in groupby(days, key=lambda day: day.date.replace(day=1))
    ]
