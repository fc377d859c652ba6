"""Remove the demo provider and all that belongs to it."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from itsm.demo.removal import NotTheOwner, RemovalRefused, remove


class Command(BaseCommand):
    """Delete the demo in one transaction, or name the real records that stand in the way."""

    help = "Removes the demo provider Northwind Hosting with all its rows and files."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            removed = remove()
        except (RemovalRefused, NotTheOwner) as refused:
            raise CommandError(str(refused)) from None
        rows = sum(removed.rows.values())
        if not rows:
            self.stdout.write("There is no demo here; nothing was changed.")
            return
        self.stdout.write(f"The demo is gone: {rows:,} rows and {removed.files} files removed.")
