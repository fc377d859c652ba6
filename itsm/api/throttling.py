"""How many requests a caller may make in a minute, counted in the shared cache."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

WINDOW = 60


def limit_per_minute() -> int:
    """Return how many requests one user may make in a minute."""
    return int(settings.API_REQUESTS_PER_MINUTE)


class MinuteThrottle(BaseThrottle):
    """A fixed window of a minute per user; without a cache nobody is held up."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and tell whether it may go on."""
        now = time.time()
        limit, window = limit_per_minute(), int(now // WINDOW)
        self.reset = max(1, round((window + 1) * WINDOW - now))
        key = f"api-requests:{getattr(request.user, 'pk', None) or 'nobody'}:{window}"
        try:
            cache.add(key, 0, WINDOW * 2)
            count = cache.incr(key)
        except (RedisError, ValueError, OSError):
            return True
        request._request.api_window = (limit, max(0, limit - count), self.reset)  # type: ignore[attr-defined]
        return count <= limit

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return float(self.reset)


def tell_limit(request: Any, response: Response) -> None:
    """Add ``RateLimit`` and ``RateLimit-Policy`` to an answer."""
    window = getattr(getattr(request, "_request", None), "api_window", None)
    if window is not None:
        limit, rest, reset = window
        response["RateLimit-Policy"] = f'"default";q={limit};w={WINDOW}'
        response["RateLimit"] = f'"default";r={rest};t={reset}'
