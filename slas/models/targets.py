"""Service level targets: what is promised, by which clock, at which value."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.fields import PercentField
from itsm.history import audited
from itsm.models.base import Record
from slas.querysets import PartyScopedQuerySet

_FROZEN = """
IF current_user <> 'plimsoll_owner'
  AND EXISTS (SELECT FROM slas_agreementversion WHERE id = OLD.version_id AND state = 'IN_FORCE') THEN
  RAISE EXCEPTION 'A target of a version in force is frozen: make a new version.'
    USING ERRCODE = 'check_violation';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""


@audited()
class Target(Record):
    """One promise of an agreement version about one service (8.3.3).

    Availability: ``objective`` per cent of the agreed service time. Response and resolution: ``objective``
    per cent of the cases within ``limit_seconds`` of service time, or within ``limit_working_days``.
    Frozen with its version.
    """

    wall = "customer"
    wall_column = "party_id"

    class Kind(models.TextChoices):
        AVAILABILITY = "AVAILABILITY", _("Availability")
        RESPONSE = "RESPONSE", _("Response time")
        RESOLUTION = "RESOLUTION", _("Resolution time")

    class DayRule(models.TextChoices):
        KEEP_TIME = "keep_time", _("Same time of day")
        END_OF_DAY = "end_of_day", _("End of the working day")
        INTO_HOURS = "into_hours", _("Moved into service hours")

    version = models.ForeignKey(
        "slas.AgreementVersion",
        models.PROTECT,
        verbose_name=_("agreement version"),
        related_name="targets",
    )
    party = models.ForeignKey("itsm.Party", models.PROTECT, editable=False, related_name="+")
    reference = models.CharField(
        _("reference"),
        max_length=60,
        help_text=_("Such as P1-RESOLUTION; unique in the agreement."),
    )
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    service = models.ForeignKey(
        "itsm.Service", models.PROTECT, verbose_name=_("service"), related_name="targets"
    )
    hours = models.ForeignKey(
        "itsm.ServiceHours", models.PROTECT, verbose_name=_("service hours"), related_name="targets"
    )
    objective = PercentField(_("objective in per cent"))
    limit_seconds = models.PositiveBigIntegerField(
        _("within, in seconds of service time"), null=True, blank=True
    )
    limit_working_days = models.PositiveSmallIntegerField(
        _("within working days"), null=True, blank=True
    )
    day_rule = models.CharField(
        _("working days end"), max_length=10, choices=DayRule, default=DayRule.KEEP_TIME
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), null=True, blank=True, help_text=_("Empty: all priorities.")
    )
    pause_reasons = models.JSONField(
        _("pauses that count"),
        default=list,
        blank=True,
        help_text=_("Empty: every pause stops the clock."),
    )
    min_sample = models.PositiveIntegerField(
        _("least number of cases"), default=1, help_text=_("Fewer cases: not assessable.")
    )
    recorded_from = models.DateTimeField(
        _("outages recorded since"),
        null=True,
        blank=True,
        help_text=_("Availability only. Empty: since the first record about the service."),
    )

    objects = PartyScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "reference"],
                name="slas_target_reference",
                violation_error_message=_(
                    "This agreement already has a target with that reference."
                ),
            ),
            models.CheckConstraint(
                name="slas_target_limit",
                condition=(Q(kind="AVAILABILITY", limit_seconds=None, limit_working_days=None))
                | (
                    ~Q(kind="AVAILABILITY")
                    & (
                        Q(limit_seconds__gt=0, limit_working_days=None)
                        | Q(limit_seconds=None, limit_working_days__gt=0)
                    )
                ),
                violation_error_message=_(
                    "Response and resolution need one limit, in service time or in working days; availability has none."
                ),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_in_force",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_FROZEN,
            )
        ]

    def __str__(self) -> str:
        return self.name
