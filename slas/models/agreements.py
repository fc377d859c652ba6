"""Agreements, their versions in force and who uses what (ISO/IEC 20000-1:2018, 8.3.3 and 8.3.4)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from itsm.freezing import freeze
from itsm.history import audited
from itsm.models.base import ArchivableRecord, Record
from slas.querysets import AgreementQuerySet, SubscriptionQuerySet, VersionQuerySet


class DateTimeRange(Func):
    """``tstzrange(start, end, '[)')``."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


@audited()
class Agreement(ArchivableRecord):
    """A promise to a customer, or of a supplier or internal group, with its versions."""

    wall = "customer"
    wall_column = "party_id"

    class Kind(models.TextChoices):
        SLA = "SLA", _("Service level agreement")
        OLA = "OLA", _("Operational level agreement")
        UNDERPINNING = "UNDERPINNING", _("Support agreement")

    reference = models.CharField(
        _("reference"), max_length=60, unique=True, help_text=_("Such as SLA-ACME-IT.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.SLA)
    title = models.CharField(_("title"), max_length=160)
    party = models.ForeignKey(
        "itsm.Party",
        models.PROTECT,
        verbose_name=_("with"),
        related_name="agreements",
        help_text=_("The customer of an SLA, the supplier or internal group otherwise."),
    )
    owner = models.ForeignKey(
        "itsm.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("owner"),
        related_name="+",
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")

    def __str__(self) -> str:
        return self.reference


@audited()
class AgreementVersion(Record):
    """The text and targets of an agreement from an instant on; frozen once it is in force."""

    wall = "customer"
    wall_column = "party_id"

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        IN_FORCE = "IN_FORCE", _("In force")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    class UnknownRule(models.TextChoices):
        EXCLUDE = "exclude", _("Left out of the agreed time")
        UP = "up", _("Counted as available")
        DOWN = "down", _("Counted as lost")

    agreement = models.ForeignKey(
        "slas.Agreement", models.PROTECT, verbose_name=_("agreement"), related_name="versions"
    )
    party = models.ForeignKey("itsm.Party", models.PROTECT, editable=False, related_name="+")
    number = models.PositiveSmallIntegerField(_("version"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    starts_at = models.DateTimeField(_("in force from"))
    ends_at = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Exclusive. Empty: open-ended.")
    )
    summary = models.TextField(_("what changed"), blank=True, default="")
    unknown_rule = models.CharField(
        _("time without data"), max_length=8, choices=UnknownRule, default=UnknownRule.EXCLUDE
    )
    notice_hours = models.PositiveIntegerField(
        _("notice of maintenance in hours"),
        default=0,
        help_text=_("Maintenance announced later counts as lost time."),
    )
    allowance_minutes = models.PositiveIntegerField(
        _("agreed maintenance in minutes a month"),
        null=True,
        blank=True,
        help_text=_("Empty: no limit."),
    )
    signed_by = models.CharField(
        _("agreed by"), max_length=200, blank=True, default="", editable=False
    )
    signed_at = models.DateTimeField(_("agreed"), null=True, blank=True, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement version")
        verbose_name_plural = _("agreement versions")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="slas_version_number"),
            models.CheckConstraint(
                name="slas_version_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("An agreement must end after it starts."),
            ),
            ExclusionConstraint(
                name="slas_version_no_overlap",
                expressions=[
                    (
                        DateTimeRange("starts_at", "ends_at", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                    ("agreement", RangeOperators.EQUAL),
                ],
                condition=Q(state="IN_FORCE"),
                violation_error_message=_(
                    "Another version of this agreement is in force in that time. End it first."
                ),
            ),
        ]
        triggers = [
            freeze(
                "An agreement version in force",
                when="OLD.state = 'IN_FORCE'",
                free=("updated_at", "ends_at", "state"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.number}"


@audited()
class Subscription(ArchivableRecord):
    """A customer uses a service, under an agreement or not."""

    wall = "customer"
    subscribes = ("customer", "service")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="subscriptions"
    )
    service = models.ForeignKey(
        "itsm.Service", models.PROTECT, verbose_name=_("service"), related_name="subscriptions"
    )
    agreement = models.ForeignKey(
        "slas.Agreement",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("agreement"),
        related_name="subscriptions",
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Exclusive. Empty: open-ended.")
    )
    quantity = models.PositiveIntegerField(_("quantity"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "service"],
                condition=Q(archived_at=None),
                name="slas_subscription_once",
                violation_error_message=_("This customer already uses this service."),
            ),
            models.CheckConstraint(
                name="slas_subscription_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A subscription must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.service}"
