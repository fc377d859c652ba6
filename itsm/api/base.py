"""The base of every viewset: which rows, which rights, paging, versions, repeated requests, history.

A kind of record is declared, not programmed::

    class AgreementViewSet(ProcessViewSet):
        model = Agreement
        serializer_class = AgreementSerializer
        filterset_base = AgreementFilterSet          # the one of the pages; optional
        rights = {"sign": "approve"}                 # action -> right; usual ones are known
        require_if_match = True                      # 428 without If-Match

        @action(detail=True, methods=["post"])
        def sign(self, request: Request, **_lookup: str) -> Response:
            agreement = self.get_object()            # 404 also for another customer's, locked
            row = services.sign(agreement, by=request.user, at=self.at)
            return self.answer(row)

    router = ApiRouter()
    router.register("agreements", AgreementViewSet)
    urlpatterns = router.urls

Exceptions that are defined in a ``services`` or ``calculations`` module become 409 with their text; a
Django or REST ValidationError becomes 400 with pointers. Everything a handler wrote is undone then.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

import django_filters as df
from django.db import connection, models, transaction
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, routers, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from itsm.api import expansion, idempotency
from itsm.api.errors import Conflict
from itsm.api.exports import file_answer
from itsm.api.filters import StrictFilterBackend, check_parameters, filterset_for
from itsm.api.history import history_of
from itsm.api.negotiation import FormatNegotiation, check_format, file_kind
from itsm.api.parsers import StrictJsonParser, refuse_bad_letters
from itsm.api.references import as_uuid, natural_key
from itsm.api.schema import ApiSchema
from itsm.api.throttling import MinuteThrottle, tell_limit
from itsm.api.versions import check_match, etag_of, is_fresh
from itsm.tenancy import actor_for

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiView(APIView):
    """What viewsets and single views share: parsers, negotiation, throttle, one savepoint per request."""

    parser_classes: Sequence[type[BaseParser]] = [StrictJsonParser]
    renderer_classes: Sequence[type[BaseRenderer]] = [JSONRenderer]
    content_negotiation_class = FormatNegotiation
    throttle_classes = [MinuteThrottle]
    metadata_class = None
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    schema = ApiSchema()
    secret_fields: ClassVar[tuple[str, ...]] = ()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the handler in a savepoint: a refused request leaves nothing behind."""
        self.at: datetime = timezone.now()
        method = (request.method or "").lower()
        if method in self.http_method_names and hasattr(self, method):
            setattr(self, method, self._guarded(getattr(self, method)))
        return super().dispatch(request, *args, **kwargs)

    def _guarded(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        def run(request: Request, *args: Any, **kwargs: Any) -> Any:
            refuse_bad_letters(request.query_params, "?")
            with transaction.atomic():
                answer = self._once(request, lambda: handler(request, *args, **kwargs))
                if request.method not in SAFE:
                    connection.check_constraints()
            return answer

        return run

    def _once(self, request: Request, work: Callable[[], Any]) -> Any:
        key = idempotency.key_of(request)
        if key is None:
            return work()
        return idempotency.answer_once(request, key, work, at=self.at, secrets=self.secret_fields)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell how many requests are left in this minute."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        tell_limit(request, answer)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        return answer


class ProcessViewSet(ApiView, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Rows of one model for the caller: list, read, create, change, archive, restore, history.

    A reader's rows are ``model.objects.visible_to(user)``; rights are ``itsm.permissions.allowed``. Nothing
    is deleted (405) unless a subclass says so. ``acts`` limits the usual actions.
    """

    model: ClassVar[type[Any]]
    serializer_class: Any
    filterset_base: ClassVar[type[df.FilterSet] | None] = None
    filter_backends = [StrictFilterBackend]
    rights: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    provider_only: ClassVar[bool] = False
    require_if_match: ClassVar[bool] = False
    prefetch: ClassVar[tuple[str, ...]] = ()
    lookup_value_regex = r"[^/:]+"

    @classmethod
    def get_filterset_class(cls) -> type[df.FilterSet]:
        """Return the filters of the list."""
        model: Any = cls.model  # mypy does not know that every class is hashable
        base: Any = cls.filterset_base
        return _filterset(model, base)

    def get_queryset(self) -> Any:
        """Return the rows that this caller may see, with what the serializer reads."""
        rows = self.model.objects.visible_to(self.request.user)
        if self.action not in {"list", "retrieve"}:
            return rows
        asked = expansion.asked(
            self.request.query_params.get("expand", ""), self.serializer_class, self.request.user
        )
        rows = expansion.with_links(rows, self.serializer_class, self.request.user, asked)
        return rows.prefetch_related(*self.prefetch)

    def get_object(self) -> Any:
        """Return the row of the address by id or natural key, locked for a write; else 404."""
        text = self.kwargs[self.lookup_field]
        rows = self.get_queryset()
        if self.request.method not in SAFE:
            rows = rows.select_for_update(of=("self",))
        row = rows.filter(**self.lookup(text)).first()
        if row is None:
            raise Http404
        return row

    def lookup(self, text: str) -> dict[str, Any]:
        """Return the filter for the last part of the address; raise Http404 when it can be no key."""
        if as_uuid(text):
            return {"pk": as_uuid(text)}
        key = natural_key(self.model)
        if not key or not text.isprintable() or len(text) > 254:
            raise Http404
        return {key: text}

    def answer(self, row: Any, status: int = 200) -> Response:
        """Return the row as it is now in the database, with its ETag."""
        fresh = self._fresh(row)
        response = Response(self.get_serializer(fresh).data, status=status)
        response["ETag"] = self.etag(fresh)
        if status == 201:
            response["Location"] = self.address_of(fresh)
        return response

    def _fresh(self, row: Any) -> Any:
        rows = self.model.objects.filter(pk=row.pk)
        rows = expansion.with_links(rows, self.serializer_class, self.request.user, {})
        return rows.prefetch_related(*self.prefetch).get()

    def address_of(self, row: Any) -> str:
        """Return the address of a row of this collection."""
        base = self.request.path.split(f"/{self.collection}", 1)[0]
        return self.request.build_absolute_uri(f"{base}/{self.collection}/{self.key_of(row)}")

    @property
    def collection(self) -> str:
        """The name of the collection in addresses: "services"."""
        return str(self.basename)

    def key_of(self, row: Any) -> str:
        """Return the key of a row in addresses."""
        return str(row.pk)

    def etag(self, row: Any) -> str:
        """Return the strong version of a row."""
        return etag_of(row)

    def check_version(self, row: Any) -> None:
        """Compare If-Match with the locked row."""
        check_match(self.request, self.etag(row), required=self.require_if_match)

    def accepted_values(self, pointer: str, code: str) -> list[Any] | None:
        """Return what may stand at the place of an error: the choices of a field."""
        if code not in {"invalid_choice", "not_a_list"}:
            return None
        names = [part for part in pointer.split("/") if part and not part.isdigit()]
        if not names or names[0].startswith("?"):
            return None
        serializer: Any = self.get_serializer()
        field = serializer.fields.get(names[0])
        field = getattr(field, "child", field)
        choices = (
            getattr(field, "choices", None)
            if not isinstance(field, serializers.RelatedField)
            else None
        )
        return list(choices) if choices else None

    def list(self, request: Request) -> Any:
        """Return one page of rows; ``format`` csv, ndjson or xlsx gives all of them."""
        check_format(request, listed=True)
        rows = self.filter_queryset(self.get_queryset())
        if kind := file_kind(request):
            return file_answer(self, rows, kind)
        page = self.paginate_queryset(rows)
        serializer: Any = self.get_serializer(page, many=True)
        _ = serializer.child.fields  # bad names are refused though there is no row to show
        return self.get_paginated_response(serializer.data)

    def retrieve(self, request: Request, **_lookup: str) -> Any:
        """Return one row; 304 when the caller has this version."""
        check_format(request, listed=False)
        check_parameters(request)
        row = self.get_object()
        etag = self.etag(row)
        if is_fresh(request, etag):
            response: Any = HttpResponse(status=304)
        else:
            response = Response(self.get_serializer(row).data)
        response["ETag"] = etag
        return response


class Creates:
    """POST to the collection."""

    def create(self: Any, request: Request) -> Response:
        """Write a new row."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self.answer(self.perform_create(serializer), status=201)

    def perform_create(self: Any, serializer: Any) -> Any:
        """Write the checked values and return the row: override to call a service."""
        return serializer.save()


class Changes:
    """PUT and PATCH of a row."""

    def update(self: Any, request: Request, **_lookup: str) -> Response:
        """Write all fields of a row."""
        return self._change(request, partial=False)

    def partial_update(self: Any, request: Request, **_lookup: str) -> Response:
        """Write the fields that are given."""
        return self._change(request, partial=True)

    def _change(self: Any, request: Request, *, partial: bool) -> Response:
        row = self.get_object()
        self.check_version(row)
        serializer = self.get_serializer(row, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return self.answer(self.perform_update(serializer))

    def perform_update(self: Any, serializer: Any) -> Any:
        """Write the checked values and return the row: override to call a service."""
        return serializer.save()


class Archives:
    """POST /{id}/archive and /{id}/restore: a row goes out of use and comes back; nothing is deleted."""

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self: Any, request: Request, **_lookup: str) -> Response:
        """Take the row out of use."""
        return self._mark(self.at)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self: Any, request: Request, **_lookup: str) -> Response:
        """Bring the row back into use."""
        return self._mark(None)

    def _mark(self: Any, at: datetime | None) -> Response:
        row = self.get_object()
        self.check_version(row)
        if (row.archived_at is None) == (at is None):
            return self.answer(row)
        row.archived_at = at
        row.save(update_fields=["archived_at", "updated_at"])
        return self.answer(row)


class Remembers:
    """GET /{id}/history."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def history(self: Any, request: Request, **_lookup: str) -> Response:
        """Return who changed which field when, newest first; for the provider only."""
        check_parameters(request)
        if not actor_for(request.user).is_staff:
            raise exceptions.PermissionDenied(_("Only the provider reads the history."))
        return Response({"data": history_of(self.get_object()), "next": None})


class SavesOver:
    """Writes over the row of a natural key, or a new one: what batches and upserts share."""

    def save_over(self: Any, row: Any, data: dict[str, Any]) -> tuple[Any, bool]:
        """Write ``data`` over ``row``, or as a new row when there is none; return it and whether it is new."""
        serializer = self.get_serializer(row, data=data)
        serializer.is_valid(raise_exception=True)
        if row is not None:
            return self.perform_update(serializer), False
        return self.perform_create(serializer), True

    def written_over(self: Any, row: Any, data: dict[str, Any]) -> Response:
        """Answer 201 for a new row and 200 for one that was there."""
        if row is not None:
            self.check_version(row)
        done, is_new = self.save_over(row, data)
        return self.answer(done, status=201 if is_new else 200)

    def known(self: Any, item: dict[str, Any]) -> Any:
        """Return the current row of the item's natural key, or None: by source and number, else by slug."""
        columns = {field.name for field in self.model._meta.concrete_fields}
        named = {name: item.get(name) for name in ("source", "external_id")}
        if named.keys() <= columns and all(isinstance(v, str) and v for v in named.values()):
            return self.current(**named)
        slug = item.get("slug")
        if natural_key(self.model) == "slug" and isinstance(slug, str) and slug:
            return self.current(slug=slug)
        return None

    def current(self: Any, **key: Any) -> Any:
        """Return the locked current row with this natural key, or None; others wait meanwhile."""
        if not all(text.isprintable() for text in key.values()):
            return None
        with connection.cursor() as cursor:
            name = ":".join([self.model._meta.db_table, *key.values()])
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        rows = self.get_queryset().select_for_update(of=("self",)).filter(**key)
        if any(field.name == "superseded_at" for field in self.model._meta.concrete_fields):
            rows = rows.filter(superseded_at=None)
        return rows.first()


class Upserts(SavesOver):
    """PUT /by-external-id/{source}/{number}: write by the number that another system knows."""

    @action(
        detail=False,
        methods=["put"],
        url_path=r"by-external-id/(?P<source>[^/]+)/(?P<external_id>[^/]+)",
    )
    def upsert(self: Any, request: Request, source: str, external_id: str) -> Response:
        """Create the row (201) or change it (200)."""
        _check_number(source, external_id)
        numbers = {"source": source, "external_id": external_id}
        return self.written_over(self.current(**numbers), {**_given(request), **numbers})


class Named(SavesOver):
    """PUT /by-slug/{slug}: write by the short name, whether the row is there or not."""

    @action(
        detail=False,
        methods=["put"],
        url_path=r"by-slug/(?P<slug>[-a-zA-Z0-9_]{1,100})",
        url_name="upsert-by-slug",
    )
    def upsert_by_slug(self: Any, request: Request, slug: str) -> Response:
        """Create the row (201) or change it (200)."""
        return self.written_over(self.current(slug=slug), {**_given(request), "slug": slug})


def _given(request: Request) -> dict[str, Any]:
    return request.data if isinstance(request.data, dict) else {}


def _check_number(source: str, external_id: str) -> None:
    if not (source.isprintable() and external_id.isprintable()):
        raise Http404
    if len(source) > 60 or len(external_id) > 200:
        raise Conflict(_("A source has at most 60 letters, its number at most 200."))


class RecordViewSet(Creates, Changes, Archives, Remembers, ProcessViewSet):
    """The usual record: everything but deletion."""


class SourcedViewSet(Upserts, RecordViewSet):
    """The usual record that other systems may bring in."""


class ApiRouter(routers.SimpleRouter):
    """Addresses without a slash at the end; the name of the collection is the basename."""

    routes = [
        routers.Route(
            url=r"^{prefix}:batch$",
            mapping={"post": "batch"},
            name="{basename}-batch",
            detail=False,
            initkwargs={},
        ),
        *routers.SimpleRouter.routes,
    ]

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)

    def register(self, prefix: str, viewset: Any, basename: str | None = None) -> None:  # type: ignore[override]
        """Register ``viewset`` under its plural, kebab-case name."""
        super().register(prefix, viewset, basename or prefix)


@cache
def _filterset(model: type[models.Model], base: type[df.FilterSet] | None) -> type[df.FilterSet]:
    return filterset_for(model, base)


__all__ = [
    "ApiRouter",
    "ApiView",
    "Archives",
    "Changes",
    "Creates",
    "Named",
    "ProcessViewSet",
    "RecordViewSet",
    "Remembers",
    "SavesOver",
    "SourcedViewSet",
    "Upserts",
]
