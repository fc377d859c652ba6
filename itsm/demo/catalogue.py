"""What Northwind Hosting delivers: hours, families, eight services, offerings, components and their graph."""

from datetime import date, timedelta

from itsm.demo.plan import Demo
from itsm.demo.services import COMPONENTS, FAMILIES, GRAPH, HOLIDAYS, HOURS, OFFERINGS, SERVICES
from itsm.models import (
    Component,
    DependencyGroup,
    DependencyMember,
    Service,
    ServiceFamily,
    ServiceHours,
    ServiceHoursVersion,
    ServiceOffering,
)
from itsm.services.hours import copy_holidays

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def build(demo: Demo) -> None:
    """Create hours, services, offerings, components and what stands on what."""
    _hours(demo)
    _services(demo)
    _components(demo)
    _graph(demo)


def _hours(demo: Demo) -> None:
    first = date(demo.plan.start.year - 1, 1, 1)
    years = range(demo.plan.start.year, demo.plan.at.year + 2)
    for slug, name, zone, days, windows in HOURS:
        row = ServiceHours.objects.create(slug=slug, name=name, timezone=zone, is_demo=True)
        week = {day: windows for day in DAYS[:days]}
        ServiceHoursVersion.objects.create(hours=row, number=1, effective_date=first, week=week)
        if slug in HOLIDAYS:
            country, part = HOLIDAYS[slug]
            copy_holidays(row, country=country, subdivision=part, years=years)
        demo.hours[slug] = row


def _services(demo: Demo) -> None:
    families = {
        slug: ServiceFamily(slug=slug, name=name, description=text, is_demo=True)
        for slug, name, text in FAMILIES
    }
    ServiceFamily.objects.bulk_create(families.values())
    for place, facts in enumerate(SERVICES):
        row = Service(
            **{name: facts[name] for name in ("slug", "name", "description", "intended_outcomes")},
            family=families[facts["family"]], owner=demo.users[facts["owner"]],
            criticality=facts["criticality"], hours=demo.hours[facts["hours"]], state="LIVE",
            live_at=demo.plan.start - timedelta(days=400 + 23 * place), is_demo=True,
        )  # fmt: skip
        demo.services[row.slug] = row
    Service.objects.bulk_create(demo.services.values())
    ServiceOffering.objects.bulk_create(
        ServiceOffering(
            service=demo.services[service], slug=slug, name=name, features=features,
            hours=demo.hours[hours], price_note=price, is_demo=True,
        )
        for service, slug, name, features, hours, price in OFFERINGS
    )  # fmt: skip


def _components(demo: Demo) -> None:
    for slug, name, kind, supplier, text in COMPONENTS:
        demo.components[slug] = Component(
            slug=slug, name=name, kind=kind, description=text,
            supplier=demo.parties.get(supplier), owner=demo.users["CAPACITY_MANAGER"], is_demo=True,
        )  # fmt: skip
    Component.objects.bulk_create(demo.components.values())


def _graph(demo: Demo) -> None:
    groups, members = [], []
    for parent, operator, k, children, note in GRAPH:
        group = DependencyGroup(
            **_end(demo, parent), operator=operator, k=k, note=note, is_demo=True,
            starts_at=demo.plan.start - timedelta(days=365),
        )  # fmt: skip
        groups.append(group)
        members += [DependencyMember(group=group, **_end(demo, child)) for child in children]
    DependencyGroup.objects.bulk_create(groups)
    DependencyMember.objects.bulk_create(members)


def _end(demo: Demo, slug: str) -> dict[str, Service | Component]:
    if slug in demo.services:
        return {"service": demo.services[slug]}
    return {"component": demo.components[slug]}
