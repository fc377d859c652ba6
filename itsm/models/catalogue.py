"""The service catalogue (ISO/IEC 20000-1:2018, 8.2.4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord, SourcedRecord
from itsm.querysets import OfferingQuerySet, ProviderQuerySet, ServiceQuerySet


@audited()
class ServiceFamily(ArchivableRecord):
    """A group of services in the catalogue."""

    wall = "provider"

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True, default="")
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("service family")
        verbose_name_plural = _("service families")

    def __str__(self) -> str:
        return self.name


@audited()
class Service(SourcedRecord):
    """What is delivered, as its users know it; the hub of all six processes."""

    wall = "shared"
    wall_condition = "id = ANY ((SELECT plimsoll_visible_services())::uuid[])"

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Proposed")
        IN_DESIGN = "IN_DESIGN", _("In design")
        IN_TRANSITION = "IN_TRANSITION", _("In transition")
        LIVE = "LIVE", _("Live")
        RETIRING = "RETIRING", _("Retiring")
        RETIRED = "RETIRED", _("Retired")

    class Criticality(models.IntegerChoices):
        CRITICAL = 1, _("1, critical")
        HIGH = 2, _("2, high")
        MEDIUM = 3, _("3, medium")
        LOW = 4, _("4, low")

    slug = models.SlugField(
        _("short name"),
        max_length=60,
        unique=True,
        help_text=_("Stands in addresses, such as webmail."),
    )
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True, default="")
    intended_outcomes = models.TextField(_("intended outcomes"), blank=True, default="")
    family = models.ForeignKey(
        "itsm.ServiceFamily",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("family"),
        related_name="services",
    )
    owner = models.ForeignKey(
        "itsm.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("owner"),
        related_name="+",
    )
    criticality = models.PositiveSmallIntegerField(
        _("criticality"), choices=Criticality, default=Criticality.MEDIUM
    )
    hours = models.ForeignKey(
        "itsm.ServiceHours",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("service hours"),
        related_name="services",
    )
    state = models.CharField(
        _("state"), max_length=14, choices=State, default=State.PROPOSED, editable=False
    )
    live_at = models.DateTimeField(_("live since"), null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="itsm_service_source_number",
            )
        ]

    def __str__(self) -> str:
        return self.name


@audited()
class ServiceOffering(ArchivableRecord):
    """A service as it may be ordered: features, support hours and how it is priced."""

    wall = "shared"
    wall_condition = "service_id = ANY ((SELECT plimsoll_visible_services())::uuid[])"

    service = models.ForeignKey(
        "itsm.Service", models.PROTECT, verbose_name=_("service"), related_name="offerings"
    )
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    features = models.TextField(_("features"), blank=True, default="")
    hours = models.ForeignKey(
        "itsm.ServiceHours",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("support hours"),
        related_name="+",
    )
    price_note = models.CharField(_("how it is priced"), max_length=200, blank=True, default="")
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = OfferingQuerySet.as_manager()

    class Meta:
        verbose_name = _("service offering")
        verbose_name_plural = _("service offerings")

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"


@audited()
class Component(SourcedRecord):
    """A configuration item that services stand on: application, server, network, team, facility, data."""

    wall = "provider"

    class Kind(models.TextChoices):
        APPLICATION = "APPLICATION", _("Application")
        SERVER = "SERVER", _("Server")
        DATABASE = "DATABASE", _("Database")
        STORAGE = "STORAGE", _("Storage")
        NETWORK = "NETWORK", _("Network")
        TEAM = "TEAM", _("Team")
        FACILITY = "FACILITY", _("Facility")
        SUPPLIER_SERVICE = "SUPPLIER_SERVICE", _("Supplier's service")
        DATA = "DATA", _("Data")

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.APPLICATION)
    description = models.TextField(_("description"), blank=True, default="")
    owner = models.ForeignKey(
        "itsm.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("owner"),
        related_name="+",
    )
    supplier = models.ForeignKey(
        "itsm.Party",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("supplier"),
        related_name="+",
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="itsm_component_source_number",
            )
        ]

    def __str__(self) -> str:
        return self.name
