"""Files that the product keeps: stored once by content, served only to those who may see them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ReferringRecord
from itsm.querysets import CustomerQuerySet


@audited(exclude=["key"])
class StoredFile(ReferringRecord):
    """A file with its digest; its holder is the customer it is about, or the provider itself.

    A file that somebody sent says who (``uploaded_by``) and may name the record that it is evidence for;
    the product's own files (reports) say neither.
    """

    wall = "customer"

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("holder"), related_name="+"
    )
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    key = models.CharField(_("place"), max_length=200, editable=False)
    uploaded_by = models.CharField(
        _("sent by"), max_length=160, blank=True, default="", editable=False
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            models.Index(fields=["sha256"], name="itsm_storedfile_digest"),
            models.Index(  # the files of a record
                fields=["ref_uuid"],
                condition=~models.Q(ref_uuid=None),
                name="itsm_storedfile_about",
            ),
        ]

    def __str__(self) -> str:
        return self.name
