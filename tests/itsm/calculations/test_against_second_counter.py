"""Service time against a counter that knows nothing but "what does the clock on the wall read now?".

The second counter walks through time in steps of five minutes, asks the zone for the local wall time
of each step and looks it up in the written week. It shares no code with the product.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.calculations.service_hours import ServiceHours, elapsed_many

STEP = timedelta(minutes=5)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# A zone and a day near a change of its clock that is out of the ordinary.
PLACES = [
    ("Europe/Madrid", "2026-10-24"),
    ("America/New_York", "2026-03-07"),
    ("Australia/Lord_Howe", "2026-04-04"),  # half an hour
    ("America/Sao_Paulo", "2018-11-03"),  # midnight does not exist
    ("Asia/Tehran", "2022-09-20"),  # midnight comes twice
    ("Africa/Casablanca", "2026-02-14"),  # back for Ramadan
    ("Pacific/Apia", "2011-12-29"),  # a whole day is skipped
]


@st.composite
def questions(draw):
    """A calendar with windows on the five-minute grid, and two instants near the change."""
    zone, near = draw(st.sampled_from(PLACES))
    grid = st.integers(0, 288)
    week = {}
    for day in DAYS:
        edges = sorted(draw(st.sets(grid, max_size=4)))
        week[day] = [[text(a), text(b)] for a, b in zip(edges[::2], edges[1::2])]
    around = date.fromisoformat(near)
    day = st.integers(-3, 3).map(lambda n: (around + timedelta(days=n)).isoformat())
    document = {
        "timezone": zone,
        "week": week,
        "closed": draw(st.lists(day, max_size=1)),
        "open": {
            d: [["00:30", "02:00"], ["23:00", "24:00"]] for d in draw(st.lists(day, max_size=1))
        },
    }
    origin = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=2)
    start = origin + draw(st.integers(0, 864)) * STEP
    return document, start, start + draw(st.integers(0, 864)) * STEP


def text(step: int) -> str:
    return f"{step // 12:02d}:{step % 12 * 5:02d}"


@cache
def local(zone: str, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def reads_within(document: dict, at: datetime) -> bool:
    """Say whether the wall clock at ``at`` reads within a window of its day."""
    wall = local(document["timezone"], at)
    day = wall.date().isoformat()
    windows = document["week"][DAYS[wall.weekday()]]
    if day in document["closed"]:
        windows = []
    if day in document["open"]:
        windows = document["open"][day]
    now = f"{wall.hour:02d}:{wall.minute:02d}"
    return any(opens <= now < closes for opens, closes in windows)


def open_steps(document: dict, start: datetime, end: datetime) -> list[datetime]:
    steps = [start + number * STEP for number in range((end - start) // STEP)]
    return [step for step in steps if reads_within(document, step)]


thorough = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(questions())
def test_elapsed_time_is_the_number_of_open_steps(question):
    document, start, end = question
    hours = ServiceHours.from_dict(document)

    counted = len(open_steps(document, start, end)) * STEP

    assert hours.elapsed(start, end) == counted
    seconds = np.array([[int(start.timestamp())], [int(end.timestamp())]])
    assert elapsed_many(hours, seconds[0], seconds[1]).tolist() == [counted.total_seconds()]


@thorough
@given(questions())
def test_every_open_step_lies_in_one_interval_and_no_closed_one_does(question):
    document, start, end = question
    found = ServiceHours.from_dict(document).intervals(start, end)

    covered = [
        piece.start + number * STEP for piece in found for number in range(piece.duration // STEP)
    ]

    assert covered == open_steps(document, start, end)


@thorough
@given(questions())
def test_a_deadline_is_the_end_of_the_last_step_that_was_needed(question):
    document, start, end = question
    steps = open_steps(document, start, end)
    hours = ServiceHours.from_dict(document)

    for needed in {1, len(steps) // 2, len(steps)} if steps else ():
        if needed:
            assert hours.deadline(start, needed * STEP) == steps[needed - 1] + STEP
            assert hours.deadline(end, -needed * STEP) == steps[-needed]


@thorough
@given(questions())
def test_the_nearest_open_instants_are_the_edges_of_open_steps(question):
    document, start, end = question
    steps = open_steps(document, start, end)
    hours = ServiceHours.from_dict(document)

    assert hours.is_open(start) is reads_within(document, start)
    if steps:
        assert hours.next_open(start) == steps[0]
        last = hours.previous_open(end)
        assert last == (end if reads_within(document, end) else steps[-1] + STEP)
