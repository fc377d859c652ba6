"""Read request bodies: JSON that a database can hold, and lines of JSON, plain or compressed."""

import gzip
import io
import json
import math
import zlib
from collections.abc import Iterator
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser

from itsm.api.errors import TooLarge

DEEPEST = 60
LARGEST_BODY = 10 * 1024 * 1024
LARGEST_UNPACKED = 100 * 1024 * 1024
LARGEST_INTEGER = 2**63 - 1


def _number(text: str) -> None:
    raise ValueError(text)


def read_json(text: bytes) -> Any:
    """Return the value of UTF-8 JSON; raise ParseError or ValidationError with the place."""
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_number)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        where = _(" (line %(line)s)") % {"line": line} if line else ""
        raise ParseError(
            _("The body is not well-formed JSON in UTF-8%(where)s.") % {"where": where}
        ) from error
    found = next(_unstorable(value, "", 0), None)
    if found:
        raise ValidationError({found[0] or "__all__": [ErrorDetail(found[1], "not_storable")]})
    return value


def _unstorable(value: Any, place: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield (first name on the way, what is wrong) for each part that the database cannot hold."""
    if depth > DEEPEST:
        yield place, _("The body nests deeper than %(most)s levels.") % {"most": DEEPEST}
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _unstorable([name, inner], place or name, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _unstorable(inner, place, depth + 1)
    elif isinstance(value, str) and _has_bad_letter(value):
        yield place, _bad_letter()
    elif _too_large(value):
        yield place, _("The number is too large.")


def _has_bad_letter(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _bad_letter() -> str:
    return _("The text holds a character that cannot be stored.")


def refuse_bad_letters(given: MultiValueDict[str, Any], mark: str = "") -> None:
    """Raise ValidationError for the first part of a form, or parameter (``mark`` "?"), that cannot be stored."""
    for name, words in given.lists():
        if any(_has_bad_letter(word) for word in (name, *words)):
            place = mark + name.replace("\0", "")[:60]
            raise ValidationError(
                {place or "__all__": [ErrorDetail(_bad_letter(), "not_storable")]}
            )


def _too_large(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and abs(value) > LARGEST_INTEGER


class StrictJsonParser(BaseParser):
    """JSON without NUL, lone surrogates, infinite numbers or endless nesting."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the value; an empty body is an empty object."""
        text = stream.read(LARGEST_BODY + 1)
        if len(text) > LARGEST_BODY:
            raise TooLarge()
        return read_json(text) if text.strip() else {}


class StrictFormParser(MultiPartParser):
    """A form with files, its texts without NUL."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the parts of the form; raise ValidationError naming a part that cannot be stored."""
        found = super().parse(stream, media_type, parser_context)
        refuse_bad_letters(found.data)  # type: ignore[union-attr]
        return found


class SampleLinesParser(BaseParser):
    """Lines of JSON (NDJSON) or one JSON list; ``Content-Encoding: gzip`` is unpacked."""

    media_type = "application/x-ndjson"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the list of values; raise ParseError with the number of the first bad line."""
        request = (parser_context or {}).get("request")
        text = _unpacked(stream, request.headers.get("Content-Encoding", "") if request else "")
        if text.lstrip()[:1] == b"[":
            value = read_json(text)
            return value if isinstance(value, list) else [value]
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                rows.append(_line(number, line))
        return rows


class SampleListParser(SampleLinesParser):
    """The same under ``application/json``."""

    media_type = "application/json"


def _line(number: int, line: bytes) -> Any:
    try:
        return read_json(line)
    except ParseError as error:
        raise ParseError(
            _("Line %(line)s is not well-formed JSON in UTF-8.") % {"line": number}
        ) from error


def _unpacked(stream: Any, encoding: str) -> bytes:
    text: bytes = stream.read(LARGEST_BODY + 1)
    if len(text) > LARGEST_BODY:
        raise TooLarge()
    if encoding.lower() != "gzip":
        return text
    try:
        plain = gzip.GzipFile(fileobj=io.BytesIO(text)).read(LARGEST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ParseError(_("The body is not compressed with gzip.")) from error
    if len(plain) > LARGEST_UNPACKED:
        raise TooLarge()
    return plain
