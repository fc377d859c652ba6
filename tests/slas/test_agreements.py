"""The life of an agreement: drafts, coming into force, ends, and the document that brings one in."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.db.utils import IntegrityError

from itsm.models import Party, Service, ServiceHours
from slas.models import Agreement, AgreementVersion, Subscription, Target
from slas.services import agreements
from slas.services.agreements import AgreementRefused
from slas.services.imports import import_agreement, upsert
from tests.factories import slas as make
from tests.world import World

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, tzinfo=UTC)
DOCUMENT = json.loads(Path("tests/data/sla-acme-it.json").read_text(encoding="utf-8"))


@pytest.fixture
def document() -> dict[str, Any]:
    return deepcopy(DOCUMENT)


def test_a_draft_copies_the_terms_and_targets_in_force(world: World, system: None) -> None:
    agreement = world.agreements["acme"]
    agreement.versions.update(ends_at=None)

    draft = agreements.draft_version(
        agreement=agreement, starts_at=make.madrid("2027-01-01 00:00"), at=AT
    )

    assert (draft.number, draft.state) == (2, "DRAFT")
    assert [target.reference for target in draft.targets.all()] == ["AVAILABILITY"]
    with pytest.raises(AgreementRefused, match="has a draft already"):
        agreements.draft_version(agreement=agreement, starts_at=AT, at=AT)


def test_a_new_version_in_force_ends_the_one_before(world: World, system: None) -> None:
    agreement, start = world.agreements["acme"], make.madrid("2027-01-01 00:00")
    draft = agreements.draft_version(agreement=agreement, starts_at=start, at=AT)

    agreements.put_in_force(draft, signed_by="Lucía Ortega, Acme", at=AT)

    first, second = agreement.versions.order_by("number")
    assert (first.ends_at, first.state) == (start, "IN_FORCE")
    assert (second.state, second.signed_by, second.signed_at) == (
        "IN_FORCE",
        "Lucía Ortega, Acme",
        AT,
    )


def test_a_version_without_targets_or_with_two_alike_stays_a_draft(
    world: World, system: None
) -> None:
    agreement = Agreement.objects.create(reference="SLA-T", title="T", party=world.acme)
    version = make.make_version(agreement, AT)

    with pytest.raises(AgreementRefused, match="promises nothing yet"):
        agreements.put_in_force(version, signed_by="Ana", at=AT)
    make.make_target(version, world.webmail, world.hours)
    make.make_target(version, world.webmail, world.hours, reference="A2")
    with pytest.raises(AgreementRefused, match="promise the same"):
        agreements.put_in_force(version, signed_by="Ana", at=AT)

    version.refresh_from_db()
    assert version.state == "DRAFT"


def test_a_version_in_force_is_frozen_for_services_and_in_the_database(
    world: World, system: None
) -> None:
    version = world.agreements["acme"].versions.get()
    target = world.targets["acme"]
    target.objective = "90"

    with pytest.raises(AgreementRefused, match="is no draft"):
        agreements.save_target(target)
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(notice_hours=1)
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        Target.objects.filter(version=version).update(objective="90")


def test_an_sla_is_made_with_a_customer_only(world: World, system: None) -> None:
    row = Agreement(reference="SLA-X", title="X", party=world.supplier)

    with pytest.raises(AgreementRefused, match="Carrier One is no Customer"):
        agreements.save_agreement(row, at=AT)


def test_a_version_is_ended_once_and_never_prolonged(world: World, system: None) -> None:
    version = world.agreements["acme"].versions.get()
    end = make.madrid("2026-12-01 00:00")

    agreements.end_version(version, ends_at=end, at=AT)

    version.refresh_from_db()
    assert version.ends_at == end
    with pytest.raises(AgreementRefused, match="ends earlier already"):
        agreements.end_version(version, ends_at=make.madrid("2027-12-01 00:00"), at=AT)


def test_the_document_creates_all_that_an_agreement_needs(db: None, system: None) -> None:
    outcome = import_agreement(DOCUMENT, at=AT)

    assert outcome.errors == []
    # customer, hours, service, agreement, version, nine targets, subscription
    assert (outcome.created, outcome.updated, outcome.unchanged) == (15, 0, 0)
    customer = Party.objects.get(slug="acme")
    version = AgreementVersion.objects.get(agreement__reference="SLA-ACME-IT")
    assert customer.timezone == "Europe/Madrid"
    assert version.state == "IN_FORCE"
    assert version.starts_at == datetime(2015, 12, 31, 23, tzinfo=UTC)
    assert version.ends_at == datetime(2017, 12, 31, 23, tzinfo=UTC)
    assert Target.objects.get(reference="P1-RESOLUTION").limit_seconds == 14_400
    assert Subscription.objects.get().service == Service.objects.get(slug="it-support")
    assert ServiceHours.objects.get().timezone == "Europe/Madrid"


def test_the_same_document_again_changes_nothing(db: None, system: None) -> None:
    import_agreement(DOCUMENT, at=AT)

    again = upsert(DOCUMENT, at=AT)

    assert (again.created, again.updated, again.unchanged, again.errors) == (0, 0, 15, [])


def test_a_dry_run_counts_and_writes_nothing(db: None, system: None) -> None:
    outcome = import_agreement(DOCUMENT, at=AT, dry_run=True)

    assert outcome.created == 15
    assert Agreement.objects.count() == Party.objects.count() == 0


def test_everything_wrong_is_said_at_once_with_pointers(
    db: None, system: None, document: dict[str, Any]
) -> None:
    document["customer"]["timezone"] = "Europe/Madird"
    document["agreement"]["kind"] = "SLO"
    document["agreement"]["ends"] = "2015-01-01"
    document["targets"][0]["limit"] = {"days": 5}
    document["targets"][1]["objective"] = "101"
    document["targets"][2]["colour"] = "red"

    outcome = import_agreement(document, at=AT)

    assert [(error.column, error.code) for error in outcome.errors] == [
        ("/customer/timezone", "zone"),
        ("/agreement/ends", "order"),
        ("/agreement/kind", "choice"),
        ("/targets/0/limit", "unit"),
        ("/targets/1/objective", "percent"),
        ("/targets/2/colour", "unknown_key"),
    ]
    by_pointer = {error.column: error for error in outcome.errors}
    assert by_pointer["/agreement/kind"].accepted == ("SLA", "OLA", "UNDERPINNING")
    assert "working_days" in by_pointer["/targets/0/limit"].message
    assert Party.objects.count() == 0


def test_a_version_in_force_is_not_changed_by_a_document(
    db: None, system: None, document: dict[str, Any]
) -> None:
    import_agreement(DOCUMENT, at=AT)
    document["targets"][4]["limit"] = {"hours": 8}

    outcome = import_agreement(document, at=AT)

    assert [(error.column, error.code) for error in outcome.errors] == [
        ("/targets/4/limit_seconds", "frozen")
    ]
    assert Target.objects.get(reference="P1-RESOLUTION").limit_seconds == 14_400


def test_a_document_of_another_version_makes_a_second_one(
    db: None, system: None, document: dict[str, Any]
) -> None:
    import_agreement(DOCUMENT, at=AT)
    document["agreement"] |= {"version": 2, "starts": "2017-01-01"}

    outcome = import_agreement(document, at=AT)

    assert outcome.errors == []
    first, second = AgreementVersion.objects.order_by("number")
    assert first.ends_at == second.starts_at == datetime(2016, 12, 31, 23, tzinfo=UTC)
    assert second.state == "IN_FORCE"
