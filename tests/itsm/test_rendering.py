"""From dataset to page and PDF: one content, safe, tagged, the same bytes every time."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pdfplumber
import pikepdf
import pytest
from weasyprint.text.fonts import FontConfiguration

from itsm import rendering
from itsm.calculations.digest import canonical_json
from itsm.charts import text_width
from itsm.press.drawing import _path, plain_drawings
from itsm.press.fetching import AssetFetcher
from itsm.press.parsing import read_page
from itsm.rendering.pages import paper
from itsm.rendering.process import Limits, Press, RenderingFailed

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "report_sample.json"
PAGE = "<!DOCTYPE html><html lang='en'><head><title>t</title></head><body>{}</body></html>"


@pytest.fixture(scope="module")
def dataset():
    return json.loads(SAMPLE.read_text())


@pytest.fixture(scope="module")
def document(dataset):
    return rendering.pdf(dataset)


def attached(pdf):
    return {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}


def test_the_sample_report_has_thirteen_tagged_pages_with_bookmarks(document):
    with pikepdf.open(BytesIO(document)) as pdf:
        assert len(pdf.pages) == 13
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        with pdf.open_outline() as outline:
            titles = [entry.title.replace("\u2002", " ") for entry in outline.root]
    assert titles[1:4] == ["2 Executive summary", "3 SLA attainment", "4 Availability per service"]


def test_every_figure_of_the_pdf_has_its_text_alternative(document):
    with pikepdf.open(BytesIO(document)) as pdf:
        figures = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]
        assert len(figures) > 60
        assert all(str(figure.get("/Alt", "")) for figure in figures)


def test_the_only_attachment_is_the_canonical_dataset(document, dataset):
    with pikepdf.open(BytesIO(document)) as pdf:
        files = attached(pdf)
    assert list(files) == ["report-data.json"]
    found = hashlib.sha256(files["report-data.json"]).hexdigest()
    assert found == hashlib.sha256(canonical_json(dataset)).hexdigest()


def test_the_pdf_holds_no_script_no_launch_and_no_link_out(document):
    with pikepdf.open(BytesIO(document)) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary):
                assert item.get("/S") not in ("/JavaScript", "/Launch", "/URI", "/SubmitForm")
                assert "/JS" not in item
    assert b"/JavaScript" not in document


def test_the_same_dataset_gives_the_same_bytes(document, dataset):
    again = rendering.pdf(dataset)
    assert hashlib.sha256(again).hexdigest() == hashlib.sha256(document).hexdigest()


def test_the_words_and_figures_of_the_dataset_stand_on_their_pages(document, dataset):
    with pdfplumber.open(BytesIO(document)) as pdf:
        texts = [page.extract_text() for page in pdf.pages]
    digest = hashlib.sha256(canonical_json(dataset)).hexdigest()
    assert "October 2026" in texts[0]
    assert "99.674" in texts[2]
    assert "agreed minutes lost (76 + 12 + 9); the budget was 29.76." in texts[3]
    assert all(f"Dataset {digest[:8]}" in text for text in texts)
    assert "All times Europe/Madrid" in texts[6]
    assert "Page 13 of 13" in texts[12]
    assert digest in texts[12].replace("\n", "")


def test_no_word_leaves_the_measure(document):
    with pdfplumber.open(BytesIO(document)) as pdf:
        for page in pdf.pages:
            for word in page.extract_words():
                assert word["x0"] >= 56, word  # 20 mm is 56.7 pt
                assert word["x1"] <= page.width - 56, word


def test_page_and_paper_say_the_same(dataset):
    page, drawings = paper(dataset)
    fragment = rendering.body_html(dataset)
    for words in ("Fourteen of sixteen", "+27.40", "PRB-311", "D-2026-32"):
        assert words in page
        assert words in fragment
    assert "<svg" not in page
    assert fragment.count("<svg") >= len(drawings)


def test_every_drawing_of_the_sample_is_written_without_the_engine(dataset):
    _page, drawings = paper(dataset)
    assert len(drawings) > 60
    assert set(plain_drawings(drawings, FontConfiguration())) == {f"asset:{n}" for n in drawings}


def test_a_drawing_with_a_foreign_mark_is_left_to_the_engine():
    foreign = b'<svg viewBox="0 0 9 9"><title>t</title><ellipse rx="2"/></svg>'
    turned = b'<svg viewBox="0 0 9 9"><title>t</title><rect transform="rotate(3)"/></svg>'
    assert not plain_drawings({"a.svg": foreign, "b.svg": turned}, FontConfiguration())


def test_a_path_becomes_operators_with_its_relative_steps_added_up():
    root = ElementTree.fromstring('<path d="M1 2h3v4h-3zM.5-1l2 2L8 9 10 11"/>')  # noqa: S314
    assert b" ".join(_path(root)).split(b" ") == (
        b"1.000 2.000 m 4.000 2.000 l 4.000 6.000 l 1.000 6.000 l h"
        b" 0.500 -1.000 m 2.500 1.000 l 8.000 9.000 l 10.000 11.000 l"
    ).split(b" ")


def test_a_page_that_is_no_xml_is_read_too():
    page = read_page(PAGE.format("<p>Open<p>ends &eacute;<hr>"), AssetFetcher({}))
    words = [node.text for node in page.etree_element.iter("p")]
    assert words == ["Open", "ends é"]


def test_a_press_that_is_not_used_leaves_no_process():
    with Press() as press:
        assert press.process.poll() is None
    assert press.process.returncode is not None


def test_the_page_obeys_the_content_policy(dataset):
    for text in (rendering.html(dataset), rendering.body_html(dataset)):
        assert " style=" not in text
        assert "<script" not in text
        assert "<style" not in text
        assert " onclick" not in text


def test_a_number_links_to_its_source_where_the_portal_knows_the_page(dataset):
    fragment = rendering.body_html(dataset, {"evaluation:3.3": "/portal/targets/3.3/"})
    assert '<a href="/portal/targets/3.3/" class="bad b">99.674</a>†' in fragment
    assert 'data-source="evaluation:3.1"' in fragment


def test_text_from_records_is_escaped(dataset):
    meta = {**dataset["meta"], "customer": "<b>Müller & Söhne</b>"}
    text = rendering.html({**dataset, "meta": meta})
    assert "<b>Müller" not in text
    assert "&lt;b&gt;Müller &amp; Söhne&lt;/b&gt;" in text


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "asset:other.png", "ftp://h/x"]
)
def test_an_address_that_is_not_our_asset_ends_the_rendering(address):
    page = PAGE.format(f"<img src='{address}' alt='x'>")
    with pytest.raises(RenderingFailed, match="only its own assets may be read") as failure:
        rendering.render_pdf(page, identifier="x")
    assert failure.value.kind == "address"
    assert address.split("?")[0] in str(failure.value)


def test_too_little_memory_is_said_in_plain_words():
    with pytest.raises(RenderingFailed, match="more than 60 MiB of memory") as failure:
        rendering.render_pdf(PAGE.format("x"), identifier="x", limits=Limits(memory=60 << 20))
    assert failure.value.kind == "memory"


def test_too_much_computing_is_stopped_and_said_in_plain_words():
    page = PAGE.format("<table>" + "<tr><td>word and word</td></tr>" * 20000 + "</table>")
    with pytest.raises(RenderingFailed, match="more than 1 seconds of computing") as failure:
        rendering.render_pdf(page, identifier="x", limits=Limits(cpu_seconds=1))
    assert failure.value.kind == "time"


def test_too_much_time_is_stopped_and_said_in_plain_words():
    page = PAGE.format("<table>" + "<tr><td>word and word</td></tr>" * 20000 + "</table>")
    with pytest.raises(RenderingFailed, match="took longer than 1 seconds") as failure:
        rendering.render_pdf(page, identifier="x", limits=Limits(wall_seconds=1))
    assert failure.value.kind == "time"


def test_the_faces_of_the_design_are_there():
    assert rendering.missing_faces() == []
    assert {face.family for face in rendering.font_faces()} == {
        "Source Sans 3",
        "Source Serif 4 Display",
    }


def test_missing_faces_are_named_and_text_falls_back(settings, tmp_path):
    settings.NODE_MODULES = str(tmp_path)
    assert rendering.font_faces() == []
    assert rendering.missing_faces()[0] == (
        "Source Sans 3 400 normal (source-sans/TTF/SourceSans3-Regular.ttf)"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "Order Desk lost 97 minutes against an allowance of 29.76; four other services kept"
            " theirs.",
            [
                "Order Desk lost 97 minutes against an allowance of 29.76;",
                "four other services kept theirs.",
            ],
        ),
        (
            "Nothing passed its agreed limit; three lines are close to it.",
            ["Nothing passed its agreed limit; three lines are close to it."],
        ),
    ],
)
def test_a_finding_breaks_after_punctuation_or_not_at_all(text, lines):
    assert rendering.break_finding(text) == lines


def test_a_finding_never_parts_a_number_from_its_word():
    lines = rendering.break_finding("One two three four five 14 October six seven eight", 240)
    assert len(lines) == 2
    assert not lines[0].endswith("14")
    assert all(text_width(line, 18) < 250 for line in lines)
