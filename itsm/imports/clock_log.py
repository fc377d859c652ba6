"""What the rows of an incident's audit log say about its clock: pure, row by row, in order.

Rules: the clock starts when the incident was opened. ``New`` and ``Active`` run it, ``Awaiting …`` and
``On Hold`` pause it, ``Resolved`` and ``Closed`` stop it, activity after a stop reopens it. The first row
whose state is neither ``New`` nor without meaning is the first response. Another reason to wait ends one
pause and begins the next at the same instant. A pause that is still open when the clock stops ends with
it. State ``-100`` has no meaning and changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

RUNNING, WAITING, STOPPED, WITHOUT_MEANING = "running", "waiting", "stopped", "without_meaning"
STATES = {
    "new": RUNNING, "active": RUNNING, "in progress": RUNNING, "on hold": WAITING,
    "resolved": STOPPED, "closed": STOPPED, "canceled": STOPPED, "cancelled": STOPPED,
    "-100": WITHOUT_MEANING,
}  # fmt: skip
ACCEPTED = ("New", "Active", "In Progress", "Awaiting …", "On Hold", "Resolved", "Closed", "-100")


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """A moment of the clock: kind as in TicketEvent, UTC instant, reason, priority (1 is the highest)."""

    kind: str
    at: datetime
    reason: str = ""
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the log, already read: line of the file, state, UTC instants, priority."""

    line: int
    state: str
    updated_at: datetime
    priority: int | None = None


@dataclass(slots=True)
class Clock:
    """The clock of one incident while its rows are read; ``adjusted`` and ``ignored`` hold lines."""

    opened_at: datetime
    priority: int | None = None
    state: str = RUNNING
    reason: str = ""
    responded: bool = False
    now: datetime = field(init=False)
    events: list[ClockEvent] = field(default_factory=list)
    adjusted: list[int] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.opened_at
        self._say("START", priority=self.priority)

    def _say(self, kind: str, reason: str = "", priority: int | None = None) -> None:
        self.events.append(ClockEvent(kind, self.now, reason, priority))

    def read(self, row: LogRow) -> None:
        """Take one row: raise its time to the previous one if earlier, then change the clock."""
        if row.updated_at < self.now:
            self.adjusted.append(row.line)
        else:
            self.now = row.updated_at
        meaning = meaning_of(row.state)
        if meaning in ("", WITHOUT_MEANING):
            self.ignored.append(row.line)
            return
        if row.priority is not None and row.priority != self.priority:
            if self.priority is not None:
                self._say("PRIORITY", priority=row.priority)
            self.priority = row.priority
        self._respond(row.state)
        self._turn(meaning, row.state)

    def _respond(self, state: str) -> None:
        if not self.responded and state.lower() != "new":
            self.responded = True
            self._say("RESPOND")

    def _turn(self, meaning: str, state: str) -> None:
        if self.state == STOPPED and meaning != STOPPED:
            self._say("REOPEN", state)
            self.state = RUNNING
        if self.state == WAITING and meaning != STOPPED and self.reason != state:
            self._say("RESUME", state)
            self.state = RUNNING
        if meaning == self.state:
            return
        self._say("PAUSE" if meaning == WAITING else "STOP", state)
        self.state, self.reason = meaning, state

    def finish(self, resolved_at: datetime | None, line: int) -> None:
        """End the log: without a stopping row after the last active one, ``resolved_at`` stops the clock."""
        if self.state == STOPPED or resolved_at is None:
            return
        if resolved_at < self.now:
            self.adjusted.append(line)
        self.now = max(self.now, resolved_at)
        self._say("STOP", "resolved_at")
        self.state = STOPPED


def meaning_of(state: str) -> str:
    """Return running, waiting, stopped, without_meaning, or the empty text for an unknown state."""
    lowered = state.strip().lower()
    return WAITING if lowered.startswith("awaiting ") else STATES.get(lowered, "")


def follow(
    rows: Sequence[LogRow], opened_at: datetime, resolved_at: datetime | None = None
) -> Clock:
    """Return the clock after all rows of one incident, which must stand in the order of the log."""
    clock = Clock(opened_at, next(_priorities(rows), None))
    for row in rows:
        clock.read(row)
    clock.finish(resolved_at, rows[-1].line if rows else 0)
    return clock


def _priorities(rows: Sequence[LogRow]) -> Iterator[int]:
    return (row.priority for row in rows if row.priority is not None)
