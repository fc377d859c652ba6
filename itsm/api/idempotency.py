"""``Idempotency-Key`` on POST: the header, the stored answer, its replay."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from itsm.api.errors import KeyReused, RequestInProgress
from itsm.services import idempotency as service

REPLAYED = "Idempotency-Replayed"


def key_of(request: Request) -> str | None:
    """Return the key of a POST, or None; raise ValidationError when it is empty, long or not ASCII."""
    key: str | None = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return None
    if (
        not key.strip()
        or len(key) > service.LONGEST_KEY
        or not (key.isascii() and key.isprintable())
    ):
        text = _("An Idempotency-Key has 1 to 255 printable ASCII letters.")
        raise ValidationError({"^Idempotency-Key": [ErrorDetail(text, "invalid")]})
    return key


def answer_once(
    request: Request,
    key: str,
    work: Callable[[], Any],
    *,
    at: datetime,
    secrets: Iterable[str] = (),
) -> Any:
    """Return the answer of ``work``, or the one that the same request got before.

    Only answers of success are kept: a refused request may be corrected and sent again.
    Fields named in ``secrets`` are kept as null.
    """
    owner: dict[str, Any] = {"user_id": request.user.pk, "key": key}
    inner = request._request
    digest = service.digest_of("POST", inner.get_full_path(), _sent(request))
    try:
        known = service.reserve(**owner, digest=digest, at=at)
    except service.KeyOfAnotherRequest as error:
        raise KeyReused(str(error)) from error
    except service.TwinStillRuns as error:
        raise RequestInProgress(str(error)) from error
    if known is not None:
        return _replay(known)
    response = work()
    service.store(**owner, answer=_stored(response, secrets))
    return response


def _sent(request: Request) -> bytes:
    """Return what makes two requests the same: the body, of a form its parts without the lines between."""
    if not (request.content_type or "").startswith("multipart/"):
        return request._request.body
    parts: Any = request.data  # a QueryDict: the stubs know JSON only
    lines = []
    for name, values in sorted(parts.lists()):
        for value in values:
            lines.append([name, _digest(value) if hasattr(value, "chunks") else value])
    return json.dumps(lines).encode()


def _digest(file: Any) -> list[str]:
    found = hashlib.sha256()
    for piece in file.chunks():
        found.update(piece)
    file.seek(0)
    return [file.name, found.hexdigest()]


def _stored(response: Any, secrets: Iterable[str]) -> service.StoredAnswer:
    data = getattr(response, "data", None)
    if secrets and data is not None:
        data = {**data, **dict.fromkeys(secrets)}
    return service.StoredAnswer(
        status=response.status_code,
        body=b"" if data is None else JSONRenderer().render(data),
        content_type="application/json",
        location=response.headers.get("Location", ""),
    )


def _replay(known: service.StoredAnswer) -> HttpResponse:
    response = HttpResponse(known.body, status=known.status, content_type=known.content_type)
    response[REPLAYED] = "true"
    if known.location:
        response["Location"] = known.location
    return response
