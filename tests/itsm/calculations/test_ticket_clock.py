"""What may happen next to a ticket follows from its log."""

import pytest

from itsm.calculations.ticket_clock import possible_after, state_after


@pytest.mark.parametrize(
    ("kinds", "state", "possible"),
    [
        ("", "RUNNING", "RESPOND PAUSE STOP PRIORITY"),
        ("START", "RUNNING", "RESPOND PAUSE STOP PRIORITY"),
        ("START RESPOND PRIORITY", "RUNNING", "PAUSE STOP PRIORITY"),
        ("START PAUSE", "PAUSED", "RESPOND RESUME STOP PRIORITY"),
        ("START RESPOND PAUSE PRIORITY", "PAUSED", "RESUME STOP PRIORITY"),
        ("START PAUSE RESUME", "RUNNING", "RESPOND PAUSE STOP PRIORITY"),
        ("START PAUSE STOP", "STOPPED", "REOPEN"),
        ("START STOP REOPEN", "RUNNING", "RESPOND PAUSE STOP PRIORITY"),
        ("START CANCEL", "CANCELLED", ""),
    ],
)
def test_the_state_of_a_clock_and_what_may_come_next(kinds: str, state: str, possible: str) -> None:
    log = kinds.split()

    assert state_after(log) == state
    assert possible_after(log) == tuple(possible.split())
