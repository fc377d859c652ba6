"""Rows that come as data instead of a file: the same texts, the same checks, the same comparison."""

import csv
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from itsm.imports.columns import Options, TableKind
from itsm.imports.engine import Importing, TableReport, import_table


def record_rows(
    kind: TableKind,
    rows: Iterable[Mapping[str, Any]],
    *,
    at: datetime,
    dry_run: bool = False,
    options: Options | None = None,
    source: str = "api",
) -> TableReport:
    """Write rows of ``kind`` given as field → value (texts, numbers, aware datetimes in ISO 8601).

    Returns the report of ``import_table``; line 2 is the first row. All or nothing.
    """
    with tempfile.TemporaryDirectory(prefix="plimsoll-rows-") as folder:
        path = Path(folder) / "rows.csv"
        names = [one.name for one in kind.columns]
        used: set[str] = set()
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore", restval="")
            writer.writeheader()
            for row in rows:
                used |= {name for name in names if row.get(name) not in (None, "")}
                writer.writerow({name: _text(value) for name, value in row.items()})
        mapping = {name: name for name in names if name in used}
        work = Importing(kind, mapping, options or Options(source=source))
        return import_table(path, work, at=at, mode="preview" if dry_run else "all_or_nothing")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
