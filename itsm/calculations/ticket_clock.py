"""What the log of one ticket says about its clock now, and what may happen next: pure."""

from collections.abc import Iterable
from typing import Literal

State = Literal["RUNNING", "PAUSED", "STOPPED", "CANCELLED"]
# What an event makes of the clock; the other kinds change nothing about it.
_MAKES: dict[str, State] = {
    "START": "RUNNING", "PAUSE": "PAUSED", "RESUME": "RUNNING", "STOP": "STOPPED", "REOPEN": "RUNNING",
    "CANCEL": "CANCELLED",
}  # fmt: skip
_NEXT: dict[State, tuple[str, ...]] = {
    "RUNNING": ("RESPOND", "PAUSE", "STOP", "PRIORITY"),
    "PAUSED": ("RESPOND", "RESUME", "STOP", "PRIORITY"),
    "STOPPED": ("REOPEN",),
    "CANCELLED": (),
}


def state_after(kinds: Iterable[str]) -> State:
    """Return the state of a clock after events of these kinds, in the order of their effect.

    A log without any event is a running clock: a ticket starts when it is opened.
    """
    state: State = "RUNNING"
    for kind in kinds:
        state = _MAKES.get(kind, state)
    return state


def possible_after(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of event that may come next; a first response is given once."""
    told = tuple(kinds)
    possible = _NEXT[state_after(told)]
    return tuple(kind for kind in possible if kind != "RESPOND" or kind not in told)
