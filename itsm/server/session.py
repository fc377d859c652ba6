"""Servers for one ``manage.py`` command: those of a running ``make run``, or its own."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from itsm.server import preflight
from itsm.server.errors import StartRefused as Refused
from itsm.server.site import Site

__all__ = ["Refused", "borrowed_servers"]

#: Enough for Django to load its settings when no server is needed: nothing listens there.
_NOWHERE = {
    "DATABASE_URL": "postgres://plimsoll@/plimsoll?host=/nonexistent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "only-for-commands-without-a-database",
}


@contextmanager
def borrowed_servers(*, needed: bool = True) -> Iterator[None]:
    """Set the environment of the settings; start servers only when none is given."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    if not needed:
        os.environ.update(_NOWHERE)
        yield
        return
    site = Site.here()
    preflight.writable_folder(site.folder)
    try:
        site.take()
    except Refused:
        if not site.notes.exists():
            raise
        _adopt(json.loads(site.notes.read_text(encoding="utf-8")))
        yield
        return
    try:
        _start(site)
        yield
    finally:
        site.stop_servers()


def _start(site: Site) -> None:
    fresh = not (site.folder / "postgres").exists()
    site.start_database()
    if not site.given.get("REDIS_URL"):
        site.start_valkey()
    _adopt(site.environment(owner=True))
    if fresh:
        site.prepare_by(["setup_database", "--quiet"])


def _adopt(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        os.environ.setdefault(name, value)
