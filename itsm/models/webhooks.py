"""Addresses of other systems that are told what happened, and what was sent to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.fields import SecretField
from itsm.history import audited
from itsm.models.base import ArchivableRecord, Record
from itsm.querysets import ProviderQuerySet


@audited(exclude=["secret", "old_secret", "read_up_to", "failing_since"])
class WebhookEndpoint(ArchivableRecord):
    """An address that gets entries of the change feed, signed (Standard Webhooks 1.0)."""

    wall = "provider"

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("https://… of a public host. Redirects are not followed."),
    )
    event_kinds = models.CharField(
        _("events"),
        max_length=500,
        blank=True,
        default="",
        help_text=_("Beginnings by commas, such as outage., decision.asked. Empty: all."),
    )
    customer = models.ForeignKey(
        "itsm.Party",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("customer"),
        related_name="+",
        help_text=_("Only what this customer may see. Empty: everything."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    disabled_reason = models.CharField(
        _("why it was switched off"), max_length=300, blank=True, default="", editable=False
    )
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    secret = SecretField(_("secret"), editable=False)
    old_secret = SecretField(_("old secret"), blank=True, default="", editable=False)
    old_secret_until = models.DateTimeField(
        _("old secret signs until"), null=True, blank=True, editable=False
    )
    read_up_to = models.PositiveBigIntegerField(_("place in the feed"), default=0, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(Record):
    """One message to one address: what is sent, how often it was tried and what came back."""

    wall = "provider"
    words_from = ("endpoint",)

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        DONE = "DONE", _("Delivered")
        DEAD = "DEAD", _("Given up")

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, verbose_name=_("webhook"), related_name="deliveries"
    )
    message = models.UUIDField(_("message id"), help_text=_("webhook-id: the same at every try."))
    event = models.CharField(_("event"), max_length=80)
    body = models.TextField(_("body"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    tries = models.JSONField(_("log"), default=list)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message"], name="itsm_delivery_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="PENDING"), name="itsm_delivery_pending"
            )
        ]

    def __str__(self) -> str:
        return self.event
