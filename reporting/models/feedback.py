"""What the customer answers to a report."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.models.base import Record
from reporting.querysets import CustomerReportQuerySet


class ReportFeedback(Record):
    """A customer acknowledged a report, with remarks or not, asks about a figure or disputes it."""

    wall = "customer"
    customers_write = True

    class Kind(models.TextChoices):
        READ = "READ", _("Read")
        ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
        REMARKS = "REMARKS", _("Acknowledged with remarks")
        QUESTION = "QUESTION", _("Question")
        DISPUTED = "DISPUTED", _("Disputed")

    customer = models.ForeignKey("itsm.Party", models.PROTECT, related_name="+")
    issue = models.ForeignKey(
        "reporting.ReportIssue", models.PROTECT, verbose_name=_("report"), related_name="feedback"
    )
    kind = models.CharField(_("answer"), max_length=12, choices=Kind)
    anchor = models.CharField(_("figure or section"), max_length=120, blank=True, default="")
    text = models.TextField(_("remark"), blank=True, default="")
    author_name = models.CharField(_("by"), max_length=160)
    author_id = models.UUIDField(null=True, editable=False)
    given_at = models.DateTimeField(_("at"))

    objects = CustomerReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report feedback")
        verbose_name_plural = _("report feedback")
        indexes = [models.Index(fields=["customer", "issue"], name="reporting_feedback_reader")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.issue}"
