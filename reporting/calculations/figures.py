"""A figure as a report writes it and as a spreadsheet counts with it; each form gives the other to the digit."""

import re
from dataclasses import dataclass
from decimal import Decimal

MOST_DIGITS = 15  # a spreadsheet keeps so many of a number
_GROUP = "[\u202f\u00a0 ,]"
_NUMBER = re.compile(
    rf"(?P<sign>[+\u2212-]?)(?P<whole>\d{{1,3}}(?:{_GROUP}\d{{3}})+|\d+)(?:\.(?P<part>\d+))?"
    r"(?P<unit>[\u202f\u00a0 ]?(?:%|min|ms|s|h))?"
)
_SPAN = re.compile(
    r"(?P<hours>\d{1,4})[\u202f\u00a0 ]?h(?:[\u202f\u00a0 ]?(?P<minutes>\d{1,2})[\u202f\u00a0 ]?min)?"
)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Figure:
    """A number for a spreadsheet and the number format that prints it as it stood in the report.

    A ratio in % is the ratio (0.99961 for 99.961 %), a span of hours and minutes a part of a day.
    """

    value: Decimal
    format: str


def figure_of(text: str) -> Figure | None:
    """Return the figure that ``text`` is as a whole; None for words, days, codes and ranges.

    "1 204" is 1204, "+27.40" 27.40, "99.961 %" 0.99961, "76 min" 76 with its unit in the format,
    "3 h 25 min" 205 minutes as a part of a day. "007" and numbers of more than 15 digits stay text.
    """
    text = text.strip()
    span = _SPAN.fullmatch(text)
    if span:
        return _span(span)
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    digits = re.sub(_GROUP, "", found["whole"])
    if (len(digits) > 1 and digits[0] == "0") or len(digits + (found["part"] or "")) > MOST_DIGITS:
        return None
    minus = "-" if found["sign"] in ("-", "\u2212") else ""
    value = Decimal(f"{minus}{digits}" + (f".{found['part']}" if found["part"] else ""))
    return _figure(value, found, is_grouped=digits != found["whole"])


def _figure(value: Decimal, found: re.Match[str], *, is_grouped: bool) -> Figure:
    shape = "#,##0" if is_grouped else "0"
    shape += "." + "0" * len(found["part"]) if found["part"] else ""
    unit = (found["unit"] or "").strip()
    gap = " " if unit and (found["unit"] or "")[0] in "\u202f\u00a0 " else ""
    if unit == "%":
        value = value.scaleb(-2)
        shape += f'"{gap}"%' if gap else "%"
    elif unit:
        shape += f'"{gap}{unit}"'
    return Figure(value, f"+{shape};-{shape};{shape}" if found["sign"] == "+" else shape)


def _span(found: re.Match[str]) -> Figure:
    minutes = int(found["minutes"] or 0)
    whole = int(found["hours"]) * 60 + minutes
    shape = '[h]" h"'
    if found["minutes"] is not None:
        shape += f'" "{"m" * len(found["minutes"])}" min"'
    return Figure(Decimal(whole) / _MINUTES_A_DAY, shape)


def written(figure: Figure) -> str:
    """Return how a spreadsheet prints a figure, with plain spaces and a hyphen as minus."""
    if figure.format.startswith("[h]"):
        return _written_span(figure)
    positive, *_others = figure.format.split(";")
    sign = "+" if positive.startswith("+") and figure.value > 0 else ""
    shape = re.fullmatch(
        r'\+?(?P<group>#,##)?0(?:\.(?P<part>0+))?(?P<unit>.*)', positive
    )  # fmt: skip
    if shape is None:
        raise ValueError(figure.format)
    unit = shape["unit"].replace('"', "")
    value = figure.value.scaleb(2) if unit.endswith("%") else figure.value
    comma = "," if shape["group"] else ""
    return f"{sign}{value:{comma}.{len(shape['part'] or '')}f}{unit}"


def _written_span(figure: Figure) -> str:
    hours, minutes = divmod(round(figure.value * _MINUTES_A_DAY), 60)
    if "min" not in figure.format:
        return f"{hours} h"
    width = 2 if " mm" in figure.format or '"mm' in figure.format else 1
    return f"{hours} h {minutes:0{width}d} min"
