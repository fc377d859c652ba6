"""Private servers of a test session or a benchmark: fast, in a folder of their own, gone afterwards."""

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from itsm.server import privileges
from itsm.server.postgres import SUPERUSER, PrivatePostgres
from itsm.server.roles import LOGIN, OWNER, apply_roles
from itsm.server.valkey import PrivateValkey

DATABASE = "plimsoll"


@dataclass(slots=True)
class Servers:
    """One PostgreSQL and one Valkey; ``environment`` is what Django's settings need to use them."""

    folder: Path
    postgres: PrivatePostgres
    valkey: PrivateValkey
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def superuser_url(self) -> str:
        """Return the address of the cluster's superuser, for tests of roles and of the restore."""
        return self.postgres.address(SUPERUSER, "postgres")

    def stop(self) -> None:
        """Stop both servers and remove their folder."""
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_servers() -> Servers:
    """Start both servers with the roles of the site; the owner may create the test databases."""
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-test-"))
    postgres = PrivatePostgres(folder / "postgres", folder / "log/postgres.log", durable=False)
    valkey = PrivateValkey(folder / "valkey", folder / "log/valkey.log", durable=False)
    servers = Servers(folder, postgres, valkey)
    try:
        postgres.start()
        valkey.start()
        apply_roles(servers.superuser_url, database=DATABASE, creates_databases=True)
    except BaseException:
        servers.stop()
        raise
    servers.environment = {
        "DATABASE_URL": postgres.address(LOGIN, DATABASE),
        "DATABASE_OWNER_URL": postgres.address(OWNER, DATABASE),
        "ADMIN_DATABASE_URL": servers.superuser_url,
        "REDIS_URL": valkey.address,
        "SECRET_KEY": "for-tests-only-" + "0123456789abcdef" * 4,
        "ITSM_VAR": str(folder / "var"),
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(folder / "numba")),
    }
    (folder / "var").mkdir()
    privileges.prefix()
    return servers
