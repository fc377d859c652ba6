"""Error pages that say what happened and what to do; below /api/ the same as a problem document."""

import hashlib
import sys
from base64 import b64encode
from functools import cache

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context
from django.template.loader import get_template
from redis.exceptions import ConnectionError as NoRedis
from redis.exceptions import TimeoutError as SlowRedis

from itsm.services.problems import is_api, problem_response
from itsm.views.shell import theme_of

RETRY_SECONDS = 30
TOO_OFTEN_SECONDS = 60
HEADINGS = {
    "403_csrf": "This form is too old",
    "429": "Too many tries",
    "500": "This page could not be made",
    "503": "Plimsoll rests for a moment",
}


@cache
def _style() -> tuple[str, str]:
    """Return the style of the pages that stand alone, and its hash for the policy."""
    style = (settings.BASE_DIR / "templates" / "alone" / "style.css").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return style, f"'sha256-{digest}'"


def _alone(request: HttpRequest, name: str, status: int, seconds: int = 0) -> HttpResponse:
    """Return a page that asks neither the database nor a file of the site: style and picture are in it."""
    style, digest = _style()
    theme = theme_of(request)
    facts = {
        "request": request,
        "heading": HEADINGS[name],
        "style": style,
        "theme": "" if theme == "system" else theme,
        "again": request.get_full_path(),
        "code": status,
        "seconds": seconds,
    }
    page = get_template(f"{name}.html").template  # type: ignore[attr-defined]
    answer = HttpResponse(page.render(Context(facts)), status=status)
    answer._csp_update = {"style-src": [digest]}  # type: ignore[attr-defined]
    answer["Cache-Control"] = "no-store"
    if seconds:
        answer["Retry-After"] = str(seconds)
    return answer


def _answer(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    if is_api(request):
        return problem_response(request, status, detail=reason)
    return render(request, f"{status}.html", {"reason": reason}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 with the reason of the refusal."""
    return _answer(request, 403, str(exception or ""))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form whose secret does not fit the browser's cookie."""
    if is_api(request):
        return problem_response(request, 403, detail=reason)
    return _alone(request, "403_csrf", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404; a foreign record and one that does not exist look the same."""
    return _answer(request, 404)


def too_often(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 429 to an address that asks for sign-ins or mails too often."""
    return _alone(request, "429", 429, TOO_OFTEN_SECONDS)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database; 503 when database or Redis do not answer."""
    error = sys.exc_info()[1]
    is_away = isinstance(error, OperationalError | InterfaceError | NoRedis | SlowRedis)
    status, seconds = (503, RETRY_SECONDS) if is_away else (500, 0)
    if not is_api(request):
        return _alone(request, str(status), status, seconds)
    answer: HttpResponse = problem_response(request, status)
    if seconds:
        answer["Retry-After"] = str(seconds)
    return answer
