"""The coverage page: every live service against the questions that each process answers."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.models import Service
from itsm.registry import processes
from itsm.views.base import Page


def coverage_rows(at: datetime) -> list[dict[str, Any]]:
    """Return each live service with a cell per process: a Coverage, or None where the process asks nothing yet."""
    asking = [process for process in processes() if process.question]
    return [
        {
            "service": service,
            "cells": [p.coverage(service, at) if p.coverage else None for p in asking],
        }
        for service in Service.objects.live()
        .select_related("owner", "hours")
        .order_by("criticality", "name")
    ]


class CoveragePage(Page):
    """Live services × the mission's six questions."""

    staff_only = True
    template_name = "itsm/coverage.html"
    title = lazy("Coverage")
    page_action = "view"
    page_model = Service

    def facts(self) -> dict[str, Any]:
        """Add the matrix and its sentence."""
        rows = coverage_rows(self.at)
        cells = [cell for row in rows for cell in row["cells"] if cell is not None]
        covered = sum(1 for cell in cells if cell.answer == "yes")
        return {
            **super().facts(),
            "lead": self._lead(len(rows), covered, len(cells)),
            "questions": [process for process in processes() if process.question],
            "rows": rows,
        }

    def _lead(self, services: int, covered: int, asked: int) -> str:
        if not services:
            return _("No service is live yet, so nothing is asked.")
        words = ngettext("%(n)s live service", "%(n)s live services", services) % {"n": services}
        return _("%(covered)s of %(asked)s questions about %(services)s are answered with yes.") % {
            "covered": covered, "asked": asked, "services": words,
        }  # fmt: skip
