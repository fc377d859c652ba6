"""Bring the tables and the two walls to the state of this version (run as the owner)."""

import importlib.util
import json
import time
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


class Command(BaseCommand):
    """Migrate, then set roles' grants and policies; refuse a database of a newer version."""

    help = "Creates or updates the tables and the walls between customers."
    requires_migrations_checks = False
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing when all is well")
        parser.add_argument("--static", action="store_true", help="collect the static files too")
        parser.add_argument("--state", type=Path, help="write whether the database is empty here")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.quiet = options["quiet"]
        try:
            refuse_newer()
            self._timed("migrate", migrate)
            self._timed("walls", raise_walls)
        except DatabaseError as error:
            raise CommandError(f"The database refused: {str(error).strip()}") from error
        if options["static"]:
            self._timed("static", lambda: call_command("collectstatic", "--no-input", verbosity=0))
        if options["state"]:
            options["state"].write_text(json.dumps({"empty": is_empty()}), encoding="utf-8")

    def _timed(self, name: str, act: Any) -> None:
        begun = time.monotonic()
        act()
        if not self.quiet:
            self.stdout.write(f"{name:<10}{time.monotonic() - begun:6.2f} s")


def refuse_newer() -> None:
    """Raise CommandError when the database has migrations that this code does not know."""
    if unknown := unknown_migrations(MigrationLoader(connection)):
        raise CommandError(
            f"This database was written by a newer version of Plimsoll (it has {unknown[-1]})."
            " Install that version, or restore a backup made with this one."
        )


def unknown_migrations(loader: MigrationLoader) -> list[str]:
    """Return the applied migrations that this code does not have, by name."""
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in loader.migrated_apps
        and (app, name) not in loader.disk_migrations
        and (app, name) not in loader.replacements
    )


def migrate() -> None:
    """Apply what is missing; do nothing, not even signals, when nothing is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def raise_walls() -> None:
    """Set the grants and policies of every table (docs/architecture.md, section 8)."""
    if importlib.util.find_spec("itsm.walls"):
        import_module("itsm.walls").apply_walls(connection)


def is_empty() -> bool:
    """Tell whether no person and no party has been recorded yet."""
    for label in ("itsm.User", "itsm.Party"):
        try:
            model = apps.get_model(label)
        except LookupError:
            continue
        if model._default_manager.exists():
            return False
    return True
