"""Charts: accessible, the same on every run, honest at the edges."""

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from itsm import charts
from itsm.charts.canvas import COLORS, hatch, num, shorten, text_width, wrap
from itsm.charts.clock import Piece, instant, local_day, pieces
from itsm.charts.panels import hours_text

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "report_sample.json"
SVG = "{http://www.w3.org/2000/svg}"


def specs(value):
    """All chart specifications inside a stored report."""
    if isinstance(value, dict):
        if "kind" in value and "title" in value:
            yield value
        for item in value.values():
            yield from specs(item)
    elif isinstance(value, list):
        for item in value:
            yield from specs(item)


DRAWN = [spec for spec in specs(json.loads(SAMPLE.read_text())) if spec["kind"] != "row"]


@pytest.mark.parametrize("kind", sorted({spec["kind"] for spec in DRAWN}))
def test_every_drawing_is_an_image_whose_first_child_is_its_text(kind):
    for spec in (spec for spec in DRAWN if spec["kind"] == kind):
        drawing = charts.draw(spec)
        root = ET.fromstring(drawing)  # noqa: S314 - our own drawing
        assert root.get("role") == "img"
        assert root[0].tag == f"{SVG}title"
        assert root[0].text
        assert "style=" not in drawing
        assert "var(" not in drawing
        assert charts.draw(spec) == drawing


def test_every_mark_has_a_class_for_the_screen_and_the_same_color_for_paper():
    drawing = charts.draw(charts.BudgetBar(325, "325 % used", "missed"))
    assert f'class="f-miss" fill="{COLORS["miss"]}"' in drawing
    for mark in re.findall(r"<(?:rect|path|text|circle) [^>]*>", drawing):
        assert "class=" in mark
        assert "fill=" in mark


def test_an_overrun_draws_an_arrow_beyond_the_frame_and_a_full_budget_does_not():
    assert "M40.25 1.5L45 1.5L49.5 4.5" in charts.draw(charts.BudgetBar(101, "x", "missed"))
    assert "L49.5" not in charts.draw(charts.BudgetBar(100, "x", "at_risk"))


def test_used_minutes_beyond_the_plan_stand_apart():
    drawing = charts.draw(charts.UsedBar(120, 132, "132 of 120 minutes used"))
    assert drawing.count(COLORS["miss"]) == 1
    assert COLORS["miss"] not in charts.draw(charts.UsedBar(120, 120, "x"))


def test_a_sparkline_breaks_where_a_month_has_no_value():
    spark = charts.Sparkline(("100", None, "100", "50"), "x", ("100",) * 4, (3,))
    drawing = charts.draw(spark)
    assert re.findall(r'd="(M2 3h1\.2M42 3L62 12)"', drawing) == ["M2 3h1.2M42 3L62 12"]


def test_a_sparkline_without_any_value_is_a_dashed_line():
    assert "stroke-dasharray" in charts.draw(charts.Sparkline((None, None), "no data yet"))


def test_the_repeated_hour_is_split_into_a_left_and_a_right_half():
    day = local_day(date(2026, 10, 25), "Europe/Madrid")
    found = list(pieces(instant("2026-10-25T00:30:00Z"), instant("2026-10-25T02:10:00Z"), day))
    assert day.hours == "25 h"
    assert found == [Piece(150, 180, "left"), Piece(120, 180, "right"), Piece(180, 190)]


def test_the_skipped_hour_leaves_a_gap():
    day = local_day(date(2026, 3, 29), "Europe/Madrid")
    assert day.hours == "23 h"
    assert list(pieces(day.begins, day.ends, day)) == [Piece(0, 120), Piece(180, 1440)]


def test_a_half_hour_clock_change_is_found_to_the_minute():
    day = local_day(date(2026, 10, 4), "Australia/Lord_Howe")
    assert day.hours == "23.5 h"
    assert list(pieces(day.begins, day.ends, day)) == [Piece(0, 120), Piece(150, 1440)]


def test_a_common_day_is_cut_at_its_own_midnights():
    day = local_day(date(2026, 10, 14), "Europe/Madrid")
    found = list(pieces(instant("2026-10-13T21:00:00Z"), instant("2026-10-14T08:42:00Z"), day))
    assert found == [Piece(0, 642)]


def test_an_instant_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="has no offset"):
        instant("2026-10-14T08:42:00")


def test_counted_minutes_stand_above_their_day():
    strip = charts.Timeline(
        "Order Desk", "Europe/Madrid", "2026-10-01", "2026-10-31",
        (charts.Span("outage", "2026-10-14T08:42:00Z", "2026-10-14T09:58:00Z"),),
        (charts.DayCount("2026-10-14", "76"),),
    )  # fmt: skip
    drawing = charts.draw(strip)
    # day 14 is the fourteenth column: 26 + 13 × 14.71 + 13.01 / 2; 10:42 is 642 of 1440 minutes
    assert '<text x="223.73" y="10.5"' in drawing
    assert "M217.23 49.24h13.01v4.05h-13.01z" in drawing
    assert drawing.count("25 h") == 1


def test_an_outage_of_one_minute_is_still_seen():
    strip = charts.Timeline(
        "x", "UTC", "2026-09-01", "2026-09-30",
        (charts.Span("outage", "2026-09-10T12:00:00Z", "2026-09-10T12:01:00Z"),),
    )  # fmt: skip
    assert "v1.9h" in charts.draw(strip)


def test_more_than_fourteen_services_leave_the_quiet_ones_out_and_say_so():
    event = (charts.Span("outage", "2026-09-10T12:00:00Z", "2026-09-10T13:00:00Z"),)
    rows = tuple(charts.CoverRow(f"Service {n}", event if n < 3 else ()) for n in range(20))
    cover = charts.CoverStrip("x", "UTC", "2026-09-01", "2026-09-30", rows, "day",
                              "17 more without interruption")  # fmt: skip
    drawing = charts.draw(cover)
    assert "Service 2" in drawing
    assert "Service 3" not in drawing
    assert "17 more without interruption" in drawing


def test_bars_begin_at_zero_and_a_curve_that_does_not_carries_a_zigzag():
    months = tuple("ONDJFMAMJJASO")
    curve = charts.Panel("Webmail", "%", "99.9", "", ("99.9",) * 13, months, low="99.8",
                         high="100.0")  # fmt: skip
    bars = charts.Panel("Tickets", "", "72", "", ("72",) * 13, months, high="90", bars=True)
    zigzag = "M27 102L25 100.7L29 98.8L25 96.9L27 95.6"
    assert zigzag in charts.draw(curve)
    assert zigzag not in charts.draw(bars)
    assert ">0</text>" in charts.draw(bars)


def test_a_panel_without_any_month_still_draws_its_axes():
    panel = charts.Panel("New", "%", "–", "", (None,) * 13, tuple("ONDJFMAMJJASO"))
    assert charts.draw(panel).count("<text") >= 6


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0"), (45, "45 min"), (60, "1 h"), (72, "1 h 12"), (276, "4 h 36"), (2880, "2 d")],
)
def test_minutes_are_written_as_people_say_them(minutes, text):
    assert hours_text(minutes) == text


def test_a_hatch_is_clipped_to_its_box_in_one_path():
    assert hatch([(0, 0, 4, 4)], 2) == "M0 2L2 0M0 4L4 0M2 4L4 2"
    for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", hatch([(10, 20, 5, 3)])):
        assert 10 <= float(x) <= 15
        assert 20 <= float(y) <= 23


def test_numbers_have_two_decimals_at_most_and_no_minus_zero():
    assert [num(1.005), num(-0.001), num(12), num(3.14159)] == ["1", "0", "12", "3.14"]


def test_a_label_is_measured_and_shortened_with_an_ellipsis():
    assert text_width("11", 10) == pytest.approx(9.94)
    assert shorten("Managed Network", 200, 8) == "Managed Network"
    short = shorten("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", 80, 8)
    assert short.endswith("…")
    assert text_width(short, 8) <= 80


def test_a_long_name_is_wrapped_into_two_lines():
    lines = wrap("Zaragoza distribution centre and Getafe warehouse network", 90, 8)
    assert len(lines) == 2
    assert all(text_width(line, 8) <= 90 for line in lines)


def test_an_unknown_chart_is_refused_with_the_known_ones_named():
    with pytest.raises(ValueError, match="no chart of kind “pie”; known: status, budget"):
        charts.draw({"kind": "pie"})


def test_text_from_records_cannot_leave_its_place_in_the_drawing():
    bars = charts.RankedBars("<script>", (charts.Ranked("<b>&", 1),))
    drawing = charts.draw(bars)
    assert "<script" not in drawing
    assert "&lt;b&gt;&amp;" in drawing


def test_a_year_names_its_months_and_keeps_short_outages_visible():
    outage = charts.Span("outage", "2026-03-14T09:00:00+00:00", "2026-03-14T09:10:00+00:00")
    months = tuple(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
    strip = charts.CoverStrip(
        "t", "UTC", "2026-01-01", "2026-12-31", (charts.CoverRow("Mail", (outage,)),), months=months
    )

    svg = charts.draw(strip)

    assert all(f">{name}</text>" in svg for name in months)
    assert "h1.2v1.9h-1.2z" in svg  # least width and height of an outage
    assert ">15</text>" not in svg


def test_minutes_above_the_days_of_a_quarter_never_overlap():
    counts = tuple(charts.DayCount(f"2026-07-{day:02d}", "1440") for day in range(1, 31))

    svg = charts.draw(
        charts.Timeline("t", "UTC", "2026-07-01", "2026-09-30", counts=counts, months=("Jul",))
    )

    places = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="10.5"[^>]*middle', svg)]
    assert len(places) < 30
    assert all(after - before > 14 for before, after in pairwise(places))


def test_five_timelines_are_drawn_lower_and_anything_else_as_ever():
    strip = charts.Timeline("t", "UTC", "2026-07-01", "2026-07-31")
    bar = charts.BudgetBar(50, "used")

    assert 'viewBox="0 0 482 110.8"' in charts.draw(strip)
    assert 'viewBox="0 0 482 78"' in charts.draw_low(strip)
    assert 'viewBox="0 0 482 78"' in charts.draw_low(charts.spec(strip))
    assert charts.draw_low(bar) == charts.draw(bar)


def test_a_chinese_character_is_measured_as_a_square():
    assert text_width("邮件", 8) == 16
    assert shorten("电子邮件与协作服务平台", 60, 8) == "电子邮件与协…"
