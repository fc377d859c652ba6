"""Import a file: ``import_data --profile PROFILE FILE`` (docs/operations.md).

Exit code 0: everything came in (or, with ``--dry-run``, would). 1: refused, nothing was written.
2: the good rows came in, others did not. Errors never stop at the first one.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.imports.commanding import Request, profiles, run_import
from itsm.imports.problems import Unreadable
from itsm.tenancy import SYSTEM, acting_as

BAR = 30
LISTED = 200


class Command(BaseCommand):
    """Read a file into the records of a customer."""

    help = "Imports CSV, a zip with one CSV file, a sheet of a workbook (XLSX), or an agreement as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--profile", required=True, help="what the file holds; see the error")
        parser.add_argument(
            "--customer", default="", help="short name of the customer, such as acme"
        )
        parser.add_argument("--service", default="", help="short name of the service")
        parser.add_argument("--source", default="", help="name of the system the file comes from")
        parser.add_argument("--zone", default="", help="time zone; usual: the customer's")
        parser.add_argument("--date-order", choices=("day_first", "month_first", "iso"))
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", help="may be repeated"
        )
        parser.add_argument(
            "--sheet", default="", help="name of the sheet, of several in a workbook"
        )
        parser.add_argument("--dry-run", action="store_true", help="write nothing, report all")
        parser.add_argument(
            "--all-or-nothing", action="store_true", help="one error: write nothing"
        )
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with acting_as(SYSTEM):
                outcome = run_import(_request(options), at=timezone.now(), progress=self._progress)
        except Unreadable as refusal:
            self._refuse(refusal, as_json=options["json"])
            raise SystemExit(1) from None
        self.stderr.write("", ending="\n" if sys.stderr.isatty() else "")
        if options["json"]:
            self.stdout.write(json.dumps(outcome.brief, ensure_ascii=False))
        else:
            self.stdout.write(outcome.sentence)
        if outcome.key:
            words = _("To undo within 7 days: manage undo_import %(key)s")
            self.stderr.write(words % {"key": outcome.key})
        for line in outcome.findings[:LISTED]:
            self.stderr.write(line)
        if outcome.exit_code:
            raise SystemExit(outcome.exit_code)

    def _refuse(self, refusal: Unreadable, *, as_json: bool) -> None:
        if as_json:
            error = {"line": 0, "column": "", "code": refusal.code, "message": str(refusal)}
            nothing = dict.fromkeys(("rows", "created", "updated", "unchanged", "adjusted"), 0)
            self.stdout.write(
                json.dumps({**nothing, "errors": [error], "seconds": 0.0}, ensure_ascii=False)
            )
        self.stderr.write(str(refusal))

    def _progress(self, rows: int, read: int, size: int) -> None:
        if not sys.stderr.isatty() and read < size:
            return
        share = min(1.0, read / size) if size else 1.0
        done = round(share * BAR)
        words = _("%(rows)s rows read") % {"rows": f"{rows:,}"}
        start = "\r" if sys.stderr.isatty() else ""
        self.stderr.write(
            f"{start}[{'#' * done}{'.' * (BAR - done)}] {share:4.0%}  {words}",
            ending="" if sys.stderr.isatty() else "\n",
        )


def _request(options: dict[str, Any]) -> Request:
    lost = [pair for pair in options["map"] if "=" not in pair]
    if lost:
        words = _("--map %(pair)s names no column. Write --map FIELD=COLUMN.")
        raise Unreadable("map", words % {"pair": lost[0]})
    mapping = dict(pair.split("=", 1) for pair in options["map"])
    if options["profile"] not in profiles():
        raise Unreadable(
            "profile",
            _("There is no profile %(name)s. Choose one of: %(all)s.")
            % {"name": options["profile"], "all": ", ".join(profiles())},
        )
    return Request(
        path=options["file"],
        profile=options["profile"],
        customer=options["customer"],
        service=options["service"],
        source=options["source"],
        zone=options["zone"],
        date_order=options["date_order"] or "",
        mapping=mapping,
        dry_run=options["dry_run"],
        all_or_nothing=options["all_or_nothing"],
        sheet=options["sheet"],
    )
