"""Scheduled work of service reporting; identifiers and ISO strings in, one service call each."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from itsm.services.jobs import TryLater
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation
from reporting.services import scheduling
from reporting.services.issue import BeingMade, Order, issue, issue_once
from reporting.services.plan import materialise


@shared_task
def plan_deliveries(**_later: Any) -> None:
    """Write down what is owed in the next 13 months."""
    materialise(at=timezone.now())


@shared_task
def issue_due_reports(**_later: Any) -> None:
    """Queue the reports whose period has ended."""
    scheduling.issue_due(at=timezone.now())


@shared_task
def issue_report(
    *, obligation: str, owner: str = "", by: str = "", reason: str = "", **_later: Any
) -> dict[str, Any]:
    """Make one report; run by ``itsm.tasks.run_job``."""
    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.select_related("customer").get(pk=obligation)
    order = Order(owner=owner, requested_by=by, reason=reason)
    make = issue if reason else issue_once
    try:
        made = make(obligation=row, at=timezone.now(), order=order)
    except BeingMade as busy:
        raise TryLater(busy.until, str(busy)) from busy
    return {"issue": str(made.pk), "number": made.number, "version": made.version}
