"""Put a backup back: database and stored files, all or nothing."""

import shutil
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from itsm.management.commands.setup_database import is_empty
from itsm.server import archive
from itsm.server.errors import StartRefused


class Command(BaseCommand):
    """Check the backup, replace database and files, then migrate to this version."""

    help = "Replaces database and files by those of FILE.tar. Stop web, worker and beat before."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--into-empty", action="store_true", help="refuse if there are data")
        parser.add_argument("--no-input", action="store_true", help="do not ask before replacing")

    def handle(self, *_args: Any, file: Path, **options: Any) -> None:
        try:
            manifest = archive.read_manifest(file)
            refuse_unknown(manifest)
            self._allow(into_empty=options["into_empty"], asks=not options["no_input"])
            count = put_back(file, manifest)
        except (archive.BadArchive, StartRefused, OSError) as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        call_command("setup_database", quiet=True)
        self.stdout.write(f"Restored the backup of {manifest.made_at}: database and {count} files")
        if manifest.key_fingerprint != archive.key_fingerprint(settings.SECRET_KEY):
            self.stderr.write(
                "The backup was made with another SECRET_KEY: stored passwords of other systems"
                " and two-factor secrets cannot be read. Set the old SECRET_KEY and start again."
            )

    def _allow(self, *, into_empty: bool, asks: bool) -> None:
        filled = has_tables() and not is_empty()
        if filled and into_empty:
            raise CommandError(
                "Nothing was changed. The database is not empty: leave out --into-empty"
            )
        if filled and asks and _answer() != "yes":
            raise CommandError(
                "Nothing was changed. To replace the data without being asked: --no-input"
            )


def _answer() -> str:
    """Ask on the terminal; without one there is no answer."""
    try:
        return (
            input("This replaces everything in the database. Type yes to go on: ").strip().lower()
        )
    except EOFError:
        return ""


def has_tables() -> bool:
    """Tell whether the people's table exists: false in a database never set up."""
    return "itsm_user" in connection.introspection.table_names()


def refuse_unknown(manifest: archive.Manifest) -> None:
    """Raise BadArchive when the backup has migrations that this code does not know."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{name}" for app, name in loader.replacements}
    ours = tuple(f"{app}." for app in loader.migrated_apps)
    unknown = [name for name in manifest.migrations if name.startswith(ours) and name not in known]
    if unknown:
        raise archive.BadArchive(
            f"The backup was made by a newer version of Plimsoll (it has {unknown[-1]})."
            " Install that version."
        )


def put_back(file: Path, manifest: archive.Manifest) -> int:
    """Replace database, then files; return the number of files. A failure leaves both as they were."""
    kept = Path(settings.FILES_DIR)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".restore-") as name:
        folder = Path(name)
        count = archive.unpack(file, folder, manifest)
        connection.close()
        archive.replace_database(connection.settings_dict, folder / archive.DUMP)
        if kept.exists():
            kept.rename(folder / "replaced")
        shutil.move(folder / archive.FILES, kept)
    return count
