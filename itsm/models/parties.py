"""Parties and their contacts (ISO/IEC 20000-1:2018, 8.2.3 and 8.3.2)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord
from itsm.querysets import ContactQuerySet, PartyQuerySet


@audited()
class Party(ArchivableRecord):
    """An organisation: the provider, a customer, a supplier or an internal group."""

    wall = "customer"
    wall_column = "id"

    class Role(models.TextChoices):
        PROVIDER = "PROVIDER", _("Provider")
        CUSTOMER = "CUSTOMER", _("Customer")
        SUPPLIER = "SUPPLIER", _("Supplier")
        INTERNAL = "INTERNAL", _("Internal group")

    slug = models.SlugField(
        _("short name"),
        max_length=60,
        unique=True,
        help_text=_("Stands in addresses, such as acme."),
    )
    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True, default="")
    roles = ArrayField(models.CharField(max_length=10, choices=Role), verbose_name=_("roles"))
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Madrid")
    language = models.CharField(_("language"), max_length=10, default="en")
    currency = models.ForeignKey(
        "itsm.Currency",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("currency"),
        related_name="+",
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("part of"),
        related_name="children",
    )
    accent = models.CharField(
        _("accent color"),
        max_length=7,
        blank=True,
        default="",
        help_text=_("#rrggbb, used in the customer's portal."),
    )
    logo = models.ForeignKey(
        "itsm.StoredFile",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("logo"),
        related_name="+",
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        indexes = [GinIndex(fields=["roles"], name="itsm_party_roles")]
        constraints = [
            models.CheckConstraint(
                name="itsm_party_has_role",
                condition=models.Q(roles__len__gt=0),
                violation_error_message=_(
                    "Choose at least one role: provider, customer, supplier or internal group."
                ),
            ),
            models.CheckConstraint(
                name="itsm_party_accent_hex",
                condition=models.Q(accent="") | models.Q(accent__regex=r"^#[0-9a-fA-F]{6}$"),
                violation_error_message=_("Write the color as #rrggbb, such as #0B5C82."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@audited()
class Contact(ArchivableRecord):
    """A person of a party with the part that he or she plays (8.3.2)."""

    wall = "customer"
    wall_column = "party_id"

    class Role(models.TextChoices):
        RELATIONSHIP_OWNER = "RELATIONSHIP_OWNER", _("Relationship owner")
        SERVICE_LEVEL_MANAGER = "SERVICE_LEVEL_MANAGER", _("Service level manager")
        SPONSOR = "SPONSOR", _("Sponsor")
        APPROVER = "APPROVER", _("Approver")
        REPORT_RECIPIENT = "REPORT_RECIPIENT", _("Report recipient")
        ESCALATION = "ESCALATION", _("Escalation")

    party = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("party"), related_name="contacts"
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True, default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    role = models.CharField(_("role"), max_length=24, choices=Role, default=Role.REPORT_RECIPIENT)
    language = models.CharField(_("language"), max_length=10, default="en")
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["party", "email", "role"],
                condition=~models.Q(email=""),
                name="itsm_contact_once_per_role",
                violation_error_message=_("This e-mail already has this role at the party."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_role_display()})"
