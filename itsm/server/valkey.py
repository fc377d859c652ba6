"""The private Valkey (Redis protocol): loopback only, with a password, on a free port."""

import contextlib
import os
import secrets
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from itsm.server.binaries import redis_server
from itsm.server.children import Child
from itsm.server.errors import StartRefused

TRIES = 5
START_SECONDS = 20


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class PrivateValkey:
    """A Valkey whose files lie under ``folder``; ``durable`` keeps an append-only file."""

    folder: Path
    log: Path
    durable: bool = True
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), init=False)
    port: int = field(default=0, init=False)
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        command = [str(redis_server()), str(self.folder / "valkey.conf")]
        self.child = Child("valkey", command, self.log, dict(os.environ))

    def start(self) -> None:
        """Start the server on a free port; another one when the port was taken meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):
            self.port = free_port()
            self._configure()
            self.child.start()
            if self._answers():
                return
            self.child.finish(0)
        raise StartRefused(
            f"The private Valkey did not start: {self.child.last_words()}. See {self.log}."
        )

    def stop(self, seconds: float = 5) -> None:
        """Stop the server; what was written is on disk when it is durable."""
        self.child.ask_to_stop()
        self.child.finish(seconds)

    @property
    def address(self) -> str:
        """Return the ``redis://`` address of the server."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _configure(self) -> None:
        # The password stands in a file only its owner may read, never on a command line.
        lines = (
            "bind 127.0.0.1", f"port {self.port}", f"requirepass {self.password}",
            f'dir "{self.folder}"', 'save ""', f"appendonly {'yes' if self.durable else 'no'}",
            "daemonize no", "protected-mode yes", "maxmemory-policy noeviction",
        )  # fmt: skip
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while self.child.running and time.monotonic() < deadline:
            with (
                contextlib.suppress(redis.RedisError),
                redis.Redis.from_url(self.address) as client,
            ):
                client.ping()
                return True
            time.sleep(0.03)
        return False
