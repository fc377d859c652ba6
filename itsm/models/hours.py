"""Service hours: calendars with a zone, dated versions and dated exceptions (8.3.3)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord, Record
from itsm.tenancy import ScopedQuerySet


class ServiceHoursQuerySet(ScopedQuerySet):
    """Hours are agreed with customers and carry no secret: everybody sees them."""

    def visible_to(self, who):  # type: ignore[no-untyped-def]
        """Return all."""
        return self


@audited()
class ServiceHours(ArchivableRecord):
    """When a service is promised, in a time zone; its week stands in dated versions."""

    wall = "shared"
    wall_condition = "true"

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(_("time zone"), max_length=60)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ServiceHoursQuerySet.as_manager()

    class Meta:
        verbose_name = _("service hours")
        verbose_name_plural = _("service hours")

    def __str__(self) -> str:
        return self.name


@audited()
class ServiceHoursVersion(Record):
    """A week of service hours from a date on; the next version ends it."""

    wall = "shared"
    wall_condition = "true"

    hours = models.ForeignKey(
        "itsm.ServiceHours",
        models.CASCADE,
        verbose_name=_("service hours"),
        related_name="versions",
    )
    number = models.PositiveSmallIntegerField(_("version"))
    effective_date = models.DateField(
        _("from"), help_text=_("First day, in the zone of the hours.")
    )
    week = models.JSONField(
        _("week"), help_text=_('Per day, for example {"Mon": [["08:00", "18:00"]]}.')
    )
    annual_holidays = models.JSONField(
        _("holidays every year"),
        default=list,
        blank=True,
        help_text=_('For example ["12-25", "12-24/01-02"].'),
    )

    objects = ServiceHoursQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of service hours")
        verbose_name_plural = _("versions of service hours")
        constraints = [
            models.UniqueConstraint(fields=["hours", "number"], name="itsm_hoursversion_number"),
            models.UniqueConstraint(
                fields=["hours", "effective_date"],
                name="itsm_hoursversion_date",
                violation_error_message=_("These hours already have a version from that day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} {self.number}"


@audited()
class HoursException(ArchivableRecord):
    """A day with other hours: closed (a holiday) or open at given times; copied in with its source."""

    wall = "shared"
    wall_condition = "true"

    class Kind(models.TextChoices):
        CLOSED = "CLOSED", _("Closed")
        OPEN = "OPEN", _("Open at these times")

    hours = models.ForeignKey(
        "itsm.ServiceHours",
        models.CASCADE,
        verbose_name=_("service hours"),
        related_name="exceptions",
    )
    date = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.CLOSED)
    windows = models.JSONField(
        _("times"), default=list, blank=True, help_text=_('Only for “open”: [["08:00", "12:00"]].')
    )
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    source = models.CharField(_("source"), max_length=80, blank=True, default="")

    objects = ServiceHoursQuerySet.as_manager()

    class Meta:
        verbose_name = _("exception to service hours")
        verbose_name_plural = _("exceptions to service hours")
        constraints = [
            models.UniqueConstraint(
                fields=["hours", "date"],
                condition=models.Q(archived_at=None),
                name="itsm_hoursexception_day_once",
                violation_error_message=_("These hours already have an exception on that day."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.hours} {self.date}: {self.name or self.get_kind_display()}"
