"""Save the database and the stored files in one tar file."""

import tempfile
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from itsm.server import archive
from itsm.server.errors import StartRefused


class Command(BaseCommand):
    """Dump as the owner, add the files, write the tar in one step."""

    help = "Saves database and files in FILE.tar (keep SECRET_KEY apart: it is not in there)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        if not file.parent.is_dir():
            raise CommandError(f"The folder {file.parent} does not exist. Make it first.")
        try:
            count = self._save(file)
        except (StartRefused, OSError) as error:
            raise CommandError(f"No backup was written. {error}") from error
        size = file.stat().st_size / 1e6
        self.stdout.write(f"{file}: database and {count} files, {size:.1f} MB")

    def _save(self, file: Path) -> int:
        applied = MigrationRecorder(connection).applied_migrations()
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            dumped = Path(folder) / archive.DUMP
            digest = archive.dump(connection.settings_dict, dumped)
            manifest = archive.Manifest(
                format=archive.FORMAT,
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                migrations=sorted(f"{app}.{name}" for app, name in applied),
                dump_sha256=digest,
                key_fingerprint=archive.key_fingerprint(settings.SECRET_KEY),
            )
            return archive.write(file, manifest, dumped, Path(settings.FILES_DIR))
