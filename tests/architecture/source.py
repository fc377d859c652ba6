"""The product's own source, read as text and as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("itsm", "slas", "budgeting", "capacity", "continuity", "security", "reporting")
RANK = {
    "itsm": 0,
    "slas": 1,
    "budgeting": 2,
    "capacity": 3,
    "continuity": 3,
    "security": 3,
    "reporting": 4,
}


@cache
def tracked(*endings: str) -> tuple[Path, ...]:
    """Return the files that git tracks, or would, with one of the endings."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    return tuple(
        ROOT / name for name in listed if name.endswith(endings) and (ROOT / name).is_file()
    )


def python_files() -> Iterator[tuple[Path, ast.Module]]:
    """Yield each Python file of the apps with its tree, migrations left out."""
    for path in tracked(".py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in APPS and "migrations" not in parts:
            yield path, _tree(path)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
