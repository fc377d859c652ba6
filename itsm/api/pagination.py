"""Lists in pages: ``{"data": […], "next": url or null}``, keyed by the row and never by a position."""

import base64
import binascii
import json
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

USUAL, MOST = 100, 1000
PARAMETERS = ("limit", "cursor", "include_total", "ordering")


def refuse(name: str, text: str, code: str = "invalid") -> ValidationError:
    """Return the refusal of a query parameter; ``pointer`` becomes "/?name"."""
    return ValidationError({f"?{name}": [ErrorDetail(text, code)]})


class CursorPages(BasePagination):
    """Pages by the key of the last row: rows that come or go between two calls shift nothing.

    ``limit`` 1 to 1000 (100); ``ordering`` id or -id; ``include_total=1`` counts. A view may name another
    unique column by ``cursor_field`` and ``cursor_parse``.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of this page."""
        self.request = request
        self.column = getattr(view, "cursor_field", "pk")
        limit, backwards = self._limit(), self._backwards()
        self.total = queryset.count() if self._flag("include_total") else None
        rows = list(self._after(queryset, backwards, view)[: limit + 1])
        self.more = len(rows) > limit
        self.last = rows[limit - 1] if self.more else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        """Return the envelope, with the next page in the ``Link`` header too."""
        address = self._next()
        body: dict[str, Any] = {"data": data, "next": address}
        if self.total is not None:
            body["total"] = self.total
        response = Response(body)
        if address:
            response["Link"] = f'<{address}>; rel="next"'
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the envelope."""
        return {
            "type": "object",
            "required": ["data", "next"],
            "properties": {
                "data": schema,
                "next": {"type": ["string", "null"], "format": "uri"},
                "total": {"type": "integer", "description": "Only with include_total=1."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the query parameters of every list."""
        return [
            _parameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
            ),
            _parameter("cursor", {"type": "string"}, "Taken from next: do not make your own."),
            _parameter("ordering", {"type": "string", "enum": ["id", "-id"]}, "Old or new first."),
            _parameter(
                "include_total", {"type": "string", "enum": ["0", "1"]}, "1 counts all rows."
            ),
            _parameter("view", {"type": "string"}, "Short name of a saved view of this list."),
        ]

    def _limit(self) -> int:
        text = self.request.query_params.get("limit", str(USUAL))
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
            raise refuse("limit", _("Give a number from 1 to %(most)s.") % {"most": MOST})
        return int(text)

    def _backwards(self) -> bool:
        text = self.request.query_params.get("ordering", "id")
        if text not in {"id", "-id"}:
            raise refuse("ordering", _("Order by id or -id."), "invalid_choice")
        return text == "-id"

    def _flag(self, name: str) -> bool:
        text = self.request.query_params.get(name, "0")
        if text not in {"0", "1"}:
            raise refuse(name, _("Write 0 or 1."), "invalid_choice")
        return text == "1"

    def _after(self, queryset: QuerySet[Any], backwards: bool, view: Any) -> QuerySet[Any]:
        rows = queryset.order_by(f"-{self.column}" if backwards else self.column)
        text = self.request.query_params.get("cursor")
        if text is None:
            return rows
        column = (
            queryset.model._meta.pk
            if self.column == "pk"
            else queryset.model._meta.get_field(self.column)
        )
        try:
            key = column.to_python(read_cursor(text))
        except Exception as error:
            raise refuse(
                "cursor", _("This cursor was not given by a list. Start without one.")
            ) from error
        return rows.filter(**{f"{self.column}__{'lt' if backwards else 'gt'}": key})

    def _next(self) -> str | None:
        if self.last is None:
            return None
        key = getattr(self.last, self.column)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", write_cursor(key))


def _parameter(name: str, schema: dict[str, Any], text: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def write_cursor(key: Any) -> str:
    """Return the opaque text for the key of a row."""
    value = key.isoformat() if hasattr(key, "isoformat") else str(key)
    return base64.urlsafe_b64encode(json.dumps([value]).encode()).decode().rstrip("=")


def read_cursor(text: str) -> str:
    """Return the key in a cursor; raise ValueError when it was not made by ``write_cursor``."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        [value] = json.loads(raw.decode())
    except (binascii.Error, TypeError, RecursionError) as error:
        raise ValueError(text) from error
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(text)
    return value
