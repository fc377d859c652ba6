"""``?expand=service,service.family``: related records whole instead of by name, at most two steps deep.

A serializer declares what may be expanded: ``Meta.expands = ("service", "customer")``. Each expanded link
costs one query for the whole page, read through ``visible_to`` of the caller.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from itsm.api.errors import accepting
from itsm.api.references import natural_key
from itsm.permissions import allowed
from itsm.tenancy import actor_for

DEEPEST = 2
Tree = dict[str, Any]
SERIALIZERS: dict[type[Any], type[Any]] = {}


def declared(serializer: type[Any], depth: int = DEEPEST) -> Tree:
    """Return the tree of links that may be expanded, for callers who may read them all."""
    if depth == 0:
        return {}
    return {
        name: declared(SERIALIZERS[target], depth - 1)
        for name in getattr(getattr(serializer, "Meta", None), "expands", ())
        if (target := target_of(serializer, name)) in SERIALIZERS
    }


def target_of(serializer: type[Any], name: str) -> Any:
    """Return the model that a link leads to."""
    return serializer.Meta.model._meta.get_field(name).related_model


def _open_to(user: Any, serializer: type[Any], tree: Tree) -> Tree:
    """Return the part of ``tree`` that this caller may read."""
    hidden = hidden_from(serializer, user)
    return {
        name: _open_to(user, SERIALIZERS[target_of(serializer, name)], inner)
        for name, inner in tree.items()
        if name not in hidden and allowed(user, "view", target_of(serializer, name))
    }


def hidden_from(serializer: type[Any], user: Any) -> frozenset[str]:
    """Return the fields of ``serializer`` that this caller never reads."""
    return frozenset() if actor_for(user).is_staff else serializer.hidden_from_customers()


def asked(text: str, serializer: type[Any], user: Any) -> Tree:
    """Return the tree that ``?expand=`` asks for; raise ValidationError with the accepted names."""
    if not text:
        return {}
    known = _open_to(user, serializer, declared(serializer))
    tree: Tree = {}
    for path in filter(None, (part.strip() for part in text.split(","))):
        inner, here = known, tree
        for name in path.split("."):
            if name not in inner:
                raise _unknown(path, known)
            inner, here = inner[name], here.setdefault(name, {})
    return tree


def names_of(tree: Mapping[str, Tree], before: str = "") -> list[str]:
    """Return the dotted names of a tree, in its order."""
    return [
        path
        for name, inner in tree.items()
        for path in (before + name, *names_of(inner, f"{before}{name}."))
    ]


def _unknown(path: str, known: Tree) -> ValidationError:
    names = names_of(known)
    words = (
        _("“%(name)s” cannot be expanded. Use: %(known)s.")
        if names
        else _("“%(name)s” cannot be expanded: nothing here can be.")
    )
    text = words % {"name": path[:60], "known": ", ".join(names)}
    return accepting("?expand", text, "unknown_field", names)


def joins_of(serializer: type[Any], user: Any, without: Mapping[str, Tree]) -> list[str]:
    """Return the links that are read by their natural key, to be joined."""
    model, named = serializer.Meta.model, serializer.Meta.fields
    hidden = hidden_from(serializer, user)
    return [
        field.name
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.name in named
        and field.name not in hidden
        and field.name not in without
        and natural_key(field.related_model)
    ]


def with_links(rows: QuerySet[Any], serializer: type[Any], user: Any, tree: Tree) -> QuerySet[Any]:
    """Return ``rows`` with what the serializer reads of related records: joined by key, expanded whole."""
    rows = rows.select_related(*joins_of(serializer, user, tree))
    for name, inner in tree.items():
        target = target_of(serializer, name)
        found = target._default_manager.visible_to(user)
        found = with_links(found, SERIALIZERS[target], user, inner)
        rows = rows.prefetch_related(Prefetch(name, queryset=found))
    return rows
