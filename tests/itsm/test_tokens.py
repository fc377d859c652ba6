"""The colors of tokens.css against the table of docs/visual.md: every ratio is measured anew."""

import re
from pathlib import Path

import pytest

from itsm.calculations.colors import contrast, readable
from itsm.views.portal_accent import accent_rules

ROOT = Path(__file__).resolve().parents[2]
TOKENS = ROOT / "itsm/static/plimsoll/css/tokens.css"
VISUAL = ROOT / "docs/visual.md"
TEXT, MARK = 4.5, 3.0
# The least ratio each token must reach on each of its grounds (WCAG 2.2, 1.4.3 and 1.4.11).
MARKS = {
    "control", "ok-mark", "ok-calm", "risk-mark", "breach-mark", "unknown-mark", "excluded-mark",
    "data-1", "data-2", "data-3", "data-4",
}  # fmt: skip


def themes() -> dict[str, dict[str, str]]:
    """Read the custom properties of both themes: {"light": {"ink": "12212a", …}, "dark": …}."""
    css = TOKENS.read_text(encoding="utf-8")
    blocks = {
        "light": re.search(r"^:root \{(.*?)^\}", css, re.S | re.M),
        "dark": re.search(r'^\[data-bs-theme="dark"\] \{(.*?)^\}', css, re.S | re.M),
        "system": re.search(
            r':root:not\(\[data-bs-theme="light"\]\) \{(.*?)^  \}', css, re.S | re.M
        ),
    }
    return {
        name: {
            token: color.lower()
            for token, color in re.findall(r"--pl-([\w-]+): #([0-9A-Fa-f]{6});", block.group(1))
        }
        for name, block in blocks.items()
        if block
    }


def rows() -> list[tuple[str, list[str], list[float], list[float]]]:
    """Read the table: token, grounds, ratios in light, ratios in dark."""
    found = []
    for line in VISUAL.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 7 and re.fullmatch(r"`[\w-]+`", cells[0]):
            grounds = [ground.strip() for ground in cells[3].split("/")]
            light, dark = ([float(part) for part in cell.split("/")] for cell in cells[4:6])
            found.append((cells[0].strip("`"), grounds, light, dark))
    return found


def test_the_table_names_every_token_that_carries_text_or_a_mark():
    assert len(rows()) == 23


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_token_has_the_contrast_that_the_table_promises(row):
    token, grounds, light, dark = row

    for theme, promised in (("light", light), ("dark", dark)):
        colors = themes()[theme]
        measured = [round(contrast(colors[token], colors[ground]), 1) for ground in grounds]
        assert measured == pytest.approx(promised, abs=0.051)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_text_reaches_four_and_a_half_and_a_mark_reaches_three(row):
    token, grounds, _light, _dark = row
    least = MARK if token in MARKS else TEXT

    for theme in ("light", "dark"):
        colors = themes()[theme]
        for ground in grounds:
            assert contrast(colors[token], colors[ground]) >= least, (theme, token, ground)


def test_the_dark_theme_is_the_same_by_choice_and_by_system():
    assert themes()["dark"] == themes()["system"]


def test_both_themes_set_the_same_colors():
    assert set(themes()["light"]) == set(themes()["dark"])


def test_the_ratio_of_black_on_white_is_twenty_one():
    assert contrast("000000", "ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("color", ["ffdd00", "0b5c82", "000000", "ffffff", "7a2e8e"])
def test_a_customers_accent_becomes_readable_in_both_themes(color, theme):
    sheet = themes()[theme]["sheet"]

    accent = readable(color, theme)

    assert contrast(accent, sheet) >= TEXT


def test_an_accent_that_is_readable_stays_as_it_is():
    assert readable("0b5c82", "light") == "0b5c82"


def test_an_accent_is_readable_on_its_own_soft_ground():
    css = accent_rules("#ffdd00")

    pairs = re.findall(r"--pl-accent:#(\w{6}).*?--pl-accent-soft:#(\w{6})", css)

    assert len(pairs) == 3
    assert all(contrast(accent, soft) >= TEXT for accent, soft in pairs)


def test_what_is_no_color_gives_no_style_sheet():
    assert accent_rules("red;}body{display:none") == ""
