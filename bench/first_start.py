"""From a clean checkout to a populated page, and the second start, with warm package caches."""

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from bench.figures import figure
from itsm.server.valkey import free_port

NAME = "first-start"
ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 600


def measure() -> list[dict[str, Any]]:
    """Clone the committed state into an empty folder and start it twice; seconds of wall clock."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-") as parent:
        clone = Path(parent) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        first, first_stop, code = _start_once(clone)
        second, second_stop, _ = _start_once(clone)
    return [
        figure("first start to a page", first, "s", goal=120),
        figure("second start to a page", second, "s", goal=10),
        figure("stop after SIGTERM", max(first_stop, second_stop), "s", goal=10),
        figure("exit code after SIGTERM", code, "", goal=0),
    ]


def _start_once(clone: Path) -> tuple[float, float, int]:
    port = free_port()
    begun = time.monotonic()
    with (clone.parent / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            ["./run", "--port", str(port)],
            cwd=clone,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_clean_environment(),
        )
    try:
        _wait_for_page(process, port, clone.parent / "output.txt")
        ready = time.monotonic() - begun
    finally:
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
    return ready, time.monotonic() - begun, code


def _clean_environment() -> dict[str, str]:
    ours = re.compile(r"ITSM_|DATABASE_|REDIS_URL|SECRET_KEY|SITE_URL|DJANGO_|VIRTUAL_ENV|PORT$")
    return {name: value for name, value in os.environ.items() if not ours.match(name)}


def _wait_for_page(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            for path in ("/healthz", "/accounts/login/"):
                urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=10).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"It did not start:\n{output.read_text(encoding='utf-8')[-3000:]}")
