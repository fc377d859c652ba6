"""What the site tells about itself: readiness, figures for Prometheus, lines of the log."""

import json
import logging
import sys

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.logging import REQUEST_ID, JsonLines
from itsm.registry import Metric
from itsm.services.jobs import HEARTBEAT_KEY
from itsm.tasks import note_heartbeat
from itsm.views.metrics import exposition
from tests.world import World


@pytest.mark.django_db
def test_ready_tells_whether_the_schedule_is_heard_of() -> None:
    cache.delete(HEARTBEAT_KEY)
    silent = Client().get("/readyz")
    note_heartbeat()
    heard = Client().get("/readyz")

    assert silent.json()["schedule"] == "not heard of for 120 s"
    assert heard.json() == {
        "database": "ok", "migrations": heard.json()["migrations"], "redis": "ok", "schedule": "ok",
    }  # fmt: skip


@pytest.mark.django_db
def test_metrics_are_for_the_staff(world: World) -> None:
    stranger, customer, staff = Client(), Client(), Client()
    customer.force_login(world.people["acme"]["CUSTOMER_VIEWER"])
    staff.force_login(world.staff["AUDITOR"])

    answers = [one.get("/metrics") for one in (stranger, customer, staff)]

    assert [answer.status_code for answer in answers] == [302, 403, 200]
    lines = answers[2].content.decode().splitlines()
    assert "# TYPE plimsoll_agreements_in_force gauge" in lines
    assert "plimsoll_report_overdue_total 0" in lines
    assert answers[2].headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_names_are_told_once_and_labels_cannot_break_a_line() -> None:
    found = [
        Metric("b_total", "Second", 2, {"name": 'a"b\nc\\d'}),
        Metric("a_total", "First", 0.5),
        Metric("b_total", "Second", 3, {"name": "e"}),
    ]

    assert exposition(found) == (
        "# HELP a_total First\n# TYPE a_total gauge\na_total 0.5\n"
        "# HELP b_total Second\n# TYPE b_total gauge\n"
        'b_total{name="a\\"b\\nc\\\\d"} 2\nb_total{name="e"} 3\n'
    )


def test_a_line_of_the_log_carries_the_number_of_its_request() -> None:
    def line() -> dict[str, str]:
        record = logging.LogRecord("x", logging.INFO, __file__, 1, "a\nb", (), None)
        return json.loads(JsonLines().format(record))

    outside = line()
    number = REQUEST_ID.set("abc12345")
    try:
        try:
            raise ValueError("broken")
        except ValueError:
            record = logging.LogRecord("x", logging.ERROR, __file__, 1, "c", (), sys.exc_info())
            inside = json.loads(JsonLines().format(record))
    finally:
        REQUEST_ID.reset(number)

    assert "request_id" not in outside
    assert (inside["request_id"], inside["error"].splitlines()[-1]) == (
        "abc12345",
        "ValueError: broken",
    )
