"""What Northwind Hosting has promised and been promised: agreements of all kinds, subscriptions, verdicts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsm.calculations.periods import Period
from itsm.demo.plan import Demo
from itsm.demo.promises import SPEEDS, hours_of
from slas.models import Agreement, AgreementVersion, Subscription, Target
from slas.services.evaluation import evaluate_period

BEFORE = timedelta(days=366)  # agreements are older than the records
NEW_VERSION_AGO = 7  # months ago the second version of Iberia's agreement took effect
ALL_DAY = "round-the-clock"


@dataclass(frozen=True, slots=True)
class Promise:
    """One agreement: reference, kind, title, party and the availability promised of each service."""

    reference: str
    kind: str
    title: str
    party: str
    availability: tuple[tuple[str, str, str], ...]  # service, per cent, hours
    has_speeds: bool = False
    signed_by: str = ""


AGREEMENTS = (
    Promise(
        "SLA-IBERIA", "SLA", "Services for head office and shops", "iberia",
        (("webmail", "99.9", ALL_DAY), ("order-desk", "99.5", "extended-madrid"),
         ("managed-network", "99.95", ALL_DAY), ("backup", "99.5", ALL_DAY),
         ("workplace-support", "99", "office-madrid")),
        has_speeds=True, signed_by="Javier Ortega, Iberia Foods; Elena Prieto, Northwind Hosting",
    ),
    Promise(
        "SLA-HUDSON", "SLA", "Services for depots and sales", "hudson",
        (("crm", "99.8", ALL_DAY), ("order-desk", "99.5", "extended-madrid"),
         ("managed-network", "99.9", ALL_DAY)),
        has_speeds=True, signed_by="Robert Chen, Hudson Freight; Elena Prieto, Northwind Hosting",
    ),
    Promise(
        "SLA-LORD-HOWE", "SLA", "Services for council and residents", "lord-howe",
        (("public-website", "99.7", ALL_DAY), ("webmail", "99.9", ALL_DAY)),
        has_speeds=True, signed_by="Callum Fraser, Lord Howe Council; Elena Prieto, Northwind Hosting",
    ),
    Promise(
        "OLA-SERVICE-DESK", "OLA", "Staffing of the service desk", "service-desk",
        (("workplace-support", "99.5", ALL_DAY),), signed_by="Elena Prieto",
    ),
    Promise(
        "OLA-PLATFORM", "OLA", "Running of the business platform", "platform-team",
        (("crm", "99.9", ALL_DAY), ("order-desk", "99.9", ALL_DAY), ("data-platform", "99.5", ALL_DAY)),
        signed_by="Elena Prieto",
    ),
    Promise(
        "UC-CARRIER-ONE", "UNDERPINNING", "Leased lines", "carrier-one",
        (("managed-network", "99.95", ALL_DAY),), signed_by="Pieter de Vries, Carrier One",
    ),
    Promise(
        "UC-VAULT-BACKUP", "UNDERPINNING", "Second place of all copies", "vault-backup",
        (("backup", "99.5", ALL_DAY),), signed_by="Aoife Byrne, Vault Backup",
    ),
    Promise(
        "UC-FRA-1", "UNDERPINNING", "Hall, power and cooling", "fra-1",
        (("managed-network", "99.9", ALL_DAY),), signed_by="Sabine Krüger, FRA-1",
    ),
)  # fmt: skip
# customer, service, is under the agreement, quantity
SUBSCRIPTIONS = (
    ("iberia", "webmail", True, 640), ("iberia", "order-desk", True, 120),
    ("iberia", "managed-network", True, 14), ("iberia", "backup", True, 22),
    ("iberia", "workplace-support", True, 640),
    ("hudson", "crm", True, 85), ("hudson", "order-desk", True, 60),
    ("hudson", "managed-network", True, 9), ("hudson", "workplace-support", True, 310),
    ("lord-howe", "public-website", True, 1), ("lord-howe", "webmail", True, 75),
    ("lord-howe", "workplace-support", True, 75), ("lord-howe", "data-platform", False, 2),
)  # fmt: skip


def load(demo: Demo) -> None:
    """Create agreements with versions and targets, subscriptions and the evaluations of all months."""
    agreements = {}
    for promise in AGREEMENTS:
        agreements[promise.party] = _agreement(demo, promise)
    Subscription.objects.bulk_create(
        Subscription(
            customer=demo.parties[customer], service=demo.services[service], quantity=quantity,
            agreement=agreements[customer] if is_agreed else None, is_demo=True,
            starts_at=demo.plan.start - BEFORE,
        )
        for customer, service, is_agreed, quantity in SUBSCRIPTIONS
    )  # fmt: skip
    for row in agreements.values():
        _evaluate(demo, row)


def _agreement(demo: Demo, promise: Promise) -> Agreement:
    party = demo.parties[promise.party]
    row = Agreement.objects.create(
        reference=promise.reference, kind=promise.kind, title=promise.title, party=party,
        owner=demo.users["SERVICE_LEVEL_MANAGER"], is_demo=True,
    )  # fmt: skip
    start, change = demo.plan.start - BEFORE, _change(demo, promise)
    first = _version(row, 1, start, ends_at=change, promise=promise)
    versions = [first]
    if change is not None:
        versions.append(_version(row, 2, change, promise=promise))
        versions[
            1
        ].summary = "Two more priorities are promised; maintenance is announced 72 hours before."
    AgreementVersion.objects.bulk_create(versions)
    Target.objects.bulk_create(
        target for version in versions for target in _targets(demo, promise, version)
    )
    return row


def _change(demo: Demo, promise: Promise) -> datetime | None:
    """Return when Iberia's second version began: at the start of a month in Madrid."""
    if promise.party != "iberia" or demo.plan.months <= NEW_VERSION_AGO:
        return None
    day = demo.plan.moment(NEW_VERSION_AGO, 15)
    return Period.containing(day, "month", demo.parties["iberia"].timezone).start


def _version(
    agreement: Agreement,
    number: int,
    start: datetime,
    *,
    promise: Promise,
    ends_at: datetime | None = None,
) -> AgreementVersion:
    return AgreementVersion(
        agreement=agreement, party=agreement.party, number=number, state="IN_FORCE", starts_at=start,
        ends_at=ends_at, notice_hours=72, allowance_minutes=240, signed_by=promise.signed_by,
        signed_at=start - timedelta(days=14),
    )  # fmt: skip


def _targets(demo: Demo, promise: Promise, version: AgreementVersion) -> Iterator[Target]:
    for service, per_cent, hours in promise.availability:
        name = demo.services[service].name
        yield _target(
            demo, version, service, hours, reference=f"{service.upper()}-AVAILABILITY",
            name=f"Availability of {name}", kind="AVAILABILITY", objective=per_cent,
            recorded_from=demo.plan.start,
        )  # fmt: skip
    if promise.has_speeds:
        yield from _speeds(demo, version)


def _speeds(demo: Demo, version: AgreementVersion) -> Iterator[Target]:
    """Yield response and resolution of each priority at the service desk; the first version has two."""
    has_all = version.ends_at is None
    for priority, speed in SPEEDS.items():
        if priority > 2 and not has_all:
            continue
        hours = hours_of(version.party.slug, priority)
        shared = {"priority": priority, "min_sample": 1}
        yield _target(
            demo, version, "workplace-support", hours, reference=f"P{priority}-RESPONSE", kind="RESPONSE",
            name=f"Answer to priority {priority}", objective=str(speed.response_objective),
            limit_seconds=int(speed.response.total_seconds()), **shared,
        )  # fmt: skip
        limit = {"limit_seconds": int(speed.resolution.total_seconds())}
        if speed.days is not None:
            limit = {"limit_working_days": speed.days}
        yield _target(
            demo, version, "workplace-support", hours, reference=f"P{priority}-RESOLUTION",
            kind="RESOLUTION", name=f"Solution of priority {priority}",
            objective=str(speed.resolution_objective), **limit, **shared,
        )  # fmt: skip


def _target(
    demo: Demo, version: AgreementVersion, service: str, hours: str, **facts: Any
) -> Target:
    return Target(
        version=version, party=version.party, service=demo.services[service],
        hours=demo.hours[hours], **facts,
    )  # fmt: skip


def _evaluate(demo: Demo, agreement: Agreement) -> None:
    for ago in range(demo.plan.months - 1, -1, -1):
        label = f"{demo.plan.month(ago):%Y-%m}"
        period = Period.parse(label, agreement.party.timezone)
        evaluate_period(agreement=agreement, period=period, at=demo.plan.at)
