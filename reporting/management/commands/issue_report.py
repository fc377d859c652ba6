"""Make a customer's report by hand: the same act as the schedule's."""

import json
import shutil
import tempfile
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from itsm.calculations.periods import Period
from itsm.models import Party
from itsm.rendering import RenderingFailed
from itsm.services import files
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import ReportDefinition, ReportIssue
from reporting.services.definitions import default_definition
from reporting.services.issue import Order, issue, refuse_running
from reporting.services.plan import obligation_for, refuse_unagreed


def refuse_unwritable(output: Path | None) -> None:
    """Raise OSError, in words, when the PDF could not be written there once the report is made."""
    if output is None:
        return
    if output.is_dir():
        raise OSError(f"{output} is a folder. Name a file in it, such as {output / 'report.pdf'}.")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.exists():
            output.open("ab").close()
        else:
            tempfile.TemporaryFile(dir=output.parent).close()
    except OSError as error:
        raise OSError(
            f"{output} cannot be written ({error.strerror}). Choose another --output; no report was made."
        ) from error


class Command(BaseCommand):
    """Issue one report; equal records give the issue that is there."""

    help = "Makes the service report of a customer for a period, once for the same records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customer", required=True, help="short name of the customer")
        parser.add_argument("--period", required=True, help="2016-03, 2016-Q1 or 2016")
        parser.add_argument("--report", default="", help="short name of the report definition")
        parser.add_argument("--publish", action="store_true", help="show it to the customer")
        parser.add_argument(
            "--reason", default="", help="why a changed report replaces the old one"
        )
        parser.add_argument("--output", type=Path, help="write the PDF here too")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        at = timezone.now()
        try:
            refuse_unwritable(options["output"])
            definition = self._definition(options, at)
            obligation = obligation_for(definition, options["period"])
            order = Order(publish=options["publish"], reason=options["reason"])
            made = issue(obligation=obligation, at=at, order=order)
            with acting_as(SYSTEM):
                made = ReportIssue.objects.select_related("pdf").get(pk=made.pk)
            path = self._output(made, options["output"])
        except (ValueError, LookupError, OSError, RenderingFailed) as error:
            raise CommandError(str(error)) from error
        self._say(made, path, as_json=options["json"])

    def _definition(self, options: dict[str, Any], at: datetime) -> ReportDefinition:
        with acting_as(SYSTEM):
            customers = Party.objects.customers().active()
            customer = customers.filter(slug=options["customer"]).first()
            if customer is None:
                known = ", ".join(customers.order_by("slug").values_list("slug", flat=True)[:20])
                raise CommandError(
                    f"There is no customer “{options['customer']}”. Customers: {known or 'none yet'}."
                )
            period = Period.parse(options["period"], customer.timezone)
            refuse_running(period, at)
            refuse_unagreed(customer, period)
            rows = ReportDefinition.objects.filter(customer=customer).active()
            rows = rows.select_related("customer", "hours").order_by("created_at")
            if options["report"]:
                found = rows.filter(slug=options["report"]).first()
                if found is None:
                    raise CommandError(f"{customer} has no report “{options['report']}”.")
                return found
            fitting = [row for row in rows if self._fits(row, options["period"])]
            if fitting:
                return fitting[0]
        made, is_new = default_definition(customer, at=at)
        if is_new:
            self.stderr.write(f"{customer} had no report definition: a monthly one was made.")
        return made

    @staticmethod
    def _fits(definition: ReportDefinition, period: str) -> bool:
        frequency = "QUARTER" if "Q" in period else "MONTH" if "-" in period else "YEAR"
        return bool(definition.frequency == frequency)

    @staticmethod
    def _output(made: ReportIssue, output: Path | None) -> Path:
        if made.pdf is None:
            raise ValueError("This report has no PDF.")
        stored = files.place_of(made.pdf)
        if output is None:
            return stored
        shutil.copyfile(stored, output)
        return output.resolve()

    def _say(self, made: ReportIssue, path: Path, *, as_json: bool) -> None:
        facts = {
            "issue": str(made.pk),
            "version": made.version,
            "dataset_sha256": made.dataset_sha256,
            "pdf_sha256": made.pdf_sha256,
            "path": str(path),
        }
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        state = "published" if made.published_at else "made, not published"
        self.stdout.write(f"{made.number}, version {made.version}, is {state}: {path}")
        self.stdout.write(made.headline)
