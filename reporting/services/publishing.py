"""Approve, publish, waive: the last steps before the customer reads."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.calculations.periods import Period
from itsm.permissions import allowed
from itsm.services.mail import queue_mail
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation, Recipient, ReportIssue
from reporting.services.words import Words, period_name

State = DeliveryObligation.State


class NotPublishable(ValueError):
    """The report may not be approved, published or waived in its state or by this person."""


def approve_issue(issue: ReportIssue, *, by: Any, at: datetime) -> ReportIssue:
    """Approve a report and publish it; the person must not be the one who asked for it to be made."""
    if not allowed(by, "approve", ReportIssue):
        raise NotPublishable(_("Your roles do not allow to approve reports. Ask a report editor."))
    if issue.versions.get("requested_by") == by.email:
        raise NotPublishable(
            _("You asked for this report to be made. Somebody else must approve it.")
        )
    with acting_as(SYSTEM):
        row = ReportIssue.objects.select_for_update().defer("dataset").get(pk=issue.pk)
        if row.published_at is not None:
            raise NotPublishable(_("This report is published already."))
        ReportIssue.objects.filter(pk=row.pk).update(approved_by=str(by)[:160], updated_at=at)
    return publish_issue(issue, at=at)


def publish_issue(issue: ReportIssue, *, at: datetime) -> ReportIssue:
    """Show a report to its customer: portal at once, mails in the same transaction; twice changes nothing.

    Raises NotPublishable when it needs an approval that it does not have, or a newer version exists.
    """
    with acting_as(SYSTEM):
        obligation = (
            DeliveryObligation.objects.select_for_update(of=("self",))
            .select_related("definition", "customer")
            .get(pk=issue.obligation_id)
        )
        row = ReportIssue.objects.get(pk=issue.pk)
        if row.published_at is not None:
            return row
        if not row.is_current:
            raise NotPublishable(_("A newer version replaces this one. Publish the newer one."))
        if obligation.definition.needs_approval and not row.approved_by:
            raise NotPublishable(
                _("“%(name)s” must be approved by a person before it is published.")
                % {"name": obligation.definition.name}
            )
        ReportIssue.objects.filter(pk=row.pk).update(published_at=at, updated_at=at)
        row.refresh_from_db(fields=["published_at"])
        obligation.state = State.PUBLISHED
        obligation.published_at = obligation.published_at or at
        obligation.save(update_fields=["state", "published_at", "updated_at"])
        _tell(row, obligation, at)
    return row


def waive(obligation: DeliveryObligation, *, reason: str, at: datetime) -> DeliveryObligation:
    """Write down that the customer does not want this report, and why; it is no longer owed."""
    if not reason.strip():
        raise NotPublishable(_("Write why the customer does not want this report."))
    with acting_as(SYSTEM):
        row = DeliveryObligation.objects.select_for_update().get(pk=obligation.pk)
        if row.state not in (State.PLANNED, State.FAILED, State.IN_REVIEW):
            raise NotPublishable(_("Only a report that is not published can be waived."))
        row.state, row.waived_reason = State.WAIVED, reason.strip()[:300]
        row.save(update_fields=["state", "waived_reason", "updated_at"])
        announce("reporting.report_waived", at=at, obligation=str(row.pk))
    return row


def _tell(issue: ReportIssue, obligation: DeliveryObligation, at: datetime) -> None:
    announce(
        "reporting.report_published",
        at=at,
        issue=str(issue.pk),
        obligation=str(obligation.pk),
        customer=str(issue.customer_id),
    )
    rows = obligation.definition.recipients.select_related("contact")
    for recipient in rows.filter(channel=Recipient.Channel.MAIL).exclude(contact__email=""):
        queue_mail(
            customer=obligation.customer,
            key=f"report:{issue.pk}:{recipient.contact_id}",
            recipient=recipient.contact.email,
            template="report_published",
            context=_mail_facts(issue, obligation, recipient),
            at=at,
        )


def _mail_facts(
    issue: ReportIssue, obligation: DeliveryObligation, recipient: Recipient
) -> dict[str, Any]:
    zone = obligation.customer.timezone
    address = reverse("reporting:portal_report", args=[issue.pk])
    return {
        "language": recipient.contact.language,
        "name": recipient.contact.name,
        "period": period_name(Period.parse(obligation.period, zone)),
        "report": obligation.definition.name,
        "headline": issue.headline,
        "number": issue.number,
        "version": issue.version,
        "reason": issue.restatement_reason,
        "provider": issue.dataset["meta"]["provider"],
        "url": f"{settings.SITE_URL}{address}",
        "digest": issue.dataset_sha256,
        "due": Words(zone).day(obligation.due_at),
    }
