"""Every refusal of the API as problem+json (RFC 9457): the place, a stable code, words and accepted values."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core import exceptions as django
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response

from itsm.services.problems import CONTENT_TYPE, code_of, problem_document

LOG = logging.getLogger(__name__)
WHOLE = "__all__"
UNIQUE, FOREIGN_KEY, EXCLUSION, CHECK = "23505", "23503", "23P01", "23514"
_ROOMS = (".services.", ".calculations.", ".services", ".calculations")


class ReadOnlyToken(exceptions.PermissionDenied):
    """A token without the scope "write" tried to change something."""

    default_code = "read_only_token"
    default_detail = ""


class Conflict(exceptions.APIException):
    """The state of a record stands in the way."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = ""


class RequestInProgress(Conflict):
    """A twin with the same Idempotency-Key still runs after ten seconds."""

    default_code = "request_in_progress"


class CursorExpired(exceptions.APIException):
    """The feed is not kept as far back as the caller has read it."""

    status_code = status.HTTP_410_GONE
    default_code = "cursor_expired"
    default_detail = ""


class CursorUnknown(CursorExpired):
    """The cursor lies beyond the feed, or another entry stands at its place."""

    default_code = "cursor_unknown"


class KeyReused(exceptions.APIException):
    """The Idempotency-Key was used for another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = ""


class ChangedMeanwhile(exceptions.APIException):
    """If-Match names another version than the one that is there."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed_meanwhile"
    default_detail = ""


class IfMatchRequired(exceptions.APIException):
    """This kind of record is only changed with If-Match."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_required"
    default_detail = ""


class TooLarge(exceptions.APIException):
    """The request has more bytes or rows than one call may have."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = ""


def problem(error: Exception, context: Mapping[str, Any]) -> Response:
    """Return the answer to ``error``; an unforeseen one is logged and answered with 500."""
    known = _translated(error)
    request = context.get("request")
    request_id = getattr(request, "request_id", "") or getattr(
        getattr(request, "_request", None), "request_id", ""
    )
    if known is None:
        LOG.error("The API failed: %s", request_id, exc_info=error)
        document = problem_document("failed", request_id=request_id)
        return Response(document, status=500, content_type=CONTENT_TYPE)
    document = _document(known, context.get("view"), request_id)
    response = Response(document, status=known.status_code, content_type=CONTENT_TYPE)
    if scheme := getattr(known, "auth_header", None):
        response["WWW-Authenticate"] = scheme
    wait = getattr(known, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(max(1, round(wait)))
    return response


def as_refusal(error: Exception) -> exceptions.APIException | None:
    """Return the refusal that an error of one item means, or None for an unforeseen one."""
    return _translated(error)


def problem_of(error: exceptions.APIException, view: Any, request: Any) -> dict[str, Any]:
    """Return the problem document of one item of a batch."""
    return _document(error, view, getattr(request._request, "request_id", ""))


def _document(error: exceptions.APIException, view: Any, request_id: str) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = [_with_accepted(entry, view) for entry in _entries(error.detail, "")]
        detail = errors[0]["detail"] if len(errors) == 1 else ""
        return problem_document(
            "validation_failed", request_id=request_id, detail=detail, errors=errors
        )
    code = _code(error)
    return problem_document(
        code, request_id=request_id, detail=_detail(error), status=error.status_code
    )


def _code(error: exceptions.APIException) -> str:
    given = getattr(error, "problem_code", "") or error.default_code
    usual = {"permission_denied", "error", "parse_error", "authentication_failed", "throttled"}
    return code_of(error.status_code) if given in usual else str(given)


def _detail(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.NotFound):
        return ""
    if isinstance(error, exceptions.Throttled):
        return _("Wait %(seconds)s seconds.") % {
            "seconds": max(1, round(getattr(error, "wait", None) or 1))
        }
    return str(error.detail)


def _translated(error: Exception) -> exceptions.APIException | None:
    """Return the refusal that ``error`` means, or None for an unforeseen one."""
    for kinds, translate in _TRANSLATIONS:
        if isinstance(error, kinds):
            return translate(error)
    return _refusal(error)


def _refusal(error: Exception) -> exceptions.APIException | None:
    """Return the refusal of a service as 409: its exception class stands beside the verb in services/."""
    kind = type(error)
    if not any(room in f".{kind.__module__}" for room in _ROOMS):
        return None
    known = Conflict(str(error))
    known.problem_code = _code_of_class(kind)  # type: ignore[attr-defined]
    return known


def _from_database(error: DatabaseError) -> exceptions.APIException | None:
    cause = error.__cause__
    code, diagnosis = getattr(cause, "pgcode", "") or "", getattr(cause, "diag", None)
    if isinstance(error, DataError):
        return exceptions.ValidationError(
            {WHOLE: [exceptions.ErrorDetail(_("A value cannot be stored."), "not_storable")]}
        )
    if isinstance(error, IntegrityError):
        return _from_integrity(code, diagnosis)
    if isinstance(error, OperationalError) and code in {"40001", "40P01", "55P03"}:
        return RequestInProgress(_("Others are writing the same records. Try again."))
    return None


def _from_integrity(code: str, diagnosis: Any) -> exceptions.APIException:
    named = getattr(diagnosis, "constraint_name", None)
    if code == CHECK and not named:
        frozen = Conflict(str(getattr(diagnosis, "message_primary", "")))
        frozen.problem_code = "frozen"  # type: ignore[attr-defined]
        return frozen
    words = {
        UNIQUE: _("A record with these values exists already."),
        FOREIGN_KEY: _("Other records refer to this one, or it refers to one that is gone."),
        EXCLUSION: _("It overlaps another record in time. Choose other dates."),
    }
    if code in words:
        return Conflict(words[code])
    column = getattr(diagnosis, "column_name", None) or WHOLE
    text = _("This value is not accepted (%(rule)s).") % {"rule": named or column}
    return exceptions.ValidationError({column: [exceptions.ErrorDetail(text, "constraint")]})


def from_django(error: django.ValidationError) -> dict[str, Any]:
    """Return a model's ValidationError as {field: [ErrorDetail]}."""
    fields = error.error_dict if hasattr(error, "error_dict") else {WHOLE: error.error_list}
    return {
        name: [
            exceptions.ErrorDetail(text, code=part.code or "invalid")
            for part in parts
            for text in part.messages
        ]
        for name, parts in fields.items()
    }


_TRANSLATIONS: tuple[tuple[Any, Callable[[Any], exceptions.APIException | None]], ...] = (
    (exceptions.APIException, lambda error: error),
    ((Http404, django.ObjectDoesNotExist), lambda _error: exceptions.NotFound()),
    (django.PermissionDenied, lambda error: exceptions.PermissionDenied(str(error) or None)),
    ((django.RequestDataTooBig, django.TooManyFilesSent), lambda _error: TooLarge()),
    (
        (django.SuspiciousOperation, RecursionError, UnicodeError),
        lambda _error: exceptions.ParseError(_("The request cannot be read.")),
    ),
    (django.ValidationError, lambda error: exceptions.ValidationError(from_django(error))),
    (DatabaseError, _from_database),
    (
        OverflowError,
        lambda _error: exceptions.ValidationError({WHOLE: [_("A value is too large.")]}),
    ),
)


def _entries(detail: Any, pointer: str) -> Iterator[dict[str, Any]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if str(name)[:1] in _PLACES:
                yield from _outside_the_body(str(name), inner)
                continue
            step = "" if name in {WHOLE, "non_field_errors"} else f"/{_escaped(name)}"
            yield from _entries(inner, pointer + step)
    elif isinstance(detail, list | tuple):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _entries(inner, f"{pointer}/{number}" if nested else pointer)
    else:
        code = getattr(detail, "code", "invalid") or "invalid"
        entry = {"pointer": pointer, "code": code, "detail": str(detail)}
        accepted = getattr(detail, "accepted", None)
        yield {**entry, "accepted": accepted} if accepted else entry


def accepting(
    place: str, text: str, code: str, values: Iterable[Any]
) -> exceptions.ValidationError:
    """Return a refusal at ``place`` that tells programs which values are accepted."""
    error = exceptions.ValidationError({place: [exceptions.ErrorDetail(text, code)]})
    kept: Any = error.detail
    kept[place][0].accepted = list(values)
    return error


_PLACES = {"?": "parameter", "^": "header"}


def _outside_the_body(name: str, details: Any) -> Iterator[dict[str, Any]]:
    """Yield the errors of a query parameter ("?limit") or a header ("^If-Match")."""
    for entry in _entries(details, ""):
        yield {_PLACES[name[0]]: name[1:], **entry}


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _with_accepted(entry: dict[str, Any], view: Any) -> dict[str, Any]:
    accepted = getattr(view, "accepted_values", None)
    values = accepted(entry["pointer"], entry["code"]) if accepted else None
    return {**entry, "accepted": values} if values else entry


@contextmanager
def refused_at(field: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turn a refusal of a service into 400 at ``field``: for values, not for states."""
    try:
        yield
    except kinds as error:
        code = _code_of_class(type(error))
        raise exceptions.ValidationError(
            {field: [exceptions.ErrorDetail(str(error), code)]}
        ) from error


def _code_of_class(kind: type[Exception]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
