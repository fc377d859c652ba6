"""The one dependency graph: effective-dated and without cycles (ISO/IEC 20000-1:2018, 8.2.4 and 8.2.6)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord, Record
from itsm.querysets import ProviderQuerySet

_ONE_OF_TWO = Q(service=None, component__isnull=False) | Q(service__isnull=False, component=None)


@audited()
class DependencyGroup(ArchivableRecord):
    """What one service or component stands on, and how many of the members it needs: all, any or k of n."""

    wall = "provider"

    class Operator(models.TextChoices):
        ALL = "ALL", _("All of them")
        ANY = "ANY", _("Any one of them")
        K_OF_N = "K_OF_N", _("At least k of them")

    service = models.ForeignKey(
        "itsm.Service",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("service"),
        related_name="dependency_groups",
    )
    component = models.ForeignKey(
        "itsm.Component",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("component"),
        related_name="dependency_groups",
    )
    operator = models.CharField(_("needs"), max_length=6, choices=Operator, default=Operator.ALL)
    k = models.PositiveSmallIntegerField(
        _("k"), null=True, blank=True, help_text=_("Only for “at least k of them”.")
    )
    starts_at = models.DateTimeField(_("valid from"))
    ends_at = models.DateTimeField(
        _("valid until"), null=True, blank=True, help_text=_("Exclusive. Empty: open-ended.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        constraints = [
            models.CheckConstraint(
                name="itsm_dependencygroup_one_parent",
                condition=_ONE_OF_TWO,
                violation_error_message=_(
                    "Choose a service or a component that depends, not both."
                ),
            ),
            models.CheckConstraint(
                name="itsm_dependencygroup_k",
                condition=Q(operator="K_OF_N", k__gte=1) | (~Q(operator="K_OF_N") & Q(k=None)),
                violation_error_message=_("Give k, at least 1, only with “at least k of them”."),
            ),
            models.CheckConstraint(
                name="itsm_dependencygroup_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A dependency must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        parent = self.service or self.component
        return f"{parent}: {self.get_operator_display()}"


@audited()
class DependencyMember(Record):
    """One service or component in a dependency group."""

    wall = "provider"

    group = models.ForeignKey(
        "itsm.DependencyGroup", models.CASCADE, verbose_name=_("dependency"), related_name="members"
    )
    service = models.ForeignKey(
        "itsm.Service",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("service"),
        related_name="memberships",
    )
    component = models.ForeignKey(
        "itsm.Component",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("component"),
        related_name="memberships",
    )

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("dependency member")
        verbose_name_plural = _("dependency members")
        constraints = [
            models.CheckConstraint(name="itsm_dependencymember_one_child", condition=_ONE_OF_TWO),
            models.UniqueConstraint(
                fields=["group", "service"], name="itsm_dependencymember_service_once"
            ),
            models.UniqueConstraint(
                fields=["group", "component"], name="itsm_dependencymember_component_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.service or self.component)
