"""The page as a tree: by the fast XML parser where the page is well formed, as ours are."""

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from cssselect2 import ElementWrapper
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

_VOID = re.compile(r"<(br|col|img|link|meta)\b([^>]*)>")
BASE = "asset:"


@cache
def base_sheet() -> CSS:
    """The sheet of plain elements that stands in for the engine's own."""
    return CSS(string=Path(__file__).with_name("base.css").read_text())


class _Tree(HTML):  # type: ignore[misc]
    """A page whose tree is there already."""

    def __init__(self, root: ElementTree.Element, fetcher: URLFetcher) -> None:
        self.base_url, self.url_fetcher, self.media_type = BASE, fetcher, "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = root

    def _ua_stylesheets(self, _forms: bool = False) -> list[CSS]:
        return [base_sheet()]


def read_page(html: str, fetcher: URLFetcher) -> HTML:
    """Give the page to print; what is no XML goes through the engine's own slow HTML parser."""
    page = _VOID.sub(r"<\1\2/>", html.removeprefix("<!DOCTYPE html>"))
    try:
        return _Tree(ElementTree.fromstring(page), fetcher)  # noqa: S314 - no document type in it
    except ElementTree.ParseError:
        return HTML(string=html, base_url=BASE, url_fetcher=fetcher, media_type="print")
