"""``/metrics``: figures of every process for Prometheus (text format 0.0.4), read with a token of the staff."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from itsm.models import Job
from itsm.registry import Metric, processes
from itsm.views.base import Page

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage(Page):
    """What each process declares, one gauge after the other; a scope ``read`` is enough."""

    staff_only = True
    page_action = "view"
    page_model = Job

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the lines."""
        found = [metric for process in processes() for metric in process.metrics(self.at)]
        return HttpResponse(exposition(found), content_type=CONTENT_TYPE)


def exposition(metrics: Iterable[Metric]) -> str:
    """Return the metrics as Prometheus reads them: help and type once for each name."""
    lines: list[str] = []
    told: set[str] = set()
    for metric in sorted(metrics, key=lambda one: one.name):
        if metric.name not in told:
            told.add(metric.name)
            lines += [
                f"# HELP {metric.name} {_escaped(metric.meaning)}",
                f"# TYPE {metric.name} gauge",
            ]
        labels = ",".join(
            f'{name}="{_label(text)}"' for name, text in sorted(metric.labels.items())
        )
        lines.append(
            f"{metric.name}{{{labels}}} {metric.value}"
            if labels
            else f"{metric.name} {metric.value}"
        )
    return "\n".join([*lines, ""])


def _escaped(text: Any) -> str:
    return str(text).replace("\\", "\\\\").replace("\n", "\\n")


def _label(text: Any) -> str:
    return _escaped(text).replace('"', '\\"')
