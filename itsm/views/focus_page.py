"""Choosing customer, service and period: the menus of the top bar, and a page that works without scripts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.periods import Period
from itsm.models import Party, Service
from itsm.views.base import Page
from itsm.views.focus import NAMES, period_title
from itsm.views.tables import PLACES

SHOWN = 40
FORGOTTEN = (*PLACES, "page")  # places in a list that another choice does not have


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a menu: where it leads and whether it is chosen."""

    title: Any
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A menu: its parameter, its lines, whether there are more lines than are shown."""

    name: str
    title: Any
    choices: tuple[Choice, ...]
    has_more: bool = False


class FocusPage(Page):
    """The choices for the page ``?next=``; ``?part=`` c, s or p is one menu, ``?q=`` searches in it."""

    staff_only = True
    template_name = "itsm/focus.html"
    fragment_name = "itsm/_focus_part.html"
    title = lazy("What do you look at?")
    lead = lazy(
        "Pages and lists show only what belongs to the choice. It stands in the address: send it to others."
    )

    def facts(self) -> dict[str, Any]:
        """Add the menus."""
        self.path, self.query = self._next()
        wanted = self.request.GET.get("part", "")
        parts = [getattr(self, f"_part_{name}")() for name in NAMES if wanted in ("", name)]
        return {
            **super().facts(),
            "parts": parts,
            "next": self.request.GET.get("next", "/"),
            "q": self.request.GET.get("q", ""),
            "path": self.path,
            "kept": [(name, word) for name, word in self.query.items() if name != "p"],
            "period": self.query.get("p", ""),
            "size": SHOWN,
        }

    def _next(self) -> tuple[str, QueryDict]:
        address = self.request.GET.get("next", "/")
        is_local = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        if not is_local or not address.startswith("/"):
            address = "/"
        path, _mark, query = address.partition("?")
        found = QueryDict(query, mutable=True)
        for name in FORGOTTEN:
            found.pop(name, None)
        return path, found

    def _choice(self, title: Any, name: str, word: str) -> Choice:
        query = {key: value for key, value in self.query.items() if key != name}
        if word:
            query[name] = word
        return Choice(
            title,
            f"{self.path}?{urlencode(query)}" if query else self.path,
            self.query.get(name, "") == word,
        )

    def _named(self, name: str, title: Any, everything: Any, rows: Any) -> Part:
        if words := self.request.GET.get("q", "").strip():
            rows = rows.filter(Q(name__icontains=words) | Q(slug__icontains=words))
        found = list(rows.active().order_by("name", "pk").values_list("name", "slug")[: SHOWN + 1])
        lines = [self._choice(everything, name, "")]
        lines += [self._choice(label, name, slug) for label, slug in found[:SHOWN]]
        return Part(name, title, tuple(lines), len(found) > SHOWN)

    def _part_c(self) -> Part:
        rows = Party.objects.visible_to(self.request.user).customers()
        return self._named("c", _("Customer"), _("All customers"), rows)

    def _part_s(self) -> Part:
        rows = Service.objects.visible_to(self.request.user)
        return self._named("s", _("Service"), _("All services"), rows)

    def _part_p(self) -> Part:
        zone = self.request.user.timezone  # type: ignore[union-attr]
        month, quarter, year = (
            Period.containing(self.at, kind, zone) for kind in ("month", "quarter", "year")
        )
        periods = (month, month.previous(), quarter, quarter.previous(), year, year.previous())
        lines = [self._choice(_("Any time"), "p", "")]
        lines += [self._choice(period_title(one), "p", one.label) for one in periods]
        return Part("p", _("Period"), tuple(lines))
