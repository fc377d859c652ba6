"""Who calls the API: a signed-in browser or the holder of a token (Authorization: Bearer itsd_…)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request


class RequestAuthentication(BaseAuthentication):
    """Takes what the middleware found; a session also needs its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return user and token, or None for somebody unknown."""
        inner: Any = request._request
        if getattr(inner, "token_error", None) is not None:
            raise inner.token_error
        if getattr(inner, "api_token", None) is not None:
            return inner.user, inner.api_token
        user = getattr(inner, "user", None)
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        SessionAuthentication().enforce_csrf(request)
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """Make a missing sign-in a 401."""
        return "Bearer"


class RequestAuthenticationSchema(OpenApiAuthenticationExtension):
    """How the OpenAPI description names the two ways."""

    target_class = "itsm.api.authentication.RequestAuthentication"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Return bearer token and session cookie."""
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "itsd_…"},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]
