"""The PDF process starts light: it parses no C and loads no tools for fonts, and can still do both."""

import hashlib
import json
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from itsm.press import binding, pango
from itsm.rendering.pages import paper, print_assets
from itsm.rendering.process import Limits, pack

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!DOCTYPE html><html lang="en"><head><title>t</title>
<link rel="stylesheet" href="asset:report.css"></head>
<body><section><h2>1 Offices</h2><p>Office affairs – 1.5 %</p></section></body></html>"""
SAMPLE = ROOT / "tests" / "data" / "report_sample.json"
ELEMENTS = """<!DOCTYPE html><html lang="en"><head><title>t</title>
<link rel="stylesheet" href="asset:report.css"></head>
<body><article><h1>Report</h1><p>Text <b>bold</b> <strong>strong</strong> <span>plain</span><br>
line, <a href="#one">inside</a></p><ol><li><a href="#one">1</a></li><li>two</li></ol></article>
<section><div id="one"><h2>1 Offices</h2></div><h3>Facts</h3>
<dl><dt>Term</dt><dd>Words</dd></dl><figure><p>Caption</p></figure>
<table><caption>Numbers</caption><colgroup><col><col></colgroup>
<thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><th>1</th><td>2</td></tr></tbody></table>
<details><summary>Data</summary><p>hidden</p></details></section></body></html>"""
SET = """
import sys
{before}
from itsm.press.__main__ import load_engine, read_parcel, write_pdf
load_engine()
made = write_pdf(*read_parcel(sys.stdin.buffer))
sys.stdout.buffer.write(made)
names = [name for name, module in sys.modules.items() if type(module).__name__ != "_Stand"]
print(*names, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def parcel():
    return pack(PAGE, "0" * 32, {"a.json": b"[1]"}, print_assets(), Limits())


def run(code, given=b""):
    done = subprocess.run(
        [sys.executable, "-c", code], input=given, cwd=ROOT, capture_output=True, check=True
    )
    return done.stdout, set(done.stderr.decode().split())


@pytest.fixture(scope="module")
def light(parcel):
    return run(SET.format(before=""), parcel)


def test_the_declarations_are_those_of_the_installed_engine():
    code = "from itsm.press import binding; print(binding.written(), end='')"
    written = run(code)[0].decode().partition("# auto-generated file")[2]
    kept = binding.WRITTEN.read_text().partition("# auto-generated file")[2]
    assert written == kept, "type: python -m itsm.press.binding"
    assert binding.source_digest() == pango.MADE_FROM


def test_the_process_parses_no_declarations_and_loads_no_tools_for_fonts(light):
    _made, names = light
    assert "weasyprint.text.ffi" in names
    assert not names & {"pycparser", "fontTools.subset", "fontTools.varLib", "django"}


def test_another_engine_is_read_as_before_and_sets_the_same_bytes(parcel, light):
    before = "from itsm.press import pango; pango.MADE_FROM = ''"
    made, names = run(SET.format(before=before), parcel)
    assert "pycparser" in names
    assert hashlib.sha256(made).hexdigest() == hashlib.sha256(light[0]).hexdigest()


def test_a_tool_for_fonts_is_loaded_when_it_is_called():
    shown, names = run(
        "import sys; from itsm.press.loading import load_engine; load_engine();"
        "from weasyprint.pdf.fonts import subset; print(subset.Options(hinting=False).hinting);"
        "print(*sys.modules, file=sys.stderr)"
    )
    assert shown == b"False\n"
    assert "fontTools.subset.cff" in names


def test_the_settled_objects_are_those_of_the_engine(parcel, light):
    before = (
        "import itsm.press.__main__, itsm.press.writing as w; w.settle = lambda document, pdf: None"
    )
    made, _names = run(SET.format(before=before), parcel)
    assert hashlib.sha256(made).hexdigest() == hashlib.sha256(light[0]).hexdigest()
    with pikepdf.open(BytesIO(made)) as pdf:
        assert len(pdf.pages) == 1


@pytest.mark.parametrize("page", ["sample", "elements"])
def test_our_sheet_of_plain_elements_sets_the_bytes_of_the_engines_own(page):
    html, drawings = paper(json.loads(SAMPLE.read_text())) if page == "sample" else (ELEMENTS, {})
    given = pack(html, "0" * 32, {}, {**print_assets(), **drawings}, Limits())
    own = "from itsm.press import parsing; del parsing._Tree._ua_stylesheets"
    with_ours, _names = run(SET.format(before=""), given)
    with_theirs, _names = run(SET.format(before=own), given)
    assert with_ours.startswith(b"%PDF")
    assert hashlib.sha256(with_ours).hexdigest() == hashlib.sha256(with_theirs).hexdigest()


def test_every_element_of_the_report_stands_in_our_sheet():
    sheet = re.sub(
        r"/\*.*?\*/|\{[^{}]*\}", " ", (ROOT / "itsm/press/base.css").read_text(), flags=re.DOTALL
    )
    styled = set(re.findall(r"[a-z][a-z0-9]*", sheet))
    html, _drawings = paper(json.loads(SAMPLE.read_text()))
    # These two have no style of their own; a link has it as one.
    assert set(re.findall(r"<([a-z][a-z0-9]*)", html)) - styled - {"span", "a"} == set()
