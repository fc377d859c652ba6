"""What import-linter cannot see: model names in strings, reverse accessors, forbidden texts."""

import ast
import re
import subprocess
import sys

from django.apps import apps
from django.db import models

from tests.architecture.source import APPS, RANK, ROOT, python_files, tracked

_PATH_OF_A_MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(work|root|farm)/[a-z]")
_REGISTRY = re.compile(
    r"https?://[^\s\"'/]*(pypi|pythonhosted|npmjs|registry)[^\s\"']*", re.IGNORECASE
)


def test_the_import_contracts_are_kept() -> None:
    lint = ROOT / ".venv" / "bin" / "lint-imports"
    command = [str(lint)] if lint.exists() else [sys.executable, "-m", "importlinter.cli"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_keys_point_down_only() -> None:
    found = []
    for model in apps.get_models():
        own = model._meta.app_label
        if own not in RANK:
            continue
        for field in model._meta.local_fields:
            other = field.related_model
            if not isinstance(field, models.ForeignKey) or other is None:
                continue
            label = other._meta.app_label  # type: ignore[union-attr]
            if label in RANK and label != own and RANK[label] >= RANK[own]:
                found.append(f"{model._meta.label}.{field.name} → {label}")
    assert found == []


def test_the_kernel_names_no_process_app_in_a_string() -> None:
    higher = [app for app in APPS if app != "itsm"]
    pattern = re.compile(rf"^({'|'.join(higher)})\.[A-Za-z_.]+$")
    found = []
    for path, tree in python_files():
        parts = path.relative_to(ROOT).parts
        if parts[0] != "itsm" or parts[1] in {"settings.py", "demo"} or "management" in parts:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and pattern.match(node.value)
        ]
    assert found == []


def test_no_file_names_a_path_of_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked(
        ".py",
        ".md",
        ".html",
        ".js",
        ".css",
        ".toml",
        ".yml",
        ".yaml",
        ".txt",
        ".sh",
        ".json",
        "run",
    ):
        text = path.read_text(encoding="utf-8", errors="ignore")
        if path.name in {"test_imports.py"}:
            continue
        if _PATH_OF_A_MACHINE.search(text) or _REGISTRY.search(text):
            found.append(str(path.relative_to(ROOT)))
    assert found == []
