"""Run ``import_data --json`` in the test's process and read what it says."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

KEYS = ["rows", "created", "updated", "unchanged", "adjusted", "errors", "seconds"]
ERROR_KEYS = ["line", "column", "code", "message"]


def import_file(path: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """Return the answer; its keys are those of the contract, the exit code is ``code``."""
    out, ended = StringIO(), 0
    try:
        call_command(
            "import_data", str(path), "--json", *words, stdout=out, stderr=StringIO(), skip_checks=True
        )  # fmt: skip
    except SystemExit as end:
        ended = int(end.code or 0)
    said: dict[str, Any] = json.loads(out.getvalue())
    assert list(said) == KEYS
    assert all(list(error) == ERROR_KEYS for error in said["errors"])
    assert ended == code, said["errors"]
    return said


def import_log(path: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """Import a ServiceNow log of Acme's webmail."""
    who = ("--profile", "servicenow-event-log", "--customer", "acme", "--service", "webmail")
    return import_file(path, *who, *words, code=code)


def import_rows(path: Path, profile: str, *words: str, code: int = 0) -> dict[str, Any]:
    """Import rows of a kind for Acme's webmail; times are UTC."""
    who = ("--profile", profile, "--source", "desk", "--zone", "UTC")
    whose = {"parties": (), "services": (), "measurements": ()}.get(
        profile, ("--customer", "acme", "--service", "webmail")
    )
    return import_file(path, *who, *whose, *words, code=code)
