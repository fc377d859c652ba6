"""Outages, maintenance and what customers are told, from the tables of ``record_texts`` and some dice."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from itsm.demo.notice_texts import EVENTS, MAINTENANCE, PATCH_DAYS, UPCOMING
from itsm.demo.plan import Demo
from itsm.demo.record_texts import BREAKDOWNS, MINOR, MINOR_SERVICES, Trouble
from itsm.models import MaintenanceWindow, Outage, ServiceEvent
from itsm.services.events import prefix_of
from itsm.services.numbers import take_numbers

MINUTE = timedelta(minutes=1)


def build(demo: Demo) -> int:
    """Create events, outages and maintenance windows with numbers in the order of time."""
    outages, linked = _troubles(demo)
    outages += _minor(demo)
    events = linked + _events(demo)
    windows = _maintenance(demo)
    _number([*events, *outages, *windows])
    ServiceEvent.objects.bulk_create(events)
    Outage.objects.bulk_create(outages)
    MaintenanceWindow.objects.bulk_create(windows)
    return len(events) + len(outages) + len(windows)


def _number(rows: Iterable[Any]) -> None:
    groups: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.starts_at):
        groups[prefix_of(row), row.starts_at.year].append(row)
    for (prefix, _year), group in groups.items():
        numbers = take_numbers(prefix, len(group), at=group[0].starts_at)
        for row, number in zip(group, numbers, strict=True):
            row.reference = number


def _facing(demo: Demo, service: str, title: str, text: str, note: str) -> dict[str, Any]:
    return {
        "service": demo.services[service],
        "title": title,
        "customer_text": text,
        "internal_note": note,
        "is_published": True,
        "is_demo": True,
    }


def _troubles(demo: Demo) -> tuple[list[Outage], list[ServiceEvent]]:
    """Return the breakdowns told one by one, each with its event and one outage per service."""
    outages, events = [], []
    for trouble in BREAKDOWNS:
        if trouble.ago >= demo.plan.months:
            continue
        start = demo.plan.moment(trouble.ago, trouble.day, *trouble.time)
        event = ServiceEvent(
            **_facing(demo, trouble.services[0], trouble.title, trouble.text, trouble.note),
            kind=trouble.kind, state="CLOSED", outcome="DONE", starts_at=start,
            ends_at=start + trouble.minutes * MINUTE, possible_effect=trouble.effect,
            remedy=trouble.remedy,
        )  # fmt: skip
        events.append(event)
        outages += [_outage(demo, trouble, service, start, event) for service in trouble.services]
    return outages, events


def _outage(
    demo: Demo, trouble: Trouble, service: str, start: datetime, event: ServiceEvent | None
) -> Outage:
    length = trouble.minutes * MINUTE
    return Outage(
        **_facing(demo, service, trouble.title, trouble.text, trouble.note),
        kind=trouble.outage, state="CLOSED", weight=Decimal(trouble.weight), event=event,
        component=demo.components.get(trouble.component), cause=trouble.cause,
        root_cause=trouble.root_cause, starts_at=start, ends_at=start + length,
        **_stamps(start, length, is_known=trouble.outage != "UNKNOWN"),
    )  # fmt: skip


def _stamps(start: datetime, length: timedelta, *, is_known: bool) -> dict[str, datetime]:
    """Return detected, responded, repaired and recovered; time without data has none of them."""
    if not is_known:
        return {}
    shares = {"detected_at": 4, "responded_at": 12, "repaired_at": 78, "recovered_at": 92}
    return {
        name: (start + length * share / 100).replace(second=0, microsecond=0)
        for name, share in shares.items()
    }


def _minor(demo: Demo) -> list[Outage]:
    """Return the small interruptions: one or two a month, on a service the dice choose."""
    dice, rows = demo.random("outages"), []
    for ago in range(demo.plan.months - 1, -1, -1):
        for _turn in range(int(dice.integers(2, 5))):
            service = MINOR_SERVICES[int(dice.integers(len(MINOR_SERVICES)))]
            choices = MINOR[service]
            trouble = choices[int(dice.integers(len(choices)))]
            day, hour = int(dice.integers(1, 28)), int(dice.integers(0, 24))
            start = demo.plan.moment(ago, day, hour, int(dice.integers(60)))
            rows.append(
                _outage(demo, trouble.lasting(int(dice.integers(3, 13))), service, start, None)
            )
    return rows


def _events(demo: Demo) -> list[ServiceEvent]:
    rows = []
    for told in EVENTS:
        if told.ago >= demo.plan.months:
            continue
        start = demo.plan.moment(told.ago, told.day, 8)
        rows.append(
            ServiceEvent(
                **_facing(demo, told.service, told.title, told.text, told.note),
                kind=told.kind, state="APPROVED" if told.minutes is None else "CLOSED",
                outcome=told.outcome, starts_at=start,
                ends_at=None if told.minutes is None else start + told.minutes * MINUTE,
                possible_effect=told.effect, remedy=told.remedy, benefit=told.benefit,
                customer=demo.parties.get(told.only_for),
            )
        )  # fmt: skip
    return rows


def _maintenance(demo: Demo) -> list[MaintenanceWindow]:
    """Return a patch window each month for each patched service, the special ones and what is coming."""
    plan, rows = demo.plan, []
    for ago in range(plan.months - 1, -1, -1):
        for service, day in PATCH_DAYS:
            start = plan.moment(ago, day, 1)
            rows.append(
                MaintenanceWindow(
                    **_facing(demo, service, "Monthly security updates",
                              "Security updates of the month. Short interruptions are possible.",
                              "Standard change, runbook PATCH-01."),
                    state="DONE", starts_at=start, ends_at=start + 60 * MINUTE,
                    announced_at=start - timedelta(days=10), approved_at=start - timedelta(days=8),
                    actual_starts_at=start + 4 * MINUTE, actual_ends_at=start + 47 * MINUTE,
                    expected_effect="Interruptions of up to five minutes.",
                )
            )  # fmt: skip
    for work in MAINTENANCE:
        if work.ago >= plan.months:
            continue
        start = plan.moment(work.ago, work.day, work.hour)
        rows.append(
            MaintenanceWindow(
                **_facing(demo, work.service, work.title, work.text, work.note), state="DONE",
                starts_at=start, ends_at=start + work.minutes * MINUTE,
                announced_at=start - timedelta(hours=work.notice_hours),
                approved_at=start - timedelta(hours=work.notice_hours - 6),
                actual_starts_at=start, actual_ends_at=start + work.took * MINUTE,
                expected_effect=work.effect,
            )
        )  # fmt: skip
    return [*rows, *_upcoming(demo)]


def _upcoming(demo: Demo) -> list[MaintenanceWindow]:
    today, rows = demo.plan.at.replace(hour=0, minute=0, second=0, microsecond=0), []
    for service, days, title, text, effect in UPCOMING:
        start = today + timedelta(days=days, hours=2)
        rows.append(
            MaintenanceWindow(
                **_facing(demo, service, title, text, "Plan agreed in the change meeting."),
                state="APPROVED", starts_at=start, ends_at=start + 120 * MINUTE,
                announced_at=demo.plan.at - timedelta(days=3),
                approved_at=demo.plan.at - timedelta(days=2), expected_effect=effect,
            )
        )  # fmt: skip
    return rows
