"""API tokens: found by their digest, refused when expired, revoked or their user is inactive."""

from datetime import datetime, timedelta

from django.http import HttpRequest
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
        found = TokenAuthentication().authenticate(request)  # type: ignore[arg-type]
    except exceptions.AuthenticationFailed as error:
        request.token_error = error  # type: ignore[attr-defined]
        return
    if found is not None:
        request.user, request.api_token = found  # type: ignore[attr-defined]
        _note_use(found[1], at)


def _note_use(token: ApiToken, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
