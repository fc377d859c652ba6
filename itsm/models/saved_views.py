"""Views of lists that people keep: filters, columns and order under a name."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.accounts import Membership
from itsm.models.base import ArchivableRecord
from itsm.querysets import SavedViewQuerySet
from itsm.tenancy import actor_for


@audited()
class SavedView(ArchivableRecord):
    """A list as somebody wants to see it again: filters, columns in their order and sorting, under a name."""

    wall = "provider"

    class Shared(models.TextChoices):
        ME = "ME", _("Only me")
        ROLE = "ROLE", _("A role")
        EVERYBODY = "EVERYBODY", _("Everybody of the provider")

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(
        _("short name"), max_length=90, editable=False, help_text=_("In addresses: ?view=…")
    )
    list_name = models.SlugField(_("list"), max_length=60, help_text=_("Such as services."))
    filters = models.JSONField(
        _("filters"), default=dict, blank=True, help_text=_("Parameter → list of values.")
    )
    columns = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("columns"),
        default=list,
        blank=True,
        help_text=_("In their order. Empty: the usual ones."),
    )
    sort = models.CharField(_("order"), max_length=80, blank=True, default="")
    owner = models.ForeignKey(
        "itsm.User", models.CASCADE, verbose_name=_("owner"), related_name="+", editable=False
    )
    shared_with = models.CharField(
        _("who sees it"), max_length=9, choices=Shared, default=Shared.ME
    )
    role = models.CharField(
        _("role"),
        max_length=26,
        blank=True,
        default="",
        choices=[pair for pair in Membership.Role.choices if not pair[0].startswith("CUSTOMER_")],
    )

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                fields=["list_name", "slug"],
                name="itsm_saved_view_slug",
                violation_error_message=_("This list has a view with this short name."),
            ),
            models.CheckConstraint(
                name="itsm_saved_view_role",
                condition=Q(shared_with="ROLE") & ~Q(role="") | ~Q(shared_with="ROLE") & Q(role=""),
                violation_error_message=_(
                    "Choose the role that sees it, and a role only for “A role”."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The view as parameters of its list's address."""
        found: dict[str, list[str]] = {name: list(v) for name, v in self.filters.items()}
        if self.columns:
            found["columns"] = [",".join(self.columns)]
        if self.sort:
            found["sort"] = [self.sort]
        return found

    def belongs_to(self, who: Any) -> bool:
        """Tell whether ``who`` may change it: its owner, and an administrator when it is shared."""
        actor = actor_for(who)
        if actor.user_id is None and actor.is_staff:
            return True
        shared = self.shared_with != self.Shared.ME and "ADMINISTRATOR" in actor.rights
        return self.owner_id == actor.user_id or shared
