"""Imports over the API: send a file, read what it would do, apply it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.background import PREFER, JobStartedSerializer, accepted, is_asked
from itsm.api.base import ProcessViewSet, RecordViewSet
from itsm.api.errors import Conflict
from itsm.api.parsers import StrictFormParser, StrictJsonParser
from itsm.api.serializers import RecordSerializer
from itsm.imports.background import APPLY, READ, UNDO_REFUSAL, Busy, order, order_undo
from itsm.imports.commanding import columns_of_kind, find_customer, find_service
from itsm.imports.instants import ORDERS
from itsm.imports.problems import Unreadable
from itsm.imports.remembering import LONGEST_NAME, mapping_errors
from itsm.imports.runs import (
    AlreadyApplied,
    Upload,
    apply_run,
    choices,
    discard_file,
    map_run,
    preview_run,
    start_run,
)
from itsm.imports.undoing import UndoRefused, undo_until

MODES = ("all_or_nothing", "good_rows")
KEPT = ("refusal", "counts", "problems", "problem_count", "notes", "log", "seconds", UNDO_REFUSAL)


class ImportMappingSerializer(RecordSerializer):
    """What is remembered of a source: field → column of its files, and how it writes dates."""

    columns = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_NAME),
        help_text="Field of the kind of record → column of the file.",
    )
    options = serializers.DictField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="`date_order` (day_first, month_first, iso) and `zone`.",
    )

    class Meta:
        model = m.ImportMapping
        fields = (
            "id",
            "source",
            "kind",
            "columns",
            "options",
            "archived_at",
            "created_at",
            "updated_at",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what no import could use."""
        if errors := mapping_errors(self.candidate(attrs)):
            raise serializers.ValidationError(errors)
        return super().validate(attrs)


class ImportMappingViewSet(RecordViewSet):
    """Remembered columns of imports: the next file of a source is read by them."""

    model = m.ImportMapping
    serializer_class = ImportMappingSerializer
    filterset_base = filters.ImportMappingFilterSet
    provider_only = True


class ImportSerializer(RecordSerializer):
    """An import: which file, how its columns are read, what it does or did."""

    report = serializers.SerializerMethodField()
    undo_until = serializers.SerializerMethodField()

    class Meta:
        model = m.ImportRun
        fields = (
            "id", "kind", "source", "file_name", "state", "columns", "report", "job", "started_by",
            "applied_at", "undo_until", "undone_at", "undone_by", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_report(self, run: m.ImportRun) -> dict[str, Any]:
        """Counts, findings with line, column, code, message and accepted values; seconds."""
        return {name: run.report[name] for name in KEPT if name in run.report}

    def get_undo_until(self, run: m.ImportRun) -> datetime | None:
        """Until when the import can be undone; null when it was not applied or is undone."""
        return undo_until(run)


class ImportRequestSerializer(serializers.Serializer[Any]):
    """A file as part of a form (``file``), or its text as JSON (``content``), and how to read it."""

    file = serializers.FileField(required=False, max_length=200)
    content = serializers.CharField(
        required=False, trim_whitespace=False, max_length=10_000_000, allow_blank=True
    )
    file_name = serializers.CharField(required=False, max_length=200, default="import.csv")
    kind = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    source = serializers.CharField(  # type: ignore[assignment]  # our word; the stubs keep a field's own
        required=False, max_length=60, default="api"
    )
    customer = serializers.CharField(required=False, max_length=60, allow_blank=True, default="")
    service = serializers.CharField(required=False, max_length=60, allow_blank=True, default="")
    zone = serializers.CharField(required=False, max_length=60, allow_blank=True, default="")
    sheet = serializers.CharField(required=False, max_length=60, allow_blank=True, default="")
    date_order = serializers.ChoiceField(choices=ORDERS, required=False)
    decimal_sign = serializers.ChoiceField(choices=(".", ","), required=False)
    columns = serializers.JSONField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request without a file, an unknown kind and columns that are no mapping."""
        if ("file" in attrs) == ("content" in attrs):
            raise ValidationError(
                {"file": [ErrorDetail(_("Send the file, or its text as content."), "required")]}
            )
        known = [key for key, _title in choices()]
        if attrs["kind"] and attrs["kind"] not in known:
            words = _("There is no such kind. One of: %(kinds)s") % {"kinds": ", ".join(known)}
            raise ValidationError({"kind": [ErrorDetail(words, "invalid_choice")]})
        columns = attrs.get("columns", {})
        if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
            words = _("Give an object: field → column of the file.")
            raise ValidationError({"columns": [ErrorDetail(words, "invalid")]})
        _check_fields(attrs["kind"], columns)
        return attrs


def _check_fields(kind: str, columns: dict[str, str]) -> None:
    if not kind:
        return
    known = columns_of_kind(kind)
    wrong = sorted(columns.keys() - {one.name for one in known})
    if wrong:
        words = _("There is no field %(name)s. One of: %(names)s") % {
            "name": wrong[0][:60], "names": ", ".join(one.name for one in known),
        }  # fmt: skip
        raise ValidationError({"columns": [ErrorDetail(words, "unknown_field")]})


class ApplySerializer(serializers.Serializer[Any]):
    """How to apply: all_or_nothing (usual) or good_rows."""

    mode = serializers.ChoiceField(choices=MODES, default=MODES[0])


class ImportViewSet(ProcessViewSet):
    """Imports: created with a file, previewed at once, applied by a second call."""

    model = m.ImportRun
    serializer_class = ImportSerializer
    parser_classes = [StrictFormParser, StrictJsonParser]
    rights = {"apply": "add", "undo": "add"}
    provider_only = True

    @extend_schema(
        request=ImportRequestSerializer,
        responses={201: ImportSerializer, 202: JobStartedSerializer},
        parameters=[PREFER],
    )
    def create(self, request: Request) -> Response:
        """Take the file and return what it would change; columns not given are suggested.

        A file of more than 2,000 rows is read by a job: the import is READING, then PREVIEWED.
        """
        asked = ImportRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            run = self._start(asked.validated_data)
        except Unreadable as refusal:
            raise ValidationError({"file": [ErrorDetail(str(refusal), refusal.code)]}) from refusal
        return self._told(run, status=201)

    def _told(self, run: m.ImportRun, status: int = 200) -> Response:
        """Return the import, or its job when that works on it and the caller would rather not wait."""
        job = run.job
        if job is not None and job.state != m.Job.State.DONE and is_asked(self.request):
            return accepted(self.request, job, run)
        return self.answer(run, status=status)

    def _start(self, given: dict[str, Any]) -> m.ImportRun:
        customer = find_customer(given["customer"]) if given["customer"] else None
        service = find_service(given["service"]) if given["service"] else None
        file = given.get("file")
        usual = customer.timezone if customer else "UTC"
        upload = Upload(
            file.name if file else given["file_name"],
            file.chunks() if file else [given["content"].encode()],
            given["kind"], given["source"], customer.pk if customer else None,
            service.pk if service else None, given["zone"] or usual, given["sheet"],
        )  # fmt: skip
        run = start_run(upload, by=str(self.request.user), at=self.at)
        names = ("date_order", "decimal_sign")
        options = {name: given[name] for name in names if name in given}
        if run.options["is_large"]:
            run.options["asked"] = {"columns": given.get("columns", {}), "options": options}
            order(run, READ, by=str(self.request.user), at=self.at)
            return run
        try:
            map_run(run, {**run.columns, **given.get("columns", {})}, options)
            preview_run(run, at=self.at)
        except BaseException:
            discard_file(run)
            raise
        return run

    @extend_schema(
        request=ApplySerializer,
        responses={200: ImportSerializer, 202: JobStartedSerializer},
        parameters=[PREFER],
    )
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, **_lookup: str) -> Response:
        """Write what differs: everything or nothing, or the good rows; more than 2,000 rows by a job."""
        asked = ApplySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run = self.get_object()
        mode = asked.validated_data["mode"]
        try:
            if run.options.get("is_large"):
                order(run, APPLY, mode=mode, by=str(request.user), at=self.at)
            else:
                apply_run(run, mode, at=self.at)
        except (AlreadyApplied, Busy, Unreadable) as refusal:
            raise Conflict(str(refusal)) from refusal
        return self._told(run)

    @extend_schema(
        request=None,
        responses={200: ImportSerializer, 202: JobStartedSerializer},
        parameters=[PREFER],
    )
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **_lookup: str) -> Response:
        """Remove what the import made and put back what it changed, within 7 days: everything or nothing.

        409 names what leans on it: a record changed since, a final result. More than 2,000 records are taken
        back by a job: the import stays APPLIED until it is UNDONE.
        """
        run = self.get_object()
        try:
            done = order_undo(run, by=str(request.user), at=self.at)
        except (UndoRefused, Busy) as refusal:
            raise Conflict(str(refusal)) from refusal
        return self._told(done)
