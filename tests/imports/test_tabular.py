"""Files that can be read and files that cannot: each refusal has a code and says what to do."""

import zipfile
from pathlib import Path

import pytest

from itsm.imports.problems import Unreadable
from itsm.imports.tabular import open_table


def _refusal(path: Path, **options: int) -> str:
    with pytest.raises(Unreadable) as caught, open_table(path, **options) as table:
        list(table.rows())
    assert str(caught.value).endswith(".")
    return caught.value.code


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_four_delimiters_are_recognized(write, sign):
    path = write("a.csv", sign.join(("number", "title")), sign.join(("1", "Mail, slow; very")))
    with open_table(path) as table:
        header, rows = table.header, list(table.rows())
    assert header == ("number", "title")
    assert rows[0][0] == 2
    assert rows[0][1][0] == "1"


def test_utf8_with_a_mark_and_latin_1_give_the_same_words(write):
    marked = write("a.csv", "número,título", "1,avería", encoding="utf-8-sig")
    western = write("b.csv", "número,título", "1,avería", encoding="latin-1")
    for path in (marked, western):
        with open_table(path) as table:
            assert table.header == ("número", "título")
            assert list(table.rows()) == [(2, ["1", "avería"])]


def test_a_row_over_several_lines_is_named_by_its_first_line(write):
    path = write("a.csv", "number,text", '1,"one', 'two"', "", "2,three")
    with open_table(path) as table:
        assert list(table.rows()) == [(2, ["1", "one\ntwo"]), (5, ["2", "three"])]


def test_a_name_that_stands_twice_gets_a_number(write):
    with open_table(write("a.csv", "category,category,", "1,2,3")) as table:
        assert table.header == ("category", "category (2)", "column 3")


def test_files_that_are_no_table_are_refused_with_a_reason(write, tmp_path):
    assert _refusal(tmp_path / "absent.csv") == "not_found"
    assert _refusal(write("empty.csv", "")) == "empty"
    assert _refusal(write("values.csv", "1,2,3", "4,5,6")) == "no_header"
    (tmp_path / "picture.csv").write_bytes(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
    )
    assert _refusal(tmp_path / "picture.csv") == "not_csv"
    late = tmp_path / "nul.csv"
    late.write_bytes(b"number,title\n" + b"1,a\n" * 40_000 + b"2,\0\n")
    assert _refusal(late) == "nul"
    assert (
        _refusal(write("large.csv", "number,title", "1," + "a" * 3_000_000), limit=2**20)
        == "too_large"
    )


def test_a_zip_must_hold_one_honest_csv_file(tmp_path):
    def pack(name: str, **members: bytes) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as folder:
            for member, content in members.items():
                folder.writestr(member.replace("__", "."), content)
        return tmp_path / name

    assert _refusal(pack("two.zip", a__csv=b"a,b\n", b__csv=b"a,b\n")) == "zip_members"
    assert _refusal(pack("none.zip")) == "zip_members"
    assert _refusal(pack("exe.zip", a__exe=b"MZ")) == "zip_members"
    bomb = pack("bomb.zip", a__csv=b"number,title\n" + b"0," * 10_000_000)
    assert _refusal(bomb) == "zip_bomb"
    assert _refusal(bomb, limit=2**20) == "too_large"
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    assert _refusal(tmp_path / "broken.zip") == "zip_broken"


def test_a_path_inside_a_zip_never_leads_out_of_it(tmp_path):
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as folder:
        folder.writestr("../../outside.csv", "number,title\n1,a\n")
    with open_table(path) as table:
        assert list(table.rows()) == [(2, ["1", "a"])]
    assert [one.name for one in tmp_path.parent.rglob("outside.csv")] == []
