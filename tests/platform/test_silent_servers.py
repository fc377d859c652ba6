"""A database or Redis that is away, or takes the call and says nothing: a page of 503, never a hang."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

SECONDS = 90  # the process is killed after that: it starts in some seconds and may wait ten for the server
ASK = """
import json, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "a" * 32
answer = client.get({address!r})
print(json.dumps([answer.status_code, dict(answer.headers), answer.content.decode()]))
"""


def _asked(folder: Path, address: str) -> tuple[int, dict[str, str], str]:
    """Ask a site whose database is said to listen in ``folder``."""
    found = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "itsm.settings",
        "DATABASE_URL": f"postgres://plimsoll@/plimsoll?host={folder}",
        "ALLOWED_HOSTS": "testserver",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(address=address)],
        cwd=ROOT, env=found, capture_output=True, text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    status, headers, body = json.loads(done.stdout.splitlines()[-1])
    return status, headers, body


@pytest.fixture(params=["stopped", "silent"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where no server listens, or one that takes the connection and never speaks."""
    with socket.socket(socket.AF_UNIX) as server:
        if request.param == "silent":
            server.bind(str(tmp_path / ".s.PGSQL.5432"))
            server.listen()
        yield tmp_path


def test_a_page_says_that_the_site_rests_and_needs_no_file_of_it(folder: Path) -> None:
    status, headers, body = _asked(folder, "/services/?state=LIVE")

    assert (status, headers["Retry-After"]) == (503, "30")
    assert "Plimsoll rests for a moment" in body
    assert headers["X-Request-ID"] in body
    assert 'href="/services/?state=LIVE">Try again' in body
    assert "<link" not in body
    assert "<script" not in body
    assert "'sha256-" in headers["Content-Security-Policy"]


def test_the_api_says_so_as_a_document(folder: Path) -> None:
    status, headers, body = _asked(folder, "/api/v1/services/")

    assert (status, headers["Retry-After"]) == (503, "30")
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["code"] == "unavailable"
