"""What happened, in an order without gaps, for programs that keep up with the site."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.models.base import Record
from itsm.querysets import FeedQuerySet


class FeedEntry(Record):
    """An announcement at its place in the change feed; its id is that of the announcement.

    Without customer and service it is for the provider alone. With a service and no customer it is for
    all who subscribe to the service.
    """

    wall = "shared"
    wall_condition = (
        "customer_id = ANY ((SELECT plimsoll_customers())::uuid[]) OR (customer_id IS NULL"
        " AND service_id = ANY ((SELECT plimsoll_visible_services())::uuid[]))"
    )

    number = models.PositiveBigIntegerField(_("place"), unique=True)
    event = models.CharField(_("event"), max_length=80)
    happened_at = models.DateTimeField(_("happened"))
    subject_kind = models.CharField(_("kind of subject"), max_length=60, blank=True, default="")
    subject_uuid = models.UUIDField(_("subject"), null=True, blank=True)
    customer = models.ForeignKey(
        "itsm.Party",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("only for"),
        related_name="+",
    )
    service = models.ForeignKey(
        "itsm.Service",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("for customers of"),
        related_name="+",
    )
    payload = models.JSONField(_("payload"), default=dict, encoder=DjangoJSONEncoder)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("feed entry")
        verbose_name_plural = _("feed entries")

    def __str__(self) -> str:
        return f"{self.number} {self.event}"
