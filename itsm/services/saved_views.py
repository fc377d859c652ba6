"""Saved views: keeping one, and saying which one opens a list."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _

from itsm.calculations.view_query import free_name
from itsm.models import SavedView, User
from itsm.permissions import may_share
from itsm.registry import ListFacts, lists

LONGEST = 80


@transaction.atomic
def save_view(row: SavedView, *, by: Any) -> SavedView:
    """Write a view; a new one belongs to ``by`` and gets a short name that its list does not have yet.

    Raises ValidationError for a role that does not fit, and when somebody who only reads shares it.
    """
    if row.shared_with != SavedView.Shared.ME and not may_share(by):
        words = _("Your role only reads: keep this view for yourself.")
        raise ValidationError({"shared_with": words})
    if row._state.adding:
        row.owner = by
        _one_by_one(row.list_name)
        taken = SavedView.objects.filter(list_name=row.list_name).values_list("slug", flat=True)
        row.slug = free_name(slugify(row.name)[:LONGEST] or "view", frozenset(taken))
    if row.shared_with != SavedView.Shared.ROLE:
        row.role = ""
    row.full_clean(exclude=["id", "owner"])
    row.save()
    return row


def _one_by_one(list_name: str) -> None:
    """Let nobody else name a view of this list until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"saved-views:{list_name}"])


@transaction.atomic
def open_with(user: User, *, list_name: str, slug: str) -> None:
    """Let ``user``'s list open with this view; an empty ``slug`` lets it open with all rows."""
    found: User = User.objects.select_for_update().get(pk=user.pk)
    views = {name: view for name, view in found.first_views.items() if name != list_name}
    if slug:
        views[list_name] = slug
    User.objects.filter(pk=user.pk).update(first_views=views)
    user.first_views = views


def parameter_names(filterset: Any) -> dict[str, list[str]]:
    """Return filter → its parameters in addresses, such as ``starts_at_after`` of a range."""
    named = {}
    for name, found in getattr(filterset, "filters", filterset.base_filters).items():
        suffixes = getattr(found.field.widget, "suffixes", None)
        named[name] = [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]
    return named


def known_parameters(filterset: Any) -> set[str]:
    """Return every parameter that filters a list; none without a ``filterset``."""
    named = parameter_names(filterset) if filterset is not None else {}
    return {one for names in named.values() for one in names}


def view_faults(row: SavedView) -> dict[str, dict[str, str]]:
    """Return what a saved view names and its list does not have: field → {name: sentence}. Asks nothing."""
    facts = lists().get(row.list_name)
    if facts is None:
        known = ", ".join(sorted(lists()))
        words = _("There is no such list. Use: %(known)s.") % {"known": known}
        return {"list_name": {row.list_name: words}}
    filters = sorted(known_parameters(facts.filterset))
    orders = {row.sort.removeprefix("-")} - {""}
    found = {
        "filters": _unknown(
            _("The list has no filter “%(name)s”. Use: %(known)s."),
            {*row.filters} - {"archived"},
            filters,
        ),
        "columns": _unknown(
            _("The list has no column “%(name)s”. Use: %(known)s."), row.columns, facts.columns
        ),
        "sort": _unknown(
            _("The list cannot be ordered by “%(name)s”. Use: %(known)s."),
            orders,
            sorted(facts.orders),
        ),
    }
    return {name: faults for name, faults in found.items() if faults}


def _unknown(words: str, names: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    gone = [name for name in names if name not in known]
    return {name: words % {"name": name[:40], "known": ", ".join(known)} for name in sorted(gone)}


def view_errors(row: SavedView) -> dict[str, str]:
    """Return why a view cannot be kept: field → sentence. Empty when all is well; reads what filters name."""
    faults = view_faults(row)
    found = {name: next(iter(sentences.values())) for name, sentences in faults.items()}
    if "list_name" not in found and "filters" not in found:
        wrong = _wrong_value(row, lists()[row.list_name])
        found |= {"filters": wrong} if wrong else {}
    return found


def _wrong_value(row: SavedView, facts: ListFacts) -> str:
    query = QueryDict(mutable=True)
    for name, values in row.filters.items():
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            return str(_("Give a list of texts for each filter."))
        query.setlist(name, values)
    if facts.filterset is None:
        return ""
    form = facts.filterset(query, queryset=facts.model._default_manager.none()).form
    for name, words in form.errors.items():
        label = str(form.fields[name].label or name)
        return f"{label[:1].upper()}{label[1:]}: {words[0]}"
    return ""
