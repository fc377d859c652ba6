"""A script in every text field is text everywhere: no dialog, nothing for the policy to refuse."""

import os
from typing import Any

import pytest
from django.db import models
from playwright.sync_api import BrowserContext

from itsm.rendering import body_html
from itsm.tenancy import SYSTEM, acting_as
from tests.architecture.matrix import Stage, cast
from tests.browser.crawling import pages, sign_in, visits, watched
from tests.browser.test_shell import chromium, context, refused
from tests.records import Rows, dataset, fill
from tests.world import CANARY, build_world

__all__ = ["chromium", "context", "refused"]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PAYLOAD = """'"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"""
SHOWN = "<script>alert(1)</script>"
# Texts that are keys, codes or are checked: a script cannot stand there.
CHECKED = {
    "slug", "code", "timezone", "language", "key", "task", "queue", "accent", "email", "reference", "sha256",
    "source", "file_key", "theme", "password", "period", "ref_app", "ref_kind", "unit", "token_key", "event",
    "external_id", "content_type", "message_id", "number", "engine", "inputs_sha256", "kind", "body",
}  # fmt: skip


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Stage:
    """The world with a script in every text that people or other systems may write."""
    monkeypatch.setitem(CANARY, "acme", PAYLOAD)
    with acting_as(SYSTEM):
        world = build_world()
        rows = fill(world)
        _poison(rows)
    return Stage(rows, cast(world))


def _poison(rows: Rows) -> None:
    for model, sides in rows.by_model.items():
        row = sides.get("provider")
        if row is None or hasattr(model, "trace"):
            continue
        facts = {
            field.name: PAYLOAD
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not field.choices and not field.unique and field.name not in CHECKED
            and (field.max_length or 1000) > len(PAYLOAD)
        }  # fmt: skip
        if facts:
            model._default_manager.filter(pk=row.pk).update(**facts)  # type: ignore[attr-defined]


@pytest.mark.browser
@pytest.mark.matrix
@pytest.mark.django_db(transaction=True)
def test_a_script_in_every_text_field_stays_text_on_every_page(
    poisoned: Stage, context: BrowserContext, live_server: Any, refused: list[str]
) -> None:
    page, shown, faults = watched(context, refused), 0, []
    chosen = pages()
    for name, address, who in visits(poisoned, chosen):
        sign_in(context, live_server.url, who)
        answer = page.goto(address)
        if answer is None or answer.status >= 400:
            faults.append(f"{name}: {answer and answer.status}")
            continue
        shown += SHOWN in page.inner_text("body")
        if page.locator("img[src=x]").count():
            faults.append(f"{name}: the image is there")
        faults += [f"{name}: {words}" for words in refused]
        refused.clear()
    assert not faults, "\n".join(faults)
    assert shown >= len(chosen) // 3


def test_a_script_in_a_report_stays_text_in_its_page() -> None:
    shown = str(body_html(dataset(PAYLOAD)))

    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
