"""Who is in the demo: the provider, three customers far apart, suppliers, groups, people and sign-ins."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings

from itsm.demo.plan import Demo
from itsm.models import Contact, Currency, Membership, Party, User

CURRENCIES = (("EUR", "Euro"), ("USD", "US dollar"), ("AUD", "Australian dollar"))
# slug, name, legal name, roles, zone, currency, accent, part of
PARTIES = (
    (
        "northwind",
        "Northwind Hosting",
        "Northwind Hosting S.L.",
        ["PROVIDER"],
        "Europe/Madrid",
        "EUR",
        "",
        "",
    ),
    (
        "iberia",
        "Iberia Foods",
        "Iberia Foods S.A.",
        ["CUSTOMER"],
        "Europe/Madrid",
        "EUR",
        "#0B5C82",
        "",
    ),
    (
        "hudson",
        "Hudson Freight",
        "Hudson Freight Inc.",
        ["CUSTOMER"],
        "America/New_York",
        "USD",
        "#7A3E00",
        "",
    ),
    (
        "lord-howe",
        "Lord Howe Council",
        "Lord Howe Island Council",
        ["CUSTOMER"],
        "Australia/Lord_Howe",
        "AUD",
        "#1C6B3A",
        "",
    ),
    (
        "carrier-one",
        "Carrier One",
        "Carrier One Telecom B.V.",
        ["SUPPLIER"],
        "Europe/Amsterdam",
        "EUR",
        "",
        "",
    ),
    (
        "vault-backup",
        "Vault Backup",
        "Vault Backup Ltd.",
        ["SUPPLIER"],
        "Europe/Dublin",
        "EUR",
        "",
        "",
    ),
    (
        "fra-1",
        "FRA-1 Data Centre",
        "FRA-1 Colocation GmbH",
        ["SUPPLIER"],
        "Europe/Berlin",
        "EUR",
        "",
        "",
    ),
    ("service-desk", "Service Desk", "", ["INTERNAL"], "Europe/Madrid", "", "", "northwind"),
    ("platform-team", "Platform Team", "", ["INTERNAL"], "Europe/Madrid", "", "", "northwind"),
)
STAFF = (
    ("ADMINISTRATOR", "Elena Prieto", "elena.prieto"),
    ("SERVICE_LEVEL_MANAGER", "Marcus Lindholm", "marcus.lindholm"),
    ("CAPACITY_MANAGER", "Aisha Rahman", "aisha.rahman"),
    ("CONTINUITY_MANAGER", "Tomasz Nowak", "tomasz.nowak"),
    ("RISK_OWNER", "Ingrid Solberg", "ingrid.solberg"),
    ("FINANCE_CONTROLLER", "Daniel Okafor", "daniel.okafor"),
    ("REPORT_EDITOR", "Claire Fontaine", "claire.fontaine"),
    ("AUDITOR", "Henrik Vogel", "henrik.vogel"),
    ("INTEGRATION", "Monitoring bridge", "monitoring"),
)
# customer → people: name, mailbox, contact role, language
PEOPLE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "iberia": (
        ("Lucía Navarro", "lucia.navarro", "SPONSOR"),
        ("Javier Ortega", "javier.ortega", "APPROVER"),
        ("Carmen Ibáñez", "carmen.ibanez", "REPORT_RECIPIENT"),
        ("Pablo Serrano", "pablo.serrano", "ESCALATION"),
    ),
    "hudson": (
        ("Grace Whitfield", "grace.whitfield", "SPONSOR"),
        ("Robert Chen", "robert.chen", "APPROVER"),
        ("Naomi Feldman", "naomi.feldman", "REPORT_RECIPIENT"),
        ("Luis Delgado", "luis.delgado", "ESCALATION"),
    ),
    "lord-howe": (
        ("Bronwyn Hughes", "bronwyn.hughes", "SPONSOR"),
        ("Callum Fraser", "callum.fraser", "APPROVER"),
        ("Matilda Green", "matilda.green", "REPORT_RECIPIENT"),
        ("Jack Nguyen", "jack.nguyen", "ESCALATION"),
    ),
    "carrier-one": (("Pieter de Vries", "pieter.devries", "SERVICE_LEVEL_MANAGER"),),
    "vault-backup": (("Aoife Byrne", "aoife.byrne", "SERVICE_LEVEL_MANAGER"),),
    "fra-1": (("Sabine Krüger", "sabine.krueger", "SERVICE_LEVEL_MANAGER"),),
    "northwind": (("Marcus Lindholm", "marcus.lindholm", "RELATIONSHIP_OWNER"),),
}
SEATS = (
    ("CUSTOMER_VIEWER", 2),
    ("CUSTOMER_APPROVER", 1),
    ("CUSTOMER_FINANCIAL_VIEWER", 0),
)  # role, whose contact sits there


def password() -> str:
    """Return this site's demo password: the same for all demo users, another one at each site."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"plimsoll demo sign-ins", hashlib.sha256)
    return f"demo-{digest.hexdigest()[:12]}"


def build(demo: Demo) -> None:
    """Create currencies, parties, contacts and users."""
    money = {
        code: Currency.objects.get_or_create(code=code, defaults={"name": name})[0]
        for code, name in CURRENCIES
    }
    for slug, name, legal, roles, zone, currency, accent, parent in PARTIES:
        demo.parties[slug] = Party.objects.create(
            slug=slug, name=name, legal_name=legal, roles=roles, timezone=zone, accent=accent,
            currency=money.get(currency), parent=demo.parties.get(parent), is_demo=True,
        )  # fmt: skip
    Contact.objects.bulk_create(
        Contact(
            party=demo.parties[party], name=name, email=_address(mailbox, party), role=role,
            phone=_phone(party, place), is_demo=True,
        )
        for party, people in PEOPLE.items()
        for place, (name, mailbox, role) in enumerate(people)
    )  # fmt: skip
    _users(demo)


def _users(demo: Demo) -> None:
    first = User(email="nobody@northwind.example")
    first.set_password(password())
    memberships = []
    for role, name, mailbox in STAFF:
        user = _user(demo, role, name, _address(mailbox, "northwind"), first.password)
        memberships.append(Membership(user=user, role=role))
    for customer in demo.customers:
        for role, seat in SEATS:
            name, mailbox, _role = PEOPLE[customer.slug][seat]
            key, address = f"{customer.slug}:{role}", _address(mailbox, customer.slug)
            user = _user(demo, key, name, address, first.password, zone=customer.timezone)
            memberships.append(Membership(user=user, role=role, customer=customer))
    User.objects.bulk_create(demo.users.values())
    Membership.objects.bulk_create(memberships)


def _user(demo: Demo, key: str, name: str, email: str, hashed: str, **facts: str) -> User:
    zone = facts.get("zone", demo.provider.timezone)
    user = User(email=email, name=name, password=hashed, timezone=zone, is_demo=True)
    demo.users[key] = user
    return user


def _address(mailbox: str, party: str) -> str:
    return f"{mailbox}@{party}.example"


def _phone(party: str, place: int) -> str:
    """Return a number from the ranges kept for fiction (Ofcom, NANP 555-01xx, ACMA)."""
    start = {"hudson": "+1 212 555 01", "lord-howe": "+61 2 5550 10"}.get(party, "+44 1632 9600")
    return f"{start}{10 + place}"


def sign_ins() -> list[dict[str, str]]:
    """Return role, email, password and first page of each person who may sign in, staff first."""
    site, secret = settings.SITE_URL.rstrip("/"), password()
    rows: list[tuple[object, str, str]] = [
        (dict(Membership.Role.choices)[role], _address(mailbox, "northwind"), f"{site}/")
        for role, _name, mailbox in STAFF
    ]
    names = {slug: name for slug, name, *_rest in PARTIES}
    for slug in ("iberia", "hudson", "lord-howe"):
        for role, seat in SEATS:
            words = f"{names[slug]}: {role.removeprefix('CUSTOMER_').replace('_', ' ').lower()}"
            rows.append((words, _address(PEOPLE[slug][seat][1], slug), f"{site}/portal/"))
    return [
        {"role": str(role), "email": email, "password": secret, "url": url}
        for role, email, url in rows
    ]


def write_sign_ins() -> list[dict[str, str]]:
    """Write the sign-ins to ``demo_signins.json`` in the site's folder, readable by its owner only."""
    rows: list[dict[str, Any]] = sign_ins()
    place = settings.VAR_DIR / "demo_signins.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return rows
