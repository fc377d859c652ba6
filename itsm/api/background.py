"""``Prefer: respond-async`` (RFC 7240): long work is answered with 202 and the address of its job."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from itsm.models import Job

ASYNC = "respond-async"
PREFER = OpenApiParameter(
    "Prefer",
    OpenApiTypes.STR,
    location=OpenApiParameter.HEADER,
    description=f"{ASYNC}: 202 with the Location of the job where the work is long.",
)


class JobStartedSerializer(serializers.Serializer[Any]):
    """Work that goes on in the background: read its state at ``/jobs/{job}``."""

    job = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    record = serializers.UUIDField(help_text="The record that the work is about.")


def is_asked(request: Request) -> bool:
    """Tell whether the caller would rather not wait."""
    wishes = request.headers.get("Prefer", "").split(",")
    return any(wish.partition(";")[0].strip().lower() == ASYNC for wish in wishes)


def accepted(request: Request, job: Job, record: Any) -> Response:
    """Return 202 with the job's address in ``Location``."""
    body = {"job": str(job.pk), "state": job.state, "record": str(record.pk)}
    response = Response(body, status=202)
    response["Location"] = request.build_absolute_uri(f"/api/v1/jobs/{job.pk}")
    if is_asked(request):
        response["Preference-Applied"] = ASYNC
    return response
