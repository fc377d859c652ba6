"""Each request gets a number and runs on behalf of its user, in one transaction, behind both walls."""

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone, translation

from itsm.logging import REQUEST_ID
from itsm.services.tokens import authenticate_token
from itsm.tenancy import acting_as

OUTSIDE = ("/accounts/", "/static/", "/healthz", "/readyz", "/i18n/")
_GIVEN_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request a number that stands in error pages, logs, history and the answer's headers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with ``X-Request-ID``; a well-formed number from the proxy is kept."""
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _GIVEN_ID.match(given) else uuid4().hex  # type: ignore[attr-defined]
        number = REQUEST_ID.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            REQUEST_ID.reset(number)
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response


class ActorMiddleware:
    """Opens ``acting_as(user)`` around the view; sign-in pages and anonymous requests stay outside."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside the user's walls; a failed answer rolls back what the view wrote."""
        if request.path.startswith(("/api/", "/metrics")):
            authenticate_token(request, timezone.now())
        user = request.user
        if user.is_authenticated:
            timezone.activate(_zone(user.timezone))
            if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                translation.activate(user.language)
        try:
            if not user.is_authenticated or request.path.startswith(OUTSIDE):
                return self.get_response(request)
            actor = replace(user.actor, request_id=request.request_id)  # type: ignore[attr-defined]
            with acting_as(actor):
                response = self._rendered(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
            return response
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Refuse (400) a NUL in what a page is sent: no text of the database can hold one."""
        if request.path.startswith("/api/"):
            return
        given = [*request.GET.lists(), *request.POST.lists()]
        if any("\0" in str(word) for _name, words in given for word in words):
            # The page of the error reads what was sent, too.
            request.GET = request.POST = QueryDict()  # type: ignore[assignment]
            raise BadRequest("NUL")

    def _rendered(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        render = getattr(response, "render", None)
        if callable(render) and not getattr(response, "is_rendered", True):
            response = render()
        return response


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
