"""Remarks on any record, by staff or by the customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.models.base import ReferringRecord
from itsm.querysets import CustomerQuerySet


class CommentQuerySet(CustomerQuerySet):
    """Remarks: customers do not see the internal ones."""

    def visible_to_customers(self, customer_ids):  # type: ignore[no-untyped-def]
        """Return the remarks that are not internal."""
        return super().visible_to_customers(customer_ids).filter(is_internal=False)


class Comment(ReferringRecord):
    """A remark on a record or on one figure of it (``anchor``)."""

    wall = "customer"
    customers_write = True

    class Side(models.TextChoices):
        STAFF = "STAFF", _("Provider")
        CUSTOMER = "CUSTOMER", _("Customer")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="comments"
    )
    anchor = models.CharField(_("figure or section"), max_length=120, blank=True, default="")
    side = models.CharField(_("side"), max_length=8, choices=Side, editable=False)
    author_name = models.CharField(_("author"), max_length=160, editable=False)
    text = models.TextField(_("text"))
    is_internal = models.BooleanField(
        _("internal"), default=False, help_text=_("Not shown to the customer.")
    )
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [
            models.Index(fields=["customer", "ref_uuid"], name="itsm_comment_reader"),
            models.Index(fields=["ref_uuid", "-created_at"], name="itsm_comment_about"),  # its page
        ]

    def __str__(self) -> str:
        return self.text[:60]
