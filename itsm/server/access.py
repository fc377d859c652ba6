"""The access log without secrets: the token in the address of a calendar subscription is cut."""

import re
from typing import Any

from gunicorn.glogging import Logger

_TOKEN = re.compile(r"(/calendar-feeds/[\w-]{8})[\w-]+")


def masked(text: str) -> str:
    """Return a line of a request with the first eight characters of such a token only."""
    return _TOKEN.sub(r"\1…", text)


class AccessLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log, with addresses masked."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Return the parts of a line."""
        found = super().atoms(resp, req, environ, request_time)
        return {key: masked(text) if isinstance(text, str) else text for key, text in found.items()}
