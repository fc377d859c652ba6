"""The kernel's pages; each entity's routes are added by its declaration."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
