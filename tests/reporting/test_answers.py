"""Reading and answering in the portal, by page and API; another customer finds nothing."""

from datetime import timedelta
from typing import Any

import pytest

from itsm.models import OutboxMessage
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportFeedback, ReportIssue
from reporting.services.feedback import FeedbackRefused, give_feedback
from reporting.services.issue import Order, issue
from tests.reporting.conftest import AT, signed_in, state
from tests.world import World


def answers() -> list[tuple[str, str]]:
    with acting_as(SYSTEM):
        rows = ReportFeedback.objects.exclude(kind="READ").order_by("created_at")
        return list(rows.values_list("kind", "text"))


def test_a_viewer_reads_the_report_and_its_opening_is_noted_once(
    world: World, published: ReportIssue
) -> None:
    viewer = world.people["acme"]["CUSTOMER_VIEWER"]
    client = signed_in(viewer)
    listed = client.get("/portal/reports/")

    pages = [client.get(f"/portal/reports/{published.pk}/") for _time in range(2)]

    with acting_as(SYSTEM):
        notes = list(ReportFeedback.objects.values_list("kind", "author_name"))
    assert listed.status_code == 200
    assert b"1 new report" in listed.content
    assert b"1 new report" not in client.get("/portal/reports/").content
    assert [page.status_code for page in pages] == [200, 200]
    assert b"SR-2025-03-ACME" in pages[0].content
    assert notes == [("READ", str(viewer))]


def test_a_viewer_acknowledges_with_the_form_of_the_page(
    world: World, published: ReportIssue
) -> None:
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    answer = client.post(f"/portal/reports/{published.pk}/", {"kind": "ACKNOWLEDGED"})

    assert (answer.status_code, state(published)) == (302, "ACKNOWLEDGED")
    assert answers() == [("ACKNOWLEDGED", "")]
    with acting_as(SYSTEM):
        assert OutboxMessage.objects.filter(event="reporting.report_answered").count() == 1


def test_a_dispute_needs_words_and_outlives_an_acknowledgement(
    world: World, published: ReportIssue
) -> None:
    viewer = world.people["acme"]["CUSTOMER_VIEWER"]
    approver = world.people["acme"]["CUSTOMER_APPROVER"]
    client = signed_in(viewer)

    refused = client.post(f"/portal/reports/{published.pk}/", {"kind": "DISPUTED", "text": " "})
    assert (refused.status_code, answers(), state(published)) == (422, [], "PUBLISHED")
    assert b"Write which figure you dispute" in refused.content

    give_feedback(issue=published, by=viewer, kind="DISPUTED", text="Too low.", at=AT)
    give_feedback(issue=published, by=approver, kind="ACKNOWLEDGED", at=AT + timedelta(hours=1))

    assert state(published) == "DISPUTED"


def test_the_same_answer_twice_is_one_row(world: World, published: ReportIssue) -> None:
    viewer = world.people["acme"]["CUSTOMER_VIEWER"]

    rows = [
        give_feedback(issue=published, by=viewer, kind="REMARKS", text="Thanks.", at=AT)
        for _time in range(2)
    ]

    assert rows[0].pk == rows[1].pk
    assert answers() == [("REMARKS", "Thanks.")]


def test_the_providers_people_cannot_answer_for_the_customer(
    world: World, published: ReportIssue
) -> None:
    with pytest.raises(FeedbackRefused, match="Only people of the customer"):
        give_feedback(issue=published, by=world.administrator, kind="ACKNOWLEDGED", at=AT)

    assert answers() == []


@pytest.mark.parametrize("tail", ["", "pdf/", "check/"])
def test_another_customer_finds_nothing(world: World, published: ReportIssue, tail: str) -> None:
    own = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    foreign = signed_in(world.people["bolt"]["CUSTOMER_APPROVER"])
    address = f"/portal/reports/{published.pk}/{tail}"

    assert own.get(address).status_code == 200
    assert foreign.get(address).status_code == 404
    assert (
        foreign.post(f"/portal/reports/{published.pk}/", {"kind": "ACKNOWLEDGED"}).status_code
        == 404
    )
    assert answers() == []


def test_an_unpublished_report_is_not_in_the_portal(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT, order=Order(publish=False))
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    assert client.get(f"/portal/reports/{made.pk}/").status_code == 404
    assert client.get(f"/api/v1/reports/{made.pk}").status_code == 404


def test_the_check_says_whether_data_and_copy_are_those_that_were_issued(
    world: World, published: ReportIssue
) -> None:
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    address = f"/portal/reports/{published.pk}/check/"

    plain = client.get(address).content.decode()
    fitting = client.get(address, {"sha256": published.dataset_sha256[:8]}).content.decode()
    strange = client.get(address, {"sha256": "0" * 64}).content.decode()
    short = client.get(f"/verify/{published.number}/1/")

    assert "This report is unchanged." in plain
    assert "Your copy is this version." in fitting
    assert "Your copy is another version" in strange
    assert (short.status_code, short["Location"]) == (302, address)


def test_programs_read_the_stored_dataset_and_the_same_paper(
    world: World, published: ReportIssue
) -> None:
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    listed = client.get("/api/v1/reports").json()
    one = client.get(f"/api/v1/reports/{published.pk}").json()
    paper = client.get(f"/api/v1/reports/{published.pk}/pdf")

    assert [row["number"] for row in listed["data"]] == ["SR-2025-03-ACME"]
    assert "dataset" not in listed["data"][0]
    assert one["dataset"] == published.dataset
    assert paper["X-Content-SHA256"] == published.pdf_sha256
    assert b"".join(paper.streaming_content).startswith(b"%PDF")


def test_programs_answer_for_a_person_of_the_customer(world: World, published: ReportIssue) -> None:
    def post(user: Any, body: dict[str, str]) -> Any:
        client = signed_in(user)
        return client.post(
            f"/api/v1/reports/{published.pk}/feedback", body, content_type="application/json"
        )

    viewer = world.people["acme"]["CUSTOMER_VIEWER"]
    foreign = world.people["bolt"]["CUSTOMER_VIEWER"]

    assert post(viewer, {"kind": "DISPUTED"}).status_code == 409
    made = post(viewer, {"kind": "DISPUTED", "text": "Too low.", "anchor": "attainment"})

    assert (made.status_code, made.json()["kind"]) == (201, "DISPUTED")
    assert post(foreign, {"kind": "ACKNOWLEDGED"}).status_code == 404
    assert answers() == [("DISPUTED", "Too low.")]
