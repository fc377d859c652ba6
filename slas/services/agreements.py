"""Agreements and their versions: draft, put in force, end, withdraw (8.3.3).

A version is edited while it is a draft and frozen once it is in force; a change is a new version.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import Party
from slas.models import Agreement, AgreementVersion, Target

State = AgreementVersion.State
COPIED = (
    "reference", "name", "kind", "service", "hours", "objective", "limit_seconds",
    "limit_working_days", "day_rule", "priority", "pause_reasons", "min_sample", "recorded_from",
)  # fmt: skip
TERMS = ("unknown_rule", "notice_hours", "allowance_minutes")
_SIDES = {
    Agreement.Kind.SLA: {"CUSTOMER"},
    Agreement.Kind.OLA: {"INTERNAL", "CUSTOMER"},
    Agreement.Kind.UNDERPINNING: {"SUPPLIER"},
}


class AgreementRefused(ValueError):
    """The state or the contents of the agreement do not allow this."""


def check_party(kind: str, party: Party) -> None:
    """Raise AgreementRefused when this kind of agreement cannot be made with this party."""
    wanted = _SIDES[Agreement.Kind(kind)]
    if wanted.isdisjoint(party.roles):
        raise AgreementRefused(
            _("%(party)s is no %(role)s. Choose another party or kind of agreement.")
            % {
                "party": party.name,
                "role": " / ".join(str(Party.Role(role).label) for role in sorted(wanted)),
            }
        )


@transaction.atomic
def save_agreement(row: Agreement, *, at: datetime) -> Agreement:
    """Write a new or changed agreement. The party cannot change once there is a version.

    Raises AgreementRefused and ValidationError.
    """
    check_party(row.kind, row.party)
    versions = AgreementVersion.objects.filter(agreement=row)
    if versions.exclude(party=row.party_id).exists():
        raise AgreementRefused(
            _("This agreement has versions with its party. Make a new agreement instead.")
        )
    row.full_clean(exclude=["id"])
    row.save()
    announce("agreement.saved", at=at, uuid=str(row.pk))
    return row


@transaction.atomic
def draft_version(
    *, agreement: Agreement, starts_at: datetime, ends_at: datetime | None = None, at: datetime
) -> AgreementVersion:
    """Return a new draft with the terms and targets of the newest version, or an empty one.

    Raises AgreementRefused when there is a draft already.
    """
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    versions = list(AgreementVersion.objects.filter(agreement=agreement).order_by("-number"))
    if any(version.state == State.DRAFT for version in versions):
        raise AgreementRefused(
            _("%(agreement)s has a draft already. Edit it or put it in force first.")
            % {"agreement": agreement.reference}
        )
    model = next((row for row in versions if row.state == State.IN_FORCE), None)
    draft = AgreementVersion(
        agreement=agreement,
        party_id=agreement.party_id,
        number=versions[0].number + 1 if versions else 1,
        starts_at=starts_at,
        ends_at=ends_at,
        **{name: getattr(model, name) for name in TERMS if model is not None},
    )
    draft.full_clean(exclude=["id"])
    draft.save()
    if model is not None:
        _copy_targets(model, draft)
    announce("agreement.drafted", at=at, uuid=str(agreement.pk), version=draft.number)
    return draft


def _copy_targets(model: AgreementVersion, draft: AgreementVersion) -> None:
    for target in Target.objects.filter(version=model):
        facts = {name: getattr(target, name) for name in COPIED}
        Target.objects.create(version=draft, party_id=draft.party_id, **facts)


@transaction.atomic
def save_version(version: AgreementVersion) -> AgreementVersion:
    """Write the changed terms of a draft. Raises AgreementRefused unless it is a draft."""
    _require_draft(version)
    version.full_clean(exclude=["id"])
    version.save()
    return version


@transaction.atomic
def save_target(target: Target) -> Target:
    """Write a target of a draft. Raises AgreementRefused when its version is no draft."""
    _require_draft(target.version)
    target.party_id = target.version.party_id
    target.full_clean(exclude=["id"])
    target.save()
    return target


@transaction.atomic
def save_targets(version: AgreementVersion, targets: list[Target]) -> list[Target]:
    """Write several new targets of a draft, all or none.

    Raises AgreementRefused when there is none, when the version is no draft, or when two targets of it
    promise the same about the same tickets.
    """
    _require_draft(version)
    there = list(Target.objects.filter(version=version).select_related("service"))
    check_targets(targets and [*there, *targets])
    return [save_target(target) for target in targets]


@transaction.atomic
def remove_target(target: Target) -> None:
    """Take a target out of a draft. Raises AgreementRefused when its version is no draft."""
    _require_draft(target.version)
    target.delete()


def _require_draft(version: AgreementVersion) -> None:
    if version._state.adding:
        return
    state = (
        AgreementVersion.objects.select_for_update()
        .values_list("state", flat=True)
        .get(pk=version.pk)
    )
    if state != State.DRAFT:
        raise AgreementRefused(
            _("%(version)s is no draft, so it stays as it is. Draft a new version.")
            % {"version": version}
        )


@transaction.atomic
def put_in_force(version: AgreementVersion, *, signed_by: str, at: datetime) -> AgreementVersion:
    """Put a draft in force from its start on; the version before it ends there.

    ``signed_by`` says who agreed. Raises AgreementRefused when there is no target, when two targets
    promise the same, or when a later version stands in the way.
    """
    Agreement.objects.select_for_update().get(pk=version.agreement_id)
    version = AgreementVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.DRAFT:
        raise AgreementRefused(_("%(version)s is no draft.") % {"version": version})
    if not signed_by.strip():
        raise AgreementRefused(_("Say who agreed for the other side."))
    check_targets(list(Target.objects.filter(version=version).select_related("service")))
    _end_predecessor(version)
    version.state, version.signed_by, version.signed_at = State.IN_FORCE, signed_by.strip(), at
    try:
        version.full_clean(exclude=["id"])
    except ValidationError as refusal:
        raise AgreementRefused("; ".join(refusal.messages)) from refusal
    version.save()
    announce("agreement.in_force", at=at, uuid=str(version.agreement_id), version=version.number)
    return version


def check_targets(targets: list[Target]) -> None:
    """Raise AgreementRefused when there is no target or two promise the same about the same tickets."""
    if not targets:
        raise AgreementRefused(_("This version promises nothing yet. Add a target."))
    seen: dict[Any, Target] = {}
    for target in targets:
        key = (target.service_id, target.kind, target.priority)
        if key in seen:
            raise AgreementRefused(
                _("“%(one)s” and “%(two)s” promise the same about %(service)s. Keep one of them.")
                % {"one": seen[key].name, "two": target.name, "service": target.service.name}
            )
        seen[key] = target


def _end_predecessor(version: AgreementVersion) -> None:
    """End the version that runs into this one, if it began earlier."""
    before = (
        AgreementVersion.objects.filter(agreement=version.agreement_id)
        .in_force(version.starts_at)
        .filter(starts_at__lt=version.starts_at)
        .first()
    )
    if before is not None:
        before.ends_at = version.starts_at
        before.save(update_fields=["ends_at", "updated_at"])


@transaction.atomic
def end_version(version: AgreementVersion, *, ends_at: datetime, at: datetime) -> AgreementVersion:
    """End a version in force at an instant: termination, or an end that was left open.

    Raises AgreementRefused when it is not in force, or would end before it starts or later than agreed.
    """
    Agreement.objects.select_for_update().get(pk=version.agreement_id)
    version = AgreementVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.IN_FORCE:
        raise AgreementRefused(_("%(version)s is not in force.") % {"version": version})
    if ends_at <= version.starts_at:
        raise AgreementRefused(_("An agreement must end after it starts."))
    if version.ends_at is not None and ends_at > version.ends_at:
        raise AgreementRefused(
            _("%(version)s ends earlier already. Draft a new version to go on.")
            % {"version": version}
        )
    version.ends_at = ends_at
    version.save(update_fields=["ends_at", "updated_at"])
    announce("agreement.ended", at=at, uuid=str(version.agreement_id), version=version.number)
    return version


@transaction.atomic
def withdraw(version: AgreementVersion, *, at: datetime) -> AgreementVersion:
    """Give up a draft; it stays readable. Raises AgreementRefused unless it is a draft."""
    _require_draft(version)
    version.state = State.WITHDRAWN
    version.save(update_fields=["state", "updated_at"])
    announce("agreement.withdrawn", at=at, uuid=str(version.agreement_id), version=version.number)
    return version
