"""Judgments of targets over periods: computed once, stored with the digest of their inputs and a trace."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.freezing import freeze
from itsm.models.base import Record
from slas.querysets import EvaluationQuerySet


class Evaluation(Record):
    """What came of a target in a period: exact numerator and denominator, verdict and trace (9.1, 9.4).

    Units: seconds for availability, cases for response and resolution. ``value`` is numerator ÷ denominator,
    cut after twelve decimals for display; verdicts compare the exact fraction.
    """

    wall = "customer"
    wall_column = "party_id"

    class State(models.TextChoices):
        PROVISIONAL = "PROVISIONAL", _("Provisional")
        FINAL = "FINAL", _("Final")

    party = models.ForeignKey("itsm.Party", models.PROTECT, related_name="+")
    target = models.ForeignKey(
        "slas.Target", models.PROTECT, verbose_name=_("target"), related_name="evaluations"
    )
    period = models.CharField(_("period"), max_length=20)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=12, choices=State)
    as_of = models.DateTimeField(_("as of"))
    numerator = models.DecimalField(_("numerator"), max_digits=24, decimal_places=6)
    denominator = models.DecimalField(_("denominator"), max_digits=24, decimal_places=6)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=12, null=True)
    met = models.BooleanField(_("met"), null=True)
    completeness = models.DecimalField(_("completeness"), max_digits=10, decimal_places=9)
    engine = models.CharField(_("engine"), max_length=80)
    inputs_sha256 = models.CharField(_("digest of the inputs"), max_length=64)
    trace = models.JSONField(_("trace"))
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="superseded_by")
    superseded_at = models.DateTimeField(_("superseded"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.UniqueConstraint(
                fields=["party", "target", "period"],
                condition=Q(superseded_at=None),
                name="slas_evaluation_current_once",
            ),
            models.CheckConstraint(
                name="slas_evaluation_verdict",
                condition=Q(value=None, met=None) | Q(value__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["party", "starts_at"], name="slas_evaluation_reader"),
            models.Index(fields=["-starts_at"], name="slas_evaluation_list"),
            models.Index(
                fields=["period", "party"],
                condition=Q(superseded_at=None),
                name="slas_evaluation_month",
            ),
            models.Index(
                fields=["-starts_at"],
                condition=Q(superseded_at=None, met=False, state="FINAL"),
                name="slas_evaluation_missed",
            ),
        ]
        triggers = [
            freeze(
                "A final evaluation",
                when="OLD.state = 'FINAL'",
                free=("updated_at", "superseded_at"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.period}"
