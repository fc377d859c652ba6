"""The list that every kind of record has: filtered, sorted, in chosen columns, by a saved view, as a file."""

from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from itsm.calculations.view_query import laid_over
from itsm.models import SavedView
from itsm.services.saved_views import view_faults
from itsm.views.base import Button, RecordPage
from itsm.views.choosing import choices_of, chosen_columns, moved
from itsm.views.columns import Column
from itsm.views.exports import FORMATS, export
from itsm.views.focus import NAMES, focus_of, narrowed
from itsm.views.shell import provider_of
from itsm.views.tables import PLACES, Table, table_for
from itsm.workbooks import TooManyRows

MOST_VIEWS = 12
LONGEST_SLUG = 90


class ListPage(RecordPage):
    """A list: filtered by ``filterset_class``, sorted, paged, exported with ``?format=csv``, ``json`` or ``xlsx``.

    The number of rows is counted up to 1,000 only; ``columns`` are ``Column`` declarations, ``more_columns``
    those that readers may choose besides. ``?view=`` is a saved view; what else stands in the address wins.
    """

    template_name = "generic/list.html"
    fragment_name = "generic/_table.html"
    rows_template: str = "generic/_rows.html"
    page_action = "view"
    columns: Sequence[Column] = ()
    more_columns: Sequence[Column] = ()
    filterset_class: Any = None
    ordering: Sequence[str] = ("pk",)
    page_size = 25
    empty_text: Any = ""
    ghost: str = "list"
    not_narrowed: Sequence[str] = ()

    @property
    def list_name(self) -> str:
        """The name of this list in saved views and in the API: "services"."""
        return self.routes.split(":")[-1]

    @cached_property
    def first_view(self) -> str:
        """The short name of the view that opens this list for the reader, or the empty text."""
        found = getattr(self.request.user, "first_views", None) or {}
        return str(found.get(self.list_name, ""))

    @cached_property
    def asked_view(self) -> str:
        """The short name of the view that the address names; without any word about the rows, the reader's first."""
        given = self.request.GET
        about_rows = "view" in given or any(name not in {*NAMES, *PLACES} for name in given)
        return given.get("view", "") if about_rows else self.first_view

    @cached_property
    def views(self) -> list[SavedView]:
        """The saved views of this list that the reader may open; none is asked for where there is none."""
        rows = (
            SavedView.objects.visible_to(self.request.user)
            .active()
            .filter(list_name=self.list_name)
        )
        provider = provider_of(self.request, has_views=Exists(rows))
        if not getattr(provider, "has_views", True):
            return []
        return list(rows.order_by("name", "pk"))

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view in force."""
        slug = self.asked_view
        return next((view for view in self.views if view.slug == slug), None) if slug else None

    @property
    def is_missing(self) -> bool:
        """Whether the address names a view that the reader cannot open: no row is shown rather than others."""
        return self.view is None and bool(self.request.GET.get("view"))

    @cached_property
    def view_faults(self) -> dict[str, dict[str, str]]:
        """What the view names and the list does not have, save what the address replaces: field → {name: sentence}."""
        found = view_faults(self.view) if self.view is not None else {}
        given = self.request.GET
        found = {name: faults for name, faults in found.items() if name not in given}
        filters = {n: words for n, words in found.pop("filters", {}).items() if n not in given}
        return {**found, "filters": filters} if filters else found

    @property
    def shows_nothing(self) -> bool:
        """Whether the rows meant cannot be told: no view of that name, or a filter of it that the list has not."""
        return self.is_missing or "filters" in self.view_faults

    @cached_property
    def query(self) -> QueryDict:
        """The filters, columns, order and archive mark in force: the view's, and over them the address's."""
        places = {*PLACES, *NAMES}
        given = {name: values for name, values in self.request.GET.lists() if name not in places}
        if "columns" in given:
            given["columns"] = [",".join(given["columns"])]
        query = QueryDict(mutable=True)
        for name, values in laid_over(self.view.parameters if self.view else {}, given).items():
            query.setlist(name, values)
        usual = ",".join(column.name for column in self.columns)
        known = {column.name for column in self.known_columns()}
        names = ",".join(name for name in query.get("columns", "").split(",") if name in known)
        query.pop("columns", None)
        if names not in {"", usual}:
            query["columns"] = names
        orders = {column.order for column in self.columns if column.order}
        if query.get("sort", "").removeprefix("-") not in orders:
            query.pop("sort", None)
        return query

    def known_columns(self) -> Sequence[Column]:
        """Return every column that the reader may choose."""
        return choices_of(self.model, self.columns, self.more_columns)

    def chosen_columns(self) -> Sequence[Column]:
        """Return the columns of ``?columns=`` in their order; without one the usual ones."""
        return chosen_columns(self.query.get("columns", ""), self.known_columns(), self.columns)

    def queryset(self) -> Any:
        """Return the rows in use of what is chosen in the top bar; with ``?archived=1`` the archived ones."""
        rows = super().queryset()
        if hasattr(self.model, "archived_at"):
            rows = rows.filter(archived_at__isnull=self.query.get("archived") != "1")
        rows, self.not_narrowed = narrowed(rows, focus_of(self.request))
        return rows

    def table(self) -> Table:
        """Return the rows of this page with heads, filters and paging."""
        return table_for(self)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the list, or stream it as a file."""
        given = request.GET
        if "move" in given or len(given.getlist("columns")) > 1:
            return self._in_other_columns(given.get("move", ""))
        kind, missing = given.get("format", ""), HTTPStatus.NOT_FOUND
        if self.shows_nothing and (kind or self.is_missing):
            return self.show(missing if self.is_missing else HTTPStatus.UNPROCESSABLE_ENTITY)
        if kind in FORMATS:
            table = self.table()
            try:
                return export(kind, rows=table.all_rows, columns=table.columns, who=request.user)
            except TooManyRows as refusal:
                messages.warning(request, str(refusal))
        if given.get("count") == "1" and getattr(request, "htmx", False):
            return HttpResponse(self.table().total_text, content_type="text/plain")
        return self.show()

    def _in_other_columns(self, step: str) -> HttpResponse:
        """Go to the list's own address with the columns that the form of the columns sent."""
        names = moved([column.name for column in self.chosen_columns()], step)
        usual = [column.name for column in self.columns]
        wanted = {
            "columns": "" if names == usual else ",".join(names),
            "choose": "1" if step else "",
        }
        return HttpResponseRedirect(self.request.path + self.table().url(**wanted))

    def create_url(self) -> str:
        """Return the address of the empty form when the reader may add a record."""
        return self.address("create") if self.may("add") else ""

    @property
    def may_pick(self) -> bool:
        """Whether the reader may archive rows of this list, many at once."""
        return hasattr(self.model, "archived_at") and self.may("archive")

    def pick_facts(self, table: Table) -> dict[str, str]:
        """Return where ticked rows go, and how the boxes are shown; nothing where there is nothing to tick."""
        if not self.may_pick or not table.records:
            return {}
        name = "itsm:restore_many" if table.shows_archived else "itsm:archive_many"
        return {
            "url": reverse(name),
            "list_name": self.list_name,
            "back": table.url(),
            "start": table.url(pick="1"),
            "act": _("Restore …") if table.shows_archived else _("Archive …"),
        }

    def view_facts(self, table: Table) -> dict[str, Any]:
        """Return the tabs of the saved views, and where this one is saved, changed or made the first."""
        tabs = [{"title": _("All"), "url": "?view=", "is_here": not self.asked_view}]
        tabs += [
            {"title": view.name, "url": f"?view={view.slug}", "is_here": view == self.view}
            for view in self.views[:MOST_VIEWS]
        ]
        return {
            "tabs": tabs if self.views else (),
            "more": max(0, len(self.views) - MOST_VIEWS),
            "all_url": f"{reverse('itsm:saved-views_list')}?list_name={self.list_name}",
            "problem": self._missing() if self.is_missing else self._faulty(table),
            **({} if self.shows_nothing else self._keeping()),
        }

    def _keeping(self) -> dict[str, str]:
        """Return where what is shown is kept: as a new view, or in the view that is shown."""
        wanted = dict(self.query.lists())
        query = urlencode(wanted, doseq=True)
        found = {"save_url": "", "view_url": ""}
        if wanted != ({} if self.view is None else self.view.parameters):
            asked = urlencode({"list_name": self.list_name, "query": query})
            found["save_url"] = f"{reverse('itsm:saved-views_create')}?{asked}"
        if self.view is not None:
            found["view_url"] = reverse("itsm:saved-views_detail", args=[self.view.pk])
            if found["save_url"] and self.view.belongs_to(self.request.user):
                edit = reverse("itsm:saved-views_edit", args=[self.view.pk])
                found["keep_url"] = f"{edit}?{urlencode({'query': query})}"
        return found

    def _missing(self) -> dict[str, Any]:
        """Say that the view is archived, or that there is none of this name for the reader."""
        slug = self.asked_view[:LONGEST_SLUG]
        rows = SavedView.objects.visible_to(self.request.user).filter(list_name=self.list_name)
        if (found := rows.filter(slug=slug).first()) is not None:
            url = reverse("itsm:saved-views_detail", args=[found.pk])
            text = _("The view “%(name)s” is archived: none of its rows are shown.") % {
                "name": found
            }
            return {"text": text, "url": url, "act": _("About this view")}
        text = _(
            "This list has no view “%(name)s” that you may see. Its owner may have archived it or keep it alone."
        )
        return {"text": text % {"name": slug}, "url": "?view=", "act": _("Show all rows")}

    def _faulty(self, table: Table) -> dict[str, Any] | None:
        """Say what the view names and the list no longer has, and where it is shown without that."""
        faults = self.view_faults
        if not faults:
            return None
        without = dict.fromkeys(faults.get("filters", {}), "")
        if "columns" in faults:
            without["columns"] = ",".join(column.name for column in self.chosen_columns())
        if "sort" in faults:
            without["sort"] = ""
        words = [sentence for sentences in faults.values() for sentence in sentences.values()]
        return {"list": words, "url": table.url(**without), "act": _("Show it without that")}

    def facts(self) -> dict[str, Any]:
        """Add the table, the buttons and what an empty list says."""
        create, table = self.create_url(), self.table()
        label = _("Add %(thing)s") % {"thing": self.singular}
        buttons = (Button(label, create, "main", "plus", "c"),) if create else ()
        return {
            **super().facts(),
            "title": self.title or self.plural,
            "crumbs": (),
            "buttons": buttons,
            "table": table,
            "views": self.view_facts(table),
            "pick": self.pick_facts(table),
            "is_narrowed": bool(focus_of(self.request)),
            "not_narrowed": ", ".join(self.not_narrowed),
            "rows_template": self.rows_template,
            "singular": self.singular,
            "plural": self.plural,
            "create_url": create,
            "empty_text": self.empty_text,
            "ghost": self.ghost,
            "has_archive": hasattr(self.model, "archived_at"),
        }
