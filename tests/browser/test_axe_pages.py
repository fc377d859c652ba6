"""Every page in both themes, wide and on a phone: axe finds nothing, nothing scrolls sideways, no refusals."""

import os
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext

from itsm.tenancy import SYSTEM, acting_as
from tests.architecture.matrix import Stage, cast
from tests.browser.crawling import pages, sign_in, visits, watched
from tests.browser.test_shell import chromium, context, refused, violations
from tests.records import fill
from tests.world import World

__all__ = ["chromium", "context", "refused"]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [
    pytest.mark.browser, pytest.mark.matrix, pytest.mark.django_db(transaction=True),
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_fault_of_access_of_policy_or_of_width(
    world: World, context: BrowserContext, live_server: Any, refused: list[str], theme: str
) -> None:
    assert settings.CONTENT_SECURITY_POLICY
    with acting_as(SYSTEM):
        rows = fill(world)
    stage, page, faults = Stage(rows, cast(world)), watched(context, refused), []
    for name, address, who in visits(stage, pages()):
        sign_in(context, live_server.url, who, theme)
        page.set_viewport_size({"width": 1440, "height": 900})
        answer = page.goto(address)
        if answer is None or answer.status >= 400:
            faults.append(f"{name}: {answer and answer.status}")
            continue
        faults += [f"{name} wide: {words[:300]}" for words in violations(page)]
        page.set_viewport_size({"width": 390, "height": 844})
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            faults.append(f"{name}: {width} px wide on a phone")
        faults += [f"{name} phone: {words[:300]}" for words in violations(page)]
    assert not faults, "\n".join(faults)
    assert refused == []
