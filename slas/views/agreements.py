"""The page of an agreement, of a version, and the acts on both."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.periods import Period
from itsm.calculations.wall_time import midnight
from itsm.models import Party
from itsm.views.base import ActionPage, Button, DetailPage
from slas import forms
from slas.models import Agreement, AgreementVersion, Subscription, Target
from slas.selectors import agreements as select
from slas.selectors.figures import period_text, state_of
from slas.services import agreements, evaluation
from slas.views.burn import draw_burn

CHIPS = {
    "met": ("ok", lazy("Kept")),
    "at_risk": ("risk", lazy("At risk")),
    "missed": ("breach", lazy("Breached")),
    "not_assessable": ("unknown", lazy("Not assessable")),
}


class AgreementPage(DetailPage):
    """An agreement as a document whose promises show how they stand."""

    template_name = "slas/agreement_detail.html"

    def facts(self) -> dict[str, Any]:
        """Add the version shown, its promises with their levels, the burn and the versions."""
        row = self.record()
        version = select.current_version(row, self.at)
        found = select.promises(version, self.at) if version else []
        burn = select.burn(found)
        services = {promise.target.service_id: promise.target.service for promise in found}
        tone, words = CHIPS[select.worst(state_of(promise.evaluation) for promise in found)]
        return {
            **super().facts(),
            "title": row.title,
            "lead": select.lead_of(found),
            "state_text": words if found else "",
            "state_tone": tone,
            "meta": self._meta_line(row, version),
            "version": version,
            "promises": found,
            "services": services.values(),
            "hours": {promise.target.hours_id: promise.target.hours for promise in found}.values(),
            "burn": draw_burn(burn) if burn else "",
            "burn_note": select.burn_note(burn) if burn else "",
            "burn_title": _("Allowance in %(period)s") % {"period": period_text(burn.period.label)}
            if burn
            else "",
            "versions": select.versions_of(row, self.at),
            "provider": Party.objects.providers().first(),
            "subscriptions": Subscription.objects.visible_to(self.request.user)
            .filter(agreement=row)
            .active()
            .select_related("service"),
        }

    def _meta_line(self, row: Agreement, version: AgreementVersion | None) -> list[tuple[Any, Any]]:
        found: list[tuple[Any, Any]] = [(_("Reference"), row.reference)]
        if version is not None:
            found.append((_("Version"), version.number))
            if version.ends_at:
                found.append((_("Runs until"), (version.ends_at - timedelta(1)).date()))
            if version.notice_hours:
                found.append(
                    (_("Notice of maintenance"), _("%(n)s h") % {"n": version.notice_hours})
                )
        return found


class VersionPage(DetailPage):
    """A version with its terms and targets; a draft can be completed here."""

    def acts_of(self, state: str) -> set[str]:
        """Return the acts that this state allows."""
        return {"DRAFT": {"in-force", "withdraw"}, "IN_FORCE": {"end"}}.get(state, set())

    def buttons(self) -> Sequence[Button]:
        """Return the acts and the way to edit, as far as the state allows."""
        row = self.record()
        possible = self.acts_of(row.state)
        found = [
            Button(title, self.address(suffix, row), kind)
            for title, suffix, right, kind in self.acts
            if suffix in possible and self.may(right)
        ]
        if row.state == AgreementVersion.State.DRAFT and self.may("change"):
            found.append(Button(_("Edit"), self.address("edit", row), "plain", "edit", "e"))
        return found

    def panels(self) -> Sequence[dict[str, Any]]:
        """Return the targets, with the way to add one to a draft."""
        row = self.record()
        targets = (
            Target.objects.filter(version=row)
            .select_related("service", "hours")
            .order_by("kind", "priority", "reference")
        )
        is_draft = row.state == AgreementVersion.State.DRAFT and self.may("change")
        query = f"?version={row.pk}"
        first = targets[0] if targets else None
        if first is not None:
            query += f"&service={first.service_id}&hours={first.hours_id}"
        return [
            {
                "title": _("Targets"),
                "template": "slas/_targets.html",
                "facts": {
                    "rows": [(target, select.summary_line(target)) for target in targets],
                    "add_url": reverse("slas:targets_create") + query if is_draft else "",
                    "rows_url": reverse("slas:agreement-versions_targets", args=[row.pk]),
                    "is_draft": is_draft,
                },
            }
        ]


class DraftPage(ActionPage):
    """Draft a new version as a copy of the one in force."""

    form_class = forms.DraftForm
    question = lazy("Draft a new version of %(name)s?")
    explanation = lazy(
        "The draft starts with the terms and targets in force. Nothing changes until it is put in force."
    )
    submit_text = lazy("Draft version")

    def make_form(self, data: Any = None) -> Any:
        """Suggest the first day of next month."""
        return self.form_class(data, initial={"starts_date": forms.next_month(self.at)})

    def act(self, row: Agreement, form: Any) -> str:
        """Draft it and go there."""
        self.draft = agreements.draft_version(
            agreement=row,
            starts_at=midnight(form.cleaned_data["starts_date"], row.party.timezone),
            at=self.at,
        )
        return _("%(draft)s is drafted.") % {"draft": self.draft}

    def target(self) -> str:
        """Return the address of the draft."""
        return reverse("slas:agreement-versions_detail", args=[self.draft.pk])


class EvaluatePage(ActionPage):
    """Judge an agreement over a period now."""

    form_class = forms.PeriodForm
    question = lazy("Evaluate %(name)s?")
    explanation = lazy(
        "Every target is judged on what is recorded. The same records give the same results; other "
        "records supersede final results and keep them readable."
    )
    submit_text = lazy("Evaluate")

    def make_form(self, data: Any = None) -> Any:
        """Suggest the month before this one."""
        zone = self.record().party.timezone
        month = Period.containing(self.at, "month", zone).previous()
        return self.form_class(data, initial={"period": month.label})

    def act(self, row: Agreement, form: Any) -> str:
        """Judge it."""
        period = Period.parse(form.cleaned_data["period"], row.party.timezone)
        rows = evaluation.evaluate_period(
            agreement=row, period=period, at=self.at, reason=form.cleaned_data["reason"]
        )
        return _("%(count)s targets are judged for %(period)s.") % {
            "count": len(rows),
            "period": period_text(period.label),
        }


class InForcePage(ActionPage):
    """Put a draft in force."""

    page_action = "approve"
    form_class = forms.SignForm
    question = lazy("Put %(name)s in force?")
    explanation = lazy(
        "From its first day on it is what counts, and it can no longer be changed. A version that runs "
        "into it ends there."
    )
    submit_text = lazy("Put in force")

    def act(self, row: AgreementVersion, form: Any) -> str:
        """Put it in force."""
        agreements.put_in_force(row, signed_by=form.cleaned_data["signed_by"], at=self.at)
        return _("%(version)s is in force.") % {"version": row}


class EndPage(ActionPage):
    """End a version in force."""

    page_action = "approve"
    form_class = forms.EndForm
    question = lazy("End %(name)s?")
    explanation = lazy("From that day on nothing is promised, unless another version follows.")
    submit_text = lazy("End it")
    danger = True

    def act(self, row: AgreementVersion, form: Any) -> str:
        """End it at the start of a day of the party's zone."""
        day = midnight(form.cleaned_data["ends_date"], row.party.timezone)
        agreements.end_version(row, ends_at=day, at=self.at)
        return _("%(version)s ends on %(day)s.") % {
            "version": row,
            "day": form.cleaned_data["ends_date"],
        }


class WithdrawPage(ActionPage):
    """Give up a draft."""

    question = lazy("Withdraw %(name)s?")
    explanation = lazy("The draft stays readable and can no longer be put in force.")
    submit_text = lazy("Withdraw")
    danger = True

    def act(self, row: AgreementVersion, form: Any) -> str:
        """Withdraw it."""
        agreements.withdraw(row, at=self.at)
        return _("%(version)s is withdrawn.") % {"version": row}


class RemoveTargetPage(ActionPage):
    """Take a target out of a draft."""

    question = lazy("Remove %(name)s from the draft?")
    explanation = lazy("Versions in force keep their targets.")
    submit_text = lazy("Remove")
    danger = True

    def act(self, row: Target, form: Any) -> str:
        """Remove it."""
        self.version = row.version_id
        words = _("%(name)s is removed.") % {"name": row}
        agreements.remove_target(row)
        return words

    def target(self) -> str:
        """Return to the draft."""
        return reverse("slas:agreement-versions_detail", args=[self.version])
