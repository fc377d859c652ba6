"""The two minutes of a newcomer: clone, ``make run``, sign in, read a page and a PDF, stop."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from itsm.server.valkey import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 600
PDF_SECONDS = 240
OURS = re.compile(r"ITSM_|DATABASE_|ADMIN_|REDIS_|SECRET_KEY|SITE_URL|DJANGO_|PYTEST|PORT$|MAKE")

pytestmark = pytest.mark.smoke


class Visitor:
    """A browser without pictures: cookies, forms, nothing else."""

    def __init__(self, port: int) -> None:
        self.base = f"http://localhost:{port}"
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[str, bytes, str]:
        """Return final address, body and media type."""
        url = urllib.parse.urljoin(self.base, path)
        with self.opener.open(url, timeout=60) as answer:
            return answer.url, answer.read(), answer.headers.get_content_type()

    def sign_in(self, email: str, password: str) -> str:
        """Sign in with the form; return the address it leads to."""
        address, page, _ = self.get("/accounts/login/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1).decode()
        fields = {"csrfmiddlewaretoken": token, "login": email, "password": password}
        request = urllib.request.Request(  # noqa: S310 - our own http address
            address, urllib.parse.urlencode(fields).encode(), {"Referer": address}
        )
        with self.opener.open(request, timeout=60) as answer:
            return answer.url


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not OURS.match(name)}


def _processes_of(clone: Path) -> list[str]:
    """Return the command lines that still mention the clone."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(clone) in line]


def _wait_until_ready(process: subprocess.Popen, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if "Plimsoll is ready" in output.read_text(encoding="utf-8"):
            return
        time.sleep(0.2)
    raise AssertionError(output.read_text(encoding="utf-8")[-4000:])


@pytest.fixture
def clone(tmp_path):
    """A fresh clone of the committed state."""
    target = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    return target


@pytest.fixture
def running(clone, tmp_path):
    """``make run`` in the clone, ready; ended whatever the test does."""
    port, output = free_port(), tmp_path / "output.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            ["make", "--no-print-directory", "run", f"PORT={port}"],
            cwd=clone, env=_environment(), stdout=stream, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_ready(process, output)
        yield port, process, output
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def _first_pdf(visitor: Visitor, signins: list[dict]) -> bytes:
    """Return the first report that a customer finds in the portal; the worker issues it meanwhile."""
    customer = next(one for one in signins if "portal" in one["url"])
    visitor.sign_in(customer["email"], customer["password"])
    deadline = time.monotonic() + PDF_SECONDS
    while time.monotonic() < deadline:
        pages = [visitor.get(customer["url"])[1].decode()]
        links = sorted(set(re.findall(r'href="(/portal/[^"#?]*report[^"#?]*)"', pages[0])))
        pages += [visitor.get(link)[1].decode() for link in links if not link.endswith(".pdf")]
        for link in re.findall(r'href="([^"]*pdf[^"]*)"', "".join(pages)):
            _, body, kind = visitor.get(link)
            assert kind == "application/pdf"
            return body
        time.sleep(2)
    raise AssertionError("no report appeared in the portal")


def test_a_newcomer_reads_a_page_and_a_report_and_stops_without_a_trace(running, clone):
    port, process, output = running
    signins = json.loads((clone / "var/demo_signins.json").read_text(encoding="utf-8"))
    staff = next(one for one in signins if "portal" not in one["url"])
    visitor = Visitor(port)

    landed = visitor.sign_in(staff["email"], staff["password"])
    address, page, kind = visitor.get("/")

    assert "/accounts/login" not in landed
    assert "/accounts/login" not in address
    assert (kind, b"<h1" in page) == ("text/html", True)
    assert _first_pdf(Visitor(port), signins).startswith(b"%PDF-1.")
    text = output.read_text(encoding="utf-8")
    assert f"http://localhost:{port}" in text
    assert staff["email"] in text

    supervisor = int((clone / "var/plimsoll.lock").read_text())
    os.kill(supervisor, signal.SIGTERM)

    assert process.wait(timeout=30) == 0
    assert _processes_of(clone) == []
