"""What a killed supervisor leaves behind does not stand in the way of the next start."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from itsm.server import forgotten
from itsm.server.children import Child
from itsm.server.errors import StartRefused
from itsm.server.site import Site

SUPERVISOR = """
import os, sys
from pathlib import Path
from itsm.server.children import Child
folder = Path(sys.argv[1])
for name in ("postgres", "valkey", "web"):
    words = [sys.executable, "-c", "import time; time.sleep(600)"]
    child = Child(name, words, folder / f"{name}.log", os.environ)
    child.start()
    print(child.process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def site(tmp_path):
    found = Site(tmp_path / "var", dict(os.environ))
    yield found
    found.stop_servers()


def test_programs_of_a_killed_supervisor_are_ended_by_the_next_start(site, capfd):
    (site.folder / "log").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", SUPERVISOR, str(site.folder / "log")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    pids = [int(line) for line in done.stdout.split()]
    assert done.returncode == -signal.SIGKILL
    assert [_runs(pid) for pid in pids] == [True, True, True]

    ended = site.take()

    assert ended == ["postgres", "valkey", "web"]
    assert [_runs(pid) for pid in pids] == [False, False, False]
    assert list((site.folder / "log").glob("*.process")) == []


def test_another_process_with_the_number_of_a_note_is_left_alone(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    note = tmp_path / "web.process"
    try:
        forgotten.note_down(note, other.pid, signal.SIGTERM)
        facts = json.loads(note.read_text())
        note.write_text(json.dumps({**facts, "since": facts["since"] - 3600}))

        assert forgotten.end_forgotten(tmp_path) == []
        assert other.poll() is None
        assert not note.exists()
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("text", ["", "{}", '{"pid": "x"}', "[1]"])
def test_a_damaged_note_is_dropped(tmp_path, text):
    (tmp_path / "web.process").write_text(text)

    assert forgotten.end_forgotten(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_program_leaves_no_note(tmp_path):
    child = Child("web", [sys.executable, "-c", ""], tmp_path / "web.log", os.environ)
    child.start()

    child.finish(20)

    assert not child.note.exists()


def test_a_refused_second_start_leaves_the_addresses_of_the_first(site):
    site.take()
    site.addresses["REDIS_URL"] = "redis://127.0.0.1:1/0"
    site.write_notes()
    second = Site(site.folder, dict(os.environ))

    with pytest.raises(StartRefused, match="already runs"):
        second.take()
    second.stop_servers()

    assert json.loads(site.notes.read_text())["REDIS_URL"] == "redis://127.0.0.1:1/0"
