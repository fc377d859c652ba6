"""The supervisor's children, with real processes."""

import os
import sys
import time
from pathlib import Path

import pytest

from itsm.server.children import Child, stop_together
from itsm.server.errors import StartRefused
from itsm.server.supervisor import RESTARTS, Supervisor

GRANDCHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(600)\n"
)


def _child(tmp_path: Path, program: str) -> Child:
    return Child("helper", [sys.executable, "-c", program], tmp_path / "child.log", os.environ)


def _exists(pid: int) -> bool:
    """A process that waits to be reaped by its new parent counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _printed(log: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if log.exists() and log.read_text().endswith("\n"):
            return log.read_text().strip()
        time.sleep(0.02)
    raise AssertionError("the child never wrote its line")


def test_a_stopped_child_leaves_no_process_behind(tmp_path):
    child = _child(tmp_path, GRANDCHILD)
    child.start()
    grandchild = int(_printed(child.log))
    assert _exists(grandchild)

    stop_together([child], 5)

    deadline = time.monotonic() + 5
    while _exists(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.running
    assert not _exists(grandchild)


def test_a_child_that_ignores_the_polite_signal_is_ended(tmp_path):
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True); time.sleep(600)"
    )
    child = _child(tmp_path, program)
    child.start()
    assert _printed(child.log) == "deaf"

    stop_together([child], 0.2)

    assert child.process.returncode == -9


def test_a_child_that_dies_is_started_again(tmp_path, capsys):
    child = _child(tmp_path, "import time; print('up', flush=True); time.sleep(600)")
    supervisor = Supervisor([child])
    supervisor.start()
    first = child.process.pid
    child.process.kill()
    child.process.wait()

    supervisor.revive(child)

    try:
        assert child.running
        assert child.process.pid != first
        assert "stopped with code -9 and is started again" in capsys.readouterr().out
    finally:
        supervisor.stop()


def test_a_child_that_keeps_dying_ends_the_start_with_its_last_words(tmp_path):
    child = _child(tmp_path, "raise SystemExit('Error: no such table')")
    supervisor = Supervisor([child])
    supervisor.start()

    with pytest.raises(StartRefused) as refused:
        supervisor.watch()

    assert f"stopped {RESTARTS + 1} times in a minute, last with code 1" in str(refused.value)
    assert "Error: no such table" in str(refused.value)
    assert str(child.log) in str(refused.value)
