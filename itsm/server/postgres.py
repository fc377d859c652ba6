"""The private PostgreSQL: one cluster in a folder, reached by a socket only."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2

from itsm.server import privileges
from itsm.server.binaries import postgres_folder
from itsm.server.children import Child
from itsm.server.errors import StartRefused

SUPERUSER = "itsm"
PORT = 5432
LONGEST_SOCKET_PATH = 103
START_SECONDS = 60
_DURABLE = (
    "timezone=UTC",
    "log_timezone=UTC",
    "listen_addresses=",
    "max_connections=120",
    "unix_socket_permissions=0700",
    "dynamic_shared_memory_type=mmap",
    "log_min_messages=warning",
    "password_encryption=scram-sha-256",
)
_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off")


@dataclass(slots=True)
class PrivatePostgres:
    """A PostgreSQL cluster under ``folder``; ``durable`` is given up for speed in tests only."""

    folder: Path
    log: Path
    durable: bool = True
    sockets: Path = field(init=False)
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        self.sockets = _socket_folder(self.folder.parent / "run")
        options = _DURABLE if self.durable else (*_DURABLE, *_FOR_TESTS)
        command = [
            *privileges.prefix(),
            str(postgres_folder() / "postgres"),
            "-D",
            str(self.folder),
            "-k",
            str(self.sockets),
            "-p",
            str(PORT),
        ]
        for option in options:
            command += ["-c", option]
        # SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, nothing is lost.
        self.child = Child("postgres", command, self.log, _environment(), signal.SIGINT)

    def start(self) -> None:
        """Create the cluster if there is none, start it and wait until it answers."""
        _create(self.folder)
        _end_forgotten(self.folder)
        privileges.hand_over(self.folder)
        privileges.hand_over(self.sockets)
        self.child.start()
        self.wait()

    def wait(self) -> None:
        """Wait until the server takes connections; raise StartRefused with its own words if not."""
        deadline = time.monotonic() + START_SECONDS
        while self.child.running and time.monotonic() < deadline:
            with contextlib.suppress(psycopg2.OperationalError):
                psycopg2.connect(self.address(SUPERUSER, "postgres")).close()
                return
            time.sleep(0.05)
        self.child.finish(0)
        raise StartRefused(
            f"The private PostgreSQL did not start: {self.child.last_words()}. See {self.log}."
        )

    def stop(self, seconds: float = 10) -> None:
        """Stop the server and remove a socket folder made for it alone."""
        self.child.ask_to_stop()
        self.child.finish(seconds)
        if self.sockets.name.startswith("plimsoll-"):
            shutil.rmtree(self.sockets, ignore_errors=True)

    def address(self, user: str, database: str) -> str:
        """Return the ``postgres://`` address of ``database`` for ``user``."""
        return f"postgres://{user}@/{database}?host={quote(str(self.sockets))}&port={PORT}"


def _environment() -> dict[str, str]:
    """Return the environment without the PG… variables, which would change the server's ways."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _socket_folder(wished: Path) -> Path:
    """Return a folder whose socket path fits the 107 bytes that Unix allows."""
    if len(os.fsencode(wished / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET_PATH:
        return Path(tempfile.mkdtemp(prefix="plimsoll-"))
    wished.mkdir(parents=True, exist_ok=True)
    return wished


def _create(folder: Path) -> None:
    """Run initdb beside ``folder`` and move the result there: half a cluster never counts."""
    if (folder / "PG_VERSION").exists():
        _refuse_other_version(folder)
        return
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    privileges.hand_over(fresh)
    command = [
        *privileges.prefix(),
        str(postgres_folder() / "initdb"),
        "-U",
        SUPERUSER,
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "-D",
        str(fresh),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=_environment(), cwd="/"
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StartRefused(f"The private PostgreSQL could not be created: {_reason(done)}")
    fresh.rename(folder)


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the line that tells most of a program that failed."""
    lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
    telling = [line for line in lines if "error:" in line or "FATAL" in line]
    return (telling or lines)[-1]


def _refuse_other_version(folder: Path) -> None:
    """Refuse a cluster that another major version of PostgreSQL has written."""
    written = (folder / "PG_VERSION").read_text(encoding="ascii").strip()
    said = subprocess.run(
        [str(postgres_folder() / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    installed = said.split()[2].split(".")[0]
    if written != installed:
        raise StartRefused(
            f"{folder} was written by PostgreSQL {written}, but {installed} is installed."
            f" Set ITSM_PG_BIN to a PostgreSQL {written}, take a backup, and restore it into a new"
            " folder (ITSM_VAR)."
        )


def _end_forgotten(folder: Path) -> None:
    """End a server left from a supervisor that was killed; drop the note of one that is gone.

    The caller holds the lock on the folder, so such a server has no owner any more.
    """
    note = folder / "postmaster.pid"
    if not note.exists():
        return
    pid = int(note.read_text(encoding="ascii").split()[0])
    if _is_server_of(pid, folder):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while note.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    note.unlink(missing_ok=True)


def _is_server_of(pid: int, folder: Path) -> bool:
    """Tell whether process ``pid`` is the PostgreSQL of ``folder``; the number may be reused."""
    words = (
        subprocess.run(
            ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
        if shutil.which("ps")
        else _command_line(pid)
    )
    return "postgres" in words and str(folder) in words


def _command_line(pid: int) -> str:
    """Return the words a process was started with, from /proc; empty when it is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return ""
