"""The settings that a site may give through environment variables: name, type, default, meaning.

One table, three readers: ``settings.py``, the generated ``.env.example`` and the operations page of the documentation.
``NAME_FILE`` may name a file that holds the value of ``NAME`` (Docker and Kubernetes secrets).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SettingError(ValueError):
    """A variable is missing or cannot be read; the text names it and says what to type."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, default (None: required) and one line of meaning."""

    name: str
    default: str | None
    meaning: str
    secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "DATABASE_URL", None, "PostgreSQL address of the running processes, role plimsoll", True
    ),
    Variable("DATABASE_OWNER_URL", "", "PostgreSQL address of migrate, backup, restore", True),
    Variable("REDIS_URL", None, "Redis or Valkey: broker, cache and locks", True),
    Variable("SECRET_KEY", None, "Long random text that signs sessions and encrypts secrets", True),
    Variable("DEBUG", "false", "true shows technical error pages: never on a public site"),
    Variable("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names served, by commas"),
    Variable(
        "SITE_URL", "http://localhost:8000", "Address of the site as written in mails and reports"
    ),
    Variable(
        "EMAIL_URL",
        "file:",
        "smtp://user:secret@host:587?tls=1, console: or file: (var/mail)",
        True,
    ),
    Variable("EMAIL_FROM", "Plimsoll <plimsoll@localhost>", "Sender of the mails"),
    Variable("ITSM_VAR", "var", "Folder for files, logs, sockets and the private servers"),
    Variable("ITSM_SECURE", "false", "true behind HTTPS: secure cookies, HSTS, redirect"),
    Variable("ITSM_TRUSTED_PROXY", "false", "true trusts X-Forwarded-Proto of the proxy in front"),
    Variable("ITSM_RECONCILE_SECONDS", "60", "How often lost work is looked for in the database"),
    Variable(
        "ITSM_TASK_SECONDS", "300", "Hard limit of one task; the broker's visibility is twice it"
    ),
    Variable(
        "ITSM_FEED_DAYS", "90", "Days that the change feed and the log of deliveries are kept"
    ),
    Variable(
        "ITSM_WEBHOOK_PRIVATE",
        "",
        "Private networks that webhooks may reach: 10.1.0.0/16, by commas",
    ),
    Variable("ITSM_PDF_SECONDS", "90", "Wall-clock limit of one PDF"),
    Variable(
        "API_REQUESTS_PER_MINUTE", "1200", "Requests to the API that one user may make a minute"
    ),
    Variable("ITSM_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
)
_BY_NAME = {variable.name: variable for variable in VARIABLES}


@dataclass(frozen=True, slots=True)
class Environment:
    """Typed access to the declared variables; reading an undeclared one is a programming error."""

    values: Mapping[str, str]

    @classmethod
    def from_process(cls) -> "Environment":
        """Read the variables of this process."""
        return cls(os.environ)

    def text(self, name: str) -> str:
        """Return the value of ``name``; raise SettingError when a required one is missing."""
        variable = _BY_NAME[name]
        if file := self.values.get(f"{name}_FILE"):
            return _contents(name, file)
        value = self.values.get(name, variable.default)
        if value is None:
            raise SettingError(
                f"{name} is not set ({variable.meaning}). Start with `make run`, or set {name}."
            )
        return value

    def flag(self, name: str) -> bool:
        """Return true for 1, true, yes, on; false for 0, false, no, off and empty."""
        value = self.text(name).strip().lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off", ""}:
            return False
        raise SettingError(f"{name} is {value!r}. Write true or false.")

    def number(self, name: str) -> int:
        """Return a whole number."""
        value = self.text(name)
        try:
            return int(value)
        except ValueError:
            raise SettingError(f"{name} is {value!r}. Write a whole number.") from None

    def words(self, name: str) -> list[str]:
        """Return the parts between commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]


def _contents(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text"
        raise SettingError(
            f"{name}_FILE names {file}, which cannot be read ({reason}). Name another file."
        ) from None


def database(url: str) -> dict[str, object]:
    """Return Django's connection settings for a ``postgres://`` address.

    A Unix socket folder is given as ``postgres://user@/name?host=/folder``.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise SettingError(
            "DATABASE_URL is not a PostgreSQL address. Write postgres://user:secret@host:5432/name."
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
    }
