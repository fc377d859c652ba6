"""The pages of agreements, versions, targets, subscriptions and evaluations: one declaration each."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from itsm.calculations.wall_time import midnight
from itsm.views.columns import Column, link
from itsm.views.entities import Entity
from slas import filters, forms
from slas.models import Agreement, AgreementVersion, Evaluation, Subscription, Target
from slas.selectors.figures import limit_text, margin_text, percent
from slas.services import agreements
from slas.views.agreements import AgreementPage, VersionPage
from slas.views.evaluations import EvaluationPage

VERSION_TONES = {"IN_FORCE": "ok", "DRAFT": "unknown", "WITHDRAWN": "excluded"}
MET_TONES = {"True": "ok", "False": "breach", "None": "unknown"}


def save_agreement(form: Any, _user: Any, at: datetime) -> Agreement:
    """Write an agreement; a new one gets its first draft."""
    is_new = form.instance._state.adding
    row = agreements.save_agreement(form.instance, at=at)
    if is_new:
        zone, ends = row.party.timezone, form.cleaned_data["ends_date"]
        agreements.draft_version(
            agreement=row,
            starts_at=midnight(form.cleaned_data["starts_date"], zone),
            ends_at=midnight(ends, zone) if ends else None,
            at=at,
        )
    return row


def save_version(form: Any, _user: Any, _at: datetime) -> AgreementVersion:
    """Write the terms of a draft."""
    return agreements.save_version(form.instance)


def save_target(form: Any, _user: Any, _at: datetime) -> Target:
    """Write a target of a draft."""
    return agreements.save_target(form.instance)


def _version_url(row: Any) -> str:
    return link("slas:agreement-versions_detail", row.version_id)


def _agreement_url(row: Any) -> str:
    return link("slas:agreements_detail", row.agreement_id)


def _verdict(row: Evaluation) -> Any:
    return {True: _("kept"), False: _("missed")}.get(row.met, _("not assessable"))  # type: ignore[arg-type]


def _result(row: Evaluation) -> str:
    return percent(row.value, row.target.objective)


AGREEMENTS = Entity(
    model=Agreement,
    slug="agreements",
    icon="levels",
    form=forms.AgreementForm,
    filterset=filters.AgreementFilterSet,
    save=save_agreement,
    related=("party", "owner"),
    ordering=("party__name", "reference"),
    lead=_("What is promised to customers, and what suppliers and internal groups promise us."),
    empty_text=_(
        "An agreement says what a customer may claim: targets, hours and how they are counted."
    ),
    columns=(
        Column("reference"), Column("title"), Column("kind"),
        Column("party.name", _("With"), sort="party__name"), Column("owner.name", _("Owner"), sort="owner__name"),
    ),
    acts=(
        (_("New version"), "draft", "change", "plain"),
        (_("Evaluate"), "evaluate", "change", "plain"),
    ),
    pages={"detail": AgreementPage},
)  # fmt: skip
VERSIONS = Entity(
    model=AgreementVersion,
    slug="agreement-versions",
    icon="levels",
    form=forms.VersionForm,
    filterset=filters.VersionFilterSet,
    save=save_version,
    related=("agreement", "party"),
    ordering=("agreement__reference", "-number"),
    lead=_("The texts of the agreements, each from a day on."),
    empty_text=_("The first version is drafted with its agreement."),
    columns=(
        Column("agreement.reference", _("Agreement"), sort="agreement__reference", url=_agreement_url),
        Column("number", kind="number"), Column("state", kind="state", states=VERSION_TONES),
        Column("starts_at", kind="date"), Column("ends_at", kind="date"), Column("signed_by", sort=None),
    ),
    detail=(
        Column("agreement", url=_agreement_url), Column("starts_at"), Column("ends_at"),
        Column("summary", kind="long"), Column("unknown_rule"), Column("notice_hours", kind="number"),
        Column("allowance_minutes", kind="number"), Column("signed_by"), Column("signed_at"),
    ),
    state=Column("state", states=VERSION_TONES),
    acts=(
        (_("Put in force"), "in-force", "approve", "main"),
        (_("End"), "end", "approve", "danger"),
        (_("Withdraw"), "withdraw", "change", "plain"),
    ),
    pages={"detail": VersionPage},
)  # fmt: skip
TARGETS = Entity(
    model=Target,
    slug="targets",
    icon="levels",
    form=forms.TargetForm,
    filterset=filters.TargetFilterSet,
    save=save_target,
    related=("version__agreement", "service", "hours", "party"),
    ordering=("party__name", "version__agreement__reference", "reference"),
    lead=_("What is promised, by which clock and at which value."),
    empty_text=_("Targets belong to the draft of an agreement. Draft an agreement first."),
    columns=(
        Column("name"), Column("reference", kind="code"),
        Column("version", _("Agreement"), sort="version__agreement__reference", url=_version_url),
        Column("kind"), Column("service.name", _("Service"), sort="service__name"),
        Column("objective", kind="number", unit="%"), Column("limit", _("Within"), value=limit_text, sort=None),
        Column("priority", kind="number"),
    ),
    detail=(
        Column("version", _("Agreement"), url=_version_url), Column("reference", kind="code"), Column("kind"),
        Column("service"), Column("hours"), Column("objective", unit="%"),
        Column("limit", _("Within"), value=limit_text), Column("day_rule"), Column("priority"),
        Column("pause_reasons"), Column("min_sample"), Column("recorded_from"),
    ),
    acts=((_("Remove"), "remove", "change", "danger"),),
)  # fmt: skip
SUBSCRIPTIONS = Entity(
    model=Subscription,
    slug="subscriptions",
    icon="levels",
    form=forms.SubscriptionForm,
    filterset=filters.SubscriptionFilterSet,
    related=("customer", "service", "agreement"),
    ordering=("customer__name", "service__name"),
    lead=_("Which customer uses which service, under which agreement."),
    empty_text=_("A customer sees a service in its portal and reports once it subscribes to it."),
    columns=(
        Column("customer.name", _("Customer"), sort="customer__name"),
        Column("service.name", _("Service"), sort="service__name"),
        Column("agreement.reference", _("Agreement"), sort="agreement__reference", url=_agreement_url),
        Column("starts_at", kind="date"), Column("ends_at", kind="date"), Column("quantity", kind="number"),
    ),
)  # fmt: skip
EVALUATIONS = Entity(
    model=Evaluation,
    slug="evaluations",
    icon="levels",
    filterset=filters.EvaluationFilterSet,
    related=("target__version__agreement", "target__service", "party"),
    ordering=("-starts_at", "target__reference"),
    lead=_("Judgments of targets over periods, each with the evidence that made it."),
    empty_text=_("Promises are judged by night, and whenever you ask for it on an agreement."),
    columns=(
        Column("target.name", _("Target"), sort="target__name"), Column("period"),
        Column("party.name", _("With"), sort="party__name"),
        Column("value", _("Result"), kind="number", value=_result, sort="value"),
        Column("met", _("Verdict"), kind="state", states=MET_TONES),
        Column("margin", _("Margin"), value=margin_text, sort=None), Column("state"),
        Column("superseded_at", kind="date"),
    ),
    pages={"detail": EvaluationPage},
)  # fmt: skip
ENTITIES = (AGREEMENTS, VERSIONS, TARGETS, SUBSCRIPTIONS, EVALUATIONS)
