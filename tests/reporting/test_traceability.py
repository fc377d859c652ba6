"""The figures of a published report, each counted anew by plain SQL on the tables: exact equality."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from itsm.models import MaintenanceWindow, ServiceEvent
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import ReportDefinition, ReportIssue
from reporting.services.issue import issue
from reporting.services.plan import obligation_for
from slas.models import Agreement, AgreementVersion, Target
from tests.factories.slas import make_ticket
from tests.reporting.conftest import AT, add_outage
from tests.world import EPOCH, World

BOUNDS = {"start": "2025-03-01 00:00 Europe/Madrid", "end": "2025-04-01 00:00 Europe/Madrid"}
IN = " >= %(start)s::timestamptz AND {0} < %(end)s::timestamptz"
OUTAGES = (
    "FROM itsm_outage WHERE kind = 'OUTAGE' AND is_published AND superseded_at IS NULL"
    " AND starts_at < %(end)s::timestamptz AND ends_at > %(start)s::timestamptz"
)
EVENTS = "SELECT count(*) FROM itsm_serviceevent WHERE is_published AND kind IN "
CUT = "tstzrange(greatest(starts_at, %(start)s::timestamptz), least(ends_at, %(end)s::timestamptz))"
LOST = (
    "SELECT sum(extract(epoch FROM upper(part) - lower(part))) FROM"
    f" (SELECT unnest(range_agg({CUT})) AS part {OUTAGES}) merged"
)
WORK = "(SELECT sum(extract(epoch FROM ends_at - starts_at)) FROM itsm_maintenancewindow WHERE announced_at IS"
PERIOD = "extract(epoch FROM %(end)s::timestamptz - %(start)s::timestamptz)"
# announced and approved work is taken out of the agreed time, other work counts as lost
AGREED, DOWN = f"({PERIOD} - {WORK} NOT NULL))", f"(({LOST}) + {WORK} NULL))"
STOPS = (
    "(SELECT t.id, max(e.effective_at) FILTER (WHERE e.kind = 'STOP') - t.opened_at AS used"
    " FROM itsm_ticket t JOIN itsm_ticketevent e ON e.ticket_id = t.id GROUP BY t.id, t.opened_at"
    f" HAVING max(e.effective_at) FILTER (WHERE e.kind = 'STOP') {IN}) done"
).replace("{0}", "max(e.effective_at) FILTER (WHERE e.kind = 'STOP')")


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


def sql(text: str) -> Decimal:
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SELECT ({text})::numeric", BOUNDS)
        return Decimal(cursor.fetchone()[0])


@pytest.fixture
def report(
    world: World, define: Callable[..., ReportDefinition], paper: list[int]
) -> dict[str, Any]:
    """Acme's report on March 2025: interruptions that overlap and cross months, late tickets, all kinds."""
    spans = [
        (datetime(2025, 2, 28, 22, tzinfo=UTC), datetime(2025, 3, 1, 0, 7, tzinfo=UTC)),
        (at(12), at(12, 10)),
        (at(12, 9, 30), at(12, 10, 15)),
    ]
    for number, (start, end) in enumerate(spans):
        add_outage(world, reference=f"OUT-{number}", starts_at=start, ends_at=end)
    _told(world)
    _tickets(world)
    made: ReportIssue = issue(obligation=obligation_for(define(), "2025-03"), at=AT)
    return {part["key"]: part for part in made.dataset["sections"]}


def _told(world: World) -> None:
    facts = {"service": world.webmail, "title": "x", "is_published": True, "state": "APPROVED"}
    kinds = ["CHANGE", "UPDATE", "UPDATE", "IMPROVEMENT", "IMPROVEMENT", "KNOWN_PROBLEM", "FAILURE"]
    with acting_as(SYSTEM):
        for number, kind in enumerate(kinds):
            still = kind in ("IMPROVEMENT", "KNOWN_PROBLEM")
            ServiceEvent.objects.create(
                reference=f"EVT-{number}", kind=kind, starts_at=at(10 + number), outcome="DONE",
                ends_at=None if still else at(10 + number, 11), **facts,
            )  # fmt: skip
        told = {"announced_at": EPOCH, "approved_at": EPOCH}
        for number, day in enumerate((5, 19)):
            MaintenanceWindow.objects.create(
                reference=f"MNT-{number}", starts_at=at(day), ends_at=at(day, 10), **facts,
                **(told if day == 5 else {}),
            )  # fmt: skip


def _tickets(world: World) -> None:
    with acting_as(SYSTEM):
        agreement = Agreement.objects.create(reference="SLA-T", title="T", party=world.acme)
        version = AgreementVersion.objects.create(
            agreement=agreement, party=world.acme, number=1, state="DRAFT", starts_at=EPOCH
        )
        Target.objects.create(
            version=version, party=world.acme, reference="SOLVED", name="Solved", kind="RESOLUTION",
            service=world.webmail, hours=world.hours, objective="80", limit_seconds=7200,
        )  # fmt: skip
        AgreementVersion.objects.filter(pk=version.pk).update(state="IN_FORCE")
        for number in range(9):
            day, end = f"2025-03-{number + 2:02d}", f"{10 + number % 4}:59"
            make_ticket(
                world.acme, world.webmail, [("START", f"{day} 10:00"), ("STOP", f"{day} {end}")],
                priority=1 + number % 2,
            )  # fmt: skip


def _cells(table: dict[str, Any], name: str) -> list[str]:
    """Return the texts of the row that begins with a name."""
    rows = [[cell.get("text", "") for cell in row["cells"]] for row in table["rows"]]
    return next(row for row in rows if row[0] == name)


def _number(text: str) -> Decimal:
    return Decimal(text.replace("\u202f", "").replace(",", "").replace("\u2212", "-").strip("+"))


def test_fifteen_figures_equal_what_plain_sql_counts(world: World, report: dict[str, Any]) -> None:
    numbers = [item["value"] for item in report["summary"]["blocks"][0]["items"]]
    said = report["summary"]["blocks"][0]["items"][1]["label"]
    method = report["method"]["blocks"][0]
    up, solved = _cells(method, world.targets["acme"].name), _cells(method, "Solved")
    tickets = _cells(report["failures"]["blocks"][0], "Webmail")
    table = report["attainment"]["blocks"][0]
    margin = _cells(table, world.targets["acme"].name)[3]
    improved = next(b for b in report["improvements"]["blocks"] if b["block"] == "table")
    within = f"SELECT count(*) FROM {STOPS} WHERE used <= interval '2 hours'"
    of = f"SELECT count(*) FROM {STOPS}"
    opened = f"SELECT count(*) FROM itsm_ticket WHERE opened_at {IN.format('opened_at')}"
    begun = IN.format("starts_at")

    figures = {
        "interruptions": (numbers[1], f"SELECT count(*) {OUTAGES}"),
        "maintenance": (
            numbers[2],
            f"SELECT count(*) FROM itsm_maintenancewindow WHERE starts_at {begun}",
        ),
        "changes and updates": (
            numbers[3],
            f"{EVENTS} ('CHANGE', 'UPDATE') AND starts_at {begun}",
        ),
        "changes": (
            len(report["changes"]["blocks"][0]["rows"]),
            f"{EVENTS} ('CHANGE') AND starts_at {begun}",
        ),
        "updates": (
            len(report["changes"]["blocks"][1]["rows"]),
            f"{EVENTS} ('UPDATE') AND starts_at {begun}",
        ),
        "improvements": (len(improved["rows"]), f"{EVENTS} ('IMPROVEMENT')"),
        "known problems": (
            len(report["problems"]["blocks"][0]["rows"]),
            f"{EVENTS} ('KNOWN_PROBLEM') AND ends_at IS NULL",
        ),
        "seconds agreed": (up[4], f"SELECT {AGREED}"),
        "seconds up": (up[3], f"SELECT {AGREED} - {DOWN}"),
        "share up": (up[5], f"SELECT trunc(100 * ({AGREED} - {DOWN}) / {AGREED}, 6)"),
        "margin in minutes": (
            margin,
            f"SELECT trunc(({AGREED} * 0.001 - {DOWN}) / 60, 2)",
        ),
        "tickets in time": (solved[3], within),
        "tickets due": (solved[4], of),
        "tickets opened": (tickets[-1], opened),
        "tickets of priority 1": (tickets[1], f"{opened} AND priority = 1"),
    }

    assert len(figures) == 15
    shown = {name: _number(str(value)) for name, (value, _text) in figures.items()}
    assert shown == {name: sql(text) for name, (_value, text) in figures.items()}
    # by hand: 67 minutes until 00:07 UTC on 1 March, 75 of two that overlap on the 12th, an unannounced hour
    assert shown["seconds agreed"] - shown["seconds up"] == (67 + 75 + 60) * 60
    assert said == "interruptions, 2\u202fh 22\u202fmin in all"
    assert timedelta(seconds=int(shown["seconds agreed"])) == timedelta(hours=742)
