"""The pages of saved views: kept from a list, changed by their owner, opened first by whoever wants so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import filters
from itsm import models as m
from itsm.permissions import may_share
from itsm.registry import lists
from itsm.services.saved_views import open_with, parameter_names, save_view
from itsm.views.base import ActionPage, ArchivePage, Button, DetailPage, FormPage, RecordPage
from itsm.views.columns import Column
from itsm.views.entities import Entity
from itsm.views.saved_view_form import SavedViewForm
from itsm.views.tables import chip_words


def keep(form: Any, user: Any, _at: datetime) -> m.SavedView:
    """Write a view, and open its list with it when that was ticked."""
    row = save_view(form.save(commit=False), by=user)
    opens = opens_first(user, row)
    if form.cleaned_data["opens_list"] != opens:
        open_with(user, list_name=row.list_name, slug="" if opens else row.slug)
    return row


def opens_first(user: Any, row: m.SavedView) -> bool:
    """Tell whether this view opens its list for ``user``."""
    return bool(user.first_views.get(row.list_name) == row.slug)


def list_title(row: m.SavedView) -> str:
    """Return the name of the view's list, with a capital."""
    facts = lists().get(row.list_name)
    title = str(facts.title) if facts else row.list_name
    return title[:1].upper() + title[1:]


def filter_words(row: m.SavedView) -> list[str]:
    """Return the filters of a view in words: "State Live"."""
    facts, query = lists().get(row.list_name), QueryDict(mutable=True)
    for name, values in row.filters.items():
        query.setlist(name, values)
    found = [_("archived")] if row.filters.get("archived") else []
    if facts is None or facts.filterset is None:
        return found
    form = facts.filterset(query, queryset=facts.model._default_manager.none()).form
    for name, parameters in parameter_names(facts.filterset).items():
        values = {one: query.getlist(one) for one in parameters if query.get(one)}
        if values:
            bound = form.fields[name]
            label = str(bound.label or name)
            found.append(f"{label[:1].upper()}{label[1:]} {chip_words(bound, name, values)}")
    return found


class OwnView(RecordPage):
    """A page that changes a view: for its owner, and for administrators when it is shared."""

    def record(self) -> Any:
        """Return the view, or refuse."""
        row = super().record()
        if not row.belongs_to(self.request.user):
            words = _(
                "This view belongs to %(owner)s. Open it and save it under a name of your own."
            )
            raise PermissionDenied(words % {"owner": row.owner})
        return row


class KeepPage(OwnView, FormPage):
    """Keeps what a list shows, or changes it."""

    lead = lazy("It keeps the filters, the columns in their order and the sorting of the list.")
    lead_alone = lazy(
        "It keeps the filters, the columns in their order and the sorting of the list, for you alone: your "
        "role only reads."
    )

    def facts(self) -> dict[str, Any]:
        """Name the act; say that the view stays with whoever only reads."""
        found = super().facts()
        if self.is_new:
            found |= {"title": _("Save a list as a view"), "submit_text": _("Save view")}
        return found if may_share(self.request.user) else {**found, "lead": self.lead_alone}

    def form_options(self) -> dict[str, Any]:
        """Take what the list shows from the address."""
        found = super().form_options()
        if "query" in self.request.GET:
            found.setdefault("initial", {})["query"] = self.request.GET["query"]
        return found

    def target(self, row: Any) -> str:
        """Go back to the list, in this view."""
        return address_of(row)


def address_of(row: m.SavedView) -> str:
    """Return where the view is shown."""
    facts = lists().get(row.list_name)
    place = reverse(facts.url_name) if facts else reverse("itsm:saved-views_list")
    return f"{place}?view={row.slug}"


class SavedViewPage(DetailPage):
    """A view: what it shows, who sees it."""

    def buttons(self) -> Sequence[Button]:
        """Return the way to the list, then the acts; others than the owner get no Edit."""
        row = self.record()
        found = [Button(_("Open the list"), address_of(row), "main", "right")]
        if row.archived_at:
            return ()
        words = _("Do not open first") if opens_first(self.request.user, row) else _("Open first")
        found.append(Button(words, self.address("first", row)))
        if row.belongs_to(self.request.user):
            found.append(Button(_("Edit"), self.address("edit", row), "plain", "edit", "e"))
        return found

    def more(self) -> Sequence[Button]:
        """Leave out archiving for others than the owner."""
        own = self.record().belongs_to(self.request.user)
        return [link for link in super().more() if own or link.icon != "archive"]


class OwnArchive(OwnView, ArchivePage):
    """Archives or restores a view."""


class FirstPage(ActionPage):
    """Opens the list with this view, or with all rows again: for the reader alone."""

    page_action = "view"

    @property
    def is_first(self) -> bool:
        """Whether the list opens with it now."""
        return opens_first(self.request.user, self.record())

    def act(self, row: Any, form: Any) -> str:
        """Note it with the user."""
        was = self.is_first
        user: Any = self.request.user
        open_with(user, list_name=row.list_name, slug="" if was else row.slug)
        facts = {"list": list_title(row), "name": row}
        if was:
            return _("%(list)s opens with all rows again.") % facts
        return _("%(list)s opens with “%(name)s”.") % facts

    def target(self) -> str:
        """Go to the view."""
        return address_of(self.record())

    def facts(self) -> dict[str, Any]:
        """Ask."""
        names = {"list": list_title(self.record()), "name": self.record()}
        if self.is_first:
            self.question = _("Open %(list)s with all rows again?") % names
        else:
            self.question = _("Open %(list)s with “%(name)s”?") % names
        self.explanation = _("For you alone. “All” above the list still shows every row.")
        self.submit_text = _("Open first") if not self.is_first else _("Do not open first")
        return super().facts()


SAVED_VIEWS = Entity(
    model=m.SavedView,
    slug="saved-views",
    icon="filter",
    form=SavedViewForm,
    filterset=filters.SavedViewFilterSet,
    save=keep,
    related=("owner",),
    ordering=("name", "pk"),
    lead=lazy(
        "Lists as somebody wants to see them again: yours, those of your roles and everybody's."
    ),
    empty_text=lazy(
        "Open a list, choose filters and columns, and press “Save as view”. The view then stands above the list, "
        "in the search and in the API as ?view=."
    ),
    columns=(
        Column("name"),
        Column("list_name", lazy("List"), value=list_title, sort="list_name"),
        Column("shared_with"),
        Column("owner.name", lazy("Owner"), sort="owner__name"),
        Column("updated_at"),
    ),
    detail=(
        Column("list_name", lazy("List"), value=list_title, url=address_of),
        Column("filters", value=filter_words),
        Column("columns", value=lambda row: [words for _name, words in column_words(row)]),
        Column("sort"),
        Column("shared_with"),
        Column("role"),
        Column("owner.name", lazy("Owner")),
        Column("slug", kind="code"),
    ),
    pages={
        "create": KeepPage,
        "edit": KeepPage,
        "detail": SavedViewPage,
        "archive": OwnArchive,
        "restore": OwnArchive,
    },
)


def column_words(row: m.SavedView) -> list[tuple[str, str]]:
    """Return the columns of a view with their heads."""
    facts = lists().get(row.list_name)
    if facts is None:
        return [(name, name) for name in row.columns]
    return [(name, Column(name).head(facts.model)) for name in row.columns]


SAVED_VIEW_ROUTES = [
    path(
        "saved-views/<uuid:pk>/first/",
        FirstPage.as_view(model=m.SavedView, routes=SAVED_VIEWS.prefix, related=("owner",)),
        name="saved-views_first",
    )
]
