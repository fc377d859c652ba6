"""Issuing: once for the same records, a new version for others, nothing half-done after a failure."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
from django.db import DatabaseError, transaction
from PIL import Image

from itsm.calculations.digest import canonical_json, sha256
from itsm.models import Mail, Outage, OutboxMessage, Party
from itsm.rendering import RenderingFailed
from itsm.services import files
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportDefinition, ReportIssue
from reporting.sections.failures import _kinds
from reporting.services.issue import (
    LEASE,
    BeingMade,
    NotOwed,
    Order,
    PeriodNotEnded,
    issue,
    issue_once,
)
from reporting.services.plan import obligation_for
from reporting.services.publishing import (
    NotPublishable,
    approve_issue,
    publish_issue,
    waive,
)
from tests.reporting.conftest import AT, add_outage
from tests.world import CANARY, World

Define = Callable[..., ReportDefinition]


def state_of(obligation: DeliveryObligation) -> str:
    with acting_as(SYSTEM):
        return DeliveryObligation.objects.get(pk=obligation.pk).state


def count() -> int:
    with acting_as(SYSTEM):
        return ReportIssue.objects.count()


def test_an_issue_is_published_and_says_what_happened(
    owed: DeliveryObligation, world: World, paper: list[int]
) -> None:
    add_outage(world)

    made = issue(obligation=owed, at=AT)

    # March 2025 in Madrid has 743 hours; one lost hour is 99.865 %, below 99.9 %
    assert made.headline == f"0 of 1 target was met; “{CANARY['acme']} availability” was missed."
    assert (made.number, made.version, made.is_current) == ("SR-2025-03-ACME", 1, True)
    assert made.published_at == AT
    assert made.dataset_sha256 == sha256(made.dataset)
    assert state_of(owed) == "PUBLISHED"
    with acting_as(SYSTEM):
        stored = ReportIssue.objects.select_related("pdf").get(pk=made.pk)
        assert files.read_file(stored.pdf).startswith(b"%PDF")
        assert stored.pdf_sha256 == stored.pdf.sha256


def test_equal_records_give_the_issue_that_is_there(
    owed: DeliveryObligation, world: World, paper: list[int]
) -> None:
    add_outage(world)
    first = issue(obligation=owed, at=AT)

    second = issue(obligation=owed, at=AT + timedelta(days=3))

    assert (second.pk, second.version, count(), len(paper)) == (first.pk, 1, 1, 1)


def test_a_correction_makes_a_version_that_says_why_and_keeps_the_old_one(
    owed: DeliveryObligation, world: World, paper: list[int]
) -> None:
    old = issue(obligation=owed, at=AT)
    add_outage(world)

    new = issue(obligation=owed, at=AT + timedelta(days=1), order=Order(reason="Late record."))

    with acting_as(SYSTEM):
        before = ReportIssue.objects.get(pk=old.pk)
        mails = list(Mail.objects.order_by("created_at").values_list("subject", flat=True))
    assert (new.version, new.supersedes_id, new.restatement_reason) == (2, old.pk, "Late record.")
    assert (before.is_current, before.dataset_sha256) == (False, old.dataset_sha256)
    assert new.dataset["meta"]["supersedes"] == (
        "This version replaces SR-2025-03-ACME v1. Late record."
    )
    assert mails == [
        "Monthly service report, March 2025",
        "Monthly service report, March 2025 (version 2)",
    ]


def test_a_period_that_still_runs_is_refused(owed: DeliveryObligation, paper: list[int]) -> None:
    with pytest.raises(PeriodNotEnded, match="March 2025 is not over yet"):
        issue(obligation=owed, at=datetime(2025, 3, 31, 21, 59, tzinfo=UTC))

    assert (state_of(owed), count()) == ("PLANNED", 0)


def test_a_waived_report_is_refused(owed: DeliveryObligation, paper: list[int]) -> None:
    waive(owed, reason="Not wanted", at=AT)

    with pytest.raises(NotOwed, match="Not wanted"):
        issue(obligation=owed, at=AT)

    assert count() == 0


def test_of_two_makers_one_is_told_to_wait(owed: DeliveryObligation, paper: list[int]) -> None:
    with acting_as(SYSTEM):
        DeliveryObligation.objects.filter(pk=owed.pk).update(
            state="GENERATING", lease_until=AT + LEASE, lease_owner="report:one"
        )

    with pytest.raises(BeingMade) as busy:
        issue(obligation=owed, at=AT, order=Order(owner="report:two"))

    assert (busy.value.until, count()) == (AT + LEASE, 0)


def test_the_job_that_was_killed_takes_its_own_lease_over(
    owed: DeliveryObligation, paper: list[int]
) -> None:
    with acting_as(SYSTEM):
        DeliveryObligation.objects.filter(pk=owed.pk).update(
            state="GENERATING", lease_until=AT + LEASE, lease_owner="report:one"
        )

    issue_once(obligation=owed, at=AT, order=Order(owner="report:one"))

    assert (state_of(owed), count()) == ("PUBLISHED", 1)


def test_a_failed_rendering_issues_nothing_and_keeps_the_reason(
    owed: DeliveryObligation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_dataset: object, **_options: object) -> bytes:
        raise RenderingFailed("time", "The PDF took longer than 90 seconds and was stopped.")

    monkeypatch.setattr("reporting.services.issue.pdf", broken)

    with pytest.raises(RenderingFailed):
        issue(obligation=owed, at=AT)

    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.get(pk=owed.pk)
        assert (row.state, row.lease_until) == ("FAILED", None)
        assert row.error == "The PDF took longer than 90 seconds and was stopped."
        assert (ReportIssue.objects.count(), Mail.objects.count()) == (0, 0)


def test_a_crash_while_writing_leaves_neither_issue_nor_mail(
    owed: DeliveryObligation, paper: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_args: object, **_options: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("reporting.services.publishing.queue_mail", cut)
    with pytest.raises(RuntimeError):
        issue(obligation=owed, at=AT)
    monkeypatch.undo()
    monkeypatch.setattr("reporting.services.issue.pdf", lambda *_a, **_k: b"%PDF")

    issue_once(obligation=owed, at=AT, order=Order())

    with acting_as(SYSTEM):
        assert (ReportIssue.objects.count(), Mail.objects.count()) == (1, 1)
    assert state_of(owed) == "PUBLISHED"


def test_a_mail_leads_to_the_portal_and_keeps_its_number(
    owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT)
    publish_issue(made, at=AT)

    with acting_as(SYSTEM):
        mail = Mail.objects.get()
        events = list(OutboxMessage.objects.values_list("event", flat=True))
    assert mail.recipient == "reader@acme.example"
    assert mail.subject == "Monthly service report, March 2025"
    assert f"/portal/reports/{made.pk}/" in mail.body_text
    assert made.headline in mail.body_text
    assert f'href="http://localhost:8000/portal/reports/{made.pk}/"' in mail.body_html
    assert mail.message_id == f"<{mail.pk}@localhost>"
    assert events.count("reporting.report_published") == 1


def test_a_report_that_needs_approval_waits_for_another_person(
    define: Define, world: World, paper: list[int]
) -> None:
    owed = obligation_for(define(needs_approval=True), "2025-03")
    editor, manager = world.staff["REPORT_EDITOR"], world.staff["SERVICE_LEVEL_MANAGER"]
    made = issue(obligation=owed, at=AT, order=Order(requested_by=editor.email))
    assert (state_of(owed), made.published_at) == ("IN_REVIEW", None)

    with pytest.raises(NotPublishable, match="must be approved"):
        publish_issue(made, at=AT)
    with pytest.raises(NotPublishable, match="Somebody else"):
        approve_issue(made, by=editor, at=AT)
    with pytest.raises(NotPublishable, match="roles"):
        approve_issue(made, by=manager, at=AT)
    assert state_of(owed) == "IN_REVIEW"

    done = approve_issue(made, by=world.administrator, at=AT)

    assert (done.published_at, state_of(owed)) == (AT, "PUBLISHED")


def test_an_issued_report_cannot_be_changed_or_removed(
    owed: DeliveryObligation, paper: list[int]
) -> None:
    made = issue(obligation=owed, at=AT)

    for act in (
        lambda rows: rows.update(headline="All is well."),
        lambda rows: rows.delete(),
    ):
        with (
            acting_as(SYSTEM),
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
        ):
            act(ReportIssue.objects.filter(pk=made.pk))

    with acting_as(SYSTEM):
        assert ReportIssue.objects.get(pk=made.pk).dataset_sha256 == made.dataset_sha256


def test_a_report_never_carries_another_customers_or_unpublished_records(
    owed: DeliveryObligation, world: World, paper: list[int]
) -> None:
    add_outage(world, service=world.crm, title=CANARY["bolt"])
    add_outage(world, reference="OUT-2025-0002", title="Secret draft", is_published=False)
    add_outage(
        world,
        reference="OUT-2025-0003",
        service=world.shared,
        customer=world.bolt,
        title="Bolt's own",
    )
    with acting_as(SYSTEM):
        assert Outage.objects.count() == 3

    made = issue(obligation=owed, at=AT)

    said = json.dumps(made.dataset)
    assert CANARY["bolt"] not in said
    assert "Bolt's own" not in said
    assert "Secret draft" not in json.dumps(
        [part for part in made.dataset["sections"] if part["key"] == "failures"]
    )


def test_the_paper_carries_exactly_the_stored_data(owed: DeliveryObligation, world: World) -> None:
    add_outage(world)

    made = issue(obligation=owed, at=AT)

    with acting_as(SYSTEM):
        stored = ReportIssue.objects.select_related("pdf").get(pk=made.pk)
        place = files.place_of(stored.pdf)
    with pikepdf.open(place) as document:
        attached = document.attachments["report-data.json"].get_file().read_bytes()
        assert list(document.attachments) == ["report-data.json"]
    assert attached == canonical_json(stored.dataset)
    assert sha256(json.loads(attached)) == stored.dataset_sha256


def test_logo_and_accent_of_the_customer_stand_on_the_paper(
    owed: DeliveryObligation, world: World
) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 10), "#7a4a86").save(picture, "PNG")
    logo = files.store(
        customer=world.acme, name="logo.png", content_type="image/png",
        content=picture.getvalue(), at=AT,
    )  # fmt: skip
    with acting_as(SYSTEM):
        Party.objects.filter(pk=world.acme.pk).update(logo=logo, accent="#7A4A86")

    made = issue(obligation=obligation_again(owed), at=AT)

    assert made.dataset["meta"]["accent"] == "#7A4A86"
    with acting_as(SYSTEM):
        place = files.place_of(ReportIssue.objects.select_related("pdf").get(pk=made.pk).pdf)
    with pikepdf.open(place) as document:
        first = document.pages[0]
        assert len(first.get_images()) == 1
        ink = b"%.6g %.6g %.6g rg" % (0x7A / 255, 0x4A / 255, 0x86 / 255)
        assert ink.split()[0][:5] in first.Contents.read_bytes()


def test_a_new_look_makes_no_new_version(
    owed: DeliveryObligation, world: World, paper: list[int]
) -> None:
    first = issue(obligation=owed, at=AT)
    with acting_as(SYSTEM):
        Party.objects.filter(pk=world.acme.pk).update(accent="#7a4a86")

    again = issue(obligation=obligation_again(owed), at=AT + timedelta(days=1))

    assert again.pk == first.pk


def obligation_again(obligation: DeliveryObligation) -> DeliveryObligation:
    with acting_as(SYSTEM):
        return DeliveryObligation.objects.select_related("customer", "definition").get(
            pk=obligation.pk
        )


def test_small_kinds_of_tickets_are_gathered_and_numbers_are_named() -> None:
    causes = [("26", 9), ("Printer", 7), *((str(n), 1) for n in range(1, 9))]

    shown = _kinds(causes)

    assert shown[:2] == [("Category 26", 9), ("Printer", 7)]
    assert shown[-1] == ("3 other kinds", 3)
    assert len(shown) == 8
    assert sum(count for _name, count in shown) == 24
