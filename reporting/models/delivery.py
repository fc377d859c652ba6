"""What is owed to whom and when: the row exists before the report does, so a miss is seen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import Record
from reporting.querysets import ObligationQuerySet


@audited()
class DeliveryObligation(Record):
    """One report owed to one customer for one period; the only place with report states."""

    wall = "customer"

    class State(models.TextChoices):
        PLANNED = "PLANNED", _("Planned")
        GENERATING = "GENERATING", _("Being made")
        IN_REVIEW = "IN_REVIEW", _("To be approved")
        PUBLISHED = "PUBLISHED", _("Published")
        ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
        DISPUTED = "DISPUTED", _("Disputed")
        FAILED = "FAILED", _("Failed")
        WAIVED = "WAIVED", _("Waived")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="obligations"
    )
    definition = models.ForeignKey(
        "reporting.ReportDefinition",
        models.PROTECT,
        verbose_name=_("report"),
        related_name="obligations",
    )
    period = models.CharField(_("period"), max_length=20)
    period_starts_at = models.DateTimeField(_("period from"))
    period_ends_at = models.DateTimeField(_("period until"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PLANNED)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    lease_until = models.DateTimeField(_("worked on until"), null=True, blank=True)
    lease_owner = models.CharField(
        _("worked on by"), max_length=80, blank=True, default="", editable=False
    )
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    waived_reason = models.CharField(_("waived because"), max_length=300, blank=True, default="")
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery obligation")
        verbose_name_plural = _("delivery obligations")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "definition", "period"], name="reporting_obligation_once"
            )
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="reporting_obligation_board"),
            models.Index(fields=["-due_at"], name="reporting_obligation_list"),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.period}"
