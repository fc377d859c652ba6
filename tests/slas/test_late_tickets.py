"""Tickets that come in late make the provisional results of their months stale, once per month."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.calculations.periods import Period
from itsm.models import OutboxMessage
from itsm.outbox.delivery import subscribers
from itsm.services.tickets import TicketFacts, TicketSource, record_tickets
from itsm.tenancy import SYSTEM, acting_as
from slas import tasks
from slas.selectors.stale import periods_of_months
from slas.services.evaluation import evaluate_period

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 20, 9, tzinfo=UTC)


class Moment:
    def __init__(self, kind: str, at: datetime) -> None:
        self.kind, self.at, self.reason, self.priority = kind, at, "", None


def ticket(number: int, world, opened: datetime, hours: int | None = 1) -> TicketFacts:
    events = [Moment("START", opened)]
    if hours is not None:
        events.append(Moment("STOP", opened + timedelta(hours=hours)))
    return TicketFacts(f"T{number}", world.webmail.pk, opened, tuple(events))


def record(world, *tickets: TicketFacts) -> list[dict]:
    """Write the tickets of Acme and return what was announced."""
    with acting_as(SYSTEM):
        record_tickets(tickets, TicketSource(world.acme.pk, "late"), at=AT)
        rows = OutboxMessage.objects.filter(event="tickets.recorded").order_by("created_at")
        return [row.payload for row in rows]


def test_many_tickets_announce_each_month_of_a_service_once(world):
    """The last one was stopped on 31 August, 22:30 UTC: September in Madrid already."""
    days = [datetime(2026, 8, day, 10, tzinfo=UTC) for day in range(5, 25)]
    edge = datetime(2026, 8, 31, 21, 30, tzinfo=UTC)
    rows = [ticket(n, world, at) for n, at in enumerate([*days, edge])]

    told = record(world, *rows)

    touched = {str(world.webmail.pk): ["2026-08", "2026-09"]}
    assert told == [{"customer": str(world.acme.pk), "touched": touched}]
    assert record(world, *rows) == told


def test_a_ticket_that_is_still_open_touches_every_month_until_now(world):
    opened = datetime(2026, 6, 10, 10, tzinfo=UTC)

    told = record(world, ticket(1, world, opened, hours=None))

    months = ["2026-06", "2026-07", "2026-08", "2026-09"]
    assert told[0]["touched"] == {str(world.webmail.pk): months}


def test_provisional_results_are_judged_again_once_and_final_ones_stay(world, monkeypatch):
    agreement = world.agreements["acme"]
    with acting_as(SYSTEM):
        for month in ("2026-08", "2026-09"):
            evaluate_period(agreement=agreement, period=Period.parse(month, "Europe/Madrid"), at=AT)
    told = record(world, *[ticket(n, world, AT - timedelta(days=n)) for n in range(1, 41)])
    queued = []
    monkeypatch.setattr(tasks.evaluate, "delay", lambda **facts: queued.append(facts))

    tasks.tickets_recorded(**told[0], at=AT.isoformat())

    assert told[0]["touched"] == {str(world.webmail.pk): ["2026-08", "2026-09"]}
    assert queued == [{"agreement": str(agreement.pk), "period": "2026-09"}]
    assert subscribers("tickets.recorded") == ["slas.tasks.tickets_recorded"]
    with acting_as(SYSTEM):
        assert periods_of_months(world.bolt.pk, told[0]["touched"]) == []
