"""Service levels over the API: drafting, judging, reading the trace."""

from typing import Any

import pytest

from itsm.tenancy import SYSTEM, acting_as
from tests.api.conftest import Caller
from tests.factories import slas as make
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(world: World) -> Caller:
    return Caller(world.staff["SERVICE_LEVEL_MANAGER"])


def test_an_agreement_is_drafted_signed_and_judged(world: World, manager: Caller) -> None:
    made = manager.post(
        "/agreements",
        {"reference": "SLA-NET", "title": "Network", "kind": "SLA", "party": {"slug": "acme"}},
    )
    assert made.status_code == 201
    draft = manager.post("/agreements/SLA-NET/draft", {"starts_at": "2026-01-01T00:00:00Z"}).json()
    target: dict[str, Any] = {
        "version": draft["id"],
        "reference": "AVAILABILITY",
        "name": "Availability",
        "kind": "AVAILABILITY",
        "service": {"slug": "network"},
        "hours": {"slug": "always"},
        "objective": "99.9",
    }
    assert manager.post("/targets", target).status_code == 201
    signed = manager.post(f"/agreement-versions/{draft['id']}/in-force", {"signed_by": "Ana"})
    assert (signed.status_code, signed.json()["state"]) == (200, "IN_FORCE")
    with acting_as(SYSTEM):
        make.make_outage(world.shared, "2026-02-10 10:00", "2026-02-10 11:00")

    judged = manager.post("/agreements/SLA-NET/evaluation", {"period": "2026-02"})

    assert judged.status_code == 200
    assert judged.json()["evaluations"][0]["numerator"] == "2415600"
    row = manager.get("/evaluations?period=2026-02").json()["data"][0]
    assert (row["denominator"], row["met"]) == ("2419200.000000", False)
    trace = manager.get(f"/evaluations/{row['id']}/trace").json()
    assert trace["outages"][0]["seconds"] == "3600.000000"


def test_a_target_in_force_cannot_be_changed(world: World, manager: Caller) -> None:
    answer = manager.patch(f"/targets/{world.targets['acme'].pk}", {"objective": "90"})

    assert answer.status_code == 409
    assert "is no draft" in answer.json()["detail"]


def test_a_period_that_cannot_be_read_is_refused(world: World, manager: Caller) -> None:
    answer = manager.post("/agreements/SLA-ACME/evaluation", {"period": "March"})

    assert answer.status_code == 400


def test_a_customer_reads_its_own_judgments_only(world: World, manager: Caller) -> None:
    with acting_as(SYSTEM):
        make.make_outage(world.webmail, "2026-02-10 10:00", "2026-02-10 11:00")
    manager.post("/agreements/SLA-ACME/evaluation", {"period": "2026-02"})
    acme = Caller(world.people["acme"]["CUSTOMER_VIEWER"])
    bolt = Caller(world.people["bolt"]["CUSTOMER_VIEWER"])

    own = acme.get("/evaluations").json()["data"]

    assert len(own) == 1
    assert acme.get(f"/evaluations/{own[0]['id']}/trace").status_code == 200
    assert bolt.get("/evaluations").json()["data"] == []
    assert bolt.get(f"/evaluations/{own[0]['id']}/trace").status_code == 404
    assert acme.post("/agreements/SLA-ACME/evaluation", {"period": "2026-02"}).status_code == 403
