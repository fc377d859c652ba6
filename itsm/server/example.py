"""``.env.example``, written from the table of variables: ``python -m itsm.server.example``."""

from pathlib import Path

from itsm.environment import VARIABLES

#: What the compose file composes its addresses from; the site itself never reads these.
COMPOSE = (
    ("DATABASE_ADMIN_PASSWORD", "Password of the database's administrator"),
    ("DATABASE_OWNER_PASSWORD", "Password of the role plimsoll_owner: migrate, backup, restore"),
    ("DATABASE_PASSWORD", "Password of the role plimsoll: the running processes"),
    ("REDIS_PASSWORD", "Password of Redis or Valkey"),
)


def text() -> str:
    """Return the file's text: each variable with its meaning and its default."""
    lines = [
        "# Settings for docker compose: cp .env.example .env and fill in the secrets.",
        "# `make run` needs none of them. NAME_FILE may name a file that holds the value of NAME.",
        "# Written by python -m itsm.server.example; passwords: letters and digits.",
        "",
        "# Used by docker-compose.yml to write DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL",
    ]
    for name, meaning in COMPOSE:
        lines += [f"# {meaning}", f"{name}="]
    lines += ["# Port of the site on this machine", "PORT=8000", ""]
    for variable in VARIABLES:
        required = variable.default is None
        lines.append(f"# {variable.meaning}{' (required)' if required else ''}")
        mark = "" if variable.name == "SECRET_KEY" else "#"
        lines.append(f"{mark}{variable.name}={variable.default or ''}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(".env.example").write_text(text(), encoding="utf-8")
