"""Six series, hour by hour, with a working day, a working week, slow growth and noise."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from itsm.demo.plan import Demo
from itsm.models import Series
from itsm.services.measurements import record_samples

HOUR = 3600
DAYTIME = np.array([.12, .1, .09, .09, .1, .15, .3, .55, .85, 1, 1, .95, .85, .88, .95, .93, .85, .7,
                    .5, .4, .33, .28, .2, .15])  # fmt: skip
WEEKDAYS = np.array([1.04, 1.0, 1.0, 1.02, 0.95, 0.45, 0.38])
# slug, name, unit, service or component, night level, working-day swing, growth a year, noise
SERIES: tuple[tuple[str, str, str, str, float, float, float, float], ...] = (
    ("network-load", "Load of the busiest line", "%", "carrier-lines", 11, 48, 0.16, 0.06),
    ("orders-per-hour", "Orders taken in an hour", "orders", "order-desk", 6, 410, 0.22, 0.09),
    ("database-memory", "Memory in use", "%", "database-cluster", 52, 13, 0.14, 0.02),
    ("storage-used", "Storage in use", "TB", "storage-node-1", 31, 0, 0.27, 0.001),
    ("mail-active", "People in Webmail at the same time", "people", "webmail", 22, 640, 0.05, 0.05),
    ("website-requests", "Requests of the website", "requests/s", "public-website", 4, 55, 0.18, 0.12),
)  # fmt: skip


def build(demo: Demo) -> int:
    """Create the series and record their samples; return how many samples."""
    rows = []
    for slug, name, unit, place, *_shape in SERIES:
        rows.append(
            Series(
                slug=slug, name=name, unit=unit, interval_seconds=HOUR, source="monitoring",
                external_id=slug, is_demo=True,
                service=demo.services.get(place), component=demo.components.get(place),
            )
        )  # fmt: skip
    Series.objects.bulk_create(rows)
    return record_samples(_samples(demo, [row.pk for row in rows])).written


def _samples(demo: Demo, keys: list[UUID]) -> Iterator[tuple[UUID, datetime, float]]:
    start, hours = demo.plan.start, int((demo.plan.end - demo.plan.start).total_seconds()) // HOUR
    instants = [start + timedelta(hours=number) for number in range(hours)]
    number = np.arange(hours)
    day = DAYTIME[number % 24] * WEEKDAYS[(start.weekday() + number // 24) % 7]
    for key, (slug, _name, unit, _place, level, swing, growth, noise) in zip(
        keys, SERIES, strict=True
    ):
        dice = demo.random(f"series:{slug}")
        values = (level + swing * day) * (1 + growth * number / 8_766)
        values = values * (1 + noise * dice.standard_normal(hours))
        values = np.clip(values, 0, 100) if unit == "%" else np.maximum(values, 0)
        yield from zip([key] * hours, instants, np.round(values, 2).tolist(), strict=True)
