"""Lists: envelope, cursor, total, fields, filters, CSV (interface contract, 3.2.3)."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.models import ServiceFamily
from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller


def _families(count: int) -> None:
    with acting_as(SYSTEM):
        for number in range(count):
            ServiceFamily.objects.create(slug=f"family-{number}", name=f"Family {number}")


def _in_order() -> list[str]:
    with acting_as(SYSTEM):
        return list(ServiceFamily.objects.order_by("pk").values_list("slug", flat=True))


def test_a_list_has_data_and_next_and_nothing_else(admin: Caller) -> None:
    answer = admin.get("/service-families")

    assert answer.status_code == 200
    assert sorted(answer.json()) == ["data", "next"]
    assert [row["slug"] for row in answer.json()["data"]] == ["workplace"]
    assert answer.json()["next"] is None
    assert "Link" not in answer.headers


def test_the_cursor_walks_through_all_rows_once(admin: Caller) -> None:
    _families(6)
    seen: list[str] = []
    address: str | None = "/service-families?limit=3&include_total=1"
    steps = 0

    while address:
        answer = admin.get(address)
        assert answer.json()["total"] == 7
        seen += [row["slug"] for row in answer.json()["data"]]
        following = answer.json()["next"]
        if following:
            assert answer.headers["Link"] == f'<{following}>; rel="next"'
        address = following and following.removeprefix("http://testserver")
        steps += 1

    assert steps == 3
    assert seen == _in_order()
    assert len(set(seen)) == 7


def test_minus_id_lists_the_newest_first(admin: Caller) -> None:
    _families(2)

    answer = admin.get("/service-families?ordering=-id")

    assert [row["slug"] for row in answer.json()["data"]] == _in_order()[::-1]


def test_fields_and_omit_choose_what_is_answered(admin: Caller) -> None:
    only = admin.get("/service-families?fields=slug,name").json()["data"]
    without = admin.get("/service-families/workplace?omit=description,created_at").json()

    assert only == [{"slug": "workplace", "name": "Workplace"}]
    assert sorted(without) == ["archived_at", "id", "name", "slug", "updated_at"]


def test_an_unknown_field_parameter_cursor_or_limit_is_refused_with_its_name(admin: Caller) -> None:
    wrong = {
        "fields=color": ("fields", "unknown_field"),
        "colour=red": ("colour", "unknown_parameter"),
        "cursor=abc": ("cursor", "invalid"),
        "limit=1001": ("limit", "invalid"),
        "limit=0": ("limit", "invalid"),
        "limit=²": ("limit", "invalid"),
        "include_total=yes": ("include_total", "invalid_choice"),
        "ordering=name": ("ordering", "invalid_choice"),
        "format=xml": ("format", "invalid_choice"),
        "archived=maybe": ("archived", "invalid_choice"),
        "updated_since=yesterday": ("updated_since", "invalid"),
    }
    for query, (name, code) in wrong.items():
        answer = admin.get(f"/service-families?{query}")

        assert answer.status_code == 400, query
        assert answer["Content-Type"] == "application/problem+json"
        [error] = answer.json()["errors"]
        assert (error["parameter"], error["code"]) == (name, code), query


def test_an_instant_may_have_any_offset(admin: Caller) -> None:
    """PostgreSQL takes no displacement of 16 hours or more; RFC 3339 allows up to 23:59."""
    day = "/service-families?updated_since="

    assert admin.get(f"{day}1356-07-05T20:04:00-23:22").status_code == 200
    assert admin.get(f"{day}9998-07-05T20:04:00%2B23:59").json()["data"] == []


def test_a_list_is_filtered_by_state_and_by_reference(admin: Caller) -> None:
    by_slug = admin.get("/services?family=workplace&state=LIVE&fields=slug").json()["data"]
    unknown = admin.get("/services?family=kitchen")

    assert sorted(row["slug"] for row in by_slug) == ["crm", "network", "webmail"]
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["code"] == "does_not_exist"


def test_archived_rows_are_listed_only_when_asked_for(admin: Caller) -> None:
    _families(1)
    assert admin.post("/service-families/family-0/archive").status_code == 200

    usual = admin.get("/service-families").json()["data"]
    archived = admin.get("/service-families?archived=true").json()["data"]
    everything = admin.get("/service-families?archived=any").json()["data"]

    assert [row["slug"] for row in usual] == ["workplace"]
    assert [row["slug"] for row in archived] == ["family-0"]
    assert len(everything) == 2


def test_csv_holds_the_whole_list_and_disarms_formulas(admin: Caller) -> None:
    with acting_as(SYSTEM):
        ServiceFamily.objects.create(slug="evil", name="=1+1")

    answer = admin.get("/service-families?format=csv&fields=slug,name,archived_at&limit=1")
    text = b"".join(answer).decode()

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="service-families.csv"'
    assert text == "slug,name,archived_at\r\nworkplace,Workplace,\r\nevil,'=1+1,\r\n"


def test_csv_holds_only_the_callers_rows(acme: Caller) -> None:
    text = b"".join(acme.get("/parties?format=csv&fields=slug")).decode()

    assert text == "slug\r\nacme\r\n"


def test_a_list_costs_the_same_queries_for_one_row_and_for_many(admin: Caller) -> None:
    admin.get("/services?limit=1")
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(connection) as found:
            assert admin.get(f"/services?limit={limit}").status_code == 200
        counts.append(len(found))

    assert counts == [10, 10]
