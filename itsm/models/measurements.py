"""Series of measured values; samples are partitioned by month and never the target of a foreign key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import SourcedRecord
from itsm.querysets import ProviderQuerySet


@audited()
class Series(SourcedRecord):
    """What is measured, in which unit, on which service or component."""

    wall = "provider"

    slug = models.SlugField(_("short name"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=160)
    unit = models.CharField(_("unit"), max_length=30)
    service = models.ForeignKey(
        "itsm.Service",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("service"),
        related_name="series",
    )
    component = models.ForeignKey(
        "itsm.Component",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("component"),
        related_name="series",
    )
    interval_seconds = models.PositiveIntegerField(_("interval in seconds"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="itsm_series_source_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.unit})"


class Sample(models.Model):
    """One value of a series at an instant; the table is partitioned by month of ``at``."""

    wall = "provider"

    pk = models.CompositePrimaryKey("series", "at")
    series = models.ForeignKey(
        "itsm.Series", models.DO_NOTHING, related_name="samples", db_constraint=False
    )
    at = models.DateTimeField()
    value = models.FloatField()
    batch = models.UUIDField()

    objects = ProviderQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "itsm_sample"
        verbose_name = _("sample")
        verbose_name_plural = _("samples")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.value}"
