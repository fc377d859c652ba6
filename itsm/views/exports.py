"""CSV, JSON and XLSX of exactly the list on screen, streamed row by row."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from django.db import models
from django.http import FileResponse, StreamingHttpResponse

from itsm.tenancy import streaming
from itsm.views.columns import Column, guarded
from itsm.workbooks import CONTENT_TYPE as WORKBOOK
from itsm.workbooks import workbook_of

CHUNK = 500
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "xlsx": WORKBOOK}


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(rows: models.QuerySet[Any], columns: Sequence[Column]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([column.head(rows.model) for column in columns])
    for row in rows.iterator(chunk_size=CHUNK):
        yield writer.writerow([guarded(column.plain(row)) for column in columns])


def _json_lines(rows: models.QuerySet[Any], columns: Sequence[Column]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows.iterator(chunk_size=CHUNK)):
        facts = {column.name.replace(".", "_"): column.plain(row) for column in columns}
        yield (",\n" if number else "\n") + json.dumps({"id": str(row.pk), **facts})
    yield "\n]\n"


def _workbook(rows: models.QuerySet[Any], columns: Sequence[Column]) -> FileResponse:
    heads = [column.head(rows.model) for column in columns]
    read: Any = rows.iterator(chunk_size=CHUNK)  # a generator: closing it closes the cursor
    with closing(read) as found:
        file = workbook_of(heads, ([column.cell(row) for column in columns] for row in found))
    return FileResponse(file, content_type=WORKBOOK)


def export(
    kind: str, *, rows: models.QuerySet[Any], columns: Sequence[Column], who: Any
) -> StreamingHttpResponse:
    """Return ``rows`` as a download; ``kind`` is csv, json or xlsx. Read inside ``acting_as(who)``.

    Raises TooManyRows when a sheet cannot hold them.
    """
    if kind == "xlsx":
        answer: StreamingHttpResponse = _workbook(rows, columns)
    else:
        lines = _csv_lines if kind == "csv" else _json_lines
        answer = StreamingHttpResponse(
            streaming(who, lambda: lines(rows, columns)), content_type=FORMATS[kind]
        )
    name = str(rows.model._meta.verbose_name_plural).replace(" ", "-").lower()
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer
