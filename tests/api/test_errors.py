"""Every error is a problem document (RFC 9457) with a stable code and the place of the fault."""

import pytest

from itsm.services.problems import PROBLEMS
from tests.api.conftest import Caller
from tests.world import World

PARTS = {"type", "title", "status", "code", "detail", "request_id", "errors"}


def _is_problem(answer: object, status: int, code: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == PARTS
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["type"].endswith(f"/api/v1/docs#{code}")


def test_nobody_is_answered_401_with_the_scheme(world: World) -> None:
    answer = Caller(None).get("/services")

    _is_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_somebody_without_a_membership_is_answered_403(world: World) -> None:
    _is_problem(Caller(world.stranger).get("/services"), 403, "forbidden")


def test_a_missing_record_and_a_missing_address_are_answered_404(admin: Caller) -> None:
    for path in ("/services/nowhere", "/services/00000000-0000-7000-8000-000000000000"):
        _is_problem(admin.get(path), 404, "not_found")
    _is_problem(admin.get("/nothing"), 404, "not_found")


def test_a_method_that_is_not_there_is_answered_405_with_those_that_are(admin: Caller) -> None:
    answer = admin.delete("/services/webmail")

    _is_problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, PUT, PATCH, HEAD"


def test_other_formats_are_answered_406_and_415(admin: Caller) -> None:
    _is_problem(admin.get("/services", Accept="image/png"), 406, "not_acceptable")
    sent = admin.post("/services", b"<a/>", Content_Type="application/xml")
    _is_problem(sent, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name": NaN}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b"\x00",
    ],
)
def test_bytes_that_are_not_json_are_answered_400(admin: Caller, body: bytes) -> None:
    _is_problem(admin.post("/services", body), 400, "malformed")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"slug": "a", "name": "x\x00y"}, "/name", "not_storable"),
        ({"slug": "a", "name": "\ud800"}, "/name", "not_storable"),
        ({"slug": "a", "name": "a", "criticality": 10**40}, "/criticality", "not_storable"),
        ({"slug": "a", "name": "a", "criticality": 9}, "/criticality", "invalid_choice"),
        ({"slug": "a", "name": "a", "family": "kitchen"}, "/family", "does_not_exist"),
        ({"slug": "a", "name": "a", "family": 7}, "/family", "invalid"),
        ({"slug": "a", "name": "a", "color": "red"}, "/color", "unknown_field"),
        ({"slug": "a b", "name": "a"}, "/slug", "invalid"),
        ({"slug": "webmail", "name": "a"}, "/slug", "unique"),
        ({"slug": "a"}, "/name", "required"),
        ([], "", "invalid"),
    ],
)
def test_a_value_that_is_not_accepted_is_pointed_to(
    admin: Caller, body: object, pointer: str, code: str
) -> None:
    answer = admin.post("/services", body)

    _is_problem(answer, 400, "validation_failed")
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)


def test_a_choice_is_refused_with_those_that_are_accepted(admin: Caller) -> None:
    answer = admin.post("/services", {"slug": "a", "name": "a", "criticality": 9})

    assert answer.json()["errors"] == [
        {
            "pointer": "/criticality",
            "code": "invalid_choice",
            "detail": '"9" is not a valid choice.',
            "accepted": [1, 2, 3, 4],
        }
    ]


def test_all_errors_are_told_at_once(admin: Caller) -> None:
    answer = admin.post("/services", {"slug": "a b", "criticality": "x"})

    places = sorted(error["pointer"] for error in answer.json()["errors"])
    assert places == ["/criticality", "/name", "/slug"]


def test_a_broken_rule_of_the_database_is_pointed_to_before_the_write(admin: Caller) -> None:
    answer = admin.post(
        "/outages",
        {
            "service": "webmail",
            "title": "Down",
            "starts_at": "2026-03-02T08:00:00Z",
            "ends_at": "2026-03-02T07:00:00Z",
        },
    )

    _is_problem(answer, 400, "validation_failed")
    assert answer.json()["errors"] == [
        {
            "pointer": "/ends_at",
            "code": "constraint",
            "detail": "An outage must end after it started.",
        }
    ]
    assert admin.get("/outages").json()["data"] == []


def test_a_time_without_offset_and_a_year_out_of_reach_are_refused(admin: Caller) -> None:
    for text, code in (
        ("2026-03-02T08:00:00", "time_zone_missing"),
        ("0001-01-01T00:00:00+14:00", "overflow"),
        ("1899-12-31T23:59:59Z", "out_of_range"),
        ("soon", "time_zone_missing"),
    ):
        answer = admin.post("/outages", {"service": "webmail", "title": "Down", "starts_at": text})

        assert [e["code"] for e in answer.json()["errors"]] == [code], text


def test_times_go_out_in_utc_whatever_offset_came_in(admin: Caller) -> None:
    answer = admin.post(
        "/outages",
        {"service": "webmail", "title": "Down", "starts_at": "2026-03-02T08:00:00+01:00"},
    )

    assert answer.status_code == 201
    assert answer.json()["starts_at"] == "2026-03-02T07:00:00Z"


def test_too_many_requests_are_answered_429_and_told_when_to_come_back(
    admin: Caller, settings: object
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2  # type: ignore[attr-defined]
    first = admin.get("/currencies")
    answers = [admin.get("/currencies") for _number in range(4)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert first["RateLimit-Policy"] == '"default";q=2;w=60'
    assert refused
    _is_problem(refused[-1], 429, "too_many_requests")
    assert 1 <= int(refused[-1]["Retry-After"]) <= 60
    assert refused[-1]["RateLimit"].startswith('"default";r=0;t=')


def test_the_page_of_the_docs_explains_every_code(world: World) -> None:
    text = Caller(None).get("/docs").content.decode()

    for code in PROBLEMS:
        assert f'id="{code}"' in text


def test_an_unforeseen_failure_is_a_problem_too_and_leaves_nothing(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itsm.api import catalogue

    def fail(_self: object, serializer: object) -> None:
        serializer.save()  # type: ignore[attr-defined]
        raise RuntimeError("boom")

    monkeypatch.setattr(catalogue.ServiceFamilyViewSet, "perform_create", fail)
    answer = admin.post("/service-families", {"slug": "x", "name": "X"})

    _is_problem(answer, 500, "failed")
    assert "boom" not in answer.content.decode()
    assert [r["slug"] for r in admin.get("/service-families").json()["data"]] == ["workplace"]


@pytest.mark.parametrize(
    "path",
    [
        "/services/%00",
        "/services/%ff%fe",
        "/services/" + "a" * 3000,
        "/services/..%2f..%2fetc",
        "/services/'; DROP TABLE itsm_service; --",
        "/services?q=%00",
        "/services?family=%00",
        "/services?external_id=%00",
        "/services?cursor=%00",
        "/services?cursor=WyIiXQ",
        "/services?limit=" + "9" * 5000,
        "/services?criticality=" + "9" * 400,
        "/service-hours-exceptions?date_after=99999-01-01",
        "/series?service=" + "0" * 40,
    ],
)
def test_an_address_that_makes_no_sense_is_answered_with_a_clear_4xx(
    admin: Caller, path: str
) -> None:
    answer = admin.get(path)

    assert 400 <= answer.status_code < 500, answer.content
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["%00", "%ff", "a" * 300, "%0a", "😀"])
def test_a_number_of_another_system_that_cannot_be_one_is_refused(
    admin: Caller, number: str
) -> None:
    answer = admin.put(f"/services/by-external-id/cmdb/{number}", {"slug": "x", "name": "X"})

    assert answer.status_code < 500


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/services?updated_since=0001-01-01T00:00:00%2B14:00", 3),
        ("/services?updated_since=9999-12-31T23:59:59-14:00", 0),
        ("/tickets?priority=" + "9" * 40, 0),
    ],
)
def test_a_limit_far_out_of_reach_still_has_its_exact_answer(
    admin: Caller, path: str, count: int
) -> None:
    answer = admin.get(path)

    assert answer.status_code == 200
    assert len(answer.json()["data"]) == count


@pytest.mark.parametrize("asked", ["view", "q", "fields", "source", "cursor", "ordering"])
def test_a_parameter_with_nul_is_refused_with_its_name(admin: Caller, asked: str) -> None:
    answer = admin.get(f"/components?{asked}=a%00b")

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == (asked, "not_storable")


def test_a_bad_field_is_refused_though_the_list_is_empty(admin: Caller) -> None:
    assert admin.get("/components").json()["data"] == []
    assert admin.get("/components?fields=colour").status_code == 400
    assert admin.get("/components?expand=colour").status_code == 400
