"""The stored PDF as an answer to a browser or a program."""

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from itsm.services import files
from reporting.models import ReportIssue


def pdf_answer(issue: ReportIssue, *, inline: bool = False) -> FileResponse:
    """Return the stored PDF, opened while the reader's walls stand; Http404 with the reason if it is gone."""
    if issue.pdf is None:
        raise Http404(_("This report has no PDF."))
    try:
        stream = files.open_file(issue.pdf)
    except files.FileMissing as missing:
        raise Http404(str(missing)) from missing
    answer = FileResponse(
        stream,
        as_attachment=not inline,
        filename=f"{issue.number}-v{issue.version}.pdf",
        content_type="application/pdf",
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-SHA256"] = issue.pdf_sha256
    return answer
