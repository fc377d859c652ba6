"""Report blocks: JSON without floats, and back without loss."""

import json
from pathlib import Path

import pytest

from itsm import blocks, charts

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "report_sample.json"


def test_the_sample_report_survives_the_way_to_json_and_back():
    stored = json.loads(SAMPLE.read_text())
    assert blocks.to_dict(blocks.from_dict(stored)) == stored


def test_a_block_names_its_kind_and_leaves_defaults_out():
    cell = blocks.Cell("99.961", ref=blocks.Ref("evaluation", "3.1"))
    table = blocks.Table((blocks.Column("Actual", "right"),), (blocks.Row((cell,)),))
    assert blocks.to_dict(table) == {
        "block": "table",
        "columns": [{"title": "Actual", "align": "right"}],
        "rows": [{"cells": [{"text": "99.961", "ref": {"kind": "evaluation", "id": "3.1"}}]}],
    }


def test_two_stacks_side_by_side_keep_the_kinds_of_their_blocks():
    pair = blocks.Pair((blocks.Heading("Rules"),), (blocks.Note("small print"),), wide="left")
    stored = blocks.to_dict(pair)
    assert [part["block"] for part in stored["left"] + stored["right"]] == ["heading", "note"]
    assert blocks.block_from_dict(stored) == pair


def test_a_float_is_refused_because_a_number_is_an_exact_string():
    with pytest.raises(TypeError, match=r"99\.9 is a float: give the number as an exact string"):
        blocks.to_dict(blocks.KeyNumbers((blocks.KeyNumber(99.9, "available"),)))


def test_an_unknown_status_is_refused_with_the_known_ones_named():
    row = blocks.Row((blocks.Cell("x", status="green"),))
    with pytest.raises(ValueError, match="“green” is no status; known: met, at_risk, missed"):
        blocks.to_dict(blocks.Table((blocks.Column("State"),), (row,)))


def test_an_unknown_block_or_field_is_refused_by_name():
    with pytest.raises(ValueError, match="There is no block “pie”"):
        blocks.block_from_dict({"block": "pie"})
    with pytest.raises(ValueError, match="Note has no field color"):
        blocks.block_from_dict({"block": "note", "text": "x", "color": "red"})


def test_a_report_of_a_later_format_is_not_guessed_at():
    with pytest.raises(ValueError, match="Report format 2 is newer"):
        blocks.from_dict({"format": 2})


def test_every_chart_kind_survives_the_way_to_json_and_back():
    bar = charts.BudgetBar(38, "38 % of the budget used")
    stored = charts.spec(bar)
    assert stored == {"kind": "budget", "percent": 38, "title": "38 % of the budget used"}
    assert charts.draw(stored) == charts.draw(bar)
