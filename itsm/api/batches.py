"""``POST /{collection}:batch``: up to 1,000 records in one call, each with its own result.

``atomic=true`` writes all or nothing: every bad item is pointed to, as in one body. With ``atomic=false``
(usual) the good ones are written; the answer is 207 when some were refused.
"""

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from itsm.api.errors import TooLarge, as_refusal, problem_of
from itsm.api.filters import check_parameters
from itsm.api.pagination import refuse
from itsm.permissions import allowed

MOST = 1000


@extend_schema_field({"type": ["object", "null"], "description": "As of a refused request."})
class ProblemField(serializers.JSONField):
    """A problem document, or null for an item that was written."""


class BatchResultSerializer(serializers.Serializer[Any]):
    """What became of one item: its place in the list, its status, the record's id or a problem."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    id = serializers.UUIDField(allow_null=True)
    problem = ProblemField()


class BatchSerializer(serializers.Serializer[Any]):
    """The results in the order of the items."""

    data = BatchResultSerializer(many=True)  # type: ignore[assignment]  # the name of every list's rows
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()


_ATOMIC = OpenApiParameter(
    "atomic", OpenApiTypes.STR, enum=["true", "false"], description="true: all or nothing."
)


class Batches:
    """Takes a list of records: new ones are written, those of the same natural key are changed."""

    @extend_schema(
        request={
            "application/json": {"type": "array", "maxItems": MOST, "items": {"type": "object"}}
        },
        responses={200: BatchSerializer, 207: BatchSerializer},
        parameters=[_ATOMIC],
        filters=False,
    )
    def batch(self: Any, request: Request) -> Response:
        """Write up to 1,000 records; each result has the index of its item and a status."""
        check_parameters(request, ("atomic",))
        is_atomic = _flag(request)
        items = _items(request)
        results = [self._tried(index, item) for index, item in enumerate(items)]
        refused = {r["index"]: r.pop("refusal") for r in results if "refusal" in r}
        if refused and is_atomic:
            raise exceptions.ValidationError(
                {index: error.detail for index, error in refused.items()}
            )
        for index, error in refused.items():
            results[index]["problem"] = problem_of(error, self, request)
        body = {
            "data": results,
            "succeeded": len(results) - len(refused),
            "failed": len(refused),
        }
        return Response(body, status=207 if refused else 200)

    def _tried(self: Any, index: int, item: Any) -> dict[str, Any]:
        """Write one item in its own savepoint; return its result, with ``refusal`` when it was not."""
        try:
            with transaction.atomic():
                row, is_new = self.save_item(_object(item))
                connection.check_constraints()
        except Exception as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            status = refusal.status_code
            return {
                "index": index,
                "status": status,
                "id": None,
                "problem": None,
                "refusal": refusal,
            }
        return {"index": index, "status": 201 if is_new else 200, "id": row.pk, "problem": None}

    def save_item(self: Any, item: dict[str, Any]) -> tuple[Any, bool]:
        """Write one item; return the row and whether it is new: override for another natural key."""
        row = self.known(item)
        if row is not None:
            self.ask_right("change")
        return self.save_over(row, item)

    def ask_right(self: Any, right: str) -> None:
        """Raise PermissionDenied when the caller may not change what is there."""
        if not allowed(self.request.user, right, self.model):
            text = _("This record is there already, and your roles do not allow to change it.")
            raise exceptions.PermissionDenied(text)


def _flag(request: Request) -> bool:
    text = request.query_params.get("atomic", "false")
    if text not in {"true", "false"}:
        raise refuse("atomic", _("Write true or false."), "invalid_choice")
    return text == "true"


def _items(request: Request) -> list[Any]:
    if not isinstance(request.data, list):
        text = _("Send a list of records.")
        raise exceptions.ValidationError([exceptions.ErrorDetail(text, "not_a_list")])
    if len(request.data) > MOST:
        raise TooLarge(_("Send at most %(most)s records in one call.") % {"most": MOST})
    return request.data


def _object(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        text = _("A record is an object.")
        raise exceptions.ValidationError([exceptions.ErrorDetail(text, "invalid")])
    return item
