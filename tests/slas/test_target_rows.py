"""Several targets of a draft are entered at once, with more rows on demand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from itsm.tenancy import SYSTEM, acting_as
from slas.models import Target
from slas.services.agreements import draft_version
from tests.factories import slas as make

pytestmark = pytest.mark.django_db
NAMES = ("kind", "priority", "limit_number", "limit_unit", "objective")


@pytest.fixture
def client(world):
    client = Client()
    client.force_login(world.staff["SERVICE_LEVEL_MANAGER"])
    return client


@pytest.fixture
def draft(world):
    """A draft that holds the availability of Webmail already."""
    with acting_as(SYSTEM):
        return draft_version(
            agreement=world.agreements["acme"], starts_at=make.madrid("2027-01-01 00:00"),
            at=datetime(2026, 3, 1, tzinfo=UTC),
        )  # fmt: skip


def _send(client, world, draft, *rows, total=None, **more):
    body = {
        "hours": world.hours.pk,
        "form-TOTAL_FORMS": total or len(rows),
        "form-INITIAL_FORMS": 0,
    }
    for place, row in enumerate(rows):
        body |= {f"form-{place}-{name}": value for name, value in zip(NAMES, row, strict=True)}
        body[f"form-{place}-service"] = world.webmail.pk if row[0] else ""
    headers = more.pop("headers", {})
    return client.post(_address(draft), {**body, **more}, headers=headers)


def _address(draft):
    return reverse("slas:agreement-versions_targets", args=[draft.pk])


def _new(draft):
    with acting_as(SYSTEM):
        rows = Target.objects.filter(version=draft).exclude(kind="AVAILABILITY")
        return [
            (t.reference, t.name, t.limit_seconds, t.limit_working_days, t.objective)
            for t in rows.order_by("reference")
        ]


def test_three_filled_rows_give_three_targets_and_an_empty_one_gives_none(client, world, draft):
    page = client.get(reverse("slas:agreement-versions_detail", args=[draft.pk]))
    assert _address(draft) in page.content.decode()
    answer = _send(
        client, world, draft,
        ("RESPONSE", "1", "30", "minutes", "95"),
        ("RESOLUTION", "1", "4", "hours", "90.5"),
        ("", "", "", "hours", ""),
        ("RESOLUTION", "", "2", "working_days", "80"),
    )  # fmt: skip

    assert answer.status_code == 302
    assert _new(draft) == [
        ("P1-RESOLUTION", "Resolution time, priority 1", 14_400, None, Decimal("90.5")),
        ("P1-RESPONSE", "Response time, priority 1", 1_800, None, Decimal("95")),
        ("RESOLUTION", "Resolution time", None, 2, Decimal("80")),
    ]


def test_all_errors_are_shown_at_once_and_nothing_is_written(client, world, draft):
    answer = _send(
        client, world, draft,
        ("RESPONSE", "1", "", "hours", "95"),
        ("RESOLUTION", "1", "4", "hours", "101"),
        ("AVAILABILITY", "", "4", "hours", "99"),
        ("RESOLUTION", "2", "4", "hours", "90"),
    )  # fmt: skip
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Enter the limit, such as 4 hours." in page
    assert "less than or equal to 100" in page
    assert "Availability has no priority and no limit. Leave them empty." in page
    assert _new(draft) == []


def test_two_rows_that_promise_the_same_are_refused(client, world, draft):
    row = ("RESOLUTION", "1", "4", "hours", "90")

    answer = _send(client, world, draft, row, row)

    assert answer.status_code == 422
    assert "promise the same about Webmail. Keep one of them." in answer.content.decode()
    assert _new(draft) == []


def test_more_rows_keep_what_was_typed_with_and_without_scripts(client, world, draft):
    row = ("RESOLUTION", "1", "", "hours", "")

    plain = _send(client, world, draft, row, more="1")
    fragment = _send(client, world, draft, row, more="1", headers={"HX-Request": "true"})

    for answer in (plain, fragment):
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'name="form-3-kind"' in page
        assert 'name="form-4-kind"' not in page
        assert '<option value="RESOLUTION" selected>' in page
        assert "Enter the limit" not in page
    assert "<html" in plain.content.decode()
    assert "<html" not in fragment.content.decode()


def test_a_version_in_force_takes_no_rows(client, world):
    with acting_as(SYSTEM):
        version = world.agreements["acme"].versions.get()

    answer = _send(client, world, version, ("RESOLUTION", "1", "4", "hours", "90"))

    assert answer.status_code == 422
    assert "is no draft, so it stays as it is." in answer.content.decode()


def test_who_may_only_read_is_refused(world, draft):
    client = Client()
    client.force_login(world.staff["AUDITOR"])

    assert client.get(_address(draft)).status_code == 403
