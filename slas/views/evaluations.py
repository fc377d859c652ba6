"""The page of a judgment: the formula with its numbers, and the records that made them."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.views.base import Crumb, DetailPage
from slas.models import Evaluation, Target
from slas.selectors.evidence_lines import view_of
from slas.selectors.figures import (
    margin_text,
    objective_text,
    percent,
    period_text,
    promise_text,
    tone_of,
)


def judgment_facts(row: Evaluation) -> dict[str, Any]:
    """Return what the pages of staff and customers print of a judgment, apart from its trace."""
    tone = tone_of(row)
    states = {"ok": _("Kept"), "risk": _("At risk"), "breach": _("Breached")}
    return {
        "title": f"{row.target.name}, {period_text(row.period)}",
        "lead": promise_text(row.target),
        "state_text": states.get(tone, _("Not assessable")),
        "state_tone": tone,
        "row": row,
        "result": percent(row.value, row.target.objective),
        "objective": objective_text(row.target.objective),
        "margin": margin_text(row),
        "tone": tone,
        "later": row.superseded_by.first(),
        "completeness": percent(row.completeness, Decimal("99.99")),
        "zone": row.party.timezone,
    }


class EvaluationPage(DetailPage):
    """A judgment with its trace."""

    template_name = "slas/evaluation_detail.html"

    def crumbs(self) -> list[Crumb]:
        """Return the way back to the agreement."""
        agreement = self.record().target.version.agreement
        return [
            Crumb(_("Compliance"), reverse("slas:compliance")),
            Crumb(agreement.title, reverse("slas:agreements_detail", args=[agreement.pk])),
        ]

    def facts(self) -> dict[str, Any]:
        """Add the formula, the lines of the trace and the stamps."""
        row: Evaluation = self.record()
        return {
            **super().facts(),
            **judgment_facts(row),
            "trace": view_of(row),
            "earlier": self._earlier(row),
            "is_availability": row.target.kind == Target.Kind.AVAILABILITY,
        }

    def _earlier(self, row: Evaluation) -> list[Evaluation]:
        """Return the judgments that this one superseded, newest first."""
        found: list[Evaluation] = []
        before = row.supersedes
        while before is not None and len(found) < 20:
            found.append(before)
            before = before.supersedes
        return found
