"""Files as spreadsheets and old systems write them: each works or is refused in words."""

import pytest

from itsm.imports.examination import examine
from itsm.imports.problems import Unreadable
from itsm.imports.tabular import open_table


def _rows(path):
    with open_table(path) as table:
        return table.header, list(table.rows())


def test_windows_1252_keeps_its_dashes_quotes_and_the_euro(write):
    path = write("a.csv", "number,title", "1,“Café” – 5 €", encoding="cp1252")

    assert _rows(path) == (("number", "title"), [(2, ["1", "“Café” – 5 €"])])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_unicode_with_a_mark_is_read_with_each_delimiter(write, encoding):
    for sign in ",;\t|":
        path = write("a.csv", f"number{sign}título", f"1{sign}avería", encoding=encoding)

        assert _rows(path) == (("number", "título"), [(2, ["1", "avería"])])


def test_two_hundred_columns_are_read_and_five_hundred_and_one_are_refused(write):
    names = [f"name {n}" for n in range(501)]
    row = ["x"] * 501

    header, rows = _rows(write("a.csv", ",".join(names[:200]), ",".join(row[:200])))
    with pytest.raises(Unreadable) as refusal:
        _rows(write("b.csv", ",".join(names), ",".join(row)))

    assert (len(header), len(rows[0][1])) == (200, 200)
    assert refusal.value.code == "not_csv"


def test_a_line_of_fifty_megabytes_is_refused_without_reading_it_whole(write):
    path = write("a.csv", "number,title", '1,"' + "a" * 50_000_000)

    with pytest.raises(Unreadable) as refusal:
        _rows(path)

    assert refusal.value.code == "broken"
    assert "Line 2" in str(refusal.value)


def test_a_file_with_a_header_only_is_told_so(write):
    with pytest.raises(Unreadable, match="The file has a header but no rows"):
        examine(write("a.csv", "number,title"))


def test_a_decimal_comma_is_found_in_the_numbers(write):
    comma = examine(write("a.csv", "series;at;value", "cpu;2026-03-02;1.234,5", "cpu;x;0,75"))
    point = examine(write("b.csv", "series;at;value", "cpu;2026-03-02;1,234.5", "cpu;x;0.75"))

    assert (comma.decimal_sign, point.decimal_sign) == (",", ".")


def test_one_day_above_twelve_decides_the_order_of_day_and_month(write):
    def orders(*dates):
        return examine(write("a.csv", "opened,number", *[f"{d},x" for d in dates])).dates["opened"]

    assert orders("03/04/2026", "13/04/2026") == ["day_first"]
    assert orders("03/04/2026", "04/13/2026") == ["month_first"]
    assert orders("03/04/2026", "05/06/2026") == ["day_first", "month_first"]
