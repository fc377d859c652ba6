"""The frame in a real browser: policy, accessibility in both themes, phone width and keys."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.world import PASSWORD

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/focus/",
    "/services/?c=acme&p=2026-03",
    "/services/new/",
    "/search/?q=web",
    "/accounts/2fa/",
]

# Playwright keeps an event loop in this thread; the tests themselves are synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def refused() -> list[str]:
    """What the page was refused by the policy, and its script errors."""
    return []


@pytest.fixture
def context(chromium: Any, live_server: Any) -> Iterator[BrowserContext]:
    opened = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, world: Any, refused: list[str]) -> Page:
    """A page of the administrator, signed in."""
    page = context.new_page()
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.on("console", lambda said: refused.append(said.text) if "Policy" in said.text else None)
    page.goto("/accounts/login/")
    page.fill("[name=login]", world.administrator.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#main h1")
    return page


def violations(page: Page) -> list[str]:
    """Run axe from the debugger's side, which the policy does not bind."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    asked = f"axe.run(document, {{runOnly: {json.dumps(RULES)}}})"
    wanted = "JSON.stringify(found.violations.map(v => v.id + ' ' + v.nodes[0].html))"
    answer = debugger.send(
        "Runtime.evaluate",
        {
            "expression": f"{asked}.then(found => {wanted})",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    found: list[str] = json.loads(answer["result"]["value"])
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_and_the_policy_find_nothing_on_the_shells_pages(
    page, context, live_server, refused, theme
):
    context.add_cookies([{"name": "plimsoll_theme", "value": theme, "url": live_server.url}])

    for address in PAGES:
        page.goto(address)

        assert page.get_attribute("html", "data-bs-theme") == theme
        assert violations(page) == [], address
    assert refused == []


def test_no_page_of_the_shell_scrolls_sideways_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 800})

    for address in PAGES:
        page.goto(address)

        assert page.evaluate("document.documentElement.scrollWidth") == 390, address


def test_control_k_finds_a_service_and_enter_opens_it(page, world):
    page.goto("/services/")

    page.keyboard.press("Control+k")
    page.keyboard.type(world.webmail.name)
    page.wait_for_selector(f".found a:has-text('{world.webmail.name}')")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/services/{world.webmail.slug}/")


def test_the_skip_link_leads_to_the_content(page):
    page.goto("/services/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_sorting_keeps_the_page_and_changes_the_address(page, refused):
    page.goto("/services/")

    page.locator(".tb.records thead a").first.press("Enter")
    page.wait_for_url("**/services/?sort=*")

    assert page.locator("#main h1").count() == 1
    assert page.locator(".records [aria-sort]").count() == 1
    assert refused == []


def test_a_customer_is_chosen_with_the_keyboard_and_cleared_again(page, world, refused):
    page.goto("/services/")

    page.locator(".focus summary").first.press("Enter")
    page.get_by_role("link", name=world.acme.name, exact=True).press("Enter")
    page.wait_for_url(f"**/services/?c={world.acme.slug}")
    page.locator("#rail").get_by_role("link", name="Outages").or_(
        page.locator("#rail").get_by_role("link", name="Records")
    ).first.press("Enter")
    page.wait_for_url(f"**/?c={world.acme.slug}")
    page.get_by_role("link", name=f"Clear {world.acme.name}").press("Enter")
    page.wait_for_url("**/service-events/")

    assert refused == []


def test_the_choice_is_made_on_a_phone_without_scripts(chromium, live_server, world):
    phone = chromium.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 800}, java_script_enabled=False
    )
    page = phone.new_page()
    page.goto("/accounts/login/?next=/services/")
    page.fill("[name=login]", world.administrator.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")

    page.locator(".focus summary").nth(2).click()
    page.get_by_role("link", name="Choose", exact=True).click()
    page.fill("[name=p]", "2026-03")
    page.get_by_role("button", name="Show").click()

    assert page.url.endswith("/services/?p=2026-03")
    assert page.get_by_role("link", name="Clear March 2026").is_visible()
    phone.close()
