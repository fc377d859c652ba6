"""The five minutes of docs/api.md, typed into a shell against a live site."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from itsm.services.accounts import create_token
from itsm.tenancy import SYSTEM, acting_as
from tests.architecture.source import ROOT
from tests.browser.conftest import _no_kept_connection, _no_media_server
from tests.records import fill
from tests.world import build_world

__all__ = ["_no_kept_connection", "_no_media_server"]
BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)
PLACEHOLDERS = ("https://plimsoll.example", "itsd_…")


def _steps() -> list[tuple[str, str]]:
    """Return the blocks of the section, kind and text, in their order."""
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    section = text.split("## Five minutes\n")[1].split("\n## ")[0]
    return BLOCK.findall(section)


@pytest.fixture
def token(transactional_db: None, settings: Any, tmp_path: Path) -> str:
    """The administrator's token on a site with one row of every kind."""
    settings.FILES_DIR = tmp_path / "files"
    with acting_as(SYSTEM):
        world = build_world()
        fill(world)
        return create_token(world.administrator, name="guide", scope="write")[1]


def test_the_five_minutes_of_the_guide_answer_what_stands_there(
    token: str, live_server: Any, tmp_path: Path
) -> None:
    steps = _steps()
    words = dict(zip(PLACEHOLDERS, (live_server.url, token), strict=True))
    first = steps[0][1]
    script = "".join(text for kind, text in steps if kind == "sh")
    told = "".join(text for kind, text in steps if kind == "text")
    for mark, word in words.items():
        assert mark in first
        script = script.replace(mark, word)

    done = subprocess.run(
        ["sh", "-euc", script],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "no_proxy": "*"},
    )  # fmt: skip

    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.replace("\r", "") == told
    assert len(steps) == 15
