"""API tokens: found by their digest, refused when expired, revoked or their user is inactive."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from rest_framework import exceptions

from itsm.models import ApiToken

USE_NOTED_EVERY = timedelta(minutes=1)


def authenticate_token(request: HttpRequest, at: datetime) -> None:
    """Set ``request.user`` from a bearer token before the walls are entered; note what went wrong."""
    request.token_error = None  # type: ignore[attr-defined]
    request.api_token = None  # type: ignore[attr-defined]
    if "Authorization" not in request.headers:
        return
    try:
        found = _found(request)
    except exceptions.AuthenticationFailed as error:
        request.token_error = error  # type: ignore[attr-defined]
        return
    request.user, request.api_token = found  # type: ignore[attr-defined, assignment]
    _note_use(found[1], at)


def _found(request: HttpRequest) -> tuple[object, ApiToken]:
    """Return user and token; raise AuthenticationFailed for everything that is not a living token."""
    refused = exceptions.AuthenticationFailed(
        _("This token is not known, has expired or was revoked. Create a new one.")
    )
    try:
        found = TokenAuthentication().authenticate(request)  # type: ignore[arg-type]
    except (UnicodeError, ValueError) as error:
        raise refused from error
    except exceptions.AuthenticationFailed as error:
        raise refused from error
    if found is None:
        raise exceptions.AuthenticationFailed(
            _("Only tokens are accepted: “Authorization: Bearer itsd_…”.")
        )
    if found[1].revoked_at is not None:
        raise refused
    return found


def _note_use(token: ApiToken, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
