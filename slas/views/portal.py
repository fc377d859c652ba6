"""The customer's page of agreements, in the customer's words."""

from typing import Any

from django.utils.translation import gettext_lazy as lazy

from itsm.tenancy import actor_for
from itsm.views.portal import PortalPageView
from slas.models import Agreement
from slas.selectors import agreements as select
from slas.selectors.compliance import Scope, matrix, months_until, promises_of


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
