"""People and programs that sign in, and what they may do (architecture, section 8: system tables)."""

from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from itsm.fields import key_field
from itsm.history import audited
from itsm.models.base import Record
from itsm.querysets import SystemQuerySet
from itsm.tenancy import CUSTOMER_ROLE, STAFF_ROLE, Actor


class UserManager(BaseUserManager.from_queryset(SystemQuerySet)):  # type: ignore[misc]
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> "User":
        """Create an active user; without a password nobody can sign in with one."""
        user: User = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this e-mail address, whatever its case."""
        user: User = self.get(email=(username or "").lower())
        return user


@audited(exclude=["password", "last_login", "first_views"])
class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # Knox names its manager itself
    """A person or program that signs in by e-mail address."""

    wall = "system"

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    id = key_field()
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Madrid")
    theme = models.CharField(_("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM)
    first_views = models.JSONField(
        _("views shown first"), default=dict, blank=True, editable=False
    )  # list → short name of the view that opens it
    second_step_reset_at = models.DateTimeField(
        _("second step taken away"), null=True, blank=True, editable=False
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                name="itsm_user_email_lower",
                condition=Q(email=models.functions.Lower("email")),
                violation_error_message=_("Write the e-mail in small letters."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def actor(self) -> Actor:
        """What this user may see; read once per request, from the memberships."""
        if not self.is_active:
            return Actor(role=CUSTOMER_ROLE, user_id=self.pk, label=self.email)
        memberships = list(self.memberships.all())
        roles = frozenset(membership.role for membership in memberships)
        if any(membership.customer_id is None for membership in memberships):
            return Actor(role=STAFF_ROLE, user_id=self.pk, label=self.email, rights=roles)
        customers = tuple(sorted({m.customer_id for m in memberships if m.customer_id}))
        return Actor(
            role=CUSTOMER_ROLE,
            customer_ids=customers,
            user_id=self.pk,
            label=self.email,
            rights=roles,
        )


@audited()
class Membership(Record):
    """A role of a user: on the provider's side without a customer, or for one customer."""

    wall = "system"

    class Role(models.TextChoices):
        ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")
        SERVICE_LEVEL_MANAGER = "SERVICE_LEVEL_MANAGER", _("Service level manager")
        CAPACITY_MANAGER = "CAPACITY_MANAGER", _("Capacity manager")
        CONTINUITY_MANAGER = "CONTINUITY_MANAGER", _("Continuity manager")
        RISK_OWNER = "RISK_OWNER", _("Risk owner")
        FINANCE_CONTROLLER = "FINANCE_CONTROLLER", _("Finance controller")
        REPORT_EDITOR = "REPORT_EDITOR", _("Report editor")
        AUDITOR = "AUDITOR", _("Auditor, read only")
        INTEGRATION = "INTEGRATION", _("Integration")
        CUSTOMER_VIEWER = "CUSTOMER_VIEWER", _("Customer: viewer")
        CUSTOMER_APPROVER = "CUSTOMER_APPROVER", _("Customer: approver")
        CUSTOMER_FINANCIAL_VIEWER = "CUSTOMER_FINANCIAL_VIEWER", _("Customer: financial viewer")

    user = models.ForeignKey(
        "itsm.User", models.CASCADE, verbose_name=_("user"), related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=26, choices=Role)
    customer = models.ForeignKey(
        "itsm.Party",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("customer"),
        related_name="+",
        db_constraint=False,
    )

    objects = SystemQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "customer"],
                nulls_distinct=False,
                name="itsm_membership_once",
                violation_error_message=_("This user already has this role."),
            ),
            models.CheckConstraint(
                name="itsm_membership_side",
                condition=Q(role__startswith="CUSTOMER_", customer__isnull=False)
                | (~Q(role__startswith="CUSTOMER_") & Q(customer=None)),
                violation_error_message=_(
                    "Customer roles need a customer; the provider's roles have none."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class ApiToken(AbstractAuthToken):
    """A token for the API: hashed, scoped, expiring, with its last use."""

    wall = "system"

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    id = None
    name = models.CharField(_("name"), max_length=80)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"), default=list
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name
