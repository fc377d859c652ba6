"""``manage.py evaluate`` and ``import_data --profile agreement``, as somebody types them."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from itsm.tenancy import SYSTEM, acting_as
from slas.models import Evaluation
from tests.factories import slas as make
from tests.world import World

pytestmark = pytest.mark.django_db


def run(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("evaluate", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_prints_exact_figures_as_json(world: World) -> None:
    with acting_as(SYSTEM):
        make.make_outage(world.webmail, "2025-09-10 10:00", "2025-09-10 11:00")

    first = run("--agreement", "SLA-ACME", "--period", "2025-09")
    second = run("--agreement", "SLA-ACME", "--period", "2025-09")

    assert first == second
    assert set(first) == {"agreement", "period", "engine", "evaluations"}
    assert (first["agreement"], first["period"]) == ("SLA-ACME", "2025-09")
    assert first["engine"].startswith("plimsoll-slas 1, tzdata ")
    digest = first["evaluations"][0].pop("inputs_sha256")
    assert len(digest) == 64
    assert first["evaluations"] == [
        {
            "target": "AVAILABILITY",
            "numerator": "2588400",
            "denominator": "2592000",
            "value": "0.998611111111",
            "met": False,
            "completeness": "1.000000000",
        }
    ]
    with acting_as(SYSTEM):
        assert Evaluation.objects.count() == 1


def test_no_data_is_not_assessable(world: World) -> None:
    found = run("--agreement", "SLA-BOLT", "--period", "2025")
    again = run("--agreement", "SLA-BOLT", "--period", "2025")

    assert found == again  # to the letter: "0.000000000" for nothing at all, fresh or stored
    assert (found["evaluations"][0]["value"], found["evaluations"][0]["met"]) == (None, None)


def test_the_year_of_a_customer_follows_its_own_zone(world: World) -> None:
    run("--agreement", "SLA-BOLT", "--period", "2026-03")

    with acting_as(SYSTEM):
        row = Evaluation.objects.get()
    assert row.starts_at.isoformat() == "2026-03-01T05:00:00+00:00"
    assert row.ends_at.isoformat() == "2026-04-01T04:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--agreement", "NONE", "--period", "2025"), "There is no agreement 'NONE'"),
        (("--agreement", "SLA-ACME", "--period", "2025-13"), "'2025-13' is not a period"),
        (("--agreement", "SLA-ACME", "--period", "2024-01"), "is not in force in 2024-01"),
        (("--agreement", "SLA-ACME", "--period", "2199"), "2199 has not begun"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_sentence(
    world: World, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*words)


def test_an_agreement_comes_in_by_the_import_command(db: None) -> None:
    out = StringIO()

    call_command(
        "import_data", "tests/data/sla-acme-it.json", "--profile", "agreement", "--json", stdout=out
    )

    found = json.loads(out.getvalue())
    assert (found["created"], found["updated"], found["errors"]) == (15, 0, [])
