"""The staff's calendar: a month as a grid and as an agenda, with its filters in the address."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.calculations.month_grid import month_of, next_month, previous_month, weeks_of
from itsm.calculations.wall_time import midnight
from itsm.calendars.days import ICONS, Day, agenda, by_day, weeks, zone_words
from itsm.calendars.gathering import KINDS, Selection, items_for
from itsm.models import MaintenanceWindow, Party, Service
from itsm.permissions import allowed
from itsm.registry import CalendarItem
from itsm.views.base import Button, Crumb, Page
from itsm.views.calendar_files import FILE_MODELS, DateFile, feed

MOST = 500  # as many customers and services can be chosen from
VIEWS = ("month", "agenda")
WEEKDAYS = (
    lazy("Mon"),
    lazy("Tue"),
    lazy("Wed"),
    lazy("Thu"),
    lazy("Fri"),
    lazy("Sat"),
    lazy("Sun"),
)


class CalendarPage(Page):
    """Maintenance, changes, reports, reviews, tests, agreements and closed days of a month.

    ``?month=2026-11``, ``view=agenda``, ``customer=`` and ``service=`` (short names), ``kind=`` (several).
    """

    staff_only = True
    template_name = "itsm/calendar.html"
    title = lazy("Calendar")

    def facts(self) -> dict[str, Any]:
        """Add the month's dates with the filters and the ways to other months."""
        zone, query = str(self.request.user.timezone), self.request.GET  # type: ignore[union-attr]
        today = self.at.astimezone(ZoneInfo(zone)).date()
        month = month_of(query.get("month", "")) or today.replace(day=1)
        grid = weeks_of(month)
        customers, services = self._choices()
        wanted = Selection(
            start=midnight(grid[0][0], zone),
            end=midnight(grid[-1][-1] + timedelta(days=1), zone),
            customer=_named(customers, query.get("customer", "")),
            service=_named(services, query.get("service", "")),
        )
        everything = items_for(self.request.user, wanted)
        kinds = [kind for kind in query.getlist("kind") if kind in KINDS]
        items = [item for item in everything if not kinds or item.kind in kinds]
        days, last = by_day(items, zone), next_month(month) - timedelta(days=1)
        listed = agenda(days, month, last, today=today)
        return {
            **super().facts(),
            "crumbs": [Crumb(_("Activity"), reverse("itsm:activity")), Crumb(self.title)],
            "buttons": self._buttons(query),
            "month": month,
            "title": date_format(month, "F Y"),
            "lead": _lead(listed, zone_words(zone, midnight(month, zone))),
            "weekdays": WEEKDAYS,
            "weeks": weeks(days, grid, month=month, today=today),
            "agenda": listed,
            "view": query.get("view") if query.get("view") in VIEWS else "month",
            "kinds": kind_links(
                query, _of_month(agenda(by_day(everything, zone), month, last, today=today)), kinds
            ),
            "kept": kinds,
            "customers": customers,
            "services": services,
            "customer": wanted.customer,
            "service": wanted.service,
            "links": self._links(query, month),
            "is_filtered": bool(kinds or wanted.customer or wanted.service),
        }

    @staticmethod
    def _links(query: QueryDict, month: date) -> dict[str, str]:
        return {
            "previous": changed(query, month=_label(previous_month(month))),
            "today": changed(query, month=None),
            "next": changed(query, month=_label(next_month(month))),
            "grid": changed(query, view=None),
            "agenda": changed(query, view="agenda"),
            "clear": changed(query, customer=None, service=None, kind=None),
        }

    def _choices(self) -> tuple[list[Party], list[Service]]:
        user = self.request.user
        parties = Party.objects.visible_to(user).customers().active().order_by("name")
        return list(parties[:MOST]), list(
            Service.objects.visible_to(user).live().order_by("name")[:MOST]
        )

    def _buttons(self, query: QueryDict) -> list[Button]:
        found = []
        if allowed(self.request.user, "add", MaintenanceWindow):
            address = reverse("itsm:maintenance-windows_create")
            found.append(Button(_("Plan maintenance"), address, "main", "plus", "c"))
        kept = changed(query, month=None, view=None)
        subscribe = reverse("itsm:calendars") + (kept if len(kept) > 1 else "")
        found.append(Button(_("Subscribe"), subscribe, "plain", "calendar", "s"))
        return found


def _label(month: date) -> str:
    return f"{month:%Y-%m}"


def _named(rows: Sequence[Any], slug: str) -> Any:
    return next((row for row in rows if row.slug == slug), None)


def changed(query: QueryDict, **parts: Any) -> str:
    """Return the address's query with other parts; a part of None goes."""
    made = query.copy()
    for name, value in parts.items():
        made.pop(name, None)
        if isinstance(value, list):
            made.setlist(name, value)
        elif value is not None:
            made[name] = value
    return f"?{made.urlencode()}"


def kind_links(
    query: QueryDict, items: Sequence[CalendarItem], chosen: Sequence[str]
) -> list[dict[str, Any]]:
    """Return a switch for each kind of date that there is or that is chosen: all of them are on at first."""
    counts = Counter(item.kind for item in items)
    found = []
    for kind, words in KINDS.items():
        if not counts[kind] and kind not in chosen:
            continue
        is_on = kind in chosen
        kept = [one for one in chosen if one != kind] if is_on else [*chosen, kind]
        found.append({
            "key": kind, "title": words, "icon": ICONS[kind], "count": counts[kind], "is_on": is_on,
            "url": changed(query, kind=kept or None),
        })  # fmt: skip
    return found


def _of_month(listed: Sequence[Day]) -> list[CalendarItem]:
    """Return the dates of these days, each once."""
    return list({entry.item.uid: entry.item for day in listed for entry in day.entries}.values())


def _lead(listed: Sequence[Day], zone: str) -> str:
    entries = _of_month(listed)
    times = _("Times in %(zone)s.") % {"zone": zone}
    if not entries:
        return _("Nothing stands in this month.") + " " + times
    count = ngettext("%(n)s date in this month", "%(n)s dates in this month", len(entries)) % {
        "n": len(entries)
    }
    busiest = max(listed, key=lambda day: len(day.entries))
    if len(busiest.entries) > 2:
        words = _("%(count)s, most of them on %(day)s (%(n)s).") % {
            "count": count, "day": date_format(busiest.date, "j F"), "n": len(busiest.entries),
        }  # fmt: skip
    else:
        words = f"{count}."
    return f"{words} {times}"


CALENDAR_ROUTES = [
    path("calendar/", CalendarPage.as_view(), name="calendar"),
    path("calendar-feeds/<slug:token>.ics", feed, name="calendar_feed"),
    *[
        path(
            f"{folder}/<uuid:pk>/calendar.ics",
            DateFile.as_view(model=model),
            name=f"{folder}_calendar",
        )
        for folder, model in FILE_MODELS.items()
    ],
]
