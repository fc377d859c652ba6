"""Routes: the shell, the kernel's pages and API, then those of every declared process."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from itsm.views import health

Route = URLPattern | URLResolver


def _has(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _process_routes(module: str, prefix: str) -> list[Route]:
    names = [config.name for config in apps.get_app_configs()]
    return [
        path(prefix, include(import_module(f"{name}.{module}")))
        for name in names
        if _has(f"{name}.process") and _has(f"{name}.{module}") and name != "itsm"
    ]


urlpatterns: list[Route] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    # The package's pages for these are not ours: addresses are kept by administrators.
    path("accounts/email/", RedirectView.as_view(pattern_name="itsm:account"), name="no_email"),
    path(
        "accounts/sessions/",
        RedirectView.as_view(pattern_name="itsm:sessions"),
        name="no_sessions",
    ),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("itsm.api.urls")),
    *_process_routes("api.urls", "api/v1/"),
    path("", include("itsm.views.routes")),
    *_process_routes("urls", ""),
]

handler400 = "itsm.views.errors.bad_request"
handler403 = "itsm.views.errors.forbidden"
handler404 = "itsm.views.errors.not_found"
handler429 = "itsm.views.errors.too_often"
handler500 = "itsm.views.errors.failed"
