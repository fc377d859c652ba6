"""The standing cast of the tests: two customers that must never see each other, staff and an auditor."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from itsm.models import (
    Contact,
    Currency,
    Membership,
    Party,
    Service,
    ServiceFamily,
    ServiceHours,
    ServiceHoursVersion,
    User,
)
from slas.models import Agreement, AgreementVersion, Subscription, Target

PASSWORD = "correct-horse-battery"  # for every user of the cast
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
ALWAYS = {day: [["00:00", "24:00"]] for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
CANARY = {"acme": "ACME-CANARY-7f3a", "bolt": "BOLT-CANARY-91c4"}


@dataclass
class World:
    """Who and what there is: ``staff[role]``, ``people[customer slug][role]``, parties, services, agreements."""

    provider: Party
    acme: Party
    bolt: Party
    supplier: Party
    hours: ServiceHours
    family: ServiceFamily
    webmail: Service
    crm: Service
    shared: Service
    staff: dict[str, User] = field(default_factory=dict)
    people: dict[str, dict[str, User]] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    stranger: User | None = None

    @property
    def administrator(self) -> User:
        """The provider's administrator."""
        return self.staff["ADMINISTRATOR"]


def build_world() -> World:
    """Create the cast; the password hash is made once."""
    euro = Currency.objects.create(code="EUR", name="Euro")
    provider = Party.objects.create(
        slug="northwind", name="Northwind Hosting", roles=["PROVIDER"], currency=euro
    )
    acme = _customer("acme", "Acme S.A.", "Europe/Madrid")
    bolt = _customer("bolt", "Bolt Inc.", "America/New_York")
    supplier = Party.objects.create(slug="carrier-one", name="Carrier One", roles=["SUPPLIER"])
    hours = ServiceHours.objects.create(
        slug="always", name="All day, every day", timezone="Europe/Madrid"
    )
    ServiceHoursVersion.objects.create(
        hours=hours, number=1, effective_date="2015-01-01", week=ALWAYS
    )
    family = ServiceFamily.objects.create(slug="workplace", name="Workplace")
    webmail, crm, shared = (
        Service.objects.create(
            slug=slug, name=name, family=family, hours=hours, state="LIVE", live_at=EPOCH
        )
        for slug, name in (("webmail", "Webmail"), ("crm", "CRM"), ("network", "Managed Network"))
    )
    world = World(provider, acme, bolt, supplier, hours, family, webmail, crm, shared)
    _people(world)
    for customer, service in ((acme, webmail), (bolt, crm)):
        _agreement(world, customer, service)
        Subscription.objects.create(customer=customer, service=shared, starts_at=EPOCH)
    return world


def _customer(slug: str, name: str, timezone: str) -> Party:
    party = Party.objects.create(
        slug=slug, name=name, legal_name=CANARY[slug], roles=["CUSTOMER"], timezone=timezone
    )
    Contact.objects.create(
        party=party,
        name=f"{CANARY[slug]} Reader",
        email=f"reader@{slug}.example",
        role="REPORT_RECIPIENT",
    )
    return party


def _people(world: World) -> None:
    first = User.objects.create_user(
        "administrator@northwind.example", PASSWORD, name="Administrator"
    )
    hashed = first.password
    world.staff["ADMINISTRATOR"] = first
    Membership.objects.create(user=first, role="ADMINISTRATOR")
    for role in Membership.Role.values:
        if role == "ADMINISTRATOR" or role.startswith("CUSTOMER_"):
            continue
        world.staff[role] = _user(f"{role.lower()}@northwind.example", hashed, role, None)
    for customer in (world.acme, world.bolt):
        world.people[customer.slug] = {
            role: _user(f"{role.lower()}@{customer.slug}.example", hashed, role, customer)
            for role in Membership.Role.values
            if role.startswith("CUSTOMER_")
        }
    world.stranger = User.objects.create(
        email="stranger@nowhere.example", name="Stranger", password=hashed
    )


def _user(email: str, hashed: str, role: str, customer: Party | None) -> User:
    user = User.objects.create(email=email, name=email.split("@")[0], password=hashed)
    Membership.objects.create(user=user, role=role, customer=customer)
    return user


def _agreement(world: World, customer: Party, service: Service) -> None:
    slug = customer.slug
    agreement = Agreement.objects.create(
        reference=f"SLA-{slug.upper()}", title=f"{CANARY[slug]} agreement", party=customer
    )
    version = AgreementVersion.objects.create(
        agreement=agreement, party=customer, number=1, state="DRAFT", starts_at=EPOCH
    )
    world.targets[slug] = Target.objects.create(
        version=version,
        party=customer,
        reference="AVAILABILITY",
        name=f"{CANARY[slug]} availability",
        kind="AVAILABILITY",
        service=service,
        hours=world.hours,
        objective="99.9",
    )
    AgreementVersion.objects.filter(pk=version.pk).update(state="IN_FORCE")
    Subscription.objects.create(
        customer=customer, service=service, agreement=agreement, starts_at=EPOCH
    )
    world.agreements[slug] = agreement
