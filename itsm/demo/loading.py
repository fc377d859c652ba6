"""Load the demo: one transaction, stage by stage, each process adding its own part."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache import cache

from itsm.demo import cast, catalogue, dialogue, measurements, records, tickets
from itsm.demo.plan import Demo, Plan, Tell
from itsm.demo.services import HOURS, SERVICES
from itsm.models import Party, Service, ServiceHours
from itsm.registry import processes
from itsm.services.measurements import refresh_statistics
from itsm.tenancy import SYSTEM, acting_as

Stage = tuple[str, Callable[[Demo], Any]]
KERNEL: tuple[Stage, ...] = (
    ("Parties, people and sign-ins", cast.build),
    ("Hours, services and dependencies", catalogue.build),
    ("Outages, maintenance and notices", records.build),
    ("Tickets", tickets.build),
    ("Measurements", measurements.build),
    ("Statistics for the query planner", lambda _demo: refresh_statistics()),
    ("Decisions, actions and remarks", dialogue.build),
)


class DemoRefused(ValueError):
    """Names that the demo needs are taken by real records."""


def is_loaded() -> bool:
    """Tell whether the demo provider is here."""
    with acting_as(SYSTEM):
        return Party.objects.providers().filter(is_demo=True).exists()


def load(plan: Plan, tell: Tell) -> Demo:
    """Create the whole demo or nothing; ``tell(percent, stage)`` is called before each stage.

    Raises DemoRefused when short names of the demo are taken.
    """
    demo = Demo(plan)
    stages = [*KERNEL, *_of_processes()]
    with acting_as(SYSTEM):
        _refuse_taken_names()
        for place, (title, build) in enumerate(stages):
            tell(100 * place // len(stages), title)
            build(demo)
    tell(100, "Done")
    cache.clear()
    return demo


def _of_processes() -> Iterator[Stage]:
    for process in processes():
        if process.demo is not None:
            yield str(process.title), process.demo


def _refuse_taken_names() -> None:
    wanted: dict[Any, list[str]] = {
        Party: [slug for slug, *_rest in cast.PARTIES],
        Service: [facts["slug"] for facts in SERVICES],
        ServiceHours: [slug for slug, *_rest in HOURS],
    }
    taken = [
        f"{model._meta.verbose_name} “{slug}”"
        for model, slugs in wanted.items()
        for slug in model.objects.filter(slug__in=slugs).values_list("slug", flat=True)
    ]
    if taken:
        raise DemoRefused(
            f"The demo needs short names that are taken here: {', '.join(taken)}. Rename these, or load"
            " the demo into an empty site."
        )
