"""Valid minimal agreements, targets and the evidence they are judged on."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from itsm.models import (
    MaintenanceWindow,
    Outage,
    Party,
    Service,
    ServiceHours,
    ServiceHoursVersion,
    Ticket,
    TicketEvent,
)
from slas.models import Agreement, AgreementVersion, Target

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = {day: [["08:00", "20:00"]] for day in ("Mon", "Tue", "Wed", "Thu", "Fri")}
_numbers = iter(range(1, 1_000_000))


def madrid(text: str) -> datetime:
    """Return the instant at which a clock in Madrid reads "2026-09-10 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


def make_hours(week: dict[str, Any], slug: str = "office") -> ServiceHours:
    """Return service hours in Madrid with one week since 2015."""
    hours = ServiceHours.objects.create(slug=slug, name=slug.title(), timezone="Europe/Madrid")
    ServiceHoursVersion.objects.create(
        hours=hours, number=1, effective_date="2015-01-01", week=week
    )
    return hours


def make_version(
    agreement: Agreement, starts_at: datetime, ends_at: datetime | None = None, **terms: Any
) -> AgreementVersion:
    """Return a draft with the next number."""
    return AgreementVersion.objects.create(
        agreement=agreement,
        party_id=agreement.party_id,
        number=agreement.versions.count() + 1,
        starts_at=starts_at,
        ends_at=ends_at,
        **terms,
    )


def make_target(
    version: AgreementVersion, service: Service, hours: ServiceHours, **facts: Any
) -> Target:
    """Return a target: availability of 99.9 % unless the facts say otherwise."""
    usual = {"reference": "AVAILABILITY", "kind": "AVAILABILITY", "objective": "99.9"}
    given = {**usual, **facts}
    given.setdefault("name", given["reference"].title())
    row = Target(version=version, party_id=version.party_id, service=service, hours=hours, **given)
    row.full_clean(exclude=["id"])
    row.save()
    return row


def in_force(version: AgreementVersion) -> AgreementVersion:
    """Put a version in force without ceremony."""
    AgreementVersion.objects.filter(pk=version.pk).update(state="IN_FORCE")
    version.refresh_from_db()
    return version


def make_outage(service: Service, start: str, end: str | None, **facts: Any) -> Outage:
    """Return an outage from and until wall times in Madrid."""
    return Outage.objects.create(
        reference=f"OUT-T-{next(_numbers)}",
        service=service,
        title="Not reachable",
        starts_at=madrid(start),
        ends_at=madrid(end) if end else None,
        **facts,
    )


def make_window(service: Service, start: str, end: str, **facts: Any) -> MaintenanceWindow:
    """Return a maintenance window, announced and approved a month before unless the facts say otherwise."""
    times = {
        name: madrid(facts.pop(name))
        for name in ("announced_at", "approved_at", "actual_starts_at", "actual_ends_at")
        if name in facts
    }
    starts_at = madrid(start)
    usual = {
        "state": "APPROVED",
        "announced_at": madrid("2026-08-01 09:00"),
        "approved_at": madrid("2026-08-02 09:00"),
    }
    return MaintenanceWindow.objects.create(
        reference=f"MNT-T-{next(_numbers)}",
        service=service,
        title="Planned work",
        starts_at=starts_at,
        ends_at=madrid(end),
        **{**usual, **times, **facts},
    )


def make_ticket(
    customer: Party, service: Service, moments: Iterable[tuple[Any, ...]], **facts: Any
) -> Ticket:
    """Return a ticket with events (kind, wall time in Madrid[, reason[, priority]])."""
    rows = [(*moment, "", None)[:4] for moment in moments]
    number = facts.pop("number", f"T{next(_numbers):05d}")
    ticket = Ticket.objects.create(
        customer=customer,
        service=service,
        source="test",
        external_id=number,
        opened_at=madrid(rows[0][1]),
        **{"priority": 1, **facts},
    )
    TicketEvent.objects.bulk_create(
        TicketEvent(
            customer=customer,
            ticket=ticket,
            sequence=sequence,
            kind=kind,
            effective_at=madrid(at),
            reason=reason if isinstance(reason, str) else "",
            priority=priority if priority != "" else None,
        )
        for sequence, (kind, at, reason, priority) in enumerate(rows, 1)
    )
    return ticket
