"""Routes of the frame: theme, search and the customers' accents."""

from django.urls import path

from itsm.views import focus_page, portal_accent, search, shell

SHELL_ROUTES = [
    path("theme/", shell.set_theme, name="theme"),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("focus/", focus_page.FocusPage.as_view(), name="focus"),
    path("search.json", search.SearchJson.as_view(), name="search_json"),
    path("portal/accent/<str:color>.css", portal_accent.portal_accent, name="portal_accent"),
]
