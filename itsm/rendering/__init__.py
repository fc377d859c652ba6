"""A report dataset as a page and as a PDF, which `itsm.press` sets.

The canonical JSON of the dataset is the only input of both, so page and paper cannot differ.
The PDF is made in a child process with limits and a fetcher that serves our own assets only.
"""

from itsm.rendering.fonts import FontFace, font_faces, missing_faces
from itsm.rendering.pages import Tools, body_html, html, pdf
from itsm.rendering.process import Limits, RenderingFailed, render_pdf
from itsm.rendering.typesetting import break_finding

__all__ = [
    "FontFace",
    "Limits",
    "RenderingFailed",
    "Tools",
    "body_html",
    "break_finding",
    "font_faces",
    "html",
    "missing_faces",
    "pdf",
    "render_pdf",
]
