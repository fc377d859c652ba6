"""The two walls: what the database itself refuses, and what querysets leave out."""

import pytest
from django.db import ProgrammingError, connection, transaction

from itsm.models import Contact, Party, Service
from itsm.tenancy import NOBODY, SYSTEM, acting_as
from slas.models import Agreement, Target
from tests.world import World


def test_the_driver_is_psycopg2() -> None:
    assert connection.Database.__name__ == "psycopg2"


def test_a_query_outside_acting_as_is_refused_by_the_database(world: World) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        list(Party.objects.all())


def test_a_customer_sees_its_own_rows_even_without_the_application_filter(world: World) -> None:
    with acting_as(world.acme):
        parties = set(Party.objects.values_list("slug", flat=True))
        agreements = set(Agreement.objects.values_list("reference", flat=True))
        targets = Target.objects.count()
        contacts = set(Contact.objects.values_list("email", flat=True))
        services = set(Service.objects.values_list("slug", flat=True))

    assert parties == {"acme"}
    assert agreements == {"SLA-ACME"}
    assert targets == 1
    assert contacts == {"reader@acme.example"}
    assert services == {"webmail", "network"}


def test_staff_sees_every_customer(world: World) -> None:
    with acting_as(world.staff["AUDITOR"]):
        assert Agreement.objects.count() == 2


def test_somebody_without_a_membership_sees_nothing(world: World) -> None:
    assert world.stranger is not None
    with acting_as(world.stranger):
        assert Party.objects.count() == 0
        assert list(Party.objects.visible_to(world.stranger)) == []


def test_a_customer_cannot_write_a_foreign_row(world: World) -> None:
    with acting_as(world.acme):
        assert Agreement.objects.filter(party_id=world.bolt.pk).count() == 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Agreement.objects.filter(pk=world.agreements["bolt"].pk).update(title="mine")


def test_a_nested_actor_gives_the_outer_one_back(world: World) -> None:
    with acting_as(world.acme):
        with acting_as(SYSTEM):
            assert Party.objects.count() == 4
        assert Party.objects.count() == 1
    with acting_as(NOBODY):
        assert Party.objects.count() == 0


def test_visible_to_leaves_out_the_other_customer(world: World) -> None:
    viewer = world.people["acme"]["CUSTOMER_VIEWER"]
    with acting_as(SYSTEM):
        assert [a.reference for a in Agreement.objects.visible_to(viewer)] == ["SLA-ACME"]
        assert {s.slug for s in Service.objects.visible_to(viewer)} == {"webmail", "network"}
