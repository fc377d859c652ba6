"""A newcomer with an empty site: from the first customer to the first report in the customer's portal.

Everything is typed and clicked in a real browser, as a person would; a real worker makes the report.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect, sync_playwright

from itsm.services.accounts import first_administrator
from itsm.tenancy import SYSTEM, acting_as

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "correct-horse-battery"
ADMINISTRATOR, READER = "ana@northwind.example", "karl@mueller.example"
LIMIT_SECONDS = 15 * 60
# Playwright keeps an event loop in this thread; the tests themselves are synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A Celery worker on the database of the live server."""
    name = settings.DATABASES["default"]["NAME"]
    address = re.sub(r"/[^/?]+(?=\?|$)", f"/{name}", os.environ["DATABASE_URL"].partition("?")[0])
    query = os.environ["DATABASE_URL"].partition("?")[2]
    environment = {**os.environ, "DATABASE_URL": f"{address}?{query}" if query else address}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "itsm", "worker", "--pool", "prefork",
             "--concurrency", "1", "--queues", "default,reports", "--without-gossip",
             "--without-mingle"],
            cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        yield
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def page(live_server: Any, worker: None) -> Iterator[Page]:
    """The administrator of an empty site, signed in."""
    with acting_as(SYSTEM):
        first_administrator(ADMINISTRATOR, PASSWORD, name="Ana Ruiz")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_context(base_url=live_server.url).new_page()
        sign_in(opened, ADMINISTRATOR)
        yield opened
        browser.close()


def test_a_newcomer_gets_the_first_report_by_hand_within_fifteen_minutes(
    page: Page, live_server: Any, tmp_path: Path
) -> None:
    begun = timezone.now()

    add_customer(page)
    add_hours(page)
    add_service(page)
    agree(page)
    import_tickets(page, tmp_path)
    invite_reader(page)
    issue_report(page)
    text = read_in_portal(page.context.browser.new_context(base_url=live_server.url).new_page())

    assert "Müller Logistics" in text
    assert "75" in text  # three of the four tickets were solved within a working day
    assert (timezone.now() - begun).total_seconds() < LIMIT_SECONDS


def sign_in(page: Page, email: str) -> None:
    """Sign in with the password that everybody has here."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#main h1")


def follow(page: Page, step: str) -> None:
    """Go to My work and click the step of that name."""
    page.goto("/")
    page.get_by_role("link", name=step).click()


def submit(page: Page, **facts: Any) -> None:
    """Fill the form of the page by field names and send it."""
    form = page.locator("#main form").last
    for name, value in facts.items():
        field = form.locator(f"[name={name}]").first
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        elif isinstance(value, bool):
            field.set_checked(value)
        else:
            field.fill(value)
    form.locator("button[type=submit], button:not([type])").last.click()


def month(ago: int) -> date:
    """Return the first day of a month: 0 is the running one."""
    today = timezone.now().date()
    number = today.year * 12 + today.month - 1 - ago
    return date(number // 12, number % 12 + 1, 1)


def add_customer(page: Page) -> None:
    """Add the customer, and the person who will read the report."""
    follow(page, "Add your first customer")
    submit(page, name="Müller Logistics", slug="mueller", timezone="Europe/Berlin")
    expect(page.locator("h1")).to_contain_text("Müller Logistics")


def add_hours(page: Page) -> None:
    """Say that the service is promised from Monday to Friday."""
    follow(page, "Say when your service is promised")
    week = dict.fromkeys(("Mon", "Tue", "Wed", "Thu", "Fri"), "08:00-18:00")
    submit(page, name="Office hours", slug="office", timezone="Europe/Berlin",
           effective_date=str(month(14)), **week)  # fmt: skip
    expect(page.locator("h1")).to_contain_text("Office hours")


def add_service(page: Page) -> None:
    """Add the service with its hours."""
    follow(page, "Add a service")
    submit(page, name="Help Desk", slug="help-desk", hours="Office hours", owner="Ana Ruiz")
    expect(page.locator("h1")).to_contain_text("Help Desk")


def agree(page: Page) -> None:
    """Agree on one target, put it in force and note that the customer uses the service."""
    follow(page, "Agree on a level")
    submit(page, title="Help for all offices", reference="SLA-MUELLER", party="Müller Logistics",
           starts_date=str(month(2)))  # fmt: skip
    page.get_by_role("link", name="Version 1").click()
    page.get_by_role("link", name="Add target").click()
    submit(page, name="Solved within a working day", reference="RESOLUTION", kind="Resolution time",
           service="Help Desk", hours="Office hours", objective="90", limit_number="10",
           limit_unit="hours of service time")  # fmt: skip
    page.goto("/agreements/")
    page.get_by_role("link", name="SLA-MUELLER").first.click()
    page.get_by_role("link", name="Add a subscription").click()
    submit(page, service="Help Desk", starts_at=f"{month(2)}T00:00")
    page.goto("/agreements/")
    page.get_by_role("link", name="SLA-MUELLER").first.click()
    page.get_by_role("link", name="Version 1").click()
    page.get_by_role("link", name="Put in force").click()
    submit(page, signed_by="Karl Müller")
    expect(page.locator("#main")).to_contain_text("In force")


def import_tickets(page: Page, folder: Path) -> None:
    """Import a file whose columns have other names and whose days come first."""
    monday = month(1) + timedelta(days=(7 - month(1).weekday()) % 7)  # day 1 to 7: ambiguous
    day, later = f"{monday:%d.%m.%Y}", f"{monday + timedelta(days=14):%d.%m.%Y}"
    lines = ["Vorgang;Thema;Gemeldet am;Fertig am"]
    lines += [f"T-{n};Drucker {n};{day} 09:1{n};{day} 11:3{n}" for n in (1, 2, 3)]
    lines += [f"T-4;Neues Notebook;{day} 10:00;{later} 15:00"]
    path = folder / "tickets.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    follow(page, "Bring in your tickets")
    page.set_input_files("[name=file]", path)
    submit(page, kind="Tickets", customer="Müller Logistics", service="Help Desk")
    submit(page, field_external_id="Vorgang", field_title="Thema", field_opened_at="Gemeldet am",
           field_resolved_at="Fertig am", date_order="day, month, year (29/02/2016 13:45)",
           zone="Europe/Berlin")  # fmt: skip
    expect(page.locator("#main")).to_contain_text("4 rows would change something")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#main")).to_contain_text("4")


def issue_report(page: Page) -> None:
    """Define the monthly report, put it to work and have last month's made."""
    follow(page, "Issue the first report")
    submit(page, customer="Müller Logistics", name="Monthly report", slug="monthly",
           starts_date=str(month(1)), language="en")  # fmt: skip
    page.get_by_role("link", name="Activate").click()
    submit(page)
    page.get_by_role("link", name=f"{month(1):%Y-%m}").click()
    page.get_by_role("link", name="Make it now").click()
    submit(page)


def invite_reader(page: Page) -> None:
    """Give a person of the customer an account for the portal."""
    page.goto("/users/new/")
    page.get_by_label("Customer: viewer").check()
    submit(page, name="Karl Müller", email=READER, customer="Müller Logistics", password=PASSWORD)
    expect(page.locator("#main")).to_contain_text(READER)


def read_in_portal(page: Page) -> str:
    """Sign in as the customer, open the report and return the text of its PDF."""
    sign_in(page, READER)
    page.get_by_role("link", name="Reports", exact=True).first.click()
    title = page.get_by_role("link", name=re.compile("Monthly report"))
    deadline = timezone.now() + timedelta(seconds=120)
    while not title.count() and timezone.now() < deadline:  # the worker makes it meanwhile
        page.wait_for_timeout(500)
        page.reload()
    title.first.click()
    expect(page.locator("h1").first).to_be_visible()
    address = page.get_by_role("link", name=re.compile("PDF")).first.get_attribute("href")
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    with pdfplumber.open(io.BytesIO(answer.body())) as document:
        return "\n".join(sheet.extract_text() for sheet in document.pages)
