"""Write the declared schedules into the rows that beat reads."""

from typing import Any

from django.core.management import BaseCommand

from itsm.services.timetable import synchronise


class Command(BaseCommand):
    """Synchronise the timetable; beat does the same when it starts."""

    help = "Writes the declared schedules for beat and removes undeclared ones."

    def handle(self, *_args: Any, **_options: Any) -> None:
        number = synchronise()
        self.stdout.write(f"{number} scheduled tasks are in the timetable.")
