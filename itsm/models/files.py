"""Files that the product keeps: stored once by content, served only to those who may see them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.models.base import Record
from itsm.querysets import CustomerQuerySet


class StoredFile(Record):
    """A file with its digest; its holder is the customer it is about, or the provider itself."""

    wall = "customer"

    updated_at = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("holder"), related_name="+"
    )
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    key = models.CharField(_("place"), max_length=200, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["sha256"], name="itsm_storedfile_digest")]

    def __str__(self) -> str:
        return self.name
