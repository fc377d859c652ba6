"""The service page: one sentence, ninety days, what it depends on, what comes up, and a panel of each process."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calendars.gathering import kind_words
from itsm.charts.staff import Day, Node, draw_days, draw_map
from itsm.registry import processes
from itsm.selectors import DayFacts, day_facts, neighbors
from itsm.tenancy import actor_for
from itsm.views.acts import SteppedPage
from itsm.views.columns import link

DAYS = 90
COMING = 6
WORDS = {
    "ok": "no loss",
    "risk": "interruption",
    "breach": "long interruption",
    "excluded": "maintenance",
    "unknown": "no data",
}


def _day_words(facts: DayFacts) -> str:
    words = f"{facts.day:%-d %B}: {WORDS[facts.state]}"
    return f"{words}, {facts.minutes_lost} min" if facts.minutes_lost else words


def strip_of(
    facts: Sequence[DayFacts], *, title: str, width: int = 1160, months: bool = True
) -> str:
    """Return the day strip of a service as safe SVG."""
    days = [Day(f.day, f.state, f.minutes_lost, _day_words(f)) for f in facts]  # fmt: skip
    return mark_safe(draw_days(days, title=title, width=width, months=months))  # noqa: S308 our own SVG, texts escaped


def sentence(name: str, facts: Sequence[DayFacts]) -> str:
    """Return what ninety days say, in one sentence."""
    lost = sum(f.minutes_lost for f in facts)
    bad = sum(1 for f in facts if f.minutes_lost)
    if not lost:
        return _("%(name)s had no recorded interruption in the last %(n)s days.") % {
            "name": name,
            "n": len(facts),
        }
    return ngettext(
        "%(name)s lost %(lost)s minutes on %(bad)s of the last %(n)s days.",
        "%(name)s lost %(lost)s minutes on %(bad)s of the last %(n)s days.",
        bad,
    ) % {"name": name, "lost": lost, "bad": bad, "n": len(facts)}


class ServicePage(SteppedPage):
    """One service, with all six processes."""

    template_name = "itsm/service_page.html"

    def facts(self) -> dict[str, Any]:
        """Add the strip, the map, what comes up and the panels."""
        base = super().facts()
        service = self.record()
        zone = service.hours.timezone if service.hours else "UTC"
        days = day_facts(service, days=DAYS, at=self.at, timezone=zone)
        return {
            **base,
            "lead": sentence(service.name, days),
            "strip": strip_of(
                days, title=_("Interruptions of %(name)s by day") % {"name": service.name}
            ),
            "strip_rows": [
                (f.day, WORDS[f.state], f.minutes_lost) for f in days if f.state != "ok"
            ],
            "outages_url": f"{reverse('itsm:outages_list')}?service={service.pk}",
            "meta": self._meta_facts(service),
            "map": self._map(service),
            "coming": self._coming(service),
            "covered": self._coverage(service),
            "process_panels": self._panels(service),
        }

    def _meta_facts(self, service: Any) -> list[tuple[str, Any]]:
        return [
            (_("Owner"), service.owner or _("nobody yet")),
            (_("Criticality"), service.get_criticality_display()),
            (_("Hours"), service.hours or _("not agreed")),
        ]

    def _map(self, service: Any) -> str:
        above, below, edges = neighbors(service, self.at)
        if not above and not below:
            return ""
        center = f"Service-{service.pk}"
        first = {child for parent, child in edges if parent == center}
        nodes = [
            Node(center, service.name, str(service.get_criticality_display()), 1, is_center=True)
        ]
        nodes += [Node(n.key, n.title, n.kind, 0, link(n.url_name, n.slug)) for n in above]
        nodes += [
            Node(n.key, n.title, n.kind, 2 if n.key in first else 3, link(n.url_name, n.slug))
            for n in below
        ]
        heads = [_("Relied on by"), _("This service"), _("Stands on"), _("And below")]
        title = _("Dependency map of %(name)s, two steps") % {"name": service.name}
        return mark_safe(draw_map(nodes, edges, heads=heads, title=title))  # noqa: S308 our own SVG, texts escaped

    def _coming(self, service: Any) -> list[dict[str, Any]]:
        until = self.at + timedelta(days=60)
        items = [
            item
            for process in processes()
            for item in process.calendar_items(
                self.request.user, self.at, until, service=service, limit=COMING
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

    def _coverage(self, service: Any) -> list[Any]:
        return [
            process.coverage([service], self.at)[service.pk]
            for process in processes()
            if process.coverage
        ]

    def _panels(self, service: Any) -> list[dict[str, Any]]:
        if not actor_for(self.request.user).is_staff:
            return []
        found = []
        declared = [
            panel
            for process in processes()
            for panel in process.panels
            if panel.subject == "service"
        ]
        for panel in sorted(declared, key=lambda panel: panel.position):
            context = panel.build(service, self.request.user, self.at)
            if context is not None:
                found.append(
                    {
                        "key": panel.key,
                        "title": panel.title,
                        "template": panel.template,
                        "facts": context,
                    }
                )
        return found
