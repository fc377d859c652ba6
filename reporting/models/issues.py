"""Issued reports: the stored dataset is the report; HTML, PDF and API show the same JSON."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.freezing import freeze
from itsm.models.base import Record
from reporting.querysets import IssueQuerySet


class ReportIssue(Record):
    """A frozen version of a customer's report; a correction is a new version that supersedes it."""

    wall = "customer"
    wall_extra = "published_at IS NOT NULL"

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="report_issues"
    )
    obligation = models.ForeignKey(
        "reporting.DeliveryObligation",
        models.PROTECT,
        verbose_name=_("obligation"),
        related_name="issues",
    )
    version = models.PositiveSmallIntegerField(_("version"))
    number = models.CharField(_("number"), max_length=60)
    headline = models.CharField(_("headline"), max_length=300)
    dataset = models.JSONField(_("dataset"))
    dataset_sha256 = models.CharField(_("digest of the dataset"), max_length=64)
    pdf = models.ForeignKey(
        "itsm.StoredFile", models.PROTECT, null=True, verbose_name=_("PDF"), related_name="+"
    )
    pdf_sha256 = models.CharField(_("digest of the PDF"), max_length=64, blank=True, default="")
    versions = models.JSONField(_("made with"), default=dict)
    generated_at = models.DateTimeField(_("made"))
    approved_by = models.CharField(_("approved by"), max_length=160, blank=True, default="")
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    is_current = models.BooleanField(_("current"), default=True)
    supersedes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("replaces"),
    )
    restatement_reason = models.CharField(
        _("replaced because"), max_length=300, blank=True, default=""
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "obligation", "version"], name="reporting_issue_version_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "obligation"],
                condition=Q(is_current=True),
                name="reporting_issue_current_once",
            ),
        ]
        triggers = [
            freeze(
                "An issued report", free=("updated_at", "is_current", "published_at", "approved_by")
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"
