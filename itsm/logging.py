"""Log lines as JSON, one a line, so that no text of a user can forge a line."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

REQUEST_ID: ContextVar[str] = ContextVar("plimsoll_request_id", default="")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: at, level, logger, message, in a request its number, error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := REQUEST_ID.get():
            line["request_id"] = number
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
