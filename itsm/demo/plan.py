"""What the demo is measured by: its clock, its length and size, one seed, and who has been made so far."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from itsm.models import Component, Party, Service, ServiceHours, User

SEED = 200_001
MONTHS, SMALL_MONTHS = 15, 3
TICKETS, SMALL_TICKETS = 250, 24  # a month, over all customers
Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how much: ``months`` full months that end before ``at``, ``tickets`` a month."""

    at: datetime
    months: int = MONTHS
    tickets: int = TICKETS

    @classmethod
    def of(cls, at: datetime, *, small: bool = False) -> "Plan":
        """Return the plan of the usual demo, or of the small one that tests load."""
        return cls(at, SMALL_MONTHS, SMALL_TICKETS) if small else cls(at)

    @property
    def start(self) -> datetime:
        """Midnight UTC of the first day of the first month."""
        return self.month(self.months - 1)

    @property
    def end(self) -> datetime:
        """Midnight UTC of the first day of the running month: where records end."""
        return self.month(-1)

    def month(self, ago: int) -> datetime:
        """Return the start of a full month: 0 is the last one, 1 the one before, -1 the running one."""
        day = self.at.astimezone(UTC)
        number = day.year * 12 + day.month - 2 - ago
        return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)

    def moment(self, ago: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
        """Return an instant of the month ``ago``, UTC; days beyond 28 are for long months only."""
        return self.month(ago) + timedelta(days=day - 1, hours=hour, minutes=minute)


@dataclass(slots=True)
class Demo:
    """The plan, and all that other rooms build on, by short name."""

    plan: Plan
    parties: dict[str, Party] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    hours: dict[str, ServiceHours] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)

    def random(self, room: str) -> np.random.Generator:
        """Return the dice of one room: the same in each load, whatever other rooms throw."""
        return np.random.default_rng([SEED, zlib.crc32(room.encode())])

    @property
    def customers(self) -> list[Party]:
        """The demo's customers."""
        return [party for party in self.parties.values() if "CUSTOMER" in party.roles]

    @property
    def provider(self) -> Party:
        """Northwind Hosting."""
        return self.parties["northwind"]
