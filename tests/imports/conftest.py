"""Files for the import tests, written line by line so that each expected figure can be read off."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function (name, lines…) → path of a text file with these lines."""

    def make(name: str, *lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
        return path

    return make


@pytest.fixture
def client_without_worker(world, settings, tmp_path, monkeypatch):
    """The service level manager; hints to workers go nowhere: the test runs the jobs."""
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr("itsm.services.jobs.hint", lambda *_names, **_facts: True)
    monkeypatch.setattr("itsm.outbox.hints.hint", lambda *_names, **_facts: True)
    client = Client()
    client.force_login(world.staff["SERVICE_LEVEL_MANAGER"])
    return client
