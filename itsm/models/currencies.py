"""Currencies that the provider uses (ISO 4217)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord
from itsm.tenancy import ScopedQuerySet


class CurrencyQuerySet(ScopedQuerySet):
    """Currencies are no secret: everybody sees them."""

    def visible_to(self, who):  # type: ignore[no-untyped-def]
        """Return all currencies."""
        return self


@audited()
class Currency(ArchivableRecord):
    """A currency with its number of decimals (ISO 4217)."""

    wall = "shared"
    wall_condition = "true"

    code = models.CharField(
        _("code"), max_length=3, unique=True, help_text=_("Three letters, ISO 4217.")
    )
    name = models.CharField(_("name"), max_length=60)
    minor_units = models.PositiveSmallIntegerField(_("decimals"), default=2)

    objects = CurrencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        constraints = [
            models.CheckConstraint(
                name="itsm_currency_code_upper",
                condition=models.Q(code__regex=r"^[A-Z]{3}$"),
                violation_error_message=_(
                    "A currency code has three capital letters, such as EUR."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.code
