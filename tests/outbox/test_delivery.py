"""Announcements become one job per subscriber; mail goes out with a constant number."""

import email
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from itsm.announcements import announce
from itsm.models import Job, Mail, OutboxMessage, StoredFile
from itsm.outbox import delivery
from itsm.outbox.backends import backend_for
from itsm.outbox.backoff import next_try
from itsm.outbox.delivery import deliver_due
from itsm.outbox.mailing import send_due
from itsm.services import files, jobs
from itsm.services.mail import queue_mail
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def _two_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "subscribers", lambda _event: ["app.tasks.one", "app.tasks.two"])


def jobs_made() -> list[tuple[str, Any]]:
    with acting_as(SYSTEM):
        return list(Job.objects.order_by("task").values_list("task", "arguments"))


@pytest.mark.usefixtures("_two_subscribers")
def test_each_subscriber_gets_one_job_however_often_it_is_delivered(db: None) -> None:
    announce("thing.happened", at=AT, thing="T1")

    first, second = (deliver_due(at=AT, enqueue=jobs.enqueue) for _time in range(2))

    facts = {"thing": "T1", "at": "2026-03-10T09:00:00+00:00"}
    assert (first, second) == (1, 0)
    assert jobs_made() == [("app.tasks.one", facts), ("app.tasks.two", facts)]


@pytest.mark.usefixtures("_two_subscribers")
def test_a_crash_after_the_first_subscriber_repeats_both_without_a_twin(db: None) -> None:
    announce("thing.happened", at=AT, thing="T1")
    calls: list[str] = []

    def crash(**facts: Any) -> Any:
        calls.append(facts["task"])
        if len(calls) == 2:
            raise RuntimeError("cut")
        return jobs.enqueue(**facts)

    assert deliver_due(at=AT, enqueue=crash) == 0
    assert jobs_made() == []
    with acting_as(SYSTEM):
        waiting = OutboxMessage.objects.get()
        assert (waiting.state, waiting.attempts, waiting.error) == ("PENDING", 1, "cut")
    assert deliver_due(at=AT + timedelta(minutes=1), enqueue=jobs.enqueue) == 1

    assert [task for task, _facts in jobs_made()] == ["app.tasks.one", "app.tasks.two"]


@pytest.mark.usefixtures("_two_subscribers")
def test_a_message_that_always_fails_is_given_up_after_eight_tries(db: None) -> None:
    announce("thing.happened", at=AT)

    def broken(**_facts: Any) -> Any:
        raise RuntimeError("no")

    for number in range(9):
        deliver_due(at=AT + timedelta(hours=number), enqueue=broken)

    with acting_as(SYSTEM):
        row = OutboxMessage.objects.get()
    assert (row.state, row.attempts) == ("DEAD", 8)


def test_an_announcement_that_nobody_hears_is_done(db: None) -> None:
    announce("nobody.listens", at=AT)

    assert deliver_due(at=AT, enqueue=jobs.enqueue) == 1
    assert jobs_made() == []


def test_the_next_try_lies_within_a_doubling_and_capped_stretch() -> None:
    waits = [next_try(AT, tries, chance=lambda: 1.0) - AT for tries in (1, 2, 5, 10, 20)]

    assert [wait.total_seconds() for wait in waits] == [2, 4, 32, 900, 900]
    assert next_try(AT, 3, chance=lambda: 0.0) == AT


def mail(world: World, key: str = "k1") -> Mail:
    facts = {
        "name": "Inés", "period": "March 2016", "report": "Monthly report", "headline": "All met.",
        "number": "SR-2016-03-ACME", "version": 1, "reason": "", "provider": "Northwind",
        "url": "http://localhost:8000/portal/reports/1/", "digest": "ab" * 32,
    }  # fmt: skip
    return queue_mail(
        customer=world.acme,
        key=key,
        recipient="ines@acme.example",
        template="report_published",
        context=facts,
        at=AT,
    )


def test_the_same_key_is_one_mail_and_is_sent_once_as_one_file(
    world: World, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "itsm.outbox.backends.AddressBackend"
    settings.EMAIL_URL = f"file:{tmp_path}"
    first, second = mail(world), mail(world)

    sent = [send_due(at=AT), send_due(at=AT)]

    letters = list(tmp_path.glob("*.eml"))
    parsed = email.message_from_bytes(letters[0].read_bytes())
    assert (first.pk, sent, len(letters)) == (second.pk, [1, 0], 1)
    assert parsed["Message-ID"] == first.message_id == f"<{first.pk}@localhost>"
    assert (parsed["To"], parsed["Subject"]) == ("ines@acme.example", "Monthly report, March 2016")
    assert [part.get_content_type() for part in parsed.walk()][1:] == ["text/plain", "text/html"]


def test_a_mail_sent_again_after_a_crash_keeps_its_number_and_its_file(
    world: World, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "itsm.outbox.backends.AddressBackend"
    settings.EMAIL_URL = f"file:{tmp_path}"
    row = mail(world)
    send_due(at=AT)
    with acting_as(SYSTEM):
        Mail.objects.filter(pk=row.pk).update(state="PENDING", sent_at=None)

    send_due(at=AT)

    assert [place.name for place in tmp_path.glob("*")] == [f"{row.pk}_localhost.eml"]


def test_a_mail_that_cannot_be_sent_waits_with_its_reason(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "itsm.outbox.backends.AddressBackend"
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    row = mail(world)

    assert send_due(at=AT) == 0

    with acting_as(SYSTEM):
        waiting = Mail.objects.get(pk=row.pk)
    assert (waiting.state, waiting.attempts) == ("PENDING", 1)
    assert "refused" in waiting.error


def test_the_address_chooses_the_way() -> None:
    sender = backend_for("smtp://user:p%40ss@mail.example:587?tls=1")

    assert isinstance(sender, SmtpBackend)
    assert (sender.host, sender.port, sender.password) == ("mail.example", 587, "p@ss")
    assert sender.use_tls
    assert isinstance(backend_for("console:"), ConsoleBackend)
    with pytest.raises(ValueError, match="Write smtp://host:port, console: or file:"):
        backend_for("pop3://mail.example")


def test_a_file_is_kept_once_by_its_content(world: World, settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    facts = {"name": "a.txt", "content_type": "text/plain", "content": b"load line", "at": AT}

    first = files.store(customer=world.acme, **facts)
    second = files.store(customer=world.acme, **facts)
    other = files.store(customer=world.bolt, **facts)

    # printf 'load line' | sha256sum
    digest = "21e9446181acf605fe0a396f31e430178ce81f8333935382e01302f6a03e7790"
    assert (first.pk, first.key) == (second.pk, other.key)
    assert other.pk != first.pk
    assert len([place for place in tmp_path.rglob("*") if place.is_file()]) == 1
    assert files.read_file(first) == b"load line"
    assert first.sha256 == digest


def test_a_file_whose_bytes_are_gone_says_so(world: World, settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    stored: StoredFile = files.store(
        customer=world.acme, name="a.txt", content_type="text/plain", content=b"x", at=AT
    )
    files.place_of(stored).unlink()

    with pytest.raises(files.FileMissing, match=r"“a\.txt” is not in the store"):
        files.open_file(stored)
