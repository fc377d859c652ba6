"""The one door through which samples come in: bulk, idempotent on (series, instant)."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.fields import uuid7

_STAGE = (
    "CREATE TEMP TABLE stage_sample (series_id uuid, at timestamptz, value double precision)"
    " ON COMMIT DROP"
)
_MERGE = """
INSERT INTO itsm_sample (series_id, at, value, batch)
SELECT DISTINCT ON (series_id, at) series_id, at, value, %s FROM stage_sample ORDER BY series_id, at
ON CONFLICT (series_id, at) DO UPDATE SET value = excluded.value, batch = excluded.batch
WHERE itsm_sample.value IS DISTINCT FROM excluded.value
"""
_KEEP = """
INSERT INTO itsm_importedrecord (id, run_id, model, record, instant, former, created_at)
SELECT gen_random_uuid(), %(run)s, 'itsm.sample', s.series_id, s.at,
  CASE WHEN t.at IS NOT NULL THEN to_jsonb(t) END, now()
FROM (SELECT DISTINCT ON (series_id, at) * FROM stage_sample ORDER BY series_id, at) s
LEFT JOIN itsm_sample t ON t.series_id = s.series_id AND t.at = s.at
WHERE t.value IS DISTINCT FROM s.value
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many samples came in and how many were new or changed."""

    received: int
    written: int
    batch: UUID


class SampleRefused(ValueError):
    """A sample has no time zone, or its value is not a finite number."""


@transaction.atomic
def record_samples(
    samples: Iterable[tuple[UUID, datetime, float]], *, run: UUID | None = None
) -> Recorded:
    """Write (series, instant, value) triples; the same again writes nothing.

    Instants must be aware; values finite numbers. A value that differs replaces the old one. Missing
    partitions are made. ``run`` is the import for which former values are kept, so that it can be undone.
    Raises SampleRefused with the position of the first bad sample.
    """
    batch, months, count = run or uuid7(), set[date](), 0
    lines = io.StringIO()
    for count, (series, at, value) in enumerate(samples, 1):
        _check(count, at, value)
        instant = at.astimezone(UTC)
        months.add(instant.date().replace(day=1))
        lines.write(f"{series}\t{instant.isoformat()}\t{value!r}\n")
    lines.seek(0)
    with connection.cursor() as cursor:
        for month in sorted(months):
            cursor.execute("SELECT plimsoll_ensure_partition(%s)", [month])
        cursor.execute("DROP TABLE IF EXISTS stage_sample")
        cursor.execute(_STAGE)
        cursor.copy_expert("COPY stage_sample FROM STDIN", lines)
        if run is not None:
            cursor.execute(_KEEP, {"run": run})
        cursor.execute(_MERGE, [batch])
        written = cursor.rowcount
    return Recorded(count, written, batch)


def refresh_statistics() -> None:
    """Let the query planner learn the new sizes now: call it after a bulk load, in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT plimsoll_refresh_statistics()")


def _check(position: int, at: datetime, value: float) -> None:
    if at.tzinfo is None:
        raise SampleRefused(
            _("Sample %(n)s has a time without zone: %(at)s. Add Z or an offset.")
            % {"n": position, "at": at}
        )
    if value != value or value in (float("inf"), float("-inf")):
        raise SampleRefused(_("Sample %(n)s is not a finite number.") % {"n": position})
