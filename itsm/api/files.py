"""Files: sent as a form or as JSON, read with their digest as version, taken out of use by archiving."""

import base64
import binascii
import json
from typing import Any

from django.apps import apps
from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import Archives, ProcessViewSet, Remembers
from itsm.api.errors import Conflict, TooLarge, accepting
from itsm.api.filters import check_parameters
from itsm.api.parsers import StrictFormParser, StrictJsonParser
from itsm.api.records import AboutField
from itsm.api.references import Reference
from itsm.api.serializers import RecordSerializer
from itsm.api.versions import is_fresh
from itsm.services.files import FileMissing, open_file
from itsm.services.uploads import KINDS, LARGEST_UPLOAD, FileRefused, Upload, examine, keep_upload

FORM_ROOM = 1024 * 1024  # the other parts of a form, and the lines between


class FormParser(StrictFormParser):
    """A form with a file; one that announces more than a file may have is refused unread."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the parts of the form."""
        meta = (parser_context or {})["request"].META
        if int(meta.get("CONTENT_LENGTH") or 0) > LARGEST_UPLOAD + FORM_ROOM:
            raise TooLarge()
        return super().parse(stream, media_type, parser_context)


class AboutPart(AboutField):
    """The same as part of a form: the object as JSON text."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the four columns."""
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                data = None
        return super().to_internal_value(data)


class FileSerializer(RecordSerializer):
    """A file with its digest, who sent it and the record that it is evidence for."""

    about = AboutField(read_only=True)

    class Meta:
        model = m.StoredFile
        expands = ("customer",)
        fields = (
            "id", "customer", "name", "content_type", "size", "sha256", "about", "uploaded_by",
            "archived_at", "created_at", "updated_at",
        )  # fmt: skip


class FileRequestSerializer(serializers.Serializer[Any]):
    """A file as part of a form (``file``), or its bytes in base64 as JSON (``content`` with ``name``)."""

    customer = Reference(queryset=m.Party.objects.all())
    file = serializers.FileField(required=False, max_length=200)
    name = serializers.CharField(required=False, max_length=200)
    content = serializers.CharField(required=False, max_length=10_000_000)
    about = AboutPart(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request without a file, or with a record that is another customer's."""
        if ("file" in attrs) == ("content" in attrs):
            text = _("Send one file: the part “file” of a form, or “content” in base64 as JSON.")
            raise ValidationError({"file": [ErrorDetail(text, "required")]})
        if "content" in attrs and "name" not in attrs:
            text = _("Name the file, with its ending: minutes.pdf.")
            raise ValidationError({"name": [ErrorDetail(text, "required")]})
        if "ref_uuid" in attrs and not _is_held_by(attrs["customer"], attrs):
            text = _("This record is another customer's.")
            raise ValidationError({"about": [ErrorDetail(text, "other_customer")]})
        return attrs


def _is_held_by(customer: m.Party, ref: dict[str, Any]) -> bool:
    row = apps.get_model(ref["ref_app"], ref["ref_kind"])._default_manager.get(pk=ref["ref_uuid"])
    holder = row.pk if isinstance(row, m.Party) else getattr(row, "customer_id", None)
    return holder is None or holder == customer.pk


class FileViewSet(Archives, Remembers, ProcessViewSet):
    """Files that the product keeps: reports, and what people add as evidence."""

    model = m.StoredFile
    serializer_class = FileSerializer
    filterset_base = filters.FileFilterSet
    parser_classes = [FormParser, StrictJsonParser]

    @extend_schema(
        request={
            "multipart/form-data": FileRequestSerializer,
            "application/json": FileRequestSerializer,
        },
        responses={201: FileSerializer, 200: FileSerializer},
    )
    def create(self, request: Request) -> Response:
        """Keep a file for a customer, perhaps as evidence of a record; what is there already answers 200.

        Up to 20 MB: pdf, png, jpg, txt, csv, md, xlsx, docx, pptx. The contents must be those of the ending;
        pictures are drawn anew, scripts, macros and archives are refused.
        """
        asked = FileRequestSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        about = None
        if "ref_uuid" in given:
            names = ("ref_app", "ref_kind", "ref_uuid", "ref_label")
            about = m.SourceRef(*(given[name] for name in names))
        row, is_new = keep_upload(
            _examined(given), customer=given["customer"], about=about, by=request.user, at=self.at
        )
        return self.answer(row, status=201 if is_new else 200)

    def _mark(self, at: Any) -> Response:
        if not self.get_object().uploaded_by:
            raise Conflict(_("The product made this file, and a report or a logo needs it."))
        return super()._mark(at)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def content(self, request: Request, **_lookup: str) -> Any:
        """Download the bytes; 304 when the caller has them (the ETag is their SHA-256)."""
        check_parameters(request)
        row = self.get_object()
        etag = f'"{row.sha256}"'
        answer: Any = HttpResponse(status=304) if is_fresh(request, etag) else _download(row)
        answer["ETag"] = etag
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def _download(row: m.StoredFile) -> FileResponse:
    try:
        opened = open_file(row)
    except FileMissing as error:
        raise Http404 from error
    return FileResponse(
        opened, as_attachment=True, filename=row.name, content_type=row.content_type
    )


def _examined(given: dict[str, Any]) -> Upload:
    """Return the cleaned file; a refusal points to the part that it is about."""
    part = "file" if "file" in given else "content"
    try:
        name = given.get("name") or given["file"].name
        return examine(name, _bytes_of(given))
    except FileRefused as refusal:
        if refusal.code == "too_large":
            raise TooLarge(str(refusal)) from refusal
        if refusal.code == "wrong_type":
            raise accepting(part, str(refusal), refusal.code, sorted(KINDS)) from refusal
        raise ValidationError({part: [ErrorDetail(str(refusal), refusal.code)]}) from refusal


def _bytes_of(given: dict[str, Any]) -> bytes:
    if "file" in given:
        if given["file"].size > LARGEST_UPLOAD:
            raise TooLarge()
        content: bytes = given["file"].read()
        return content
    try:
        return base64.b64decode(given["content"], validate=True)
    except (binascii.Error, ValueError) as error:
        text = _("“content” is not base64.")
        raise ValidationError({"content": [ErrorDetail(text, "invalid")]}) from error
