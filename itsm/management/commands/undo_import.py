"""Undo an import of the last seven days: ``undo_import KEY`` (docs/imports.md).

Exit code 0: undone (or, with ``--dry-run``, would be). 1: refused, nothing was changed.
"""

import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.imports.undoing import Plan, UndoRefused, plan_undo, undo
from itsm.models import ImportRun
from itsm.tenancy import SYSTEM, acting_as


class Command(BaseCommand):
    """Take back what an import wrote."""

    help = "Undoes an import of the last 7 days: removes what it made, puts back what it changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", type=UUID, help="the key that import_data printed")
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing, say what would be"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        begun, at = time.perf_counter(), timezone.now()
        with acting_as(SYSTEM):
            run = ImportRun.objects.filter(pk=options["key"]).first()
            if run is None:
                raise CommandError(
                    _("There is no import with this key. Activity → Imports lists them.")
                )
            plan = plan_undo(run, at=at)
            if options["dry_run"] and plan.obstacles:
                raise CommandError(" ".join(plan.obstacles))
            if not options["dry_run"]:
                try:
                    undo(run, by="undo_import", at=at)
                except UndoRefused as refusal:
                    raise CommandError(str(refusal)) from None
        self.stdout.write(_sentence(plan, time.perf_counter() - begun))


def _sentence(plan: Plan, seconds: float) -> str:
    return _(
        "%(created)s records removed with %(events)s events, %(changed)s put back; %(seconds).1f s"
    ) % {
        "created": plan.created, "events": plan.events, "changed": plan.changed, "seconds": seconds,
    }  # fmt: skip
