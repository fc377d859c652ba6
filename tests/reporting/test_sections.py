"""Words of the chapters: what was slow is not called an interruption, hours are exact."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from itsm.calculations.periods import Period
from itsm.models import Outage
from itsm.registry import SectionContext
from itsm.tenancy import SYSTEM, acting_as
from reporting.sections.failures import failures_section
from reporting.sections.method import method_section
from tests.world import World

pytestmark = pytest.mark.django_db


def _context(world: World, period: Period) -> SectionContext:
    return SectionContext(world.acme, [world.webmail], period, period.end)


def _outage(world: World, kind: str, hour: int) -> None:
    starts_at = datetime(2025, 3, 10, hour, tzinfo=ZoneInfo("Europe/Madrid"))
    Outage.objects.create(
        reference=f"OUT-{hour}", service=world.webmail, title="Slow", kind=kind, state="APPROVED",
        starts_at=starts_at, ends_at=starts_at.replace(minute=12), is_published=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "finding"),
    [
        (("OUTAGE",), "One interruption in March 2025."),
        (("DEGRADED",), "One degradation in March 2025."),
        (
            ("OUTAGE", "DEGRADED", "DEGRADED"),
            "One interruption and 2 degradations in March 2025.",
        ),
        (("UNKNOWN",), "No failure or breakdown was recorded in March 2025."),
    ],
)
def test_a_service_that_was_slow_was_not_interrupted(
    world: World, kinds: tuple[str, ...], finding: str
) -> None:
    with acting_as(SYSTEM):
        for hour, kind in enumerate(kinds, 8):
            _outage(world, kind, hour)
        section = failures_section(_context(world, Period.parse("2025-03", "Europe/Madrid")))

    assert section.finding == finding
    table = section.blocks[0]
    assert [row.cells[1].sub for row in table.rows] == [
        f"{world.webmail}{', degraded' if kind == 'DEGRADED' else ''}"
        for kind in kinds
        if kind != "UNKNOWN"
    ]


def test_the_hours_of_a_month_with_a_half_hour_change_of_clocks_are_exact(world: World) -> None:
    # 31 × 24 h less the half hour that clocks on Lord Howe Island skip on 4 October 2026
    with acting_as(SYSTEM):
        section = method_section(_context(world, Period.parse("2026-10", "Australia/Lord_Howe")))

    assert "743.5 hours." in str(section.blocks)
