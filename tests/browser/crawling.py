"""The pages that a browser visits in the standing checks, and people who are signed in by their cookie."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from playwright.sync_api import BrowserContext, Page

from tests.architecture.matrix import Caller, Stage
from tests.architecture.rotation import PARTS, is_whole, parts
from tests.routes import Route, case_of, routes

# Answers that are no page: files, data, parts of pages, style sheets, redirects, the end of the session, and
# the second factor and recovery codes of somebody who has none.
NO_PAGE = {
    "healthz", "readyz", "itsm:theme", "itsm:search_json", "itsm:portal_accent", "itsm:import_failed",
    "reporting:reports_pdf", "reporting:portal_pdf", "reporting:verify_number", "account_logout",
    "itsm:calendar_feed", "itsm:maintenance-windows_calendar", "itsm:service-events_calendar",
    "mfa_download_recovery_codes", "mfa_view_recovery_codes", "mfa_deactivate_totp", "itsm:metrics",
    "itsm:coverage_counts", "itsm:parties_logo", "itsm:files_content",
}  # fmt: skip


def pages(*, everything: bool = False) -> list[Route]:
    """Return the routes of pages: all in make test-all, else those whose turn it is."""
    found = [
        route
        for route in routes()
        if "GET" in route.methods and not route.is_api and route.name not in NO_PAGE
    ]
    if everything or is_whole():
        return found
    turn = set(parts())
    return [route for number, route in enumerate(found) if number % PARTS in turn]


def visits(stage: Stage, chosen: list[Route]) -> Iterator[tuple[str, str, Caller]]:
    """Yield the name and address of each page with who looks at it: the right person for it."""
    for route in chosen:
        case = case_of(route)
        who = stage.right_actor(route, case, "acme")
        if who.name == "anonymous" and route.pattern.startswith("accounts/2fa"):
            who = stage.callers["ADMINISTRATOR"]
        yield route.name, route.address(stage.row(route, "acme")) + case.query, who


def sign_in(context: BrowserContext, url: str, who: Caller, theme: str = "light") -> None:
    """Give the browser the session and the theme of ``who``."""
    context.clear_cookies()
    cookies: list[Any] = [{"name": "plimsoll_theme", "value": theme, "url": url}]
    if who.session:
        cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": who.session, "url": url})
    context.add_cookies(cookies)


def watched(context: BrowserContext, refused: list[str]) -> Page:
    """Return a page that writes down what the policy refused, script errors and dialogs."""
    page = context.new_page()
    page.on("pageerror", lambda error: refused.append(f"error {error}"))
    page.on(
        "console",
        lambda said: refused.append(f"policy {said.text}") if "Policy" in said.text else None,
    )

    def dismiss(dialog: Any) -> None:
        refused.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    return page
