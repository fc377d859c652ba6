"""My work: each row says what to do, for whom, by when or since when, and what opens."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from itsm import models as m
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

pytestmark = pytest.mark.django_db


def rows_of(user: m.User) -> list[str]:
    """Return the words of each row of the list on My work."""
    client = Client()
    client.force_login(user)
    page = client.get("/").content.decode()
    found = re.findall(
        r"<li>(.*?)</li>", page.partition('<ul class="q work">')[2].partition("</ul>")[0], re.S
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_a_row_says_what_to_do_for_whom_and_by_when(world: World) -> None:
    now = timezone.now()
    with acting_as(SYSTEM):
        m.Action.objects.create(
            customer=world.acme, title="Ask the carrier", owner_name="Ana", due_date=now.date() - timedelta(days=9)
        )  # fmt: skip
        m.Outage.objects.create(
            service=world.webmail, customer=world.bolt, title="Mail stopped", customer_text="Mail stopped.",
            starts_at=now - timedelta(days=1), reference="OUT-1",
        )  # fmt: skip

    late, draft = rows_of(world.administrator)

    assert re.fullmatch(
        r"Ask the carrier Acme S\.A\. · Action: Ana \d+ \w+ 1 week late Carry out", late
    )
    assert re.fullmatch(
        r".*Mail stopped Bolt Inc\. · Outage: Customers do not see it until its text is approved\. "
        r"0 minutes waiting Approve",
        draft,
    )
