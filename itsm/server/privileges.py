"""PostgreSQL refuses to run as root: as root its programs are started as someone else."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from itsm.server.errors import StartRefused

NOBODY = 65534
_USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_OTHER_USER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def _works(prefix: tuple[str, ...]) -> bool:
    """Tell whether a command behind ``prefix`` can be started here."""
    if shutil.which(prefix[0]) is None:
        return False
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return tried.returncode == 0


@cache
def prefix() -> tuple[str, ...]:
    """Return the words to put before a PostgreSQL command: none for a normal user."""
    if os.geteuid() != 0:
        return ()
    for candidate in (_USER_NAMESPACE, _OTHER_USER):
        if _works(candidate):
            return candidate
    raise StartRefused(
        "PostgreSQL refuses to run as root, and neither unshare nor setpriv works here."
        " Start Plimsoll as a normal user, or set DATABASE_URL."
    )


def hand_over(folder: Path) -> None:
    """Give ``folder`` to the user PostgreSQL runs as, where that is another one."""
    if prefix() != _OTHER_USER:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if parent.stat().st_uid == 0 and not mode & 0o001 and parent != Path("/root"):
            parent.chmod(mode | 0o011)
