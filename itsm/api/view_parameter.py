"""``?view=late``: a saved view on a list of the API."""

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail
from rest_framework.exceptions import ValidationError as Refused
from rest_framework.request import Request

from itsm.calculations.view_query import laid_over
from itsm.models import SavedView
from itsm.services.saved_views import view_faults

ARCHIVED = {"1": "true"}


def with_view(request: Request, collection: str, known: set[str]) -> QueryDict:
    """Return the filters in force: what is given wins over those of ``?view=``.

    Raises ValidationError when there is no such view, or when it names what the list does not have: other
    rows than those that were meant would be the answer.
    """
    slug = request.query_params.get("view", "")
    if not slug:
        return request.query_params
    rows = SavedView.objects.visible_to(request.user).active()
    found = rows.filter(list_name=collection, slug=slug[:90]).first()
    if found is None:
        raise _refused(_("This list has no view of this name that you may see."), "does_not_exist")
    for sentences in view_faults(found).values():
        raise _refused(next(iter(sentences.values())), "invalid")
    request.saved_view = found  # type: ignore[attr-defined]
    filters = {name: values for name, values in found.filters.items() if name in known}
    if "archived" in found.filters:
        filters["archived"] = [ARCHIVED.get(one, one) for one in found.filters["archived"]]
    given = {
        name: values
        for name, values in request.query_params.lists()
        if name in {*known, "archived"}
    }
    query = QueryDict(mutable=True)
    for name, values in laid_over(filters, given).items():
        query.setlist(name, values)
    return query


def _refused(text: str, code: str) -> Refused:
    return Refused({"?view": [ErrorDetail(text, code)]})
