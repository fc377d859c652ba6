"""Whole lists as CSV (RFC 4180), lines of JSON or XLSX, row by row, safe to open in a spreadsheet."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer

from itsm.api.references import NATURAL_KEYS
from itsm.tenancy import streaming
from itsm.workbooks import CONTENT_TYPE as WORKBOOK
from itsm.workbooks import FORMULA_STARTS, TooManyRows, workbook_of

CHUNK = 500
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def file_answer(view: Any, rows: Any, kind: str) -> StreamingHttpResponse:
    """Return all ``rows`` as a download of ``kind``: csv, ndjson or xlsx; read inside the caller's walls."""
    saved = getattr(view.request, "saved_view", None)
    first = [saved.sort] if saved is not None and saved.sort else []
    ordered = rows.order_by(*first, getattr(view, "cursor_field", "pk"))
    serializer = view.get_serializer()
    _names(serializer)  # fields and expand are checked here: what streams already cannot be refused
    answer = _MAKERS[kind](view, serializer, ordered)
    answer["Content-Disposition"] = f'attachment; filename="{view.collection}.{kind}"'
    return answer


def _names(serializer: Any) -> list[str]:
    return [name for name, field in serializer.fields.items() if not field.write_only]


def _facts(serializer: Any, rows: Any) -> Iterator[Any]:
    return map(serializer.to_representation, rows.iterator(chunk_size=CHUNK))


def _csv(view: Any, serializer: Any, rows: Any) -> StreamingHttpResponse:
    names = _names(serializer)

    def lines() -> Iterator[str]:
        writer = csv.writer(_Line())
        yield writer.writerow(names)
        for facts in _facts(serializer, rows):
            yield writer.writerow([guarded(cell(facts.get(name))) for name in names])

    return StreamingHttpResponse(
        streaming(view.request.user, lines), content_type="text/csv; charset=utf-8"
    )


def _ndjson(view: Any, serializer: Any, rows: Any) -> StreamingHttpResponse:
    renderer = JSONRenderer()

    def lines() -> Iterator[bytes]:
        for facts in _facts(serializer, rows):
            yield renderer.render(facts) + b"\n"

    return StreamingHttpResponse(
        streaming(view.request.user, lines), content_type="application/x-ndjson"
    )


def _xlsx(_view: Any, serializer: Any, rows: Any) -> StreamingHttpResponse:
    names = _names(serializer)
    try:
        with closing(rows.iterator(chunk_size=CHUNK)) as found:
            facts = map(serializer.to_representation, found)
            file = workbook_of(names, ([cell(row.get(name)) for name in names] for row in facts))
    except TooManyRows as error:
        raise ValidationError({"?format": [ErrorDetail(str(error), "too_many_rows")]}) from error
    return FileResponse(file, content_type=WORKBOOK)


_MAKERS = {"csv": _csv, "ndjson": _ndjson, "xlsx": _xlsx}


def guarded(value: Any) -> Any:
    """Return a cell; a text that a spreadsheet would compute gets an apostrophe in front."""
    if not isinstance(value, str) or not value.startswith(FORMULA_STARTS):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def cell(value: Any) -> Any:
    """Return a value as it stands in a cell: a reference by its natural key, lists and objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) and "id" in value:
        named = [text for name, text in value.items() if name in NATURAL_KEYS]
        return named[0] if named else str(value["id"])
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value
