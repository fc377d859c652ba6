"""Write the description of the API to ``docs/openapi.yaml``, or say that the file is out of date."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from itsm.api.documents import openapi_yaml

PLACE = Path("docs/openapi.yaml")


class Command(BaseCommand):
    """``manage.py openapi`` writes the file; ``--check`` compares it and exits with 1 when it differs."""

    help = "Write docs/openapi.yaml, or compare it with --check."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take ``--check``."""
        parser.add_argument("--check", action="store_true", help="Compare only; exit 1 on drift.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        place, text = Path(settings.BASE_DIR) / PLACE, openapi_yaml()
        if not options["check"]:
            place.write_text(text, encoding="utf-8")
            self.stdout.write(f"{PLACE}: {len(text.splitlines())} lines")
            return
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            raise CommandError(f"{PLACE} is out of date. Run: python manage.py openapi")
