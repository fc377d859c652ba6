"""The customer's page of agreements, in the customer's words."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.tenancy import actor_for
from itsm.views.portal import PortalPageView
from slas.models import Agreement, Evaluation
from slas.selectors import agreements as select
from slas.selectors.compliance import Scope, matrix, months_until, promises_of
from slas.selectors.evidence_lines import view_for_customer
from slas.views.evaluations import judgment_facts


class PortalAgreementsPage(PortalPageView):
    """What is promised to you, and how it was kept in the last twelve months."""

    template_name = "slas/portal_agreements.html"
    title = lazy("Agreements")

    def facts(self) -> dict[str, Any]:
        """Add the agreements in force with their promises, and the months."""
        actor = actor_for(self.customer)
        rows = (
            Agreement.objects.visible_to(actor)
            .filter(kind=Agreement.Kind.SLA)
            .active()
            .in_force(self.at)
            .order_by("title")
        )
        found = []
        for row in rows:
            version = select.current_version(row, self.at)
            promises = select.promises(version, self.at) if version else []
            found.append(
                {
                    "agreement": row,
                    "version": version,
                    "promises": promises,
                    "lead": select.lead_of(promises),
                }
            )
        months = months_until(self.at, 12, self.customer.timezone)
        scope = Scope(kind=Agreement.Kind.SLA, party=self.customer.pk)
        return {
            **super().facts(),
            "agreements": found,
            "matrix": matrix(
                actor, months, scope=scope, shown=promises_of(actor, months, scope=scope)
            ),
            "columns": len(months) + 1,
        }


class PortalEvaluationPage(PortalPageView):
    """How a figure of a report came about: formula, records that cost time, tickets that were late."""

    template_name = "slas/portal_evaluation.html"

    def judgment(self) -> Evaluation:
        """Return the judgment of an SLA that the reader may see, or answer 404."""
        rows = Evaluation.objects.visible_to(self.request.user).filter(
            target__version__agreement__kind=Agreement.Kind.SLA
        )
        found = rows.select_related("target__service", "party").filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404(_("There is no such figure."))
        self.customer = found.party
        return found

    def facts(self) -> dict[str, Any]:
        """Add the formula and the lines of the trace."""
        row = self.judgment()
        return {**super().facts(), **judgment_facts(row), "trace": view_for_customer(row)}
