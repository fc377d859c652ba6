"""Issue a report exactly once: lease, judge, build, render, then all rows in one transaction.

A crash at any point leaves a row that says what is owed: the job's next run takes the lease over and ends with
the same issue, because equal records give an equal dataset and a dataset is issued once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import tzdata
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.calculations.digest import sha256
from itsm.calculations.periods import Period
from itsm.models import StoredFile
from itsm.rendering import Limits, pdf
from itsm.services import files
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, ReportIssue
from reporting.services.dataset import (
    Edition,
    build,
    logos_of,
    provider_of,
    without_edition,
)
from reporting.services.plan import period_of
from reporting.services.publishing import publish_issue
from reporting.services.words import period_name
from slas.models import Agreement, AgreementVersion
from slas.services.evaluation import evaluate_period

State = DeliveryObligation.State
LEASE = timedelta(seconds=settings.PDF_SECONDS + 30)
ENGINE = "plimsoll-reports 1"


class PeriodNotEnded(ValueError):
    """The period still runs, so its report would change every day."""


class NotOwed(ValueError):
    """The customer waived this report."""


class BeingMade(ValueError):
    """Somebody makes this report right now; ``until`` is when that must have ended."""

    def __init__(self, until: datetime, reason: str) -> None:
        """Keep the instant beside the sentence."""
        super().__init__(reason)
        self.until = until


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants the report and how: publish it (None: unless it needs approval), why again, for which job."""

    publish: bool | None = None
    reason: str = ""
    owner: str = ""
    requested_by: str = ""


def issue(
    *, obligation: DeliveryObligation, at: datetime, order: Order | None = None
) -> ReportIssue:
    """Return the issue of ``obligation``, made now if it is missing or if its records changed.

    Equal records give the issue that is there, without a new version. Raises PeriodNotEnded, NotOwed,
    BeingMade (all ValueError) and RenderingFailed; then nothing is issued and the reason is kept.
    """
    order = order or Order()
    obligation = _lease(obligation, at, order)
    try:
        _judge(obligation, at, order)
        found, edition, dataset = _compare(obligation, at, order)
        if found is None:
            stored = _render(edition, dataset)
            found = _write(edition, dataset, stored, order)
        return _finish(obligation, found, at, order)
    except Exception as error:
        _note_failure(obligation, error)
        raise


def issue_once(*, obligation: DeliveryObligation, at: datetime, order: Order) -> ReportIssue:
    """Return the current issue if there is one, else make it: what a scheduled run wants."""
    with acting_as(SYSTEM):
        current = ReportIssue.objects.current().filter(obligation=obligation).first()
        state = DeliveryObligation.objects.values_list("state", flat=True).get(pk=obligation.pk)
    if current is not None and state not in (State.PLANNED, State.GENERATING, State.FAILED):
        return current
    return issue(obligation=obligation, at=at, order=order)


def refuse_running(period: Period, at: datetime) -> None:
    """Raise PeriodNotEnded when ``period`` still runs or lies ahead."""
    if at < period.end:
        last = period.next().first_date - timedelta(days=1)
        words = _("%(period)s is not over yet. A report is made after %(day)s.")
        raise PeriodNotEnded(words % {"period": period_name(period), "day": last.isoformat()})


def _lease(obligation: DeliveryObligation, at: datetime, order: Order) -> DeliveryObligation:
    """Take the obligation by compare-and-set; the job that held it may take it again."""
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    if order.owner:
        free |= Q(lease_owner=order.owner)
    with acting_as(SYSTEM):
        rows = DeliveryObligation.objects.filter(pk=obligation.pk)
        row = rows.select_related("customer", "definition__customer").get()
        refuse_running(period_of(row), at)
        if row.state == State.WAIVED:
            raise NotOwed(_("This report was waived: %(why)s.") % {"why": row.waived_reason})
        facts: dict[str, Any] = {"lease_until": at + LEASE, "lease_owner": order.owner, "error": ""}
        if row.state in (State.PLANNED, State.FAILED):
            facts["state"] = State.GENERATING
        if not rows.filter(free).update(**facts, attempts=row.attempts + 1, updated_at=at):
            words = _("This report is being made right now. Look again in %(seconds)s seconds.")
            raise BeingMade(row.lease_until or at, words % {"seconds": int(LEASE.total_seconds())})
        row.refresh_from_db(fields=[*facts, "attempts"])
    return row


def _judge(obligation: DeliveryObligation, at: datetime, order: Order) -> None:
    """Judge every agreement of the customer over the period, for good (station 3)."""
    period = period_of(obligation)
    with acting_as(SYSTEM):
        versions = AgreementVersion.objects.during(period.start, period.end)
        mine = versions.filter(party=obligation.customer).values("agreement")
        agreements = Agreement.objects.filter(pk__in=mine, kind=Agreement.Kind.SLA)
        for agreement in agreements.order_by("reference"):
            evaluate_period(agreement=agreement, period=period, at=at, reason=order.reason)


def _compare(
    obligation: DeliveryObligation, at: datetime, order: Order
) -> tuple[ReportIssue | None, Edition, dict[str, Any]]:
    """Return the current issue if its dataset still holds, the edition to make and its dataset."""
    with acting_as(SYSTEM):
        current = ReportIssue.objects.current().filter(obligation=obligation).first()
    if current is None:
        edition = Edition(obligation, 1, at)
        return None, edition, build(edition)
    as_before = build(Edition(obligation, current.version, current.generated_at))
    if sha256(without_edition(as_before)) == sha256(without_edition(current.dataset)):
        return current, Edition(obligation, current.version, current.generated_at), current.dataset
    reason = order.reason or _("Records of the period were added or corrected.")
    edition = Edition(obligation, current.version + 1, at, str(current), reason)
    return None, edition, build(edition)


def _render(edition: Edition, dataset: dict[str, Any]) -> StoredFile:
    limits = Limits(wall_seconds=settings.PDF_SECONDS)
    content = pdf(dataset, logos=_logos(edition), limits=limits)
    return files.store(
        customer=edition.obligation.customer,
        name=f"{edition.number}-v{edition.version}.pdf",
        content_type="application/pdf",
        content=content,
        at=edition.at,
    )


def _logos(edition: Edition) -> dict[str, bytes]:
    """Give the logos under the names that the dataset uses."""
    with acting_as(SYSTEM):
        pairs = logos_of(edition.obligation.customer, provider_of())
    return {name: files.read_file(row) for name, row in pairs if row is not None}


def _write(
    edition: Edition, dataset: dict[str, Any], stored: StoredFile, order: Order
) -> ReportIssue:
    """Write the issue; if a twin was faster with the same dataset, return the twin's."""
    digest = sha256(dataset)
    with acting_as(SYSTEM):
        obligation = DeliveryObligation.objects.select_for_update().get(pk=edition.obligation.pk)
        rows = ReportIssue.objects.filter(obligation=obligation)
        current = rows.current().first()
        if current is not None and current.version >= edition.version:
            return current
        if current is not None:
            rows.current().update(is_current=False)
        return ReportIssue.objects.create(
            customer=obligation.customer,
            obligation=obligation,
            version=edition.version,
            number=edition.number,
            headline=dataset["headline"][:300],
            dataset=dataset,
            dataset_sha256=digest,
            pdf=stored,
            pdf_sha256=stored.sha256,
            versions=_made_with(order),
            generated_at=edition.at,
            supersedes=current,
            restatement_reason=edition.reason[:300] if current else "",
            is_demo=obligation.is_demo,
        )


def _made_with(order: Order) -> dict[str, str]:
    return {
        "engine": ENGINE,
        "tzdata": str(tzdata.IANA_VERSION),
        "requested_by": order.requested_by,
    }


def _finish(
    obligation: DeliveryObligation, found: ReportIssue, at: datetime, order: Order
) -> ReportIssue:
    """Give the lease back; publish, or wait for approval."""
    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.select_for_update().get(pk=obligation.pk)
        row.lease_until, row.lease_owner, row.error = None, "", ""
        if found.published_at is None:
            row.state = State.IN_REVIEW
        elif row.state == State.GENERATING:
            row.state = State.PUBLISHED
        row.save()
        wants = order.publish if order.publish is not None else not row.definition.needs_approval
        if wants and found.published_at is None:
            return publish_issue(found, at=at)
        if found.published_at is None:
            announce(
                "reporting.report_to_approve",
                at=at,
                issue=str(found.pk),
                customer=str(found.customer_id),
            )
    return found


def _note_failure(obligation: DeliveryObligation, error: Exception) -> None:
    """Keep the reason where people see it; an issue that is there stays as it is."""
    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.select_for_update().get(pk=obligation.pk)
        row.error = (str(error) or type(error).__name__)[:300]
        row.lease_until, row.lease_owner = None, ""
        if row.state == State.GENERATING:
            row.state = State.FAILED
        row.save()
