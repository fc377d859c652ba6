"""What an incident's log says about its clock, rule by rule, on logs written by hand."""

from datetime import UTC, datetime, timedelta

from itsm.imports.clock_log import LogRow, follow

OPENED = datetime(2016, 3, 1, 8, 0, tzinfo=UTC)


def _log(*rows: tuple[int, str] | tuple[int, str, int]) -> list[LogRow]:
    """Rows as (minutes after opening, state, priority)."""
    return [
        LogRow(line, row[1], OPENED + timedelta(minutes=row[0]), row[2] if len(row) > 2 else 3)
        for line, row in enumerate(rows, 2)
    ]


def _said(*rows, resolved=None):
    at = None if resolved is None else OPENED + timedelta(minutes=resolved)
    clock = follow(_log(*rows), OPENED, at)
    return [(e.kind, (e.at - OPENED) // timedelta(minutes=1)) for e in clock.events], clock


def test_the_clock_starts_at_opening_and_stops_at_the_first_resolved_row():
    said, _ = _said((5, "New"), (10, "Active"), (60, "Resolved"), (90, "Resolved"), (999, "Closed"))
    assert said == [("START", 0), ("RESPOND", 10), ("STOP", 60)]


def test_every_awaiting_state_pauses_until_work_goes_on():
    said, clock = _said((5, "Active"), (20, "Awaiting User Info"), (50, "Active"), (60, "Resolved"))
    assert said == [("START", 0), ("RESPOND", 5), ("PAUSE", 20), ("RESUME", 50), ("STOP", 60)]
    assert clock.events[2].reason == "Awaiting User Info"


def test_another_reason_to_wait_begins_another_pause_at_once():
    said, clock = _said((20, "Awaiting User Info"), (40, "Awaiting Vendor"), (60, "Closed"))
    assert said == [
        ("START", 0), ("RESPOND", 20), ("PAUSE", 20), ("RESUME", 40), ("PAUSE", 40), ("STOP", 60),
    ]  # fmt: skip
    assert clock.events[4].reason == "Awaiting Vendor"


def test_activity_after_a_stop_reopens():
    said, _ = _said(
        (10, "Resolved"), (30, "Active"), (50, "Closed"), (70, "Awaiting Vendor"), (90, "Resolved")
    )
    assert said == [
        ("START", 0), ("RESPOND", 10), ("STOP", 10), ("REOPEN", 30), ("STOP", 50),
        ("REOPEN", 70), ("PAUSE", 70), ("STOP", 90),
    ]  # fmt: skip


def test_a_row_that_goes_back_in_time_is_raised_to_the_one_before_and_told():
    said, clock = _said((10, "Active"), (5, "Awaiting Vendor"), (7, "Active"), (60, "Resolved"))
    assert said == [("START", 0), ("RESPOND", 10), ("PAUSE", 10), ("RESUME", 10), ("STOP", 60)]
    assert clock.adjusted == [3, 4]


def test_a_row_before_the_opening_is_raised_to_it():
    said, clock = _said((-3, "Active"), (60, "Resolved"))
    assert said == [("START", 0), ("RESPOND", 0), ("STOP", 60)]
    assert clock.adjusted == [2]


def test_state_minus_100_changes_no_clock_and_is_told():
    said, clock = _said((5, "Active"), (20, "-100"), (60, "Resolved"))
    assert said == [("START", 0), ("RESPOND", 5), ("STOP", 60)]
    assert clock.ignored == [3]


def test_resolved_at_stops_the_clock_only_when_no_row_does():
    assert _said((5, "Active"), resolved=45)[0][-1] == ("STOP", 45)
    assert _said((5, "Active"), (60, "Resolved"), resolved=45)[0][-1] == ("STOP", 60)
    assert _said((60, "Resolved"), (80, "Active"), resolved=70)[0][-2:] == [
        ("REOPEN", 80),
        ("STOP", 80),
    ]
    assert _said((5, "Active"))[0] == [("START", 0), ("RESPOND", 5)]


def test_a_change_of_priority_is_an_event_with_the_new_one():
    clock = follow(_log((5, "Active", 3), (20, "Active", 1), (60, "Resolved", 1)), OPENED)
    assert [(e.kind, e.priority) for e in clock.events] == [
        ("START", 3), ("RESPOND", None), ("PRIORITY", 1), ("STOP", None),
    ]  # fmt: skip
    assert clock.priority == 1
