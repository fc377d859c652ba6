"""The harness of the figures."""

import json

from bench import __main__ as harness
from bench.figures import figure


def test_a_lower_figure_within_its_goal_holds_and_is_compared_with_its_peer():
    found = figure("rows", 2.0, "s", goal=2.0, peer="other", peer_value=5.0)

    assert (found["holds"], found["ratio"]) == (True, 2.5)


def test_a_higher_figure_below_its_goal_does_not_hold():
    found = figure("speed", 40, "×", goal=50, better="higher", peer="other", peer_value=20)

    assert (found["holds"], found["ratio"]) == (False, 2.0)


def test_a_figure_without_a_goal_holds():
    assert figure("rows", 3, "s")["holds"] is True


def test_an_unknown_name_is_refused_with_the_known_ones(capsys):
    code = harness.main(["no-such-figure"])

    assert code == 2
    assert "first-start" in capsys.readouterr().err


def test_one_line_of_json_comes_out_and_a_missed_goal_is_exit_code_1(capsys, monkeypatch, tmp_path):
    (tmp_path / "slow.py").write_text('NAME = "slow"\n', encoding="utf-8")
    monkeypatch.setattr(harness, "FOLDER", tmp_path)
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "results")
    module = type("Slow", (), {"measure": staticmethod(lambda: [figure("time", 3, "s", goal=1)])})
    monkeypatch.setattr(harness, "import_module", lambda _name: module)

    code = harness.main(["slow", "--json", "--write"])

    printed = json.loads(capsys.readouterr().out)
    assert code == 1
    assert printed["name"] == "slow"
    assert printed["holds"] is False
    assert printed["figures"][0] == {
        "key": "time", "value": 3, "unit": "s", "goal": 1, "better": "lower", "holds": False,
        "peer": None, "peer_value": None, "ratio": None,
    }  # fmt: skip
    assert "| time | 3 s | ≤ 1 s | **no** | – | – |" in (tmp_path / "README.md").read_text()
