"""A figure in a spreadsheet prints as it stands in the report."""

from decimal import Decimal

import pytest

from reporting.calculations.figures import Figure, figure_of, written


@pytest.mark.parametrize(
    ("text", "value", "shape"),
    [
        ("76", "76", "0"),
        ("99.961", "99.961", "0.000"),
        ("99.900 %", "0.99900", '0.000" "%'),
        ("100\u202f%", "1.00", '0" "%'),
        ("97.1%", "0.971", "0.0%"),
        ("1\u202f204", "1204", "#,##0"),
        ("+27.40", "27.40", "+0.00;-0.00;0.00"),
        ("\u22123.5", "-3.5", "0.0"),
        ("76\u202fmin", "76", '0" min"'),
        ("0", "0", "0"),
    ],
)
def test_a_figure_is_a_number_with_the_format_that_prints_it(
    text: str, value: str, shape: str
) -> None:
    assert figure_of(text) == Figure(Decimal(value), shape)


@pytest.mark.parametrize(
    ("text", "minutes"), [("3\u202fh 25\u202fmin", 205), ("47 h 5 min", 2825), ("2 h", 120)]
)
def test_a_span_is_a_part_of_a_day(text: str, minutes: int) -> None:
    figure = figure_of(text)

    assert figure is not None
    assert figure.value == Decimal(minutes) / 1440


@pytest.mark.parametrize(
    "text",
    ["", "–", "14 of 16", "14 Oct", "2026c", "007", "1,20", "12:30", "1e5", "=1+1", "5 %%",
     "1234567890123456", "3 days 4 h", "Ⅷ", "INC-20417", "99.9.1"],
)  # fmt: skip
def test_days_codes_and_ranges_stay_words(text: str) -> None:
    assert figure_of(text) is None


@pytest.mark.parametrize(
    "text",
    ["76", "99.961", "99.900 %", "97.1%", "+27.40", "-3.5", "76 min", "3 h 25 min", "47 h 05 min",
     "47 h 5 min", "2 h", "0.0", "+0.01", "12 s"],
)  # fmt: skip
def test_what_is_read_is_written_again_to_the_digit(text: str) -> None:
    figure = figure_of(text)

    assert figure is not None
    assert written(figure) == text
