"""The kernel's pages: each entity's routes come from its declaration."""

from django.urls import URLPattern, path

from itsm.services.transitions import TRANSITIONS
from itsm.views import accounts, coverage, home, looks, metrics, portal, settings
from itsm.views.acts import step_route
from itsm.views.calendar import CALENDAR_ROUTES
from itsm.views.calendar_subscriptions import SUBSCRIPTION_ROUTES
from itsm.views.entities import entity_pages
from itsm.views.entities_catalogue import CATALOGUE, PARTIES
from itsm.views.entities_imports import IMPORT_MAPPINGS
from itsm.views.entities_records import RECORDS, TICKETS
from itsm.views.entities_settings import FILES, SETTINGS, USERS
from itsm.views.imports import urlpatterns_imports
from itsm.views.many import MANY_ROUTES
from itsm.views.remark_pages import CommentPage, ContentPage, FilePage
from itsm.views.saved_views import SAVED_VIEW_ROUTES, SAVED_VIEWS
from itsm.views.shell_routes import SHELL_ROUTES
from itsm.views.tickets import ticket_routes
from itsm.views.webhooks import DELIVERIES, WEBHOOK_ROUTES, WEBHOOKS

app_name = "itsm"
ENTITIES = (*CATALOGUE, *RECORDS, *SETTINGS, WEBHOOKS, DELIVERIES, SAVED_VIEWS, IMPORT_MAPPINGS)

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("metrics", metrics.MetricsPage.as_view(), name="metrics"),
    path("coverage/", coverage.CoveragePage.as_view(), name="coverage"),
    path("coverage/counts/", coverage.CoverageCountsPage.as_view(), name="coverage_counts"),
    path("settings/", settings.SettingsPage.as_view(), name="settings"),
    path("activity/", settings.ActivityPage.as_view(), name="activity"),
    path("help/", settings.HelpPage.as_view(), name="help"),
    path("account/", accounts.AccountPage.as_view(), name="account"),
    path("account/tokens/", accounts.TokensPage.as_view(), name="tokens"),
    path("account/sessions/", accounts.SessionsPage.as_view(), name="sessions"),
    path(
        "users/<uuid:pk>/second-step/",
        accounts.SecondStepResetPage.as_view(model=USERS.model, routes=USERS.prefix),
        name="users_second-step",
    ),
    path("portal/", portal.NowPage.as_view(), name="portal_now"),
    path("portal/decide/", portal.DecidePage.as_view(), name="portal_decide"),
    path("portal/plan/", portal.PlanPage.as_view(), name="portal_plan"),
    path(
        "parties/<slug:slug>/look/",
        looks.LookPage.as_view(model=PARTIES.model, routes=PARTIES.prefix, lookup="slug"),
        name="parties_look",
    ),
    path(
        "parties/<slug:slug>/logo/",
        looks.LogoPage.as_view(routes=PARTIES.prefix),
        name="parties_logo",
    ),
    path("comments/about/<str:about>/<uuid:pk>/", CommentPage.as_view(), name="comments_write"),
    path("files/about/<str:about>/<uuid:pk>/", FilePage.as_view(), name="files_write"),
    path(
        "files/<uuid:pk>/content/",
        ContentPage.as_view(model=FILES.model, routes=FILES.prefix),
        name="files_content",
    ),
    *SHELL_ROUTES,
    *CALENDAR_ROUTES,
    *SUBSCRIPTION_ROUTES,
    *WEBHOOK_ROUTES,
    *MANY_ROUTES,
    *SAVED_VIEW_ROUTES,
    *urlpatterns_imports,
    *ticket_routes(TICKETS),
    *[route for entity in ENTITIES for route in entity_pages(entity)],
    *[step_route(entity) for entity in ENTITIES if entity.model in TRANSITIONS],
]
