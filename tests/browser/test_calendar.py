"""A calendar subscription in a real browser: made, copied, read by a program, ended; both themes."""

import os
from typing import Any
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar
from playwright.sync_api import BrowserContext, Page

from itsm.models import MaintenanceWindow
from tests.browser.test_shell import chromium, context, page, refused, violations
from tests.itsm.test_calendar import step, window
from tests.world import World

__all__ = ["chromium", "context", "page", "refused"]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told(world: World) -> MaintenanceWindow:
    """Maintenance of the webmail tomorrow, which its customers have been told of."""
    row: MaintenanceWindow = step(window(world, world.webmail, "Updates"), "announce", world)
    return row


def test_a_subscription_is_made_copied_read_and_ended(
    page: Page,
    context: BrowserContext,
    live_server: Any,
    told: MaintenanceWindow,
    refused: list[str],
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto("/account/calendars/")
    page.fill("[name=name]", "On call")
    page.get_by_role("button", name="Make the address").click()

    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    address = urlsplit(copied)
    fetched = context.request.get(live_server.url + address.path)
    read = Calendar.from_ical(fetched.body())

    assert copied == page.input_value("#address")
    assert fetched.headers["content-type"] == "text/calendar; charset=utf-8"
    assert [str(event["summary"]) for event in read.walk("VEVENT")] == ["Webmail: Updates"]

    page.get_by_role("button", name="End On call").click()
    page.wait_for_url("**/account/calendars/")
    page.get_by_text("You have no subscription yet.").wait_for()

    assert context.request.get(live_server.url + address.path).status == 404
    assert refused == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_an_address_is_shown(
    page: Page, context: BrowserContext, live_server: Any, refused: list[str], theme: str
) -> None:
    context.add_cookies([{"name": "plimsoll_theme", "value": theme, "url": live_server.url}])
    for address in ("/calendar/", "/calendar/?month=2031-02", "/account/calendars/"):
        page.goto(address)
        assert violations(page) == [], address

    page.fill("[name=name]", "On call")
    page.get_by_role("button", name="Make the address").click()
    page.locator("#address").wait_for()

    assert page.get_attribute("html", "data-bs-theme") == theme
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(page) == []
    assert refused == []
