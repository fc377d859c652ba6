"""ETags: pollers save bytes, writers lose nobody's change."""

import pytest

from itsm.api.catalogue import ServiceViewSet
from tests.api.conftest import Caller


def test_a_poller_that_has_the_version_is_answered_304_without_a_body(admin: Caller) -> None:
    first = admin.get("/services/webmail")
    again = admin.get("/services/webmail", If_None_Match=first["ETag"])
    weak = admin.get("/services/webmail", If_None_Match=f'"zz", W/{first["ETag"]}')

    assert (first.status_code, again.status_code, weak.status_code) == (200, 304, 304)
    assert again.content == b""
    assert again["ETag"] == first["ETag"]


def test_a_change_gives_another_version(admin: Caller) -> None:
    before = admin.get("/services/webmail")["ETag"]
    changed = admin.patch("/services/webmail", {"name": "Mail"}, If_Match=before)
    after = admin.get("/services/webmail")

    assert changed.status_code == 200
    assert changed["ETag"] == after["ETag"] != before
    assert after.json()["name"] == "Mail"


def test_if_match_with_an_old_version_is_answered_412_and_changes_nothing(admin: Caller) -> None:
    old = admin.get("/services/webmail")["ETag"]
    admin.patch("/services/webmail", {"name": "Mail"})
    answer = admin.patch("/services/webmail", {"name": "Post"}, If_Match=old)

    assert answer.status_code == 412
    assert answer.json()["code"] == "changed_meanwhile"
    assert admin.get("/services/webmail").json()["name"] == "Mail"


def test_a_collection_may_require_if_match(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServiceViewSet, "require_if_match", True)
    answer = admin.patch("/services/webmail", {"name": "Post"})

    assert answer.status_code == 428
    assert answer.json()["code"] == "if_match_required"
    assert admin.get("/services/webmail").json()["name"] == "Webmail"


def test_the_version_counts_microseconds(admin: Caller) -> None:
    row = admin.get("/services/webmail")
    written = row.json()["updated_at"]

    from datetime import datetime

    at = datetime.fromisoformat(written)
    assert row["ETag"] == f'"{int(at.timestamp()) * 1_000_000 + at.microsecond:x}"'


def test_an_agreement_is_changed_only_with_if_match(admin: Caller) -> None:
    made = {"reference": "SLA-NEW", "kind": "SLA", "title": "New", "party": {"slug": "acme"}}
    etag = admin.post("/agreements", made)["ETag"]

    blind = admin.patch("/agreements/SLA-NEW", {"title": "Blind"})
    archived = admin.post("/agreements/SLA-NEW/archive")
    seen = admin.patch("/agreements/SLA-NEW", {"title": "Seen"}, If_Match=etag)

    assert (blind.status_code, archived.status_code, seen.status_code) == (428, 428, 200)
    assert seen.json()["title"] == "Seen"
