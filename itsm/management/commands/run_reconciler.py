"""Find lost work without beat: for tests, repairs and sites that schedule otherwise."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.utils import timezone

from itsm.outbox.delivery import deliver_due
from itsm.services import jobs


class Command(BaseCommand):
    """Send lost hints again and deliver announcements, once or every ``--every`` seconds."""

    help = "Sends hints again for due jobs and runs that fell silent, and delivers announcements."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=0, help="seconds; 0 runs once")
        parser.add_argument("--for", type=float, default=0, dest="seconds", help="stop after")

    def handle(self, *_args: Any, **options: Any) -> None:
        every = options["every"] or (settings.RECONCILE_SECONDS if options["seconds"] else 0)
        until = time.monotonic() + options["seconds"]
        while True:
            hints = jobs.reconcile(at=timezone.now())
            delivered = deliver_due(at=timezone.now(), enqueue=jobs.enqueue)
            if options["verbosity"] > 0 and (hints or delivered or not every):
                self.stdout.write(f"{hints} hints sent again, {delivered} announcements delivered.")
            if not every or (options["seconds"] and time.monotonic() >= until):
                return
            time.sleep(every)
