"""The description of the API: OpenAPI for programs, a page for people."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.settings import patched_settings
from rest_framework.renderers import JSONRenderer

from itsm.services.problems import PROBLEMS

GROUPS = ("get", "post", "put", "patch", "delete")


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of every route below /api/v1."""
    with patched_settings(
        {"POSTPROCESSING_HOOKS": ["itsm.api.schema.finish"], "SORT_OPERATIONS": True}
    ):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def openapi_yaml() -> str:
    """Return the description as the text that is kept in ``docs/openapi.yaml``."""
    text: bytes = OpenApiYamlRenderer().render(openapi(), renderer_context={})
    return text.decode()


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the description: YAML, or JSON with ``?format=json``."""
    if request.GET.get("format") == "json":
        return HttpResponse(JSONRenderer().render(openapi()), content_type="application/json")
    return HttpResponse(openapi_yaml(), content_type="application/yaml; charset=utf-8")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every operation and every error, for people."""
    paths = openapi()["paths"]
    operations = [
        {"method": method.upper(), "path": path, "summary": found.get("description", "")}
        for path, methods in paths.items()
        for method, found in methods.items()
        if method in GROUPS
    ]
    facts = {"operations": operations, "problems": PROBLEMS.items()}
    return render(request, "itsm/api_docs.html", facts)
