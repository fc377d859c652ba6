"""The calendar: what stands in it, for whom, the page of the staff and the subscriptions."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from itsm import models as m
from itsm.calendars.gathering import Selection, items_for
from itsm.services import accounts, calendar_feeds, events
from itsm.services.accounts import Role
from itsm.services.calendar_feeds import FeedWish
from itsm.services.transitions import transition
from itsm.tenancy import SYSTEM, acting_as, actor_for
from reporting import models as r
from slas import models as s
from tests.world import CANARY, World

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MARCH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def window(world: World, service: Any, title: str, **facts: Any) -> m.MaintenanceWindow:
    """Return a recorded maintenance window of two hours, tomorrow unless said otherwise."""
    begins = facts.pop("starts_at", timezone.now() + timedelta(days=1))
    row = m.MaintenanceWindow(
        service=service, title=title, customer_text=f"Told {title}", internal_note=f"INTERNAL {title}",
        starts_at=begins, ends_at=begins + timedelta(hours=2), **facts,
    )  # fmt: skip
    with acting_as(SYSTEM):
        return events.record(row, at=AT)


def step(row: Any, verb: str, world: World) -> Any:
    """Take a step of a record as the administrator."""
    with acting_as(SYSTEM):
        return transition(row, verb, by=world.administrator, at=timezone.now())


def subscribe(user: m.User, **wish: Any) -> str:
    """Return the address of a new subscription."""
    with acting_as(SYSTEM):
        person = m.User.objects.get(pk=user.pk)
        token = calendar_feeds.create_feed(person, FeedWish("Mine", **wish))[1]
    return f"/calendar-feeds/{token}.ics"


def read(address: str) -> list[Any]:
    """Return the events of a feed, asked for without a sign-in."""
    answer = Client().get(address)
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


def uids(address: str) -> dict[str, str]:
    return {str(one["uid"]).split("@")[0]: str(one["status"]) for one in read(address)}


def signed_in(user: m.User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- what stands in it ---------------------------------------------------------------------------


def test_staff_see_drafts_and_customers_what_is_published_of_their_services(world: World) -> None:
    start = MARCH[0] + timedelta(days=8)
    draft = window(world, world.webmail, "Draft", starts_at=start)
    told = step(window(world, world.webmail, "Told", starts_at=start), "announce", world)
    step(window(world, world.crm, CANARY["bolt"], starts_at=start), "announce", world)
    wanted = Selection(*MARCH)

    with acting_as(SYSTEM):
        everything = [one.title for one in items_for(world.administrator, wanted)]
    with acting_as(world.acme):
        own = items_for(world.acme, wanted)

    assert everything == [f"CRM: {CANARY['bolt']}", "Webmail: Draft", "Webmail: Told"]
    assert [one.title for one in own] == ["Webmail: Told"]
    assert own[0].uid == f"maintenance-{told.reference}"
    assert own[0].url == f"/portal/plan/#{told.reference}"
    assert own[0].detail == "Told Told"
    assert draft.reference not in str(own)


def test_the_filters_of_customer_service_and_kind_narrow_it(world: World) -> None:
    start = MARCH[0] + timedelta(days=8)
    window(world, world.webmail, "A", starts_at=start)
    window(world, world.shared, "B", starts_at=start)
    window(world, world.shared, "C", starts_at=start, customer=world.bolt)
    with acting_as(SYSTEM):
        m.HoursException.objects.create(hours=world.hours, date="2026-03-19", name="Saint Joseph")

    def titles(**facts: Any) -> list[str]:
        with acting_as(SYSTEM):
            return [one.title for one in items_for(world.administrator, Selection(*MARCH, **facts))]

    closed = "All day, every day: Saint Joseph"
    assert titles(customer=world.acme) == ["Managed Network: B", "Webmail: A", closed]
    assert titles(customer=world.bolt) == ["Managed Network: B", "Managed Network: C", closed]
    assert titles(service=world.webmail) == ["Webmail: A", closed]
    assert titles(kinds=frozenset({"holiday"})) == [closed]


def test_agreements_stand_on_their_first_and_last_day_in_the_zone_of_the_customer(
    world: World,
) -> None:
    with acting_as(SYSTEM):
        # midnight of 1 April in New York is 04:00 UTC; the last day of the agreement is 31 March
        ends = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
        s.AgreementVersion.objects.filter(party=world.bolt).update(ends_at=ends)
        wanted = Selection(MARCH[0], ends + timedelta(hours=1), kinds=frozenset({"agreement"}))
        [item] = items_for(world.administrator, wanted)

    assert item.day == date(2026, 3, 31)
    assert item.title.endswith("ends")


def test_days_of_every_year_count_as_long_as_their_week_does(world: World) -> None:
    with acting_as(SYSTEM):
        m.ServiceHoursVersion.objects.filter(hours=world.hours).update(annual_holidays=["12-25"])
        m.ServiceHoursVersion.objects.create(
            hours=world.hours, number=2, effective_date="2027-01-01",
            week=m.ServiceHoursVersion.objects.get(number=1).week, annual_holidays=["05-01"],
        )  # fmt: skip
        span = Selection(
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2028, 1, 1, tzinfo=UTC),
            kinds=frozenset({"holiday"}),
        )
        found = [one.day for one in items_for(world.administrator, span)]

    assert found == [date(2026, 12, 25), date(2027, 5, 1)]


# --- the page of the staff -----------------------------------------------------------------------


def test_the_month_shows_times_in_the_zone_of_the_reader_and_links_to_the_record(
    world: World,
) -> None:
    row = window(
        world, world.webmail, "Night", starts_at=datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    )
    with acting_as(SYSTEM):
        m.User.objects.filter(pk=world.administrator.pk).update(timezone="Australia/Lord_Howe")

    page = signed_in(world.administrator).get("/calendar/?month=2026-10").content.decode()

    assert (
        "Times in Australia/Lord_Howe (UTC+10:30)" in page
    )  # on 1 October; the clock changes on the 4th
    assert f'href="/maintenance-windows/{row.pk}/"' in page
    assert '<span class="evt">09:30</span>' in page  # UTC+11 on 25 October
    assert '<time datetime="2026-10-25">' in page


def test_the_page_has_ways_to_other_months_and_keeps_its_filters(world: World) -> None:
    page = (
        signed_in(world.administrator)
        .get("/calendar/?month=2026-12&customer=acme")
        .content.decode()
    )

    assert (
        'href="?month=2026-11&amp;customer=acme"' in page
        or 'href="?customer=acme&amp;month=2026-11"' in page
    )
    assert 'month=2027-01"' in page
    assert "No date in this month" not in page
    assert "Nothing fits the filters" in page


def test_a_day_with_many_dates_shows_three_and_leads_to_the_others(world: World) -> None:
    for number in range(6):
        window(
            world,
            world.webmail,
            f"W{number}",
            starts_at=datetime(2026, 3, 9, 10 + number, tzinfo=UTC),
        )

    page = signed_in(world.administrator).get("/calendar/?month=2026-03").content.decode()

    grid = page[page.index('<table class="month"') : page.index("</table>")]
    assert len(re.findall(r'<a class="ev ', grid)) == 3
    assert "3 more" in grid
    assert len(re.findall(r'<li class="ag ', page)) == 6


def test_customers_have_their_plan_instead(world: World) -> None:
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    assert client.get("/calendar/").status_code == 403
    assert client.get("/portal/plan/").status_code == 200


# --- feeds ---------------------------------------------------------------------------------------


def test_a_feed_shows_its_customer_what_is_published_and_no_internal_note(world: World) -> None:
    told = step(window(world, world.webmail, "Told"), "announce", world)
    window(world, world.webmail, "Draft")
    step(window(world, world.crm, CANARY["bolt"]), "announce", world)
    address = subscribe(world.people["acme"]["CUSTOMER_VIEWER"], customer=world.acme)

    answer = Client().get(address)

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert not answer.cookies
    text = answer.content.decode().replace("\r\n ", "")
    assert f"UID:maintenance-{told.reference}@" in text
    assert "Draft" not in text
    assert "INTERNAL" not in text
    assert CANARY["bolt"] not in text
    [event] = [one for one in read(address) if "Told" in str(one["summary"])]
    assert str(event["description"]) == "Told Told"
    assert event.decoded("dtstart").tzinfo.key == "Europe/Madrid"  # type: ignore[union-attr]


def test_the_second_wall_stands_in_a_feed_when_the_first_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itsm.tenancy import ScopedQuerySet

    step(window(world, world.crm, CANARY["bolt"]), "announce", world)
    address = subscribe(world.people["acme"]["CUSTOMER_VIEWER"], customer=world.acme)
    for kind in (ScopedQuerySet, *_all_subclasses(ScopedQuerySet)):
        if "visible_to" in vars(kind):
            monkeypatch.setattr(kind, "visible_to", lambda self, _who: self)

    assert CANARY["bolt"] not in Client().get(address).content.decode()


def _all_subclasses(kind: type) -> list[type]:
    return [one for child in kind.__subclasses__() for one in (child, *_all_subclasses(child))]


def test_a_cancelled_window_stays_as_cancelled_as_long_as_it_is_published(world: World) -> None:
    told = step(window(world, world.webmail, "Told"), "announce", world)
    draft = window(world, world.webmail, "Draft")
    address = subscribe(world.people["acme"]["CUSTOMER_VIEWER"], customer=world.acme)
    uid = f"maintenance-{told.reference}"
    before = uids(address)

    step(told, "cancel", world)
    step(draft, "cancel", world)
    after = uids(address)
    with acting_as(SYSTEM):
        m.MaintenanceWindow.objects.filter(pk=told.pk).update(is_published=False)

    assert before == {uid: "CONFIRMED"}
    assert after == {uid: "CANCELLED"}
    assert uids(address) == {}


def test_a_correction_keeps_the_uid_and_the_number_grows(world: World) -> None:
    told = step(window(world, world.webmail, "Told"), "announce", world)
    address = subscribe(world.administrator)
    with acting_as(SYSTEM):  # an hour ago, so that the change is seen in whole seconds
        m.MaintenanceWindow.objects.filter(pk=told.pk).update(
            updated_at=timezone.now() - timedelta(hours=1)
        )
    [old] = read(address)
    with acting_as(SYSTEM):
        later = m.MaintenanceWindow(
            service=world.webmail, title="Told", customer_text="Later", is_published=True, state="ANNOUNCED",
            starts_at=told.starts_at + timedelta(days=1), ends_at=told.ends_at + timedelta(days=1),
        )  # fmt: skip
        events.correct(told, later, at=timezone.now())

    [new] = read(address)

    assert new["uid"] == old["uid"]
    assert new["sequence"] >= old["sequence"] + 3600
    assert new.decoded("dtstart") == old.decoded("dtstart") + timedelta(days=1)
    assert new.decoded("last-modified") > old.decoded("last-modified")


def test_who_has_the_file_is_told_that_nothing_changed(world: World) -> None:
    row = step(window(world, world.webmail, "Told"), "announce", world)
    address = subscribe(world.administrator)
    first = Client().get(address)

    same = Client().get(address, headers={"If-None-Match": first["ETag"]})
    step(row, "cancel", world)
    other = Client().get(address, headers={"If-None-Match": first["ETag"]})

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200
    assert other["ETag"] != first["ETag"]


def test_an_ended_or_wrong_token_is_an_address_that_does_not_exist(world: World) -> None:
    address = subscribe(world.administrator)
    assert Client().get(address).status_code == 200
    with acting_as(SYSTEM):
        feed = m.CalendarFeed.objects.get(user=world.administrator)
        assert calendar_feeds.end_feed(world.administrator, feed.pk) == 1

    ended, wrong = Client().get(address), Client().get("/calendar-feeds/nobody.ics")
    unknown = Client().get("/no-such-page/")

    assert (ended.status_code, wrong.status_code, unknown.status_code) == (404, 404, 404)
    hidden = re.compile(rb"[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9a-f]{32}|value=\"[^\"]*\"")
    assert hidden.sub(b"", ended.content) == hidden.sub(b"", wrong.content)
    assert hidden.sub(b"", wrong.content) == hidden.sub(b"", unknown.content)


def test_a_feed_ends_with_the_role_and_with_the_account(world: World) -> None:
    viewer, approver = (
        world.people["acme"][role] for role in ("CUSTOMER_VIEWER", "CUSTOMER_APPROVER")
    )
    addresses = [subscribe(one, customer=world.acme) for one in (viewer, approver)]
    staff = subscribe(world.staff["AUDITOR"])
    assert [Client().get(one).status_code for one in (*addresses, staff)] == [200, 200, 200]

    with acting_as(SYSTEM):
        m.Membership.objects.filter(user=viewer).delete()  # behind the service's back
        m.User.objects.filter(pk=approver.pk).update(is_active=False)
        accounts.save_user(
            m.User.objects.get(pk=world.staff["AUDITOR"].pk),
            roles=[Role("CUSTOMER_VIEWER", world.bolt)], by=world.administrator,
        )  # fmt: skip
        left = set(m.CalendarFeed.objects.values_list("user", flat=True))

    assert [Client().get(one).status_code for one in (*addresses, staff)] == [404, 404, 404]
    assert left == {viewer.pk, approver.pk}  # the service deletes what the roles do not cover


def test_switching_an_account_off_deletes_its_feeds(world: World) -> None:
    user = world.people["acme"]["CUSTOMER_VIEWER"]
    subscribe(user, customer=world.acme)
    with acting_as(SYSTEM):
        person = m.User.objects.get(pk=user.pk)
        person.is_active = False
        accounts.save_user(person, roles=[Role("CUSTOMER_VIEWER", world.acme)], by=None)

        assert m.CalendarFeed.objects.count() == 0


def test_nobody_subscribes_to_the_calendar_of_another_customer(world: World) -> None:
    for user, customer in (
        (world.people["acme"]["CUSTOMER_VIEWER"], world.bolt),
        (world.people["acme"]["CUSTOMER_VIEWER"], None),
        (world.stranger, world.acme),
    ):
        with pytest.raises(calendar_feeds.FeedRefused, match="your own organization"):
            subscribe(user, customer=customer)  # type: ignore[arg-type]
    with acting_as(SYSTEM):
        assert m.CalendarFeed.objects.count() == 0


def test_the_token_is_kept_as_a_hash_and_its_use_is_noted(world: World) -> None:
    address = subscribe(world.administrator)
    token = address.removeprefix("/calendar-feeds/").removesuffix(".ics")

    Client().get(address)

    with acting_as(SYSTEM):
        row = m.CalendarFeed.objects.get()
        assert len(token) == 43  # 256 bits
        assert token not in str(vars(row))
        assert len(row.token_hash) == 64
        assert row.last_used_at is not None


def test_a_program_that_asks_too_often_is_told_to_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_feeds, "REQUESTS_PER_HOUR", 2)
    address, other = subscribe(world.administrator), subscribe(world.administrator)

    codes = [Client().get(address).status_code for _number in range(3)]
    answer = Client().get(address)

    assert codes == [200, 200, 429]
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert Client().get(other).status_code == 200


def test_a_feed_is_its_owners_whoever_is_signed_in(world: World) -> None:
    step(window(world, world.webmail, "Told"), "announce", world)
    address = subscribe(world.people["acme"]["CUSTOMER_VIEWER"], customer=world.acme)
    stranger = signed_in(world.people["bolt"]["CUSTOMER_VIEWER"])

    assert stranger.get(address).content == Client().get(address).content


def test_a_narrowed_feed_shows_no_more_than_was_chosen(world: World) -> None:
    window(world, world.webmail, "A")
    row = window(world, world.crm, "B")
    address = subscribe(world.administrator, service=world.crm, kinds=["maintenance"])

    assert uids(address) == {f"maintenance-{row.reference}": "TENTATIVE"}


# --- one date, the page of subscriptions, the API -------------------------------------------------


def test_one_window_can_be_taken_along_by_who_may_read_it(world: World) -> None:
    row = step(window(world, world.webmail, "Told"), "announce", world)
    address = f"/maintenance-windows/{row.pk}/calendar.ics"

    own = signed_in(world.people["acme"]["CUSTOMER_VIEWER"]).get(address)
    foreign = signed_in(world.people["bolt"]["CUSTOMER_VIEWER"]).get(address)

    assert own["Content-Disposition"] == f'attachment; filename="{row.reference}.ics"'
    [event] = Calendar.from_ical(own.content).walk("VEVENT")
    assert event.decoded("dtstart").astimezone(UTC) == row.starts_at.replace(microsecond=0)
    assert b"INTERNAL" not in own.content
    assert foreign.status_code == 404
    assert Client().get(address).status_code == 302


def test_an_outage_of_the_past_is_no_date_to_take_along(world: World) -> None:
    with acting_as(SYSTEM):
        row = events.record(
            m.ServiceEvent(
                service=world.webmail, kind="FAILURE", title="X", customer_text="x", starts_at=AT
            ),
            at=AT,
        )

    assert (
        signed_in(world.administrator).get(f"/service-events/{row.pk}/calendar.ics").status_code
        == 404
    )


def test_the_address_is_shown_once_and_listed_without_it(world: World) -> None:
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    made = client.post("/account/calendars/", {"name": "Phone", "customer": "acme"})
    address = re.search(r"/calendar-feeds/[\w-]{43}\.ics", made.content.decode())
    listed = client.get("/account/calendars/")

    assert address is not None
    assert made["Cache-Control"] == "no-store"
    assert Client().get(address.group()).status_code == 200
    assert "Phone" in listed.content.decode()
    assert "/calendar-feeds/" not in listed.content.decode()


def test_a_subscription_is_ended_by_its_owner_only(world: World) -> None:
    address = subscribe(world.administrator)
    with acting_as(SYSTEM):
        key = str(m.CalendarFeed.objects.get().pk)

    other = signed_in(world.people["acme"]["CUSTOMER_VIEWER"]).post(
        "/account/calendars/", {"end": key}
    )
    kept = Client().get(address).status_code
    signed_in(world.administrator).post("/account/calendars/", {"end": key})

    assert other.status_code == 302
    assert kept == 200
    assert Client().get(address).status_code == 404


def test_a_form_for_another_customer_is_refused_and_makes_nothing(world: World) -> None:
    client = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    answer = client.post("/account/calendars/", {"name": "Phone", "customer": "bolt"})

    assert answer.status_code == 422
    with acting_as(SYSTEM):
        assert m.CalendarFeed.objects.count() == 0


def test_the_plan_shows_dates_by_month_and_a_cancelled_one_as_cancelled(world: World) -> None:
    told = step(window(world, world.webmail, "Told"), "announce", world)
    step(step(window(world, world.webmail, "Off"), "announce", world), "cancel", world)
    step(window(world, world.crm, CANARY["bolt"]), "announce", world)
    with acting_as(SYSTEM):
        definition = r.ReportDefinition.objects.create(
            customer=world.acme,
            slug="monthly",
            name="Monthly report",
            starts_date="2026-01-01",
            state="ACTIVE",
        )
        now = timezone.now()
        r.DeliveryObligation.objects.create(
            customer=world.acme, definition=definition, period="2026-10", due_at=now + timedelta(days=2),
            period_starts_at=now - timedelta(days=30), period_ends_at=now - timedelta(days=1),
        )  # fmt: skip

    page = signed_in(world.people["acme"]["CUSTOMER_VIEWER"]).get("/portal/plan/").content.decode()

    assert f'id="{told.reference}"' in page
    assert f"/maintenance-windows/{told.pk}/calendar.ics" in page
    assert "s-cancelled" in page
    assert "Cancelled" in page
    assert "Monthly report, October 2026" in page
    assert 'action="/account/calendars/"' in page
    assert CANARY["bolt"] not in page
    assert "INTERNAL" not in page


def test_the_owner_of_a_feed_reads_with_exactly_his_rights(world: World) -> None:
    subscribe(world.people["acme"]["CUSTOMER_FINANCIAL_VIEWER"], customer=world.acme)
    with acting_as(SYSTEM):
        feed = m.CalendarFeed.objects.select_related("user").get()
        reader = calendar_feeds.reader_of(feed)

    assert reader is not None
    assert not actor_for(reader).is_staff
    assert reader.customer_ids == (world.acme.pk,)
    assert reader.rights == {"CUSTOMER_FINANCIAL_VIEWER"}
