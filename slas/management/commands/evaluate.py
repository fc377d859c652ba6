"""``manage.py evaluate``: judge an agreement over a period and print what came of it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from itsm.calculations.periods import Period
from itsm.tenancy import SYSTEM, acting_as
from slas.models import Agreement, Evaluation
from slas.selectors.figures import as_document, words_of
from slas.services.evaluation import evaluate_period


class Command(BaseCommand):
    """Judge the targets of an agreement over 2016, 2016-Q1 or 2016-03 in its party's time zone."""

    help = "Judge the targets of an agreement over a period; the same evidence gives the same rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --agreement, --period, --reason and --json."""
        parser.add_argument("--agreement", required=True, help="its reference, such as SLA-ACME-IT")
        parser.add_argument("--period", required=True, help="2016, 2016-Q1 or 2016-03")
        parser.add_argument("--reason", default="", help="why a final result is judged again")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate and print; one plain sentence and exit code 1 when that is not possible."""
        with acting_as(SYSTEM):
            agreement = self._agreement(options["agreement"])
            try:
                period = Period.parse(options["period"], agreement.party.timezone)
                rows = evaluate_period(
                    agreement=agreement,
                    period=period,
                    at=timezone.now(),
                    reason=options["reason"],
                )
            except ValueError as refusal:
                raise CommandError(str(refusal)) from refusal
            self._print(agreement, period, rows, as_json=options["json"])

    def _agreement(self, reference: str) -> Agreement:
        row = Agreement.objects.filter(reference=reference).select_related("party").first()
        if row is None:
            known = ", ".join(
                Agreement.objects.order_by("reference").values_list("reference", flat=True)[:10]
            )
            raise CommandError(
                f"There is no agreement {reference!r}. Known: {known or 'none yet'}."
            )
        return row

    def _print(
        self, agreement: Agreement, period: Period, rows: list[Evaluation], *, as_json: bool
    ) -> None:
        if as_json:
            self.stdout.write(json.dumps(as_document(agreement, period, rows)))
            return
        for row in rows:
            self.stdout.write(f"{row.target.reference:24} {words_of(row)}")
