"""The journeys use the live server of the browser tests, which keeps no connection open."""

from tests.browser.conftest import _no_kept_connection, _no_media_server

__all__ = ["_no_kept_connection", "_no_media_server"]
