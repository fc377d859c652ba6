"""Import a real incident log of 141,712 rows and 24,918 incidents, each time into an empty customer."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import figure
from itsm.models import Party, Service
from itsm.tenancy import SYSTEM, acting_as

NAME = "import-log"
NEEDS_SERVERS = True
ROOT = Path(__file__).resolve().parents[1]
FILE = "incidents/incident_event_log.zip"
ROWS, INCIDENTS, TIMES = 141_712, 24_918, 3
_RUN = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, *sys.argv[1:]]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def data_folder() -> Path:
    """Return the folder with the real data: ``PLIMSOLL_DATA``, or ``shared/data`` beside the repository."""
    return Path(os.environ.get("PLIMSOLL_DATA", ROOT.parent / "shared" / "data"))


def measure() -> list[dict[str, Any]]:
    """Run the command three times; seconds and MiB of the whole process, best of three."""
    path = data_folder() / FILE
    if not path.is_file():
        raise SystemExit(f"{FILE} is not there. Name the folder with the data in PLIMSOLL_DATA.")
    runs = [_once(path, f"bench-{number}") for number in range(TIMES)]
    again, seconds, _ = _command(path, f"bench-{TIMES - 1}")
    said = runs[0][0]
    peer = _bare_reader(path)
    return [
        figure(
            "import of the log", min(run[1] for run in runs), "s", goal=60,
            peer="reading the file with csv.DictReader alone", peer_value=peer,
        ),
        figure("peak memory", min(run[2] for run in runs), "MiB", goal=600),
        figure("second import", seconds, "s", goal=60),
        figure("incidents changed by the second import", again["created"] + again["updated"], "", goal=0),
        figure("rows", said["rows"], "", goal=ROWS, better="higher"),
        figure("incidents", said["created"], "", goal=INCIDENTS, better="higher"),
    ]  # fmt: skip


def _once(path: Path, slug: str) -> tuple[dict[str, Any], float, float]:
    with acting_as(SYSTEM):
        Party.objects.create(slug=slug, name=slug, roles=["CUSTOMER"], timezone="Europe/Madrid")
        Service.objects.get_or_create(slug="bench-support", defaults={"name": "IT support"})
    return _command(path, slug)


def _command(path: Path, slug: str) -> tuple[dict[str, Any], float, float]:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(ROOT / "manage.py"), "import_data", str(path), "--json",
         "--profile", "servicenow-event-log", "--customer", slug, "--service", "bench-support"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    peak = next(line for line in done.stderr.splitlines()[::-1] if line.startswith("peak "))
    return json.loads(done.stdout), seconds, int(peak.split()[1]) / 1024


def _bare_reader(path: Path) -> float:
    """Return the seconds that only unpacking and reading the file takes."""
    code = (
        "import csv, io, sys, zipfile\n"
        "z = zipfile.ZipFile(sys.argv[1]); f = z.open(z.namelist()[0])\n"
        "sum(1 for _ in csv.DictReader(io.TextIOWrapper(f)))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "read.py"
        script.write_text(code, encoding="utf-8")
        begun = time.perf_counter()
        subprocess.run([sys.executable, str(script), str(path)], check=True)
        return time.perf_counter() - begun
