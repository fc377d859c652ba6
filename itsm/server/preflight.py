"""What is looked at before anything is started: the folder, the lock, the port, the addresses."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psycopg2
import redis

from itsm.server.errors import StartRefused
from itsm.server.roles import TAKEN

LEAST_BYTES = 100_000_000


def writable_folder(folder: Path) -> None:
    """Make ``folder`` and refuse when no file can be written there."""
    probe = folder / ".probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text("probe", encoding="ascii")
        probe.unlink()
    except OSError as error:
        raise StartRefused(
            f"The folder {folder} cannot be written ({error.strerror})."
            f" {_remedy(error, folder)}, or set ITSM_VAR to another folder."
        ) from None


def _remedy(error: OSError, folder: Path) -> str:
    if error.errno == errno.EROFS:
        return "Mount its disk writable"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "Make room on its disk"
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"Move the file away that stands where {folder} should be"
    return f"Type: sudo chown -R $(id -u) {folder}"


def room(folder: Path) -> None:
    """Refuse when the disk of ``folder`` has less than 100 MB left: a half-written start helps nobody."""
    left = shutil.disk_usage(folder).free
    if left < LEAST_BYTES:
        raise StartRefused(
            f"The disk of {folder} has {left // 1_000_000} MB left, and Plimsoll needs"
            f" {LEAST_BYTES // 1_000_000} MB to start. Make room there, or set ITSM_VAR to another"
            " folder."
        )


def lock(folder: Path) -> IO[str]:
    """Return the open lock of ``folder``; refuse when another Plimsoll holds it."""
    handle = (folder / "plimsoll.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        holder = handle.read().strip() or "unknown"
        handle.close()
        raise StartRefused(
            f"Plimsoll already runs on {folder} (process {holder}). Stop it with"
            f" kill {holder}, or set ITSM_VAR to another folder."
        ) from None
    handle.seek(0)
    handle.truncate()
    handle.write(f"{os.getpid()}\n")
    handle.flush()
    return handle


def free(host: str, port: int) -> None:
    """Refuse when ``port`` is taken or may not be used."""
    if not 0 < port < 65536:
        raise StartRefused(f"The port is {port}. Choose one from 1024 to 65535: ./run --port 8001")
    family = _family(host)
    for other, address in _addresses(host, family):
        if _somebody_answers(other, address, port):
            raise StartRefused(_taken(port))
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise StartRefused(
                f"Port {port} needs administrator rights. Choose another: ./run --port 8000"
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StartRefused(_taken(port)) from None
            raise StartRefused(_not_ours(host)) from None


def _family(host: str) -> socket.AddressFamily:
    try:
        return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
    except (OSError, UnicodeError):
        raise StartRefused(_not_ours(host)) from None


def _not_ours(host: str) -> str:
    return (
        f"{host} is no address of this machine. Leave out --host to serve this machine alone, or"
        " type --host 0.0.0.0 to serve the network"
    )


def _taken(port: int) -> str:
    return (
        f"Port {port} is used by another program. Stop it, or choose another port:"
        f" ./run --port {port + 1} (with make: make run PORT={port + 1})"
    )


def _addresses(host: str, family: socket.AddressFamily) -> list[tuple[socket.AddressFamily, str]]:
    loopback = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    everywhere = {"127.0.0.1", "localhost", "0.0.0.0", "::"}  # noqa: S104
    return loopback if host in everywhere else [(family, host)]


def _somebody_answers(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.settimeout(1)
            return probe.connect_ex((address, port)) == 0
    except OSError:
        return False


def reachable_database(name: str, address: str) -> None:
    """Refuse when the database of variable ``name`` cannot be used; the text has no password."""
    try:
        connection = _connected(address)
    except (psycopg2.Error, ValueError) as error:
        reason = (str(error).strip().splitlines() or ["no answer"])[0]
        raise StartRefused(
            f"{name} does not lead to a database: {_without_password(reason, address)}. Write"
            f" {name}=postgres://user:password@host:5432/name, or unset it to use the private"
            " PostgreSQL."
        ) from None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(TAKEN)])
            present = {row[0] for row in cursor.fetchall()}
    finally:
        connection.close()
    if missing := set(TAKEN) - present:
        raise StartRefused(
            f"The database of {name} has no role {sorted(missing)[0]}. Make the roles once, as its"
            " administrator: python -m itsm.server.roles | psql"
        )


def _connected(address: str) -> Any:
    """Return a connection; raise ValueError for an address that is none of PostgreSQL's."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ValueError("it is not an address") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("it does not begin with postgres://")
    if not parts.path.strip("/"):
        raise ValueError("it does not say the database's name")
    return psycopg2.connect(address, connect_timeout=5)


def reachable_redis(address: str) -> None:
    """Refuse when no Redis or Valkey answers at ``address``."""
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise StartRefused(
            f"REDIS_URL does not lead to a Redis: {_without_password(str(error), address)} Write"
            " REDIS_URL=redis://:password@host:6379/0, or unset it to use the private Valkey."
        ) from None


def _without_password(text: str, address: str) -> str:
    try:
        secret = urlsplit(address).password
    except ValueError:
        return "it is not an address"
    return text.replace(secret, "…") if secret else text
