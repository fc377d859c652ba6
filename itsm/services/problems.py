"""Errors of the API as documents (RFC 9457): one table of codes, read by the API, the error pages and the docs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/problem+json"
PREFIX = "/api/"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of error: its HTTP status, its title and what the caller can do about it."""

    status: int
    title: Any
    remedy: Any


PROBLEMS: Mapping[str, Problem] = {
    "malformed": Problem(
        400, _("The request cannot be read"), _("Send well-formed JSON in UTF-8.")
    ),
    "validation_failed": Problem(
        400, _("Some values are not accepted"), _("Correct each value that “errors” points to.")
    ),
    "not_authenticated": Problem(
        401, _("Nobody is signed in"), _("Send the header “Authorization: Bearer itsd_…”.")
    ),
    "forbidden": Problem(
        403, _("This is not allowed"), _("Ask an administrator for a role that allows it.")
    ),
    "read_only_token": Problem(
        403, _("The token may only read"), _("Use a token with the scope “write”.")
    ),
    "not_found": Problem(
        404, _("There is no such thing here"), _("Check the address and what you may see.")
    ),
    "method_not_allowed": Problem(
        405, _("This address does not know the method"), _("Use a method of the header “Allow”.")
    ),
    "not_acceptable": Problem(
        406, _("The answer has no such format"), _("Accept application/json or */*.")
    ),
    "conflict": Problem(
        409, _("The record stands in the way"), _("Read the record again and decide anew.")
    ),
    "frozen": Problem(409, _("The record is frozen"), _("Write a new version that supersedes it.")),
    "request_in_progress": Problem(
        409, _("The same request is being answered"), _("Try again after some seconds.")
    ),
    "cursor_expired": Problem(
        410,
        _("The feed is no longer kept back to this cursor"),
        _("Read the records that you follow anew, then the feed without “since”."),
    ),
    "cursor_unknown": Problem(
        410,
        _("The feed does not know this cursor"),
        _("The site was restored from a backup: read the records anew, then without “since”."),
    ),
    "changed_meanwhile": Problem(
        412, _("The record was changed meanwhile"), _("Read it again, then send its new ETag.")
    ),
    "too_large": Problem(413, _("The request is too large"), _("Send it in smaller parts.")),
    "unsupported_media_type": Problem(
        415, _("The type of the contents is not known"), _("Send application/json.")
    ),
    "idempotency_key_reused": Problem(
        422,
        _("The key stands for another request"),
        _("Take a new Idempotency-Key for each new request."),
    ),
    "if_match_required": Problem(
        428, _("The version is missing"), _("Send the record's ETag in the header “If-Match”.")
    ),
    "too_many_requests": Problem(
        429, _("Too many requests"), _("Wait for the seconds of the header “Retry-After”.")
    ),
    "failed": Problem(
        500, _("Something failed on our side"), _("Try again; then report the request_id.")
    ),
    "unavailable": Problem(
        503, _("A part of the site does not answer"), _("Try again after some seconds.")
    ),
}
_BY_STATUS = {problem.status: code for code, problem in reversed(list(PROBLEMS.items()))}


def code_of(status: int) -> str:
    """Return the general code of an HTTP status."""
    return _BY_STATUS.get(status, "failed" if status >= 500 else "malformed")


def problem_document(
    code: str,
    *,
    request_id: str,
    detail: Any = "",
    errors: Sequence[Mapping[str, Any]] = (),
    status: int | None = None,
) -> dict[str, Any]:
    """Return the RFC 9457 document of ``code``; a code outside the table needs its ``status``."""
    known = PROBLEMS.get(code) or PROBLEMS[code_of(status or 400)]
    anchor = code if code in PROBLEMS else code_of(known.status)
    return {
        "type": f"{settings.SITE_URL}/api/v1/docs#{anchor}",
        "title": str(known.title),
        "status": status or known.status,
        "code": code,
        "detail": str(detail or known.remedy),
        "request_id": request_id,
        "errors": list(errors),
    }


def is_api(request: HttpRequest) -> bool:
    """Return whether errors of this address are answered as documents."""
    return request.path.startswith(PREFIX)


def problem_response(
    request: HttpRequest, status: int, *, code: str = "", detail: Any = ""
) -> JsonResponse:
    """Return the answer for an error outside the API's views: unknown address, refused host, failure."""
    document = problem_document(
        code or code_of(status),
        request_id=getattr(request, "request_id", ""),
        detail=detail,
        status=status,
    )
    return JsonResponse(document, status=status, content_type=CONTENT_TYPE)
