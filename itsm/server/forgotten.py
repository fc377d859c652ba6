"""What a supervisor that was killed left running: noted while it runs, ended by the next start.

A note lies beside each log (``web.process``): process number, instant of its start, polite signal.
The instant tells the process from a later one with the same number.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ENDING = ".process"
SERVERS = ("valkey", "postgres")
PATIENCE_SECONDS = 10.0
SAME_START_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Left:
    """One program that still runs although nobody watches it."""

    name: str
    process: psutil.Process
    signal: int


def note_down(note: Path, pid: int, stop_signal: signal.Signals) -> None:
    """Write down that process ``pid`` is ours; a process that is gone already is not noted."""
    with contextlib.suppress(psutil.NoSuchProcess):
        facts = {"pid": pid, "since": psutil.Process(pid).create_time(), "signal": int(stop_signal)}
        note.write_text(json.dumps(facts), encoding="ascii")


def end_forgotten(folder: Path) -> list[str]:
    """End what the notes in ``folder`` name and still runs; return the names.

    The caller holds the lock on the site, so nobody owns these programs. Those that use the
    servers end first, the database last.
    """
    found = [left for note in sorted(folder.glob(f"*{ENDING}")) if (left := _read(note))]
    _end([left for left in found if left.name not in SERVERS])
    for server in SERVERS:
        _end([left for left in found if left.name == server])
    for note in folder.glob(f"*{ENDING}"):
        note.unlink(missing_ok=True)
    return [left.name for left in found]


def _read(note: Path) -> Left | None:
    """Return the program of a note when it is the same one and runs."""
    try:
        facts = json.loads(note.read_text(encoding="ascii"))
        process = psutil.Process(facts["pid"])
        if abs(process.create_time() - facts["since"]) > SAME_START_SECONDS or _gone(process):
            return None
        return Left(note.stem, process, facts["signal"])
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def _end(programs: Sequence[Left]) -> None:
    """Ask politely, wait, then end each program and all it started."""
    for left in programs:
        with contextlib.suppress(psutil.Error):
            left.process.send_signal(left.signal)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and not all(_gone(left.process) for left in programs):
        time.sleep(0.05)
    for left in programs:
        # Each leads a session of its own, so this is its group and nobody else's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(left.process.pid, signal.SIGKILL)


def _gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
