"""Staff pages, the command and the sockets of service reporting."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from itsm.models import Job, User
from itsm.tenancy import SYSTEM, acting_as
from reporting import selectors
from reporting.models import DeliveryObligation, ReportDefinition, ReportIssue
from reporting.selectors import sockets
from reporting.services.issue import Order, issue
from tests.reporting.conftest import AT
from tests.world import World

LATE = datetime(2025, 4, 10, 9, tzinfo=UTC)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_editor_defines_activates_and_sees_the_dates(world: World) -> None:
    client = signed_in(world.staff["REPORT_EDITOR"])
    with acting_as(SYSTEM):
        reader = world.acme.contacts.get()
    facts = {
        "customer": world.acme.pk, "name": "Monthly report", "slug": "monthly",
        "frequency": "MONTH", "starts_date": "2025-03-01", "due_working_day": "5",
        "due_time": "10:00", "language": "en", "recipients": [str(reader.pk)],
    }  # fmt: skip

    made = client.post("/report-definitions/new/", facts)
    assert made.status_code == 302, made.content.decode()[-3000:]
    with acting_as(SYSTEM):
        row = ReportDefinition.objects.get()
        assert (row.state, row.recipients.count(), row.obligations.count()) == ("DRAFT", 1, 0)
    client.post(f"/report-definitions/{row.pk}/activate/")

    page = client.get(f"/report-definitions/{row.pk}/").content.decode()
    with acting_as(SYSTEM):
        assert row.obligations.filter(period="2025-03").count() == 1
    assert "Retire" in page
    assert reader.email in page


def test_a_contact_of_another_party_is_refused_as_recipient(world: World) -> None:
    client = signed_in(world.staff["REPORT_EDITOR"])
    with acting_as(SYSTEM):
        stranger = world.bolt.contacts.get()
    facts = {
        "customer": world.acme.pk, "name": "Monthly report", "slug": "monthly",
        "frequency": "MONTH", "starts_date": "2025-03-01", "due_working_day": "5",
        "due_time": "10:00", "language": "en", "recipients": [str(stranger.pk)],
    }  # fmt: skip

    answer = client.post("/report-definitions/new/", facts)

    assert answer.status_code == 422
    assert "belong to another party" in answer.content.decode()
    with acting_as(SYSTEM):
        assert ReportDefinition.objects.count() == 0


def test_making_a_report_by_hand_is_a_job_and_not_done_in_the_request(
    world: World, owed: DeliveryObligation
) -> None:
    client = signed_in(world.staff["REPORT_EDITOR"])

    answer = client.post(f"/delivery-obligations/{owed.pk}/issue/")

    with acting_as(SYSTEM):
        jobs = list(Job.objects.values_list("task", "queue", "requested_by"))
    assert answer.status_code == 302
    assert jobs == [("reporting.tasks.issue_report", "reports", world.staff["REPORT_EDITOR"].email)]


def test_the_board_shows_the_oldest_of_an_open_lane_and_counts_the_rest(
    world: World, owed: DeliveryObligation
) -> None:
    with acting_as(SYSTEM):
        DeliveryObligation.objects.all().delete()
        DeliveryObligation.objects.bulk_create(
            DeliveryObligation(
                customer=world.acme, definition=owed.definition, period=f"20{year}",
                period_starts_at=datetime(2000 + year, 1, 1, tzinfo=UTC),
                period_ends_at=datetime(2001 + year, 1, 1, tzinfo=UTC),
                due_at=datetime(2001 + year, 1, 9, tzinfo=UTC), state=state,
            )
            for year, state in [(year, "PLANNED") for year in range(10, 22)] + [(23, "WAIVED"), (24, "PUBLISHED")]
        )  # fmt: skip
        lanes, late = selectors.board(world.administrator, LATE)
    page = signed_in(world.administrator).get("/reports/board/").content.decode()

    shown = {lane.key: [card.obligation.period for card in lane.cards] for lane in lanes}
    assert shown == {
        "planned": [f"20{year}" for year in range(10, 20)],
        "made": [], "review": [], "published": ["2024"], "answered": [],
    }  # fmt: skip
    assert (lanes[0].total, late) == (12, 12)
    assert "12 reports are late." in page
    assert "2 more" in page


def test_an_auditor_reads_the_board_and_the_report_but_changes_nothing(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT, order=Order(publish=False))
    client = signed_in(world.staff["AUDITOR"])

    for address in (
        "/reports/",
        "/reports/board/",
        f"/reports/{made.pk}/",
        f"/reports/{made.pk}/pdf/",
        f"/delivery-obligations/{owed.pk}/",
    ):
        assert client.get(address).status_code == 200, address
    assert client.post(f"/reports/{made.pk}/publish/").status_code == 403
    assert client.post(f"/delivery-obligations/{owed.pk}/issue/").status_code == 403
    with acting_as(SYSTEM):
        assert ReportIssue.objects.get().published_at is None


def test_an_editor_publishes_what_waits(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT, order=Order(publish=False))
    client = signed_in(world.staff["REPORT_EDITOR"])

    answer = client.post(f"/reports/{made.pk}/publish/")

    with acting_as(SYSTEM):
        assert ReportIssue.objects.get().published_at is not None
        assert DeliveryObligation.objects.get().state == "PUBLISHED"
    assert answer.status_code == 302


def command(tmp_path: Path, **facts: Any) -> dict[str, Any]:
    said, complained = io.StringIO(), io.StringIO()
    call_command(
        "issue_report",
        customer="acme",
        period="2025-03",
        output=tmp_path / "report.pdf",
        json=True,
        stdout=said,
        stderr=complained,
        **facts,
    )
    return {**json.loads(said.getvalue()), "complained": complained.getvalue()}


def test_the_command_makes_a_definition_when_there_is_none_and_says_so(
    world: World, paper: list[int], tmp_path: Path
) -> None:
    first = command(tmp_path, publish=True)
    second = command(tmp_path, publish=True)

    assert first["complained"] == "Acme S.A. had no report definition: a monthly one was made.\n"
    assert second["complained"] == ""
    assert {**first, "complained": ""} == second
    assert (first["version"], first["path"]) == (1, str(tmp_path / "report.pdf"))
    with acting_as(SYSTEM):
        made = ReportIssue.objects.get()
        assert (str(made.pk), made.dataset_sha256) == (first["issue"], first["dataset_sha256"])
        assert made.published_at is not None


def test_without_publish_the_report_waits(world: World, paper: list[int], tmp_path: Path) -> None:
    command(tmp_path)

    with acting_as(SYSTEM):
        assert ReportIssue.objects.get().published_at is None


@pytest.mark.parametrize(
    ("customer", "period", "words"),
    [
        ("nobody", "2025-03", "There is no customer “nobody”. Customers: acme, bolt."),
        ("acme", "March", "is not a period. Write 2016, 2016-Q1 or 2016-03."),
        ("acme", "2199-01", "January 2199 is not over yet."),
    ],
)
def test_the_command_refuses_in_words(world: World, customer: str, period: str, words: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("issue_report", customer=customer, period=period, stderr=io.StringIO())

    assert words in str(refused.value)
    with acting_as(SYSTEM):
        assert ReportIssue.objects.count() == 0


def test_a_refused_command_leaves_no_definition_and_no_obligation(
    world: World, tmp_path: Path
) -> None:
    with acting_as(SYSTEM):
        before = ReportDefinition.objects.count(), DeliveryObligation.objects.count()

    for period, output in (
        ("2016-13", None),
        ("2199-01", None),
        ("2025-03", tmp_path),
        ("2025-03", Path("/proc/nowhere/report.pdf")),
    ):
        with pytest.raises(CommandError):
            call_command("issue_report", customer="bolt", period=period, output=output)

    with acting_as(SYSTEM):
        after = ReportDefinition.objects.count(), DeliveryObligation.objects.count()
        assert ReportIssue.objects.count() == 0
    assert after == before


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (Path("/proc/nowhere/report.pdf"), "/proc/nowhere/report.pdf cannot be written ("),
        (Path("/usr"), "/usr is a folder. Name a file in it, such as /usr/report.pdf."),
    ],
)
def test_a_place_that_cannot_be_written_is_named_before_the_report_is_made(
    world: World, output: Path, words: str
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("issue_report", customer="acme", period="2025-03", output=output)

    assert str(refused.value).startswith(words)


def test_what_is_late_is_work_a_metric_and_a_stale_answer(
    world: World, owed: DeliveryObligation
) -> None:
    before = owed.due_at - timedelta(minutes=1)
    with acting_as(SYSTEM):
        work = list(sockets.work_items(world.staff["REPORT_EDITOR"], LATE))
        none = list(sockets.work_items(world.staff["AUDITOR"], LATE))
        answers = [
            sockets.coverage([world.webmail], at)[world.webmail.pk].answer for at in (before, LATE)
        ]
        figures = [next(iter(sockets.metrics(at))).value for at in (before, LATE)]

    assert [(item.title, item.state, item.act, item.customer) for item in work] == [
        ("Monthly service report, March 2025", "breached", "Issue", world.acme.pk)
    ]
    assert (none, answers, figures) == ([], ["yes", "stale"], [0, 1])


def test_a_service_whose_customer_gets_no_report_is_not_covered(
    world: World, define: Callable[..., ReportDefinition]
) -> None:
    define(world.bolt)
    with acting_as(SYSTEM):
        answer = sockets.coverage([world.webmail], AT)[world.webmail.pk]

    assert (answer.answer, answer.reason) == ("no", "Acme S.A. get no report.")
    assert answer.url == f"/report-definitions/new/?customer={world.acme.pk}"


def test_customers_see_only_their_own_due_dates(world: World, owed: DeliveryObligation) -> None:
    end = AT + timedelta(days=30)
    with acting_as(SYSTEM):
        own = list(sockets.calendar_items(world.acme, AT, end))
        foreign = list(sockets.calendar_items(world.bolt, AT, end))

    assert [(item.title, item.url) for item in own] == [
        ("Monthly service report, March 2025", "/portal/reports/")
    ]
    assert foreign == []
