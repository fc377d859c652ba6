"""Each suite has its time, and all of them fit into the run of a commit."""

import tomllib

from tests.architecture.source import ROOT

RUN = 25 * 60
WITHOUT_TESTS = {"data", "factories"}


def _budgets() -> dict[str, dict[str, int]]:
    text = (ROOT / "tests" / "budgets.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, int]] = tomllib.loads(text)
    return found


def test_every_suite_has_a_budget() -> None:
    suites = {
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and any(path.rglob("test_*.py"))
    }
    assert suites - WITHOUT_TESTS == set(_budgets()["suites"])


def test_the_budgets_of_a_commit_fit_into_25_minutes() -> None:
    assert sum(_budgets()["suites"].values()) <= RUN
