"""A child process: started in its own session, stopped in steps, never left behind."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from itsm.server import forgotten

LOG_LIMIT_BYTES = 10_000_000


@dataclass(slots=True)
class Child:
    """One program: its command, log and the signal that asks it to stop."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    log_start: int = field(default=0, init=False)

    def start(self) -> None:
        """Start the program; its output is appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as output:
            self.log_start = output.tell()
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                start_new_session=True,
            )
        forgotten.note_down(self.note, self.process.pid, self.stop_signal)

    @property
    def note(self) -> Path:
        """Return the file that tells a later start of this program, should it be forgotten."""
        return self.log.with_name(self.name + forgotten.ENDING)

    @property
    def running(self) -> bool:
        """Tell whether the program runs."""
        return self.process is not None and self.process.poll() is None

    def said(self) -> str:
        """Return what the program has written since it was started."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as stream:
            stream.seek(self.log_start)
            return stream.read(1_000_000).decode("utf-8", errors="replace")

    def last_words(self) -> str:
        """Return the line of the log that tells most, for an error message."""
        spoken = [line.strip() for line in self.said().splitlines()[-40:] if line.strip()]
        telling = [line for line in spoken if "FATAL" in line or "Error" in line]
        return (telling or spoken or ["it wrote nothing"])[-1][:300]

    def ask_to_stop(self) -> None:
        """Send the polite signal; the program may finish what it does."""
        if self.running and self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)

    def finish(self, seconds: float | None) -> None:
        """Wait up to ``seconds`` (None: for ever) for the program to end, then end it and all it started."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=None if seconds is None else max(seconds, 0.01))
        except subprocess.TimeoutExpired:
            self.process.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.note.unlink(missing_ok=True)


def stop_together(children: Sequence[Child], seconds: float) -> None:
    """Ask all ``children`` to stop at once and give them ``seconds`` between them."""
    deadline = time.monotonic() + seconds
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.finish(deadline - time.monotonic())
