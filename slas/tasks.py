"""Judge the running and the last month, by schedule and when a record changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from itsm.calculations.periods import Period
from itsm.models import MaintenanceWindow, Outage, Ticket
from itsm.tenancy import SYSTEM, acting_as
from slas.models import Agreement
from slas.selectors.stale import periods_of_months, periods_touched
from slas.services.evaluation import NotInForce, PeriodNotBegun, evaluate_period
from slas.services.ordering import judge

_RETRY: Any = {"autoretry_for": (OperationalError,), "retry_backoff": True, "max_retries": 5}


@shared_task(acks_late=True, **_RETRY)
def evaluate(*, agreement: str, period: str, at: str = "", **_later: object) -> None:
    """Judge one agreement over one period; the same evidence gives the same rows."""
    now = datetime.fromisoformat(at) if at else timezone.now()
    with acting_as(SYSTEM):
        row = Agreement.objects.select_related("party").get(pk=agreement)
        try:
            evaluate_period(agreement=row, period=Period.parse(period, row.party.timezone), at=now)
        except (NotInForce, PeriodNotBegun):
            return


@shared_task
def evaluate_ordered(
    *, agreement: str, period: str, reason: str, **_later: object
) -> dict[str, Any]:
    """Judge what somebody ordered; run by ``itsm.tasks.run_job``."""
    with acting_as(SYSTEM):
        row = Agreement.objects.select_related("party").get(pk=agreement)
        asked = Period.parse(period, row.party.timezone)
        return judge(row, asked, reason=reason, at=timezone.now())


@shared_task(acks_late=True, **_RETRY)
def evaluate_running(*, at: str = "", **_later: object) -> None:
    """Queue the running and the last month of every agreement in use."""
    now = datetime.fromisoformat(at) if at else timezone.now()
    with acting_as(SYSTEM):
        rows = list(Agreement.objects.active().select_related("party"))
    for row in rows:
        month = Period.containing(now, "month", row.party.timezone)
        for period in (month.previous(), month):
            evaluate.delay(agreement=str(row.pk), period=period.label)


@shared_task(acks_late=True, **_RETRY)
def record_changed(*, uuid: str = "", event: str = "", **_payload: object) -> None:
    """Judge again every period that a changed outage, window or ticket touches and that was judged."""
    with acting_as(SYSTEM):
        models: dict[str, Any] = {
            "outage": Outage,
            "maintenancewindow": MaintenanceWindow,
            "ticket": Ticket,
        }
        names = [event.split(".")[0]] if event.split(".")[0] in models else list(models)
        found = [row for name in names if (row := models[name].objects.filter(pk=uuid).first())]
        touched = [pair for row in found for pair in periods_touched(row)]
    for agreement, period in dict.fromkeys(touched):
        evaluate.delay(agreement=str(agreement), period=period)


@shared_task(acks_late=True, **_RETRY)
def tickets_recorded(*, customer: str, touched: dict[str, list[str]], **_payload: object) -> None:
    """Judge again the provisional results of the months that imported tickets touch; final ones stay."""
    with acting_as(SYSTEM):
        found = periods_of_months(UUID(customer), touched)
    for agreement, period in found:
        evaluate.delay(agreement=str(agreement), period=period)


@shared_task(acks_late=True, **_RETRY)
def import_undone(*, touched: dict[str, dict[str, list[str]]], **_payload: object) -> None:
    """Judge again the provisional results of the months that an undone import touches."""
    with acting_as(SYSTEM):
        found = [
            pair
            for customer, months in touched.items()
            for pair in periods_of_months(UUID(customer) if customer else None, months)
        ]
    for agreement, period in dict.fromkeys(found):
        evaluate.delay(agreement=str(agreement), period=period)
