"""My work: what needs this person, most urgent first; customers are led to their portal."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.calendars.gathering import kind_words
from itsm.models import Membership, Party
from itsm.registry import WorkItem, processes
from itsm.templatetags.plimsoll import tone
from itsm.tenancy import actor_for
from itsm.views.base import Page
from itsm.views.columns import link
from itsm.views.coverage import live_services
from itsm.views.focus import focus_of

_URGENCY = {"breach": 0, "risk": 1, "unknown": 2, "ok": 3}
_FAR = timedelta(days=3650)
COMING, LISTED = 8, 12


class HomePage(Page):
    """My work."""

    template_name = "itsm/home.html"
    title = lazy("My work")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show it to staff; lead customers to their portal."""
        actor = actor_for(request.user)
        if not actor.is_staff:
            name = "itsm:portal_now" if actor.customer_ids else "itsm:account"
            return HttpResponseRedirect(reverse(name))
        return super().get(request, *args, **kwargs)

    def facts(self) -> dict[str, Any]:
        """Add the queue, the picture of each process that has one, and what comes up."""
        items = self._items()
        rights = actor_for(self.request.user).rights
        roles = [label for value, label in Membership.Role.choices if value in rights]
        return {
            **super().facts(),
            "lead": self._lead(items),
            "meta": [
                (_("Today"), f"{self.at:%A %-d %B %Y}"),
                (_("Role"), ", ".join(map(str, roles)) or "–"),
            ],
            "items": _rows(items[:LISTED], self.at),
            "more_items": max(0, len(items) - LISTED),
            "pictures": self._pictures(),
            "coming": self._coming(),
            "coverage_url": link("itsm:coverage"),
            "is_empty": not live_services().exists(),
        }

    def _items(self) -> list[WorkItem]:
        found = [
            item
            for process in processes()
            for item in process.work_items(self.request.user, self.at)
            if self._concerns(item)
        ]
        return sorted(
            found,
            key=lambda item: (_URGENCY.get(tone(item.state), 3), item.due_at or self.at + _FAR),
        )

    def _concerns(self, item: WorkItem) -> bool:
        """Whether the item is about what is chosen in the top bar."""
        focus = focus_of(self.request)
        if focus.customer and item.customer != focus.customer.pk:
            return False
        return not focus.service or item.service == focus.service.pk

    def _lead(self, items: list[WorkItem]) -> str:
        urgent = sum(1 for item in items if tone(item.state) == "breach")
        if not items:
            return _("Nothing waits for you.")
        words = ngettext("%(n)s thing needs you", "%(n)s things need you", len(items)) % {
            "n": len(items)
        }
        if urgent:
            words += ", " + ngettext(
                "%(n)s of them is overdue or broken", "%(n)s of them are overdue or broken", urgent
            ) % {"n": urgent}
        return f"{words}."

    def _pictures(self) -> list[dict[str, Any]]:
        declared = [
            panel for process in processes() for panel in process.panels if panel.subject == "home"
        ]
        focus, found = focus_of(self.request), []
        at = min(self.at, focus.period.end) if focus.period else self.at
        for panel in sorted(declared, key=lambda panel: panel.position):
            context = panel.build(focus, self.request.user, at)
            if context is not None:
                found.append({"title": panel.title, "template": panel.template, "facts": context})
        return found

    def _coming(self) -> list[dict[str, Any]]:
        until, focus = self.at + timedelta(days=45), focus_of(self.request)
        who = focus.customer or self.request.user
        items = [
            i
            for process in processes()
            for i in process.calendar_items(
                who, self.at, until, service=focus.service, limit=COMING
            )
        ]
        items.sort(key=lambda item: item.starts_at)
        return [
            {
                "at": f"{i.starts_at:%-d %b}",
                "title": i.title,
                "url": i.url,
                "text": kind_words(i.kind),
            }
            for i in items[:COMING]
        ]


def _rows(items: list[WorkItem], at: datetime) -> list[dict[str, Any]]:
    """Return each item with its customer's name and its time in words; one query for all the names."""
    keys = {item.customer for item in items if item.customer}
    names = dict(Party.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [
        {"item": item, "customer": names.get(item.customer, ""), "when": _when(item, at)}
        for item in items
    ]


def _when(item: WorkItem, at: datetime) -> tuple[str, str]:
    """Return by when it is to be done and how far that is, or how long it waits."""
    if item.due_at is not None:
        day = date_format(timezone.localtime(item.due_at), "j M")
        if item.due_at < at:
            return day, _("%(time)s late") % {"time": timesince(item.due_at, at, depth=1)}
        return day, _("%(time)s left") % {"time": timeuntil(item.due_at, at, depth=1)}
    if item.since_at is not None:
        return timesince(item.since_at, at, depth=1), _("waiting")
    return "", ""
