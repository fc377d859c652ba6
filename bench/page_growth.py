"""The main pages at the demo's size and with a hundred times its rows: seconds must hardly grow."""

import sys
import time
from typing import Any

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bench.figures import figure
from bench.growth import TIMES, grow
from itsm.demo.loading import load
from itsm.demo.plan import Plan
from itsm.models import Service, User
from itsm.tenancy import SYSTEM, acting_as

NAME = "page-growth"
NEEDS_SERVERS = True
ROUNDS = 9
LIMIT = 1.3
STAFF = "marcus.lindholm@northwind.example"
CUSTOMER = "carmen.ibanez@iberia.example"


def measure() -> list[dict[str, Any]]:
    """Return how many times as slow each page became, with its milliseconds at both sizes."""
    load(Plan.of(timezone.now()), lambda _percent, _stage: None)
    pages = _pages()
    small = _times(pages)
    rows = grow()
    large = _times(pages)
    figures = [figure("rows in all", sum(rows.values()), "rows")]
    for name in pages:
        figures.append(
            figure(
                f"{name}: with {TIMES} times the rows, times as slow", large[name] / small[name],
                "times", goal=LIMIT, peer=f"{name} at the demo's size, ms",
                peer_value=round(1000 * small[name], 1),
            )
        )  # fmt: skip
        figures[-1]["ratio"] = round(small[name] / large[name], 3)
    return figures


def _pages() -> dict[str, tuple[str, str]]:
    """Return name → who opens it and its address."""
    with acting_as(SYSTEM):
        service = Service.objects.get(slug="webmail")
    return {
        "home": (STAFF, "/"),
        "services": (STAFF, "/services/"),
        "a service": (STAFF, f"/services/{service.slug}/"),
        "outages": (STAFF, "/outages/"),
        "tickets": (STAFF, "/tickets/"),
        "agreements": (STAFF, "/agreements/"),
        "compliance": (STAFF, "/compliance/"),
        "coverage": (STAFF, "/coverage/"),
        "delivery board": (STAFF, "/reports/board/"),
        "portal": (CUSTOMER, "/portal/"),
    }


def _times(pages: dict[str, tuple[str, str]]) -> dict[str, float]:
    """Return the least seconds of each page; every round asks all pages once."""
    clients = {email: Client(headers={"host": "localhost"}) for email in (STAFF, CUSTOMER)}
    for email, client in clients.items():
        client.force_login(User.objects.get(email=email))
    best: dict[str, float] = {}
    for _round in range(ROUNDS):
        for name, (email, address) in pages.items():
            cache.clear()
            begun = time.perf_counter()
            answer = clients[email].get(address)
            spent = time.perf_counter() - begun
            if answer.status_code != 200:
                sys.exit(f"{address} answered {answer.status_code}: {answer.content[:200]!r}")
            best[name] = min(spent, best.get(name, spent))
    return best
