"""Actions that somebody promised (9.4: decisions and actions taken on findings)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ReferringRecord
from itsm.querysets import CustomerQuerySet


@audited()
class Action(ReferringRecord):
    """What somebody does until when, and because of what; the holder is a customer or the provider."""

    wall = "customer"

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        IN_PROGRESS = "IN_PROGRESS", _("In progress")
        DONE = "DONE", _("Done")
        VERIFIED = "VERIFIED", _("Verified")
        CANCELLED = "CANCELLED", _("Cancelled")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("for"), related_name="actions"
    )
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True, default="")
    owner_name = models.CharField(_("owner"), max_length=120)
    due_date = models.DateField(_("due"))
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.OPEN, editable=False
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        indexes = [
            models.Index(fields=["customer", "state", "due_date"], name="itsm_action_reader")
        ]

    def __str__(self) -> str:
        return self.title
