"""Search over every kind of record that the apps declare, as a page and as JSON for the dialog."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from itsm.permissions import allowed
from itsm.registry import SearchKind, lists, processes
from itsm.tenancy import actor_for
from itsm.views.base import Page
from itsm.views.columns import link
from itsm.views.shell import doors

MOST_PER_KIND = 8
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found: kind, name, address and whether it is archived."""

    kind: str
    title: str
    url: str
    archived: bool = False


def hits(user: Any, words: str, most: int = MOST_PER_KIND) -> Iterator[Hit]:
    """Yield records whose declared fields contain every word; at most ``most`` of each kind."""
    parts = words.split()[:6]
    if len("".join(parts)) < SHORTEST:
        return
    for process in processes():
        for kind in process.search:
            yield from _hits_of(kind, user, parts, most)


def _hits_of(kind: SearchKind, user: Any, parts: list[str], most: int) -> Iterator[Hit]:
    model = apps.get_model(kind.model)
    if not allowed(user, "view", model):
        return
    rows = model.objects.visible_to(user)
    if kind.related:
        rows = rows.select_related(*kind.related)
    for part in parts:
        anywhere = Q()
        for name in kind.fields:
            anywhere |= Q(**{f"{name}__icontains": part})
        rows = rows.filter(anywhere)
    for row in rows[:most]:
        address = link(kind.url_name, getattr(row, kind.url_field))
        if address:
            yield Hit(str(kind.title), str(row), address, bool(getattr(row, "archived_at", None)))


def _places(request: HttpRequest, words: str) -> Iterator[Hit]:
    wanted = words.lower()
    known = set()
    for door in doors(request):
        for place in (door, *door.children):
            if wanted in str(place.title).lower():
                known.add(place.url)
                yield Hit(_("Page"), str(place.title), place.url)
    if not actor_for(request.user).is_staff:
        return
    for facts in lists().values():
        title, address = str(facts.title), link(facts.url_name)
        if (
            wanted in title.lower()
            and address not in known
            and allowed(request.user, "view", facts.model)
        ):
            yield Hit(_("List"), title[:1].upper() + title[1:], address)


class SearchPage(Page):
    """Everything found for ``?q=``, by kind."""

    template_name = "generic/search.html"

    def facts(self) -> dict[str, Any]:
        """Add the words and what was found."""
        words = self.request.GET.get("q", "").strip()
        found: dict[str, list[Hit]] = {}
        places = _places(self.request, words) if len(words) >= SHORTEST else ()
        for hit in (*places, *hits(self.request.user, words)):
            found.setdefault(hit.kind, []).append(hit)
        return {
            **super().facts(),
            "title": _("Search"),
            "words": words,
            "groups": list(found.items()),
            "too_short": 0 < len(words) < SHORTEST,
        }


class SearchJson(Page):
    """The same for the dialog: ``{"hits": [{"kind", "title", "url"}]}``, pages first."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with at most 5 records of each kind."""
        words = request.GET.get("q", "").strip()
        found = [*_places(request, words)] if words else []
        found += hits(request.user, words, most=5)
        facts = [{"kind": hit.kind, "title": hit.title, "url": hit.url} for hit in found[:30]]
        return JsonResponse({"hits": facts})
