"""Dates in files: which order they are in, and which instant a wall time is."""

from datetime import UTC, datetime

import pytest

from itsm.imports.examination import examine
from itsm.imports.instants import reader, shifted
from itsm.imports.problems import BadValue


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/2016", "29/02/2016 01:16"], ["day_first"]),
        (["03/04/2016", "02/29/2016"], ["month_first"]),
        (["03/04/2016", "04/05/2016"], ["day_first", "month_first"]),
        (["2016-04-03T10:00:00Z"], ["day_first", "month_first", "iso"]),
        (["13/04/2016", "31/02/2016", "14/05/2016"], ["day_first"]),
        (["13/04/2016", "soon", "later"], []),
    ],
)
def test_the_order_is_the_one_in_which_most_are_dates(write, texts, orders):
    assert examine(write("a.csv", "day", *texts)).orders(["day"]) == orders


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("29/2/2016 01:16", "day_first", "2016-02-29T00:16:00+00:00"),
        ("1.7.2016 12:00:30", "day_first", "2016-07-01T10:00:30+00:00"),
        ("7/1/2016 12:00 PM", "month_first", "2016-07-01T10:00:00+00:00"),
        ("7/1/2016 12:05 am", "month_first", "2016-06-30T22:05:00+00:00"),
        ("2016-07-01", "iso", "2016-06-30T22:00:00+00:00"),
        ("2016-07-01T12:00:00Z", "iso", "2016-07-01T12:00:00+00:00"),
        ("2016-07-01 12:00-05:30", "iso", "2016-07-01T17:30:00+00:00"),
    ],
)
def test_a_text_is_one_instant(text, order, expected):
    assert reader(order, "Europe/Madrid")(text).isoformat() == expected


def test_a_wall_time_in_the_gap_moves_forward_by_the_jump():
    # Madrid, 27 March 2016: 02:00 becomes 03:00, so 02:30 stands for 03:30 summer time, 01:30 UTC.
    assert reader("day_first", "Europe/Madrid")("27/3/2016 02:30") == datetime(
        2016, 3, 27, 1, 30, tzinfo=UTC
    )
    assert shifted("27/3/2016 02:30", "day_first", "Europe/Madrid") == "gap"


def test_of_two_wall_times_the_first_is_taken():
    # Madrid, 30 October 2016: 03:00 becomes 02:00, so the first 02:30 is 00:30 UTC.
    assert reader("day_first", "Europe/Madrid")("30/10/2016 02:30") == datetime(
        2016, 10, 30, 0, 30, tzinfo=UTC
    )
    assert shifted("30/10/2016 02:30", "day_first", "Europe/Madrid") == "fold"
    assert shifted("30/10/2016 03:30", "day_first", "Europe/Madrid") == ""


@pytest.mark.parametrize("text", ["31/02/2016", "soon", "2016", "1/2/16", "01/02/2016 25:00"])
def test_what_is_no_date_is_refused_with_an_example(text):
    with pytest.raises(BadValue) as caught:
        reader("day_first", "Europe/Madrid")(text)
    assert caught.value.accepted == ("29/02/2016 13:45",)
