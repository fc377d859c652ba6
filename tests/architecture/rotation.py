"""Which part of a big matrix runs now: all with PLIMSOLL_MATRIX=all, else a tenth that the commit chooses."""

import hashlib
import inspect
import os
import subprocess
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.architecture.source import ROOT

PARTS = 30
SHARE = 10


def is_whole() -> bool:
    """Whether everything runs (make test-all)."""
    return os.environ.get("PLIMSOLL_MATRIX") == "all"


@cache
def _commit() -> str:
    """Return what chooses the tenth: the commit, where there is none the day."""
    return _git("rev-parse", "HEAD").strip() or datetime.now(UTC).date().isoformat()


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )  # outside a repository there is no commit: the first tenth runs
    return done.stdout


def parts() -> list[int]:
    """Return the numbers of the parts that run: one in ten, another tenth with every commit."""
    if is_whole():
        return list(range(PARTS))
    first = int(hashlib.sha256(_commit().encode()).hexdigest(), 16) % SHARE
    return list(range(first, PARTS, SHARE))


@cache
def changed_files() -> frozenset[str]:
    """Return the files that the last commit or the working tree changed."""
    names = _git("show", "--name-only", "--format=", "HEAD") + _git("diff", "--name-only", "HEAD")
    return frozenset(names.split())


def is_changed(view: Any) -> bool:
    """Whether the module of a route's own view is among the changed files."""
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    try:
        name = inspect.getsourcefile(kind) or ""
    except TypeError:
        return False
    return name.removeprefix(f"{ROOT}/") in changed_files() - {"itsm/views/base.py"}
