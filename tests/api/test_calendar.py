"""The calendar and its subscriptions in the API."""

from datetime import UTC, datetime

from django.test import Client

from itsm import models as m
from itsm.services import events
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.world import CANARY, World

AT = datetime(2026, 3, 9, 10, tzinfo=UTC)


def _windows(world: World) -> dict[str, m.MaintenanceWindow]:
    found = {}
    with acting_as(SYSTEM):
        for name, service in (("acme", world.webmail), ("bolt", world.crm)):
            row = m.MaintenanceWindow(
                service=service, title=CANARY[name], customer_text="Told", is_published=True, state="ANNOUNCED",
                starts_at=AT, ends_at=AT.replace(hour=11),
            )  # fmt: skip
            found[name] = events.record(row, at=AT)
    return found


def test_the_calendar_gives_each_caller_his_own_dates(admin: Caller, world: World) -> None:
    rows = _windows(world)
    query = "/calendar?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z"

    whole = admin.get(query).json()
    own = Caller(world.people["acme"]["CUSTOMER_VIEWER"]).get(query).json()

    assert len(whole["data"]) == 2
    [item] = own["data"]
    assert item | {"sequence": 0, "changed_at": ""} == {
        "uid": f"maintenance-{rows['acme'].reference}", "kind": "maintenance",
        "title": f"Webmail: {CANARY['acme']}", "detail": "Told", "state": "confirmed",
        "starts_at": "2026-03-09T10:00:00Z", "ends_at": "2026-03-09T11:00:00Z", "day": None, "customer": None,
        "services": [str(world.webmail.pk)], "sequence": 0, "changed_at": "",
        "url": f"/portal/plan/#{rows['acme'].reference}",
    }  # fmt: skip
    assert item["sequence"] > 0
    assert CANARY["bolt"] not in str(own)


def test_the_filters_are_checked_and_narrow(admin: Caller, world: World) -> None:
    _windows(world)
    span = "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z"

    assert len(admin.get(f"/calendar?{span}&customer=acme").json()["data"]) == 1
    assert len(admin.get(f"/calendar?{span}&service=crm").json()["data"]) == 1
    assert admin.get(f"/calendar?{span}&kind=report,agreement").json()["data"] == []
    for wrong in (
        "from=yesterday", "from=2026-03-01T00:00:00Z&to=2026-02-01T00:00:00Z", f"{span}&kind=party",
        f"{span}&kind=test", f"{span}&customer=nobody", f"{span}&color=red",
        "from=2026-03-01T00:00:00Z&to=2028-03-01T00:00:00Z",
    ):  # fmt: skip
        assert admin.get(f"/calendar?{wrong}").status_code == 400, wrong


def test_a_subscription_is_made_read_listed_and_ended(world: World) -> None:
    caller = Caller(world.people["acme"]["CUSTOMER_VIEWER"])

    made = caller.post(
        "/calendar-feeds", {"name": "Phone", "customer": {"slug": "acme"}, "kinds": ["maintenance"]}
    ).json()
    listed = caller.get("/calendar-feeds").json()["data"]
    address = "/" + made["url"].split("/", 3)[3]

    assert Client().get(address).status_code == 200
    assert [row["url"] for row in listed] == [None]
    assert listed[0]["kinds"] == ["maintenance"]
    assert Caller(world.people["bolt"]["CUSTOMER_VIEWER"]).delete(
        f"/calendar-feeds/{made['id']}"
    ).status_code == 404  # fmt: skip
    assert caller.delete(f"/calendar-feeds/{made['id']}").status_code == 204
    assert Client().get(address).status_code == 404
    assert caller.get(f"/calendar-feeds/{made['id']}").status_code == 404


def test_another_customers_calendar_and_a_reading_token_are_refused(world: World) -> None:
    person = world.people["acme"]["CUSTOMER_VIEWER"]

    foreign = Caller(person).post("/calendar-feeds", {"name": "x", "customer": {"slug": "bolt"}})
    none = Caller(person).post("/calendar-feeds", {"name": "x"})
    reading = Caller(person, scope="read").post(
        "/calendar-feeds", {"name": "x", "customer": {"slug": "acme"}}
    )

    assert (foreign.status_code, none.status_code, reading.status_code) == (400, 409, 403)
    with acting_as(SYSTEM):
        assert m.CalendarFeed.objects.count() == 0
