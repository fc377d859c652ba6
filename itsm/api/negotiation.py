"""Which format an answer has: JSON, or a file of the whole list by ``?format=csv``, ndjson or xlsx."""

from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from itsm.api.errors import accepting

FORMATS = ("json", "csv", "ndjson", "xlsx")


class FormatNegotiation(DefaultContentNegotiation):
    """Leaves ``?format=`` to the list; an unknown one is refused with those that are known."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)  # type: ignore[assignment]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer for the Accept header; a file takes any."""
        if file_kind(request):
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


def file_kind(request: Request) -> str:
    """Return the kind of file that was asked for by ``?format=``, or the empty text."""
    given = request.query_params.get("format", "")
    return given if given in FORMATS[1:] else ""


def check_format(request: Request, *, listed: bool) -> None:
    """Raise ValidationError for a format that this address does not have."""
    given = request.query_params.get("format", "json")
    known = FORMATS if listed else FORMATS[:1]
    if given not in known:
        text = _("“%(given)s” is not a format of this address. Use %(known)s.") % {
            "given": given[:20],
            "known": ", ".join(known),
        }
        raise accepting("?format", text, "invalid_choice", known)
