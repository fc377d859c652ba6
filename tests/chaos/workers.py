"""A real Celery worker and a real reconciler as processes that a test may kill."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
WORKER = (
    "-m", "celery", "--app", "itsm", "worker", "--pool", "prefork", "--concurrency", "2",
    "--queues", "default,reports", "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
)  # fmt: skip
RECONCILER = ("manage.py", "run_reconciler", "--every", "1", "--skip-checks", "-v", "0")


def environment(broker: int) -> dict[str, str]:
    """Return the environment of the processes: this test's database, a broker of their own, short times."""
    url = os.environ["DATABASE_URL"]
    before, _slash, after = url.partition("?")
    name = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": f"{before.rpartition('/')[0]}/{name}" + (f"?{after}" if after else ""),
        "REDIS_URL": f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{broker}",
        "DJANGO_SETTINGS_MODULE": "itsm.settings",
        "ITSM_RECONCILE_SECONDS": "1",
        "ITSM_TASK_SECONDS": "30",
        "ITSM_PDF_SECONDS": "25",
        "ITSM_LOG_LEVEL": "WARNING",
    }


@dataclass
class Process:
    """One program in a session of its own."""

    words: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; what it says goes to the log."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.words],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process number."""
        assert self.process is not None
        return self.process.pid

    def children(self) -> list[int]:
        """Return the worker's pool processes, as Linux lists them."""
        with contextlib.suppress(OSError):
            listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            return [int(word) for word in listed]
        return []

    def kill(self) -> None:
        """End it and its pool at once, as a power cut does."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def kill_child(pid: int) -> None:
    """End one process at once, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
