"""Service time of a million tickets against a loop over days and the `businesstimedelta` package.

All three count Monday to Friday, 09:00 to 17:00, in Europe/Madrid, over tickets of 0 to 14 days
spread over 2024 and 2025, on one core. The slow two are timed on a sample and scaled up.
"""

import time as clock
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytz
from businesstimedelta import WorkDayRule

from bench.figures import figure
from itsm.calculations.service_hours import Seconds, ServiceHours, elapsed_many

NAME = "service-time"
ZONE = "Europe/Madrid"
TICKETS = 1_000_000
LOOP_SAMPLE = 5_000
PACKAGE_SAMPLE = 200
CHECKED = 10_000
DAY = 86_400
WORKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def measure() -> list[dict[str, object]]:
    """Return the figures of one run, each the best of three."""
    hours = office_hours()
    starts, ends = tickets()
    many = best_of_three(lambda: elapsed_many(hours, starts, ends))
    loop = scaled(lambda: loop_over_days(starts[:LOOP_SAMPLE], ends[:LOOP_SAMPLE]), LOOP_SAMPLE)
    package = scaled(
        lambda: with_package(starts[:PACKAGE_SAMPLE], ends[:PACKAGE_SAMPLE]), PACKAGE_SAMPLE
    )
    different = count_differences(hours, starts[:CHECKED], ends[:CHECKED])
    return [
        figure("million_tickets", many, "s", goal=0.3),
        against("per_day_loop", many, loop, 50),
        against("businesstimedelta", many, package, 1_000),
        figure("differences_in_10000", different, "tickets", goal=0),
    ]


def against(peer: str, many: float, slow: float, times: int) -> dict[str, object]:
    """Return how many times as long ``peer`` takes for the same tickets."""
    ratio = slow / many
    as_fast = figure(f"times_as_fast_as_{peer}", ratio, "times", goal=times, better="higher")
    return {**as_fast, "peer": f"{peer}, s", "peer_value": round(slow, 3), "ratio": round(ratio, 3)}


def office_hours() -> ServiceHours:
    """Return Monday to Friday, 09:00 to 17:00, in Madrid."""
    week = {day: [["09:00", "17:00"]] for day in WORKDAYS}
    return ServiceHours.from_dict({"timezone": ZONE, "week": week})


def tickets() -> tuple[Seconds, Seconds]:
    """Return a million starts and ends, UTC seconds, the same ones in every run."""
    random = np.random.default_rng(20000)
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2024, 2026))
    starts = random.integers(first, last, TICKETS, dtype=np.int64)
    return starts, starts + random.integers(0, 14 * DAY, TICKETS, dtype=np.int64)


def best_of_three(work: Callable[[], object]) -> float:
    """Return the shortest of three wall times in seconds, after one round to warm up."""
    work()
    times = []
    for _round in range(3):
        began = clock.perf_counter()
        work()
        times.append(clock.perf_counter() - began)
    return min(times)


def scaled(work: Callable[[], object], sample: int) -> float:
    """Return the seconds that a million tickets would take."""
    return best_of_three(work) * TICKETS / sample


def loop_over_days(starts: Seconds, ends: Seconds) -> list[float]:
    """Count as most products do: one step per local day, the window mapped to UTC each time."""
    zone, opens, closes = ZoneInfo(ZONE), time(9), time(17)
    results = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        day = datetime.fromtimestamp(start, zone).date()
        last = datetime.fromtimestamp(end, zone).date()
        seconds = 0.0
        while day <= last:
            if day.weekday() < 5:
                since = datetime.combine(day, opens, zone).timestamp()
                until = datetime.combine(day, closes, zone).timestamp()
                seconds += max(0.0, min(end, until) - max(start, since))
            day += timedelta(days=1)
        results.append(seconds)
    return results


def with_package(starts: Seconds, ends: Seconds) -> list[float]:
    """Count with the `businesstimedelta` package."""
    zone = pytz.timezone(ZONE)
    rule = WorkDayRule(start_time=time(9), end_time=time(17), working_days=[0, 1, 2, 3, 4], tz=zone)
    return [
        rule.difference(
            datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone)
        ).timedelta.total_seconds()
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def count_differences(hours: ServiceHours, starts: Seconds, ends: Seconds) -> int:
    """Return for how many tickets the answer at once and the answer one by one differ."""
    many = elapsed_many(hours, starts, ends).tolist()
    return sum(
        hours.elapsed(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        != timedelta(seconds=seconds)
        for start, end, seconds in zip(starts.tolist(), ends.tolist(), many, strict=True)
    )
