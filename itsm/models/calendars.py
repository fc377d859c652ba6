"""Subscriptions to a calendar: an address that somebody's calendar program asks for news."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import Record
from itsm.querysets import SystemQuerySet


@audited(exclude=["token_hash", "last_used_at"])
class CalendarFeed(Record):
    """A subscription: it shows what its user may see, narrowed to a customer, a service and kinds of dates.

    The token of its address is kept as a SHA-256 only; whoever has it reads as the user does.
    """

    wall = "system"

    user = models.ForeignKey(
        "itsm.User", models.CASCADE, verbose_name=_("user"), related_name="calendar_feeds"
    )
    name = models.CharField(_("name"), max_length=80)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    customer = models.ForeignKey(
        "itsm.Party",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("only for"),
        related_name="+",
        db_constraint=False,
    )
    service = models.ForeignKey(
        "itsm.Service",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("only about"),
        related_name="+",
        db_constraint=False,
    )
    kinds = ArrayField(
        models.CharField(max_length=20), verbose_name=_("kinds"), default=list, blank=True
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = SystemQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar subscription")
        verbose_name_plural = _("calendar subscriptions")
        indexes = [models.Index(fields=["user", "created_at"], name="itsm_calendarfeed_reader")]

    def __str__(self) -> str:
        return self.name
