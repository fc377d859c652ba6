"""Fifteen months of tickets: opened as people work, answered and solved mostly as promised."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from itsm.calculations.open_time import OpenTime
from itsm.demo.plan import Demo
from itsm.demo.promises import BAD_MONTHS, SPEEDS, hours_of
from itsm.demo.ticket_texts import GROUPS, TITLES
from itsm.models import Party
from itsm.selectors import open_hours
from itsm.services.tickets import TicketFacts, TicketSource, record_tickets

SOURCE = "service-desk"
SHARES = {"iberia": 0.5, "hudson": 0.3, "lord-howe": 0.2}
URGENT = {"iberia": 3, "hudson": 2, "lord-howe": 1}  # tickets of priority 1 in each month
SERVICES = {
    "iberia": (("workplace-support", 0.55), ("order-desk", 0.18), ("webmail", 0.17),
               ("managed-network", 0.07), ("backup", 0.03)),
    "hudson": (("workplace-support", 0.58), ("crm", 0.2), ("order-desk", 0.15), ("managed-network", 0.07)),
    "lord-howe": (("workplace-support", 0.6), ("webmail", 0.2), ("public-website", 0.15),
                  ("data-platform", 0.05)),
}  # fmt: skip
WEEKDAYS = np.array([1.3, 1.15, 1.05, 1.0, 0.85, 0.09, 0.06])  # Monday to Sunday
HOURS = np.array([1] * 6 + [4, 12, 46, 64, 60, 48, 30, 34, 44, 42, 34, 20, 8, 5, 3, 2, 1, 1.0])
PAUSES = ("Awaiting customer", "Awaiting supplier")
PREFIXES = {"iberia": "IBE", "hudson": "HUD", "lord-howe": "LHC"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a ticket's clock."""

    kind: str
    at: datetime
    reason: str = ""
    priority: int | None = None


@dataclass(slots=True)
class Desk:
    """What is needed to invent one customer's tickets."""

    demo: Demo
    customer: Party
    dice: np.random.Generator
    hours: Mapping[str, OpenTime]


def build(demo: Demo) -> int:
    """Record all tickets through the bulk door; return how many."""
    hours = {slug: open_hours(row) for slug, row in demo.hours.items()}
    count = 0
    for customer in demo.customers:
        desk = Desk(demo, customer, demo.random(f"tickets:{customer.slug}"), hours)
        tickets = sorted(_tickets(desk), key=lambda one: one["opened_at"])
        prefix = PREFIXES[customer.slug]
        facts = (
            TicketFacts(external_id=f"{prefix}-{number}", **ticket)
            for number, ticket in enumerate(tickets, 10_001)
        )
        origin = TicketSource(customer.pk, SOURCE, is_demo=True)
        count += record_tickets(facts, origin, at=demo.plan.at).created
    return count


def _tickets(desk: Desk) -> Iterator[dict[str, Any]]:
    plan, slug = desk.demo.plan, desk.customer.slug
    for ago in range(plan.months - 1, -1, -1):
        swing = 1 + 0.06 * np.sin(ago) - 0.006 * ago  # a season, and slow growth
        number = max(URGENT[slug] + 2, round(plan.tickets * SHARES[slug] * swing))
        for place in range(number):
            yield _ticket(desk, ago, is_urgent=place < URGENT[slug])


def _ticket(desk: Desk, ago: int, *, is_urgent: bool) -> dict[str, Any]:
    dice, slug = desk.dice, desk.customer.slug
    names, weights = zip(*SERVICES[slug], strict=True)
    service = "workplace-support" if is_urgent else str(dice.choice(names, p=weights))
    priority = 1 if is_urgent else int(dice.choice([2, 3, 4], p=[0.08, 0.52, 0.4]))
    opened = _opening(desk, ago)
    kind, category, title = TITLES[service][int(dice.integers(len(TITLES[service])))]
    return {
        "service_id": desk.demo.services[service].pk,
        "opened_at": opened,
        "kind": kind,
        "title": title,
        "priority": priority,
        "category": category,
        "group": GROUPS[service],
        "events": tuple(
            event for event in _events(desk, ago, opened, priority) if event.at < desk.demo.plan.at
        ),
    }


def _opening(desk: Desk, ago: int) -> datetime:
    """Return an instant of the month at which people of this customer's zone open tickets."""
    dice, plan = desk.dice, desk.demo.plan
    zone = ZoneInfo(desk.customer.timezone)
    first, after = plan.month(ago), plan.month(ago - 1)
    days = [first.date() + timedelta(days=n) for n in range((after - first).days)]
    weights = WEEKDAYS[[day.weekday() for day in days]]
    day = days[int(dice.choice(len(days), p=weights / weights.sum()))]
    hour = int(dice.choice(24, p=HOURS / HOURS.sum()))
    local = datetime(
        day.year,
        day.month,
        day.day,
        hour,
        int(dice.integers(60)),
        int(dice.integers(60)),
        tzinfo=zone,
    )
    return local.astimezone(UTC)


def _events(desk: Desk, ago: int, opened: datetime, priority: int) -> list[Moment]:
    dice = desk.dice
    if priority > 2 and dice.random() < 0.02:
        end = opened + timedelta(minutes=int(dice.integers(5, 300)))
        return [Moment("START", opened, priority=priority), Moment("CANCEL", end, "Opened twice")]
    started = [Moment("START", opened, priority=priority)]
    if priority in (2, 3) and dice.random() < 0.04:  # triage corrects the first guess
        started = [
            Moment("START", opened, priority=priority + 1),
            Moment("PRIORITY", opened + timedelta(minutes=3), priority=priority),
        ]
    hours = desk.hours[hours_of(desk.customer.slug, priority)]
    speed = SPEEDS[priority]
    answered_in = speed.response * _used(desk, ago, "RESPONSE", priority)
    solved_in = speed.resolution * _used(desk, ago, "RESOLUTION", priority)
    solved_in = max(solved_in, answered_in * 1.05)
    responded = _whole(hours.deadline(opened, answered_in))
    responded = max(responded, started[-1].at + timedelta(minutes=1))
    work = _work(desk, hours, responded, solved_in - answered_in)
    return [*started, Moment("RESPOND", responded), *work]


def _work(desk: Desk, hours: OpenTime, since: datetime, effort: timedelta) -> list[Moment]:
    """Return pauses, the stop and perhaps a reopening of a case that takes ``effort`` of open time."""
    dice, moments = desk.dice, []
    at = since
    if effort > timedelta(hours=3) and dice.random() < 0.35:
        part = effort * float(dice.uniform(0.2, 0.7))
        begun = _whole(hours.deadline(at, part))
        at = begun + timedelta(minutes=int(dice.integers(60, 4_000)))
        reason = PAUSES[int(dice.random() < 0.25)]
        moments = [Moment("PAUSE", begun, reason), Moment("RESUME", at, reason)]
        effort -= part
    stop = max(_whole(hours.deadline(at, effort)), at + timedelta(minutes=1))
    moments.append(Moment("STOP", stop))
    if dice.random() < 0.03:
        again = stop + timedelta(minutes=int(dice.integers(90, 2_500)))
        solved = _whole(hours.deadline(again, timedelta(minutes=25)))
        moments += [Moment("REOPEN", again, "Not solved"), Moment("STOP", solved)]
    return moments


def _used(desk: Desk, ago: int, clock: str, priority: int) -> float:
    """Return which share of the limit a case takes: below one is kept, above is missed."""
    dice = desk.dice
    chance = 0.0 if priority < 3 else 0.015
    if BAD_MONTHS.get((desk.customer.slug, ago)) == (clock, priority):
        chance = 0.34
    if dice.random() < chance:
        return float(dice.uniform(1.6, 2.6))
    return float(0.04 + 0.72 * dice.beta(1.6, 3.2))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
