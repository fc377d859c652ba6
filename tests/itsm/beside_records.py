"""What the tests of comments and of files beside a record share: a browser and a record."""

import pytest
from django.test import Client

from itsm import models as m
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World


def signed_in(user: m.User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(world: World) -> Client:
    """The service level manager's browser, who may also archive."""
    return signed_in(world.staff["SERVICE_LEVEL_MANAGER"])


@pytest.fixture
def action(world: World) -> m.Action:
    """Something that was promised to Acme."""
    with acting_as(SYSTEM):
        return m.Action.objects.create(
            customer=world.acme, title="Replace the disk", due_date="2026-03-31"
        )
