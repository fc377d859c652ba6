"""Questions put to a customer and the recorded answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ReferringRecord
from itsm.querysets import CustomerQuerySet


@audited()
class Decision(ReferringRecord):
    """A question with options that a customer answers by a date; the answer is announced."""

    wall = "customer"
    customers_write = True

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        ANSWERED = "ANSWERED", _("Answered")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="decisions"
    )
    question = models.CharField(_("question"), max_length=300)
    explanation = models.TextField(_("explanation"), blank=True, default="")
    options = models.JSONField(_("options"), help_text=_("A list of texts."))
    recommended = models.CharField(_("recommended"), max_length=200, blank=True, default="")
    cost_text = models.CharField(_("cost"), max_length=200, blank=True, default="")
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.OPEN, editable=False
    )
    answer = models.CharField(_("answer"), max_length=200, blank=True, default="", editable=False)
    remark = models.TextField(_("remark"), blank=True, default="", editable=False)
    answered_by = models.CharField(
        _("answered by"), max_length=160, blank=True, default="", editable=False
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["customer", "state", "due_at"], name="itsm_decision_reader")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "ref_app", "ref_kind", "ref_uuid"],
                condition=models.Q(ref_uuid__isnull=False, state="OPEN"),
                name="itsm_decision_once_per_source",
            )
        ]

    def __str__(self) -> str:
        return self.question
