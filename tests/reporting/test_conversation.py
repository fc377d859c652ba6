"""Customer and provider talk about a figure; a correction says what it changes; a waiting one hides nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itsm.models import Mail
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportDefinition, ReportFeedback, ReportIssue
from reporting.services.comparison import Difference, differences
from reporting.services.conversation import ReplyRefused, reply, turns_of
from reporting.services.feedback import give_feedback
from reporting.services.issue import Order, issue
from reporting.services.plan import obligation_for
from tests.reporting.conftest import AT, add_outage, signed_in, state
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_question_about_a_figure_is_answered_where_the_customer_reads(
    world: World, published: ReportIssue
) -> None:
    customer = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    editor = signed_in(world.staff["REPORT_EDITOR"])
    address = f"/portal/reports/{published.pk}/"

    asking = customer.get(f"{address}?about=attainment-1").content.decode()
    assert '<option value="attainment-1" selected>' in asking
    facts = {"kind": "QUESTION", "anchor": "attainment-1", "text": "Why so low?"}
    assert customer.post(address, facts).status_code == 302
    with acting_as(SYSTEM):
        asked = ReportFeedback.objects.get(kind="QUESTION")
    assert state(published) == "PUBLISHED"
    assert "Waits for a reply." in customer.get(address).content.decode()
    assert f"/report-answers/{asked.pk}/reply/" in editor.get("/").content.decode()

    sent = editor.post(f"/report-answers/{asked.pk}/reply/", {"text": "One hour was lost."})

    assert (sent.status_code, sent.headers["Location"]) == (302, f"/reports/{published.pk}/")
    with acting_as(SYSTEM):
        mail = Mail.objects.get(subject="Reply to you about SR-2025-03-ACME")
    assert mail.recipient == world.people["acme"]["CUSTOMER_VIEWER"].email
    assert "One hour was lost." in mail.body_text
    assert f"{address}#answer" in mail.body_html
    page = customer.get(address).content.decode()
    assert "One hour was lost." in page
    assert "Waits for a reply." not in page
    assert f"/report-answers/{asked.pk}/reply/" not in editor.get("/").content.decode()
    stranger = signed_in(world.people["bolt"]["CUSTOMER_VIEWER"])
    assert stranger.get(address).status_code == 404


def test_a_dispute_ends_by_acknowledgement_once_it_has_a_reply(
    world: World, published: ReportIssue
) -> None:
    viewer = world.people["acme"]["CUSTOMER_VIEWER"]
    disputed = give_feedback(issue=published, by=viewer, kind="DISPUTED", text="No.", at=AT)
    give_feedback(issue=published, by=viewer, kind="ACKNOWLEDGED", at=AT)
    assert state(published) == "DISPUTED"

    with acting_as(world.staff["REPORT_EDITOR"]):
        reply(disputed, text="It is right: see OUT-1.", by=world.staff["REPORT_EDITOR"], at=AT)
    give_feedback(issue=published, by=viewer, kind="REMARKS", text="I see.", at=AT)

    assert state(published) == "ACKNOWLEDGED"


@pytest.mark.parametrize("role", ["AUDITOR", "CAPACITY_MANAGER"])
def test_who_may_not_change_reports_may_not_reply(
    world: World, published: ReportIssue, role: str
) -> None:
    viewer = world.people["acme"]["CUSTOMER_VIEWER"]
    asked = give_feedback(issue=published, by=viewer, kind="QUESTION", text="Why?", at=AT)

    answer = signed_in(world.staff[role]).post(f"/report-answers/{asked.pk}/reply/", {"text": "x"})

    assert answer.status_code == 403
    with acting_as(world.staff[role]), pytest.raises(ReplyRefused):
        reply(asked, text="x", by=world.staff[role], at=AT)
    with acting_as(SYSTEM):
        assert [turn.replies for turn in turns_of(published, SYSTEM, ())] == [()]


def corrected(world: World, owed: DeliveryObligation, **order: Any) -> ReportIssue:
    add_outage(world)
    later = AT + timedelta(days=1)
    return issue(obligation=owed, at=later, order=Order(reason="An outage came late.", **order))


def test_a_correction_names_each_figure_that_it_changes(
    world: World, owed: DeliveryObligation, published: ReportIssue
) -> None:
    second = corrected(world, owed)

    with acting_as(SYSTEM):
        found = differences(published.dataset, second.dataset)
    assert second.version == 2
    assert found
    assert all(one.was != one.now for one in found)
    page = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    text = page.get(f"/portal/reports/{second.pk}/").content.decode()
    assert "An outage came late." in text
    assert f"<ins>{found[0].now}</ins>" in text or "not there" in text
    old = page.get(f"/portal/reports/{published.pk}/").content.decode()
    assert "A newer version replaces this one." in old


def test_equal_datasets_differ_in_nothing(published: ReportIssue) -> None:
    assert differences(published.dataset, published.dataset) == []


def test_a_changed_cell_a_new_row_and_a_lost_row_are_told_apart() -> None:
    def report(*rows: tuple[str, str]) -> dict[str, Any]:
        cells = [{"cells": [{"text": name}, {"text": value}]} for name, value in rows]
        table = {
            "block": "table", "caption": "T", "rows": cells, "columns": [{"title": "Service"}, {"title": "Lost"}],
        }  # fmt: skip
        names = ("customer", "provider", "period", "zone", "classification", "number", "version")
        meta = {**dict.fromkeys((*names, "issued_at"), "x"), "language": "en"}
        section = {"key": "s", "title": "S", "finding": "f", "blocks": [table]}
        return {"meta": meta, "headline": "h", "sections": [section]}

    found = differences(
        report(("Mail", "5 min"), ("Shop", "1")), report(("Mail", "7 min"), ("Desk", "2"))
    )

    assert found == [
        Difference("s-1", "T", "Mail", "Lost", "5 min", "7 min"),
        Difference("s-1", "T", "Desk", "", "", "2"),
        Difference("s-1", "T", "Shop", "", "1", ""),
    ]


def test_a_correction_that_waits_for_approval_leaves_the_old_version_in_the_portal(
    world: World, define: Callable[..., ReportDefinition], paper: list[int]
) -> None:
    owed = obligation_for(define(), "2025-03")
    first = issue(obligation=owed, at=AT)

    second = corrected(world, owed, publish=False)

    customer = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    listed = customer.get("/portal/reports/").content.decode()
    assert second.published_at is None
    assert f"/portal/reports/{first.pk}/" in listed
    page = customer.get(f"/portal/reports/{first.pk}/")
    assert page.status_code == 200
    assert "A newer version replaces this one." not in page.content.decode()
