"""Load the demo provider "Northwind Hosting" into this site."""

import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from itsm.demo.cast import write_sign_ins
from itsm.demo.loading import DemoRefused, is_loaded, load
from itsm.demo.plan import Plan

BAR = 24


class Command(BaseCommand):
    """Load the demo once; a second call says that it is there and changes nothing."""

    help = (
        "Loads the demo provider Northwind Hosting: three customers and fifteen months of records."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--small", action="store_true", help="three months with few tickets")
        parser.add_argument("--at", type=_instant, help="the clock of the demo, such as 2026-11-01")
        parser.add_argument("--no-progress", action="store_true", help="say only when it is done")

    def handle(self, *_args: Any, **options: Any) -> None:
        if is_loaded():
            write_sign_ins()
            self.stdout.write("The demo provider is here already; nothing was changed.")
            return
        plan = Plan.of(options["at"] or timezone.now(), small=options["small"])
        bar = Bar(is_shown=not options["no_progress"])
        try:
            load(plan, bar)
        except DemoRefused as refused:
            raise CommandError(str(refused)) from None
        write_sign_ins()


class Bar:
    """A progress bar with stage, per cent and seconds on the standard error stream."""

    def __init__(self, *, is_shown: bool) -> None:
        """Begin to count the seconds."""
        self.begun, self.is_shown = time.monotonic(), is_shown

    def __call__(self, percent: int, stage: str) -> None:
        """Draw the bar anew; a terminal keeps one line, a log gets a line per stage."""
        if not self.is_shown:
            return
        seconds = time.monotonic() - self.begun
        full = BAR * percent // 100
        line = f"  {'█' * full}{'░' * (BAR - full)} {percent:3d} % {seconds:5.1f} s  {stage}"
        is_terminal = sys.stderr.isatty()
        end = "\n" if percent == 100 or not is_terminal else ""
        sys.stderr.write(f"\r{line:<78}{end}" if is_terminal else f"{line.rstrip()}{end}")
        sys.stderr.flush()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
