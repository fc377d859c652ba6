"""Every entity gets its pages from one declaration: list, detail, form, archive and history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, path

from itsm.registry import ListFacts, declare_list
from itsm.views.base import ArchivePage, DetailPage, FormPage, HistoryPage, Page
from itsm.views.choosing import choices_of
from itsm.views.columns import Column
from itsm.views.lists import ListPage


@dataclass(frozen=True)
class Entity:
    """What the pages of one model need.

    ``slug`` is the folder of its addresses, ``routes`` the prefix of its route names with the app's
    namespace ("itsm:services"; empty: "<app label>:<slug>"). ``form`` is a ModelForm (None: read only), ``save`` a
    service ``(form, user, at) -> record``; ``edits`` False: no form changes what is recorded. ``lookup`` is "pk"
    or a unique slug field. ``acts`` are (title, route suffix, right, kind). ``pages`` replaces single
    pages: {"detail": ServicePage}.
    """

    model: type[Any]
    slug: str
    columns: Sequence[Column]
    detail: Sequence[Column] = ()
    form: Any = None
    filterset: Any = None
    title: Any = ""
    lead: Any = ""
    icon: str = ""
    ordering: Sequence[str] = ("pk",)
    related: Sequence[str] = ()
    prefetch: Sequence[str] = ()
    lookup: str = "pk"
    routes: str = ""
    save: Callable[..., Any] | None = None
    edits: bool = True
    state: Column | None = None
    empty_text: Any = ""
    ghost: str = "list"
    acts: Sequence[tuple[Any, str, str, str]] = ()
    pages: dict[str, type[Any]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The names of its routes without the suffix: "itsm:services"."""
        return self.routes or f"{self.model._meta.app_label}:{self.slug}"


def entity_pages(entity: Entity) -> list[URLPattern]:
    """Return the routes ``<slug>_list``, ``_create``, ``_detail``, ``_edit``, ``_archive``, ``_restore``, ``_history``.

    Create and edit exist when the entity has a form; archive and restore when its model can be archived.
    """
    common = {
        "model": entity.model,
        "routes": entity.prefix,
        "icon": entity.icon,
        "lookup": entity.lookup,
        "related": entity.related,
        "prefetch": entity.prefetch,
    }
    kind = "uuid" if entity.lookup == "pk" else "slug"
    one = f"{entity.slug}/<{kind}:{entity.lookup}>/"
    name = entity.prefix.split(":")[-1]
    declare_list(_declared(entity))
    pages: list[tuple[str, str, type[Page], dict[str, Any]]] = []
    pages.append(("list", f"{entity.slug}/", ListPage, _list_facts(entity)))
    if entity.form is not None:
        facts = {"form_class": entity.form, "save": entity.save}
        pages.append(("create", f"{entity.slug}/new/", FormPage, facts))
        if entity.edits:
            pages.append(("edit", f"{one}edit/", FormPage, facts))
    detail: dict[str, Any] = {
        "fields": entity.detail or entity.columns,
        "state": entity.state,
        "acts": entity.acts,
    }
    pages.append(("detail", one, DetailPage, detail))
    pages.append(("history", f"{one}history/", HistoryPage, {}))
    if hasattr(entity.model, "archived_at"):
        pages.append(("archive", f"{one}archive/", ArchivePage, {"restores": False}))
        pages.append(("restore", f"{one}restore/", ArchivePage, {"restores": True}))
    return [
        path(
            address, entity.pages.get(page, usual).as_view(**common, **facts), name=f"{name}_{page}"
        )
        for page, address, usual, facts in pages
    ]


def _list_facts(entity: Entity) -> dict[str, Any]:
    return {
        "columns": entity.columns,
        "more_columns": entity.detail,
        "filterset_class": entity.filterset,
        "ordering": entity.ordering,
        "title": entity.title,
        "lead": entity.lead,
        "empty_text": entity.empty_text,
        "ghost": entity.ghost,
    }


def _declared(entity: Entity) -> ListFacts:
    known = choices_of(entity.model, entity.columns, entity.detail)
    return ListFacts(
        name=entity.prefix.split(":")[-1],
        title=entity.title or entity.model._meta.verbose_name_plural,
        model=entity.model,
        url_name=f"{entity.prefix}_list",
        columns=tuple(column.name for column in known),
        orders=frozenset(column.order for column in entity.columns if column.order),
        filterset=entity.filterset,
        lookup=entity.lookup,
    )
