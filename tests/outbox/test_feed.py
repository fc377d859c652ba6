"""The change feed: an order without gaps across transactions, and each customer's own part of it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from itsm.announcements import announce
from itsm.api.pagination import write_cursor
from itsm.models import FeedEntry, NumberSequence, OutboxMessage, ServiceEvent
from itsm.outbox import feed
from itsm.services.accounts import create_token
from itsm.services.decisions import Question, ask_decision
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)


class Reader:
    """A program that keeps up with the feed by its token."""

    def __init__(self, user: Any) -> None:
        with acting_as(SYSTEM):
            self.secret = create_token(user, name="feed", scope="read")[1]

    def ask(self, **query: Any) -> Any:
        return Client().get(
            "/api/v1/changes", query, headers={"Authorization": f"Bearer {self.secret}"}
        )

    def read(self, **query: Any) -> tuple[list[Any], str]:
        answer = self.ask(**query)
        assert answer.status_code == 200, answer.content
        return answer.json()["data"], answer.json()["cursor"]


@pytest.fixture
def staff(world: World) -> Reader:
    """A program of the provider."""
    return Reader(world.staff["INTEGRATION"])


def tell(event: str = "thing.happened", **payload: Any) -> None:
    announce(event, at=AT, **payload)


def types(entries: list[Any]) -> list[str]:
    return [entry["type"] for entry in entries]


class Slow:
    """A transaction of another connection that announces at once and commits when told."""

    def __init__(self, event: str) -> None:
        self.told, self.may_commit = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=(event,))
        self.thread.start()
        assert self.told.wait(20)

    def _run(self, event: str) -> None:
        try:
            with transaction.atomic():
                tell(event)
                self.told.set()
                assert self.may_commit.wait(20)
        finally:
            connections.close_all()

    def commit(self) -> None:
        self.may_commit.set()
        self.thread.join(20)


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_not_skipped_by_a_reader_who_is_already_further(staff: Reader) -> None:
    slow = Slow("slow.began_first")
    tell("quick.began_second")
    feed.publish(at=AT)
    first, cursor = staff.read()

    slow.commit()
    feed.publish(at=AT)
    second, after = staff.read(since=cursor)

    assert types(first) == ["quick.began_second"]
    assert types(second) == ["slow.began_first"]
    assert staff.read(since=after)[0] == []
    assert types(staff.read()[0]) == ["quick.began_second", "slow.began_first"]


@pytest.mark.django_db(transaction=True)
def test_a_second_publisher_gives_no_places_while_the_first_has_not_committed(world: World) -> None:
    feed.publish(at=AT)  # there is a number sequence
    tell("one.first")
    answers: list[int] = []

    def twin() -> None:
        tell("one.second")
        answers.append(feed.publish(at=AT))
        connections.close_all()

    with transaction.atomic():
        assert feed.publish(at=AT) == 1
        other = threading.Thread(target=twin)
        other.start()
        other.join(20)
    assert answers == [0]
    assert feed.publish(at=AT) == 1

    with acting_as(SYSTEM):
        found = FeedEntry.objects.order_by("number").values_list("number", "event")
        assert list(found) == [(1, "one.first"), (2, "one.second")]


@pytest.mark.django_db
def test_pages_follow_each_other_without_gap_or_twin(staff: Reader) -> None:
    for number in range(5):
        tell(f"thing.number_{number}")
    assert feed.publish(at=AT) == 5

    first, cursor = staff.read(limit=2)
    second, cursor = staff.read(limit=2, since=cursor)
    third, cursor = staff.read(limit=2, since=cursor)
    tell("thing.number_5")
    feed.publish(at=AT)
    fourth, _cursor = staff.read(limit=2, since=cursor)

    assert [types(page) for page in (first, second, third, fourth)] == [
        ["thing.number_0", "thing.number_1"],
        ["thing.number_2", "thing.number_3"],
        ["thing.number_4"],
        ["thing.number_5"],
    ]


@pytest.mark.django_db
def test_the_next_link_of_a_full_page_leads_on(staff: Reader) -> None:
    tell("a.one")
    tell("a.two")
    feed.publish(at=AT)

    answer = staff.ask(limit=1)
    following = Client().get(
        answer.json()["next"], headers={"Authorization": f"Bearer {staff.secret}"}
    )

    assert answer["Link"] == f'<{answer.json()["next"]}>; rel="next"'
    assert types(following.json()["data"]) == ["a.two"]
    assert following.json()["next"] is None


@pytest.mark.django_db
def test_an_entry_is_a_cloud_event(staff: Reader, world: World) -> None:
    announce("outage.recorded", at=AT, uuid="0190c0de-0000-7000-8000-000000000001", service="s")
    feed.publish(at=AT)
    with acting_as(SYSTEM):
        pk = OutboxMessage.objects.get().pk

    [entry] = staff.read()[0]

    assert entry == {
        "specversion": "1.0",
        "id": str(pk),
        "source": "http://localhost:8000/api/v1",
        "type": "outage.recorded",
        "time": "2026-03-10T09:00:00Z",
        "subject": "outage/0190c0de-0000-7000-8000-000000000001",
        "data": {"uuid": "0190c0de-0000-7000-8000-000000000001", "service": "s"},
    }


@pytest.mark.django_db
def test_a_customer_reads_its_own_part_only(world: World) -> None:
    with acting_as(SYSTEM):
        for party in (world.acme, world.bolt):
            question = Question(f"Move {party.slug}?", ["Yes", "No"])
            ask_decision(
                customer=party, question=question, source=None, due_at=AT + timedelta(days=9), at=AT
            )
        tell("provider.secret", cost="9")
        tell("reporting.x", customer=str(world.acme.pk))
        feed.publish(at=AT)
    acme, bolt = (Reader(world.people[slug]["CUSTOMER_VIEWER"]) for slug in ("acme", "bolt"))

    own, other = acme.read()[0], bolt.read()[0]

    assert types(own) == types(other) == ["decision.asked"]
    assert own[0]["subject"] != other[0]["subject"]


@pytest.mark.django_db
def test_news_of_a_service_reaches_its_customers_once_it_is_published(world: World) -> None:
    facts = {"service": world.webmail, "title": "Slow", "starts_at": AT, "kind": "FAILURE"}
    with acting_as(SYSTEM):
        seen = ServiceEvent.objects.create(reference="E1", is_published=True, **facts)
        draft = ServiceEvent.objects.create(reference="E2", is_published=False, **facts)
        for row in (seen, draft):
            tell("serviceevent.recorded", uuid=row.pk, service=row.service_id, cost="9")
        feed.publish(at=AT)
    acme, bolt = (Reader(world.people[slug]["CUSTOMER_VIEWER"]) for slug in ("acme", "bolt"))

    assert [entry["data"] for entry in acme.read()[0]] == [
        {"uuid": str(seen.pk), "service": str(world.webmail.pk)}
    ]
    assert bolt.read()[0] == []


@pytest.mark.django_db
def test_the_database_itself_hides_entries_of_others(world: World) -> None:
    with acting_as(SYSTEM):
        for number, party in ((1, world.acme), (2, world.bolt), (3, None)):
            FeedEntry.objects.create(number=number, event="x.y", happened_at=AT, customer=party)
        FeedEntry.objects.create(number=4, event="x.y", happened_at=AT, service=world.crm)
        FeedEntry.objects.create(number=5, event="x.y", happened_at=AT, service=world.shared)

    with acting_as(world.acme):
        assert list(FeedEntry.objects.order_by("number").values_list("number", flat=True)) == [1, 5]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor", ["x", "", write_cursor("5"), write_cursor("-1 2026-03-10T09:00:00+00:00"),
               write_cursor("1 2026-03-10T09:00:00"), write_cursor("1 never")],
)  # fmt: skip
def test_a_cursor_that_the_feed_did_not_give_is_refused_at_its_parameter(
    staff: Reader, cursor: str
) -> None:
    answer = staff.ask(since=cursor)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "since"


@pytest.mark.django_db
def test_an_expired_and_an_unknown_cursor_say_what_to_do(staff: Reader) -> None:
    now = timezone.now()
    old = staff.ask(since=write_cursor(f"0 {(now - timedelta(days=91)).isoformat()}"))
    beyond = staff.ask(since=write_cursor(f"7 {now.isoformat()}"))

    assert (old.status_code, old.json()["code"]) == (410, "cursor_expired")
    assert (beyond.status_code, beyond.json()["code"]) == (410, "cursor_unknown")
    assert "without “since”" in old.json()["detail"]


@pytest.mark.django_db
def test_latest_begins_at_the_end(staff: Reader) -> None:
    tell("a.before")
    feed.publish(at=AT)
    nothing, cursor = staff.read(since="latest")
    tell("a.after")
    feed.publish(at=AT)

    assert nothing == []
    assert types(staff.read(since=cursor)[0]) == ["a.after"]


@pytest.mark.django_db
def test_old_entries_go_and_places_go_on(staff: Reader) -> None:
    tell("a.old")
    feed.publish(at=AT)
    now = timezone.now()
    assert feed.forget(at=now + timedelta(days=89)) == 0
    assert feed.forget(at=now + timedelta(days=91)) == 1
    tell("a.new")
    feed.publish(at=AT)

    with acting_as(SYSTEM):
        assert FeedEntry.objects.get().number == 2
        assert NumberSequence.objects.get(prefix="FEED").last == 2


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = "http://localhost:8000"
