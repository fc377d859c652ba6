"""The site on this machine: its folder, secret key, two servers and processes' environment."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from itsm.server import forgotten, preflight
from itsm.server.children import Child
from itsm.server.errors import StartRefused
from itsm.server.postgres import SUPERUSER, PrivatePostgres
from itsm.server.roles import LOGIN, OWNER, apply_roles
from itsm.server.valkey import PrivateValkey

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "plimsoll"
#: How Django begins the line of a command that refuses with a sentence of its own.
REFUSED = "CommandError: "


@dataclass(slots=True)
class Site:
    """One ``var/`` folder and what runs on it; addresses in ``given`` replace its servers."""

    folder: Path
    given: Mapping[str, str]
    addresses: dict[str, str] = field(default_factory=dict, init=False)
    postgres: PrivatePostgres | None = field(default=None, init=False)
    valkey: PrivateValkey | None = field(default=None, init=False)
    lock: IO[str] | None = field(default=None, init=False)

    @classmethod
    def here(cls) -> "Site":
        """Return the site of this checkout, in ``ITSM_VAR`` or ``var``."""
        return cls(ROOT / os.environ.get("ITSM_VAR", "var"), dict(os.environ))

    def take(self) -> list[str]:
        """Take the folder for this process alone; return the names of forgotten programs that it ended.

        Raises StartRefused when the folder cannot be written or another Plimsoll holds it.
        """
        preflight.writable_folder(self.folder)
        preflight.room(self.folder)
        self.lock = preflight.lock(self.folder)
        return forgotten.end_forgotten(self.folder / "log")

    def check(self) -> None:
        """Refuse before anything is started when a given address is bad."""
        if self.given.get("DATABASE_URL"):
            if not self.given.get("DATABASE_OWNER_URL"):
                raise StartRefused(
                    "DATABASE_URL is set but DATABASE_OWNER_URL is not. Set it to the same database"
                    f" with the role {OWNER}, or unset both to use the private PostgreSQL."
                )
            preflight.reachable_database("DATABASE_URL", self.given["DATABASE_URL"])
            preflight.reachable_database("DATABASE_OWNER_URL", self.given["DATABASE_OWNER_URL"])
        if self.given.get("REDIS_URL"):
            preflight.reachable_redis(self.given["REDIS_URL"])

    @property
    def private_database(self) -> bool:
        """Tell whether this site brings its own PostgreSQL."""
        return not self.given.get("DATABASE_URL")

    def start_database(self) -> None:
        """Start the private PostgreSQL and make its roles and database."""
        self.postgres = PrivatePostgres(self.folder / "postgres", self.log("postgres"))
        self.postgres.start()
        apply_roles(self.postgres.address(SUPERUSER, "postgres"), database=DATABASE)
        self.addresses["DATABASE_URL"] = self.postgres.address(LOGIN, DATABASE)
        self.addresses["DATABASE_OWNER_URL"] = self.postgres.address(OWNER, DATABASE)

    def start_valkey(self) -> None:
        """Start the private Valkey."""
        self.valkey = PrivateValkey(self.folder / "valkey", self.log("valkey"))
        self.valkey.start()
        self.addresses["REDIS_URL"] = self.valkey.address

    def servers(self) -> list[Child]:
        """Return the private servers that run."""
        return [server.child for server in (self.postgres, self.valkey) if server]

    def stop_servers(self) -> None:
        """Stop the private servers, the database last, and give the lock back."""
        if self.lock:
            # Without the lock the notes are those of another Plimsoll, which runs.
            self.notes.unlink(missing_ok=True)
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()
        if self.lock:
            self.lock.close()
            self.lock = None

    def log(self, name: str) -> Path:
        """Return the log file of one process."""
        return self.folder / "log" / f"{name}.log"

    def environment(self, *, owner: bool = False) -> dict[str, str]:
        """Return the environment of a process; the owner's address only where it is needed."""
        kept = {name: value for name, value in self.given.items() if not name.startswith("PG")}
        kept |= self.addresses
        kept |= {
            "SECRET_KEY": self.given.get("SECRET_KEY") or self._secret_key(),
            "ITSM_VAR": str(self.folder),
            "NUMBA_CACHE_DIR": str(self.folder / "numba"),
            "DJANGO_SETTINGS_MODULE": "itsm.settings",
            "PYTHONUNBUFFERED": "1",
        }
        if not owner:
            kept.pop("DATABASE_OWNER_URL", None)
            kept.pop("ITSM_AS_OWNER", None)
        return kept

    @property
    def notes(self) -> Path:
        """Return the file that tells ``manage.py`` the addresses of the running servers."""
        return self.folder / "run" / "environment.json"

    def write_notes(self) -> None:
        """Write the addresses for ``manage.py``, readable by this user only."""
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        self.notes.unlink(missing_ok=True)
        self.notes.touch(mode=0o600)
        environment = self.environment(owner=True)
        wanted = (*self.addresses, "SECRET_KEY", "ITSM_VAR", "NUMBA_CACHE_DIR", "SITE_URL")
        kept = {name: environment[name] for name in wanted if name in environment}
        self.notes.write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def manage(self, words: Sequence[str]) -> int:
        """Run ``manage.py`` with these words on this terminal; return its exit code."""
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        environment = self.environment(owner=True)
        return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode

    def prepare_by(self, words: Sequence[str]) -> None:
        """Run ``manage.py`` with these words quietly; raise StartRefused with its last words.

        What it said is kept in ``log/setup.log``.
        """
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        child = Child("setup", command, self.log("setup"), self.environment(owner=True))
        try:
            child.start()
            child.finish(None)
        except BaseException:
            child.finish(0)
            raise
        if child.process is None or child.process.returncode == 0:
            return
        said = child.last_words()
        if said.startswith(REFUSED):
            raise StartRefused(said.removeprefix(REFUSED))
        raise StartRefused(f"{words[0]} stopped: {said.rstrip('.')}. See {child.log}.")

    def _secret_key(self) -> str:
        path = self.folder / "secret_key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(64), encoding="ascii")
        return path.read_text(encoding="ascii").strip()
