"""The coverage page: every live service against the questions that each process answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.models import Service
from itsm.registry import Coverage, processes
from itsm.views.base import Page
from itsm.views.focus import focus_of, narrowed
from itsm.views.paging import Paging

PAGE = 12


def live_services() -> Any:
    """Return the live services, the most critical first."""
    return Service.objects.live().select_related("owner").order_by("criticality", "name")


def coverage_rows(services: Sequence[Service], at: datetime) -> list[dict[str, Any]]:
    """Return each service with a cell per process: a Coverage, or None where the process asks nothing yet.

    Each process is asked once about all the services.
    """
    asking = [process for process in processes() if process.question]
    answers = [p.coverage(services, at) if p.coverage else {} for p in asking]
    questions = [process.question for process in asking]
    rows: list[dict[str, Any]] = []
    for service in services:
        cells = [given.get(service.pk) for given in answers]
        asked = list(zip(questions, cells, strict=True))
        rows.append({"service": service, "cells": cells, "asked": asked})
    return rows


def answered(rows: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return how many questions are answered with yes, and how many are asked."""
    cells: list[Coverage] = [cell for row in rows for cell in row["cells"] if cell is not None]
    return sum(1 for cell in cells if cell.answer == "yes"), len(cells)


def _unasked(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the questions that no service of these rows is asked yet."""
    asked = [row["asked"] for row in rows]
    return [
        str(cells[0][0])
        for cells in zip(*asked, strict=True)
        if not any(cell for _q, cell in cells)
    ]


def has_gap(row: dict[str, Any]) -> bool:
    """Tell whether a question about this service has no good answer."""
    return any(cell is not None and cell.answer != "yes" for cell in row["cells"])


class CoveragePage(Page):
    """Live services × the mission's six questions; ``?gaps=1`` shows only services with a gap.

    Only the services of the page are asked about; the counts of the whole catalogue come after it.
    """

    staff_only = True
    template_name = "itsm/coverage.html"
    title = lazy("Coverage")
    page_action = "view"
    page_model = Service

    def facts(self) -> dict[str, Any]:
        """Add the matrix and its sentence."""
        services = narrowed(live_services(), focus_of(self.request))[0]
        only_gaps = self.request.GET.get("gaps") == "1"
        live = services.count()
        if only_gaps:
            found = [row for row in coverage_rows(list(services), self.at) if has_gap(row)]
            paging = Paging(self.request.GET, len(found), PAGE)
            rows = found[paging.first : paging.last_number]
        else:
            paging = Paging(self.request.GET, live, PAGE)
            rows = coverage_rows(list(services[paging.first : paging.last_number]), self.at)
        return {
            **super().facts(),
            "lead": self._lead(live, rows),
            "questions": [process for process in processes() if process.question],
            "unasked": _unasked(rows),
            "rows": rows,
            "paging": paging,
            "only_gaps": only_gaps,
            "services": live,
        }

    def _lead(self, live: int, rows: list[dict[str, Any]]) -> str:
        if not live:
            return _("No service is live yet, so nothing is asked.")
        if live > len(rows):
            return _("%(shown)s of %(live)s live services, the most critical first.") % {
                "shown": len(rows), "live": live,
            }  # fmt: skip
        return answered_words(rows)


def answered_words(rows: Sequence[dict[str, Any]]) -> str:
    """Return how many questions about these services are answered with yes, as a sentence."""
    covered, asked = answered(rows)
    words = ngettext("%(n)s live service", "%(n)s live services", len(rows)) % {"n": len(rows)}
    return _("%(covered)s of %(asked)s questions about %(services)s are answered with yes.") % {
        "covered": covered, "asked": asked, "services": words,
    }  # fmt: skip


class CoverageCountsPage(Page):
    """The counts of the whole catalogue in a sentence: what My work and the coverage page fetch afterwards."""

    staff_only = True
    template_name = "itsm/_coverage_counts.html"
    page_action = "view"
    page_model = Service

    def facts(self) -> dict[str, Any]:
        """Add the sentence and the number of services with a gap."""
        services, _unknown = narrowed(live_services(), focus_of(self.request))
        rows = coverage_rows(list(services), self.at)
        return {"words": answered_words(rows), "gaps": sum(1 for row in rows if has_gap(row))}
