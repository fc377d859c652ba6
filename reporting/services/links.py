"""Where the figures of a report lead: the page of each record that the reader may open."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from itsm.models import Decision, Outage, ServiceEvent
from itsm.tenancy import actor_for
from slas.models import Evaluation

MODELS: Mapping[str, Any] = {
    "evaluation": Evaluation,
    "event": ServiceEvent,
    "outage": Outage,
    "decision": Decision,
}
STAFF = {
    "evaluation": "slas:evaluations_detail",
    "event": "itsm:service-events_detail",
    "outage": "itsm:outages_detail",
    "decision": "itsm:decisions_detail",
}
CUSTOMER = {
    "evaluation": "slas:portal_evaluation"
}  # events and outages have no page of their own there


def links_of(dataset: Mapping[str, Any], who: Any, *, in_portal: bool) -> dict[str, str]:
    """Return "kind:id" → address for each record behind a figure that this person may open.

    One query per kind; what is gone, or another customer's, has no address and stays text. The dataset
    is not touched: the same JSON and the same PDF with or without links.
    """
    pages = CUSTOMER if in_portal else STAFF
    found: dict[str, set[str]] = defaultdict(set)
    for kind, key in _sources(dataset["sections"]):
        if kind in pages and _is_key(key):
            found[kind].add(key)
    return {
        f"{kind}:{key}": reverse(pages[kind], args=[key])
        for kind, keys in found.items()
        for key in MODELS[kind]
        .objects.visible_to(actor_for(who))
        .filter(pk__in=keys)
        .values_list("pk", flat=True)
    }


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _sources(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        ref = value.get("ref")
        if isinstance(ref, Mapping):
            yield str(ref["kind"]), str(ref["id"])
        for item in value.values():
            yield from _sources(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _sources(item)
