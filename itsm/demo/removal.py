"""Remove the demo as the database's owner: all of its rows and files, or nothing and the reasons why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, models, transaction

from itsm.demo import sweeping
from itsm.models import Party, StoredFile, User
from itsm.walls import CUSTOMER

NAMED = 12  # as many rows are named in a refusal


class RemovalRefused(ValueError):
    """Records that are no demo point to demo records."""


class NotTheOwner(ValueError):
    """Only the database's owner sees and may delete all rows."""


@dataclass(slots=True)
class Removed:
    """How many rows and files went; ``rows`` by table."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0


def remove() -> Removed:
    """Delete every demo row in one transaction, then the files that nobody else keeps.

    A row is demo when it says so, when it is held by a demo party, or when it is part of a demo row
    (deleted with it). Raises RemovalRefused naming real rows that point in, NotTheOwner for other roles.
    """
    with transaction.atomic():
        _require_owner()
        keys = demo_keys()
        _refuse_if_pointed_at(keys)
        places = set(
            StoredFile.objects.filter(pk__in=keys[StoredFile]).values_list("key", flat=True)
        )
        removed = Removed(sweeping.delete(keys))
        places -= set(StoredFile.objects.filter(key__in=places).values_list("key", flat=True))
    removed.files = sum(_unlink(Path(settings.FILES_DIR) / place) for place in places)
    (settings.VAR_DIR / "demo_signins.json").unlink(missing_ok=True)
    cache.clear()
    return removed


def demo_keys() -> dict[type[models.Model], set[Any]]:
    """Return the keys of all demo rows by model."""
    parties = set(Party.objects.filter(is_demo=True).values_list("pk", flat=True))
    keys: dict[type[models.Model], set[Any]] = {}
    for model in _models():
        keys[model] = _marked(model, parties)
    found = True
    while found:  # parts of parts: a member of a group of a service
        found = False
        for model, reference in _parts():
            parents = keys.get(reference.related_model, set())
            if parents:
                more = model._base_manager.filter(**{f"{reference.name}__in": parents})
                new = set(more.values_list("pk", flat=True)) - keys[model]
                keys[model] |= new
                found = found or bool(new)
    return keys


def _models() -> list[type[models.Model]]:
    """Return every model with a table of its own, except history and samples."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and not hasattr(model, "pgh_tracked_model")
        and model._meta.app_label != "pghistory"
    ]


def _marked(model: type[models.Model], parties: set[Any]) -> set[Any]:
    names = {one.name for one in model._meta.get_fields()}
    found: set[Any] = set()
    rows = model._base_manager
    if "is_demo" in names:
        found |= set(rows.filter(is_demo=True).values_list("pk", flat=True))
    column = getattr(model, "wall_column", "customer_id")
    if getattr(model, "wall", "") == CUSTOMER and column != "id":
        found |= set(rows.filter(**{f"{column}__in": parties}).values_list("pk", flat=True))
    return found


def _parts() -> Iterator[tuple[type[models.Model], Any]]:
    """Yield foreign keys whose rows are deleted with what they point to."""
    for model in _models():
        for one in model._meta.local_fields:
            if isinstance(one, models.ForeignKey) and one.remote_field.on_delete is models.CASCADE:
                yield model, one


def _refuse_if_pointed_at(keys: dict[type[models.Model], set[Any]]) -> None:
    names: list[str] = []
    for model in _models():
        for one in model._meta.local_fields:
            parent: Any = one.related_model
            targets = keys.get(parent, set())
            if not targets or getattr(one.remote_field, "on_delete", None) is models.CASCADE:
                continue
            pointing = model._base_manager.filter(**{f"{one.name}__in": targets})
            for row in pointing.exclude(pk__in=keys[model])[:NAMED]:
                target = getattr(row, one.name)
                names.append(f"{model._meta.verbose_name} “{row}” ({one.verbose_name}: {target})")
    if names:
        listed = "\n  ".join(names[:NAMED])
        raise RemovalRefused(
            f"Records of your own point to demo records:\n  {listed}\nPoint them to your own records"
            " or archive and re-create them without the demo, then remove the demo again. Nothing was"
            " removed."
        )


def _require_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass",
                       [User._meta.db_table])  # fmt: skip
        if not cursor.fetchone()[0]:
            raise NotTheOwner("Only the database's owner removes the demo: manage.py remove_demo.")


def _unlink(place: Path) -> bool:
    if not place.is_file():
        return False
    place.unlink()
    return True
