"""Report definitions: drafted, agreed and active, retired; who gets them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.calculations.periods import Period
from itsm.models import Contact, Party
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import Recipient, ReportDefinition
from reporting.services.plan import materialise

DEFAULT_SLUG = "monthly"
State = ReportDefinition.State


class DefinitionRefused(ValueError):
    """The definition cannot be changed in this way."""


@transaction.atomic
def activate(definition: ReportDefinition, *, at: datetime) -> ReportDefinition:
    """Put a definition to work: its obligations are planned at once."""
    row = ReportDefinition.objects.select_for_update().get(pk=definition.pk)
    if row.state == State.ACTIVE:
        raise DefinitionRefused(_("“%(name)s” is active already.") % {"name": row.name})
    row.state = State.ACTIVE
    row.save(update_fields=["state", "updated_at"])
    materialise(at=at, definition=row)
    announce("reporting.definition_activated", at=at, definition=row.pk, customer=row.customer_id)
    return row


@transaction.atomic
def retire(definition: ReportDefinition, *, at: datetime) -> ReportDefinition:
    """End a definition: reports on periods that begin later are no longer owed and leave the plan."""
    row = ReportDefinition.objects.select_for_update().get(pk=definition.pk)
    if row.state == State.RETIRED:
        raise DefinitionRefused(_("“%(name)s” is retired already.") % {"name": row.name})
    row.state = State.RETIRED
    row.save(update_fields=["state", "updated_at"])
    row.obligations.filter(state="PLANNED", period_starts_at__gte=at).delete()
    return row


def default_definition(customer: Party, *, at: datetime) -> tuple[ReportDefinition, bool]:
    """Return the customer's monthly report and whether it was made now, because there was none.

    Its recipients are the customer's report recipients. It owes reports from the running month on;
    a report on an earlier month is made only when somebody asks for it.
    """
    first = Period.containing(at, "month", customer.timezone).first_date
    with acting_as(SYSTEM):
        row, is_new = ReportDefinition.objects.get_or_create(
            customer=customer,
            slug=DEFAULT_SLUG,
            defaults={
                "name": _("Monthly service report"),
                "purpose": _("Shows which promises were kept, what happened and what is planned."),
                "audience": _("People who are responsible for the services at the customer"),
                "data_sources": _("Records, tickets and agreements in Plimsoll"),
                "language": customer.language,
                "starts_date": first,
                "state": State.ACTIVE,
                "is_demo": customer.is_demo,
            },
        )
        if is_new:
            _add_report_recipients(row)
            materialise(at=at, definition=row)
    return row, is_new


def _add_report_recipients(definition: ReportDefinition) -> None:
    contacts = Contact.objects.filter(
        party=definition.customer, role=Contact.Role.REPORT_RECIPIENT
    ).active()
    for contact in contacts:
        Recipient.objects.create(
            customer=definition.customer,
            definition=definition,
            contact=contact,
            channel=Recipient.Channel.MAIL if contact.email else Recipient.Channel.PORTAL,
        )


@transaction.atomic
def save_definition(
    definition: ReportDefinition, *, contacts: Iterable[Contact] | None, at: datetime
) -> ReportDefinition:
    """Write a definition and exactly these mail recipients; an active one is planned anew.

    ``contacts`` None leaves the recipients as they are.
    """
    definition.full_clean(exclude=["id"])
    definition.save()
    if contacts is not None:
        _set_mail_recipients(definition, contacts)
    if definition.state == State.ACTIVE:
        materialise(at=at, definition=definition)
    return definition


def _set_mail_recipients(definition: ReportDefinition, contacts: Iterable[Contact]) -> None:
    wanted = {contact.pk: contact for contact in contacts}
    rows = Recipient.objects.filter(definition=definition, channel=Recipient.Channel.MAIL)
    rows.exclude(contact__in=wanted).delete()
    for contact in wanted.values():
        Recipient.objects.get_or_create(
            customer=definition.customer,
            definition=definition,
            contact=contact,
            channel=Recipient.Channel.MAIL,
        )
