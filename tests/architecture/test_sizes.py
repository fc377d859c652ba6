"""Ceilings: what grows past them has more than one subject."""

import ast

import pytest

from tests.architecture.source import ROOT, python_files, tracked

FORBIDDEN = {"utils", "helpers", "common", "core", "misc", "manager", "handler", "data", "info"}


def _long(endings: tuple[str, ...], limit: int, skip: tuple[str, ...] = ()) -> list[str]:
    found = []
    for path in tracked(*endings):
        name = str(path.relative_to(ROOT))
        if any(part in name for part in skip):
            continue
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > limit:
            found.append(f"{name}: {lines}")
    return found


def test_no_source_file_is_longer_than_600_lines() -> None:
    assert _long((".py", ".js", ".css"), 600, skip=("migrations/",)) == []


def test_no_template_is_longer_than_120_lines() -> None:
    assert _long((".html",), 120) == []


def test_no_function_is_longer_than_50_lines() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, tree in python_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 50
    ]
    assert found == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [
        str(path)
        for path, _tree in python_files()
        if path.stem in FORBIDDEN or path.parent.name in FORBIDDEN
    ]
    assert found == []


@pytest.mark.parametrize("room", ["calculations", "services", "selectors", "models"])
def test_public_functions_and_classes_say_what_they_do(room: str) -> None:
    found = []
    for path, tree in python_files():
        parts = path.relative_to(ROOT).parts
        if room not in (*parts[1:-1], path.stem):
            continue
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert found == []
