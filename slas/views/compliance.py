"""The compliance matrix: every promise by month."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.periods import Period
from itsm.models import Party
from itsm.views.base import Crumb, Page
from itsm.views.focus import focus_of
from itsm.views.paging import Paging
from slas.models import Agreement, Evaluation
from slas.selectors.compliance import Scope, matrix, months_until, promises_of

MONTHS = 12
PAGE = 25


class CompliancePage(Page):
    """Promises × months; every cell leads to its judgment. ``?kind=``, ``?party=`` and the top bar narrow it."""

    staff_only = True
    template_name = "slas/compliance.html"
    title = lazy("Compliance")
    page_action = "view"
    page_model = Evaluation

    def facts(self) -> dict[str, Any]:
        """Add the matrix and its filters."""
        query = self.request.GET
        kind = query.get("kind", "SLA")
        parties = Party.objects.visible_to(self.request.user)
        focus = focus_of(self.request)
        party = parties.filter(slug=query.get("party", "")).first() or focus.customer
        until = self._until(query.get("until", "") or (focus.period.label if focus.period else ""))
        months = months_until(until, MONTHS)
        scope = Scope(
            kind=kind if kind in Agreement.Kind.values else "",
            party=party.pk if party else None,
            service=focus.service.pk if focus.service else None,
        )
        owed = promises_of(self.request.user, months, scope=scope)
        paging = Paging(query, len(owed), PAGE)
        shown = owed[paging.first : paging.last_number]
        found = matrix(self.request.user, months, scope=scope, shown=shown)
        return {
            **super().facts(),
            "crumbs": [Crumb(_("Service levels"))],
            "lead": found.lead,
            "matrix": found,
            "paging": paging,
            "columns": len(found.months) + 1,
            "kinds": Agreement.Kind.choices,
            "kind": kind,
            "parties": parties.filter(agreements__isnull=False).distinct().order_by("name"),
            "party": party,
            "previous": months[0].previous().label,
            "until": months[-1].label,
        }

    def _until(self, label: str) -> Any:
        try:
            return Period.parse(label).months()[-1].start if label else self.at
        except ValueError:
            return self.at
