"""iCalendar files: what a program reads from them is what was planned, in every zone and on the days of the clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from itsm.calendars.files import FileFacts, calendar_file
from itsm.registry import CalendarItem

SITE = "https://plimsoll.example"


def made(zone: str, **facts: Any) -> bytes:
    """Return the file of one maintenance window."""
    usual: dict[str, Any] = {
        "uid": "maintenance-MNT-2026-0001", "title": "Webmail: Updates", "url": "/portal/plan/",
        "kind": "maintenance", "starts_at": datetime(2026, 3, 8, 1, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 8, 3, tzinfo=UTC),
        "changed_at": datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC),
    }  # fmt: skip
    return calendar_file([CalendarItem(**usual | facts)], FileFacts("Plimsoll: Ops", zone, SITE))


def event_of(content: bytes) -> Any:
    """Return the only event of a file."""
    [event] = Calendar.from_ical(content).walk("VEVENT")
    return event


# zone, instant, what the file says, wall time and offset worked out by hand from the IANA rules
CASES = [
    ("Europe/Madrid", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "TZID=Europe/Madrid:20260329T015900"),
    ("Europe/Madrid", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "TZID=Europe/Madrid:20260329T030000"),
    ("Europe/Madrid", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "TZID=Europe/Madrid:20261025T023000"),
    ("Europe/Madrid", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "20261025T013000Z"),
    ("Europe/Madrid", datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "TZID=Europe/Madrid:20261025T030000"),
    ("America/New_York", datetime(2026, 3, 8, 6, 59, tzinfo=UTC), "TZID=America/New_York:20260308T015900"),
    ("America/New_York", datetime(2026, 3, 8, 7, 0, tzinfo=UTC), "TZID=America/New_York:20260308T030000"),
    ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "TZID=America/New_York:20261101T013000"),
    ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "20261101T063000Z"),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 45, tzinfo=UTC), "TZID=Australia/Lord_Howe:20260405T014500"),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 15, tzinfo=UTC), "20260404T151500Z"),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), "TZID=Australia/Lord_Howe:20261004T023000"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "at", "words"), CASES)
def test_a_start_means_one_instant_on_the_days_of_the_clock(
    zone: str, at: datetime, words: str
) -> None:
    content = made(zone, starts_at=at, ends_at=at + timedelta(hours=3))

    event = content.decode().split("BEGIN:VEVENT")[1]
    [line] = [row for row in event.split("\r\n") if row.startswith("DTSTART")]
    assert line.endswith(words)
    assert event_of(content).decoded("dtstart").astimezone(UTC) == at
    assert event_of(content).decoded("dtend").astimezone(UTC) == at + timedelta(hours=3)


# Changes of the clock, by hand: (wall time before it, offset before, offset after)
CHANGES = {
    "Europe/Madrid": [("20260329T020000", 1, 2), ("20261025T030000", 2, 1)],
    "America/New_York": [("20260308T020000", -5, -4), ("20261101T020000", -4, -5)],
    "Australia/Lord_Howe": [("20260405T020000", 11, 10.5), ("20261004T020000", 10.5, 11)],
}


@pytest.mark.parametrize("zone", CHANGES)
def test_the_zone_tells_every_change_of_its_clock(zone: str) -> None:
    [part] = Calendar.from_ical(made(zone)).walk("VTIMEZONE")
    told = [
        (
            f"{one.decoded('dtstart'):%Y%m%dT%H%M%S}",
            one.decoded("tzoffsetfrom"),
            one.decoded("tzoffsetto"),
        )
        for one in part.subcomponents
    ]

    assert part["tzid"] == zone
    for begins, before, after in CHANGES[zone]:
        assert (begins, timedelta(hours=before), timedelta(hours=after)) in told


def test_the_head_says_publish_and_when_to_ask_again() -> None:
    content = made("Europe/Madrid")

    lines = content.decode().split("\r\n")
    for line in (
        "METHOD:PUBLISH", "VERSION:2.0", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
        "NAME:Plimsoll: Ops", "X-WR-CALNAME:Plimsoll: Ops", "X-WR-TIMEZONE:Europe/Madrid",
    ):  # fmt: skip
        assert line in lines, line


def test_an_event_keeps_its_uid_and_its_number_grows_with_a_change() -> None:
    first = event_of(made("UTC"))
    later = event_of(made("UTC", changed_at=datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)))

    # 2020-01-01 to 2026-03-01 are 6 years with two leap days, and 59 days: 2251 days; and half a day
    assert first["sequence"] == 2251 * 86_400 + 43_200
    assert later["sequence"] == first["sequence"] + 1
    assert first["uid"] == later["uid"] == "maintenance-MNT-2026-0001@plimsoll.example"
    assert first.decoded("last-modified") == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert first["url"] == "https://plimsoll.example/portal/plan/"


def test_a_cancelled_date_says_so_and_takes_no_time() -> None:
    event = event_of(made("UTC", state="cancelled"))

    assert event["status"] == "CANCELLED"
    assert event["transp"] == "TRANSPARENT"


def test_a_whole_day_is_a_date_in_every_zone() -> None:
    event = event_of(
        made("Australia/Lord_Howe", kind="holiday", day=date(2026, 12, 25), ends_at=None)
    )

    assert event.decoded("dtstart") == date(2026, 12, 25)
    assert event.decoded("dtend") == date(2026, 12, 26)


def test_texts_are_escaped_and_lines_folded_and_nothing_can_be_smuggled_in() -> None:
    words = "Ñandú; a, b \\ c\r\nEND:VEVENT\x00\x07 " + "ü" * 200

    content = made("UTC", detail=words, title=words)

    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert content.count(b"\r\nEND:VEVENT") == 1
    event = event_of(content)
    assert str(event["description"]) == "Ñandú; a, b \\ c\nEND:VEVENT " + "ü" * 200
    assert str(event["summary"]) == str(event["description"])


def test_the_same_dates_give_the_same_bytes() -> None:
    assert made("Europe/Madrid") == made("Europe/Madrid")
