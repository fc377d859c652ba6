"""Archiving the records that were ticked in a list, and restoring them: asked once, done at once."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.permissions import allowed
from itsm.registry import ListFacts, lists
from itsm.services.archiving import SomeRefused, archive_many, refusals
from itsm.views.base import Crumb, Page

MOST = 200


class ManyPage(Page):
    """Asks, then archives (or ``restores``) every ``row`` of ``list`` in one transaction.

    What was chosen stands in the address or in the form; ``back`` is the list's own query.
    """

    template_name = "generic/many.html"
    staff_only = True
    restores = False

    @cached_property
    def of_list(self) -> ListFacts:
        """The list that the records are of. Raises Http404, and PermissionDenied for who may not archive there."""
        found = lists().get(self.given("list"))
        if found is None or not hasattr(found.model, "archived_at"):
            raise Http404
        if not allowed(self.request.user, "archive", found.model):
            raise PermissionDenied(_("Your roles do not allow this. Ask an administrator."))
        return found

    @property
    def words(self) -> QueryDict:
        """What was sent: the form's, even with every tick taken away, else the address's."""
        return self.request.POST if "list" in self.request.POST else self.request.GET

    def given(self, name: str) -> str:
        """Return a word of what was sent."""
        return str(self.words.get(name, ""))

    @cached_property
    def keys(self) -> list[Any]:
        """The keys that were ticked, each once; what is no key names nothing."""
        key, found = self.of_list.model._meta.pk, dict[Any, None]()
        for text in self.words.getlist("row")[:MOST]:
            try:
                found[key.to_python(text)] = None
            except ValidationError:
                continue
        return list(found)

    def rows(self) -> Any:
        """Return the records chosen that the reader may see, with what their names read."""
        model = self.of_list.model
        rows = model._default_manager.visible_to(self.request.user).filter(pk__in=self.keys)
        named = getattr(model, "words_from", ())
        return rows.select_related(*named) if named else rows

    def target(self) -> str:
        """Return the list, as it was left."""
        back = self.given("back")
        return reverse(self.of_list.url_name) + (back if back.startswith("?") else "")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, or name what stands in the way."""
        at = None if self.restores else self.at
        try:
            done = archive_many(self.rows(), wanted=len(self.keys), by=request.user, at=at)
        except SomeRefused as refused:
            return self.show(422, problems=refused.reasons)
        if done:
            messages.info(request, self.said(len(done)), extra_tags=self.undo_url(done))
        return HttpResponseRedirect(self.target())

    def said(self, count: int) -> str:
        """Return what was done, in words."""
        words = (
            ngettext(
                "%(count)s record is in use again.", "%(count)s records are in use again.", count
            )
            if self.restores
            else ngettext("%(count)s record is archived.", "%(count)s records are archived.", count)
        )
        return words % {"count": count}

    def undo_url(self, done: Sequence[Any]) -> str:
        """Return where a POST takes it back."""
        name = "itsm:archive_many" if self.restores else "itsm:restore_many"
        asked = [("list", self.of_list.name), *(("row", row.pk) for row in done)]
        return f"{reverse(name)}?{urlencode([*asked, ('back', self.given('back'))])}"

    def facts(self) -> dict[str, Any]:
        """Add the records by name, what will happen, and what stands in the way."""
        facts, rows = self.of_list, sorted(self.rows(), key=str)
        missing = len(self.keys) - len(rows)
        names = {"things": str(facts.title).lower()}
        title = _("Restore %(things)s?") if self.restores else _("Archive %(things)s?")
        return {
            **super().facts(),
            "title": title % names,
            "crumbs": (Crumb(capfirst(str(facts.title)), self.target()),),
            "explanation": _("They appear in lists and choices again, as they were.")
            if self.restores
            else _(
                "They leave lists and choices. Nothing is deleted: their history stays readable, and you can "
                "restore them at any time."
            ),
            "submit_text": _("Restore them") if self.restores else _("Archive them"),
            "rows": rows,
            "problems": refusals(rows, missing=missing, by=self.request.user),
            "list_name": facts.name,
            "back": self.given("back"),
            "back_url": self.target(),
        }


MANY_ROUTES = [
    path("lists/archive/", ManyPage.as_view(), name="archive_many"),
    path("lists/restore/", ManyPage.as_view(restores=True), name="restore_many"),
]
