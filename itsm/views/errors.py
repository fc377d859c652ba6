"""Error pages that say what happened and what to do; below /api/ the same as a problem document."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context
from django.template.loader import get_template

from itsm.services.problems import is_api, problem_response


def _answer(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    if is_api(request):
        return problem_response(request, status, detail=reason)
    if status >= 500:
        page = get_template(f"{status}.html").template  # type: ignore[attr-defined]
        return HttpResponse(page.render(Context({"request": request})), status=status)
    return render(request, f"{status}.html", {"reason": reason}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 with the reason of the refusal."""
    return _answer(request, 403, str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404; a foreign record and one that does not exist look the same."""
    return _answer(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database; 503 when the database itself does not answer."""
    unreachable = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    answer = _answer(request, 503 if unreachable else 500)
    if unreachable:
        answer["Retry-After"] = "30"
    return answer
