"""How fast the demo's service desk is promised to be: agreements promise it, tickets mostly keep it."""

from dataclasses import dataclass
from datetime import timedelta

OFFICE = {"iberia": "office-madrid", "hudson": "office-new-york", "lord-howe": "council-lord-howe"}
ROUND_THE_CLOCK = "round-the-clock"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Speed:
    """One priority: limits of response and resolution; ``days`` is set where working days are promised."""

    response: timedelta
    resolution: timedelta
    days: int | None = None
    in_office_hours: bool = True
    response_objective: int = 95
    resolution_objective: int = 90


SPEEDS = {
    1: Speed(HOUR / 4, 4 * HOUR, in_office_hours=False),
    2: Speed(HOUR, 8 * HOUR),
    3: Speed(4 * HOUR, 40 * HOUR, days=5, response_objective=90),
    4: Speed(8 * HOUR, 80 * HOUR, days=10, response_objective=90),
}  # with days, ``resolution`` is that many days of the shortest office day: always within
# (customer, months ago) → the clock and priority that went badly
BAD_MONTHS: dict[tuple[str, int], tuple[str, int]] = {
    ("iberia", 0): ("RESOLUTION", 2),
    ("iberia", 4): ("RESPONSE", 3),
    ("iberia", 9): ("RESOLUTION", 3),
    ("hudson", 1): ("RESOLUTION", 3),
    ("hudson", 7): ("RESPONSE", 3),
    ("hudson", 12): ("RESOLUTION", 2),
    ("lord-howe", 2): ("RESOLUTION", 3),
    ("lord-howe", 8): ("RESPONSE", 3),
}


def hours_of(customer: str, priority: int) -> str:
    """Return the short name of the hours in which this priority's clock runs for a customer."""
    return OFFICE[customer] if SPEEDS[priority].in_office_hours else ROUND_THE_CLOCK
