"""Which report a customer gets: identity, purpose, audience, frequency and sources (9.4)."""

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord, Record
from reporting.querysets import CustomerReportQuerySet


@audited()
class ReportDefinition(ArchivableRecord):
    """A periodic report agreed with a customer."""

    wall = "customer"
    words_from = ("customer",)

    class Frequency(models.TextChoices):
        MONTH = "MONTH", _("Every month")
        QUARTER = "QUARTER", _("Every quarter")
        YEAR = "YEAR", _("Every year")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        ACTIVE = "ACTIVE", _("Active")
        RETIRED = "RETIRED", _("Retired")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="report_definitions"
    )
    slug = models.SlugField(
        _("short name"), max_length=60, help_text=_("Unique for the customer, such as monthly.")
    )
    name = models.CharField(_("name"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=300, blank=True, default="")
    audience = models.CharField(_("audience"), max_length=200, blank=True, default="")
    data_sources = models.CharField(_("data sources"), max_length=300, blank=True, default="")
    frequency = models.CharField(
        _("frequency"), max_length=8, choices=Frequency, default=Frequency.MONTH
    )
    agreement = models.ForeignKey(
        "slas.Agreement",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("agreement"),
        related_name="report_definitions",
    )
    hours = models.ForeignKey(
        "itsm.ServiceHours",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("working days of"),
        related_name="+",
        help_text=_("Whose working days count for the due date. Empty: Monday to Friday."),
    )
    due_working_day = models.PositiveSmallIntegerField(_("due on working day"), default=5)
    due_time = models.TimeField(_("due time"), default=time(10))
    language = models.CharField(_("language"), max_length=10, default="en")
    classification = models.CharField(_("classification"), max_length=80, blank=True, default="")
    sections = models.JSONField(_("sections"), default=list, blank=True, help_text=_("Empty: all."))
    needs_approval = models.BooleanField(
        _("needs approval"), default=False, help_text=_("A person checks before it is published.")
    )
    starts_date = models.DateField(_("first period begins"))
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.DRAFT, editable=False
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report definition")
        verbose_name_plural = _("report definitions")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "slug"],
                name="reporting_definition_slug",
                violation_error_message=_(
                    "This customer already has a report with that short name."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.name}"


@audited()
class Recipient(Record):
    """Who gets a report, by which way."""

    wall = "customer"

    class Channel(models.TextChoices):
        PORTAL = "PORTAL", _("Portal")
        MAIL = "MAIL", _("Mail with a link")

    customer = models.ForeignKey("itsm.Party", models.PROTECT, editable=False, related_name="+")
    definition = models.ForeignKey(
        "reporting.ReportDefinition",
        models.CASCADE,
        verbose_name=_("report"),
        related_name="recipients",
    )
    contact = models.ForeignKey(
        "itsm.Contact", models.PROTECT, verbose_name=_("contact"), related_name="+"
    )
    channel = models.CharField(_("way"), max_length=6, choices=Channel, default=Channel.MAIL)

    objects = CustomerReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report recipient")
        verbose_name_plural = _("report recipients")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "definition", "contact", "channel"],
                name="reporting_recipient_once",
                violation_error_message=_("This contact already gets the report that way."),
            )
        ]

    def __str__(self) -> str:
        return str(self.contact)
