"""Versions of records: strong ETags from the instant of the last change, and the conditions of a request."""

from typing import Any

from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from rest_framework.request import Request

from itsm.api.errors import ChangedMeanwhile, IfMatchRequired


def etag_of(row: Any) -> str:
    """Return the strong ETag of a record: microseconds of its last change, in hexadecimal."""
    at = getattr(row, "updated_at", None) or getattr(row, "created_at", None)
    if at is None:
        return quote_etag(str(row.pk)[:32])
    return quote_etag(f"{int(at.timestamp()) * 1_000_000 + at.microsecond:x}")


def is_fresh(request: Request, etag: str) -> bool:
    """Return whether the caller has this version (If-None-Match)."""
    return etag in _tags(request.headers.get("If-None-Match", "")) or (
        request.headers.get("If-None-Match", "").strip() == "*"
    )


def check_match(request: Request, etag: str, *, required: bool) -> None:
    """Raise ChangedMeanwhile when If-Match names another version, IfMatchRequired when it is missing."""
    given = request.headers.get("If-Match")
    if given is None:
        if required:
            raise IfMatchRequired(
                _(
                    "Send the record's ETag in the header “If-Match”, so that nobody's change is lost."
                )
            )
        return
    if given.strip() != "*" and etag not in _strong_tags(given):
        raise ChangedMeanwhile()


def _strong_tags(header: str) -> set[str]:
    return {part.strip() for part in header.split(",")}


def _tags(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}
