"""The live server of the browser tests keeps no connection open, so that its database can go."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections


@pytest.fixture(autouse=True, scope="session")
def _no_kept_connection(django_db_setup: None) -> Iterator[None]:
    facts = connections.settings["default"]
    kept = facts["CONN_MAX_AGE"]
    facts["CONN_MAX_AGE"] = 0
    yield
    facts["CONN_MAX_AGE"] = kept


@pytest.fixture(autouse=True, scope="session")
def _no_media_server() -> Iterator[None]:
    """Django's test server would hand out the files of MEDIA_ROOT below "/"; the product never does."""
    kept = settings.MEDIA_URL
    settings.MEDIA_URL = "/never-served/"
    yield
    settings.MEDIA_URL = kept
