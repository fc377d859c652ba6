"""Bring an agreement in from a document: customer, service, hours, agreement, version, targets, subscription."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from itsm.calculations.wall_time import midnight
from itsm.imports.problems import Problem
from itsm.models import HoursException, Party, Service, ServiceHours, ServiceHoursVersion
from slas.models import Agreement, AgreementVersion, Subscription, Target
from slas.services.agreements import AgreementRefused, put_in_force
from slas.services.documents import AgreementDocument, read_document


@dataclass
class ImportOutcome:
    """How many records came in, changed and stayed, and what is wrong (then nothing was written)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[Problem] = field(default_factory=list)
    agreement: Agreement | None = None


class _Refused(Exception):
    """Rolls the writes back; carries the problem."""

    def __init__(self, pointer: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(0, pointer, code, message)


class _DryRun(Exception):
    """Rolls the writes back after a dry run."""


def import_agreement(document: Any, *, at: datetime, dry_run: bool = False) -> ImportOutcome:
    """Write the agreement of a document, all or nothing; the same document again changes nothing.

    Problems carry the JSON pointer in ``column``. A version in force is never changed: another text
    needs another ``version``.
    """
    read, problems = read_document(document)
    if read is None:
        return ImportOutcome(errors=problems)
    outcome = ImportOutcome()
    try:
        with transaction.atomic():
            _apply(read, outcome, at)
            if dry_run:
                raise _DryRun
    except _DryRun:
        outcome.agreement = None
    except _Refused as refusal:
        return ImportOutcome(errors=[refusal.problem])
    except ValidationError as refusal:
        return ImportOutcome(
            errors=[Problem(0, "", "refused", words) for words in refusal.messages]
        )
    return outcome


def upsert(rows: Any, *, at: datetime, dry_run: bool = False) -> ImportOutcome:
    """Bring in one document or a list of them: the ``agreement`` record kind of imports and the API."""
    documents: Iterable[Any] = rows if isinstance(rows, list) else [rows]
    total = ImportOutcome()
    for document in documents:
        outcome = import_agreement(document, at=at, dry_run=dry_run)
        total.created += outcome.created
        total.updated += outcome.updated
        total.unchanged += outcome.unchanged
        total.errors += outcome.errors
        total.agreement = outcome.agreement
    return total


def _apply(read: AgreementDocument, outcome: ImportOutcome, at: datetime) -> None:
    customer = _customer(read, outcome)
    start = midnight(read.starts, customer.timezone)
    end = midnight(read.ends, customer.timezone) if read.ends else None
    hours = _hours(read, outcome)
    service = _service(read, hours, start, outcome)
    agreement = _agreement(read, customer, outcome)
    outcome.agreement = agreement
    version = _version(read, agreement, (start, end), outcome)
    _targets(read, version, (service, hours, customer.timezone), outcome)
    if version.state == AgreementVersion.State.DRAFT and read.signed_by:
        try:
            put_in_force(version, signed_by=read.signed_by, at=at)
        except AgreementRefused as refusal:
            raise _Refused("/agreement", "refused", str(refusal)) from refusal
    subscription = Subscription.objects.filter(
        customer=customer, service=service, archived_at=None
    ).first()
    facts: dict[str, Any] = {"customer": customer, "service": service, "agreement": agreement}
    if subscription is None:
        facts |= {"starts_at": start, "ends_at": end}
    _write(Subscription, subscription, facts, outcome)


def _write(
    model: type[models.Model],
    present: Any,
    facts: Mapping[str, Any],
    outcome: ImportOutcome,
) -> Any:
    """Create the row, or change what differs; count it."""
    if present is None:
        row = model(**facts)
        row.full_clean(exclude=["id"])
        row.save()
        outcome.created += 1
        return row
    changed = [name for name, value in facts.items() if getattr(present, name) != value]
    if not changed:
        outcome.unchanged += 1
        return present
    for name in changed:
        setattr(present, name, facts[name])
    present.full_clean(exclude=["id"])
    present.save()
    outcome.updated += 1
    return present


def _customer(read: AgreementDocument, outcome: ImportOutcome) -> Party:
    present = Party.objects.filter(slug=read.customer["slug"]).first()
    if present is None:
        return _write(Party, None, {**read.customer, "roles": _roles(read)}, outcome)
    if present.timezone != read.customer["timezone"]:
        raise _Refused(
            "/customer/timezone",
            "differs",
            _("%(party)s has the time zone %(zone)s. Write that, or change it on the party's page.")
            % {"party": present.name, "zone": present.timezone},
        )
    if set(_roles(read)).isdisjoint(present.roles):
        present.roles = [*present.roles, *_roles(read)]
        present.save()
    outcome.unchanged += 1
    return present


def _roles(read: AgreementDocument) -> list[str]:
    kind = read.agreement["kind"]
    return {"SLA": ["CUSTOMER"], "OLA": ["INTERNAL"]}.get(kind, ["SUPPLIER"])


def _hours(read: AgreementDocument, outcome: ImportOutcome) -> ServiceHours:
    facts = read.hours
    present = ServiceHours.objects.filter(slug=facts["slug"]).first()
    if present is not None:
        _same_week(present, facts)
        outcome.unchanged += 1
        return present
    row = _write(
        ServiceHours, None, {key: facts[key] for key in ("slug", "name", "timezone")}, outcome
    )
    ServiceHoursVersion.objects.create(
        hours=row,
        number=1,
        effective_date=min(read.starts, date(2000, 1, 1)),
        week=facts["week"],
        annual_holidays=facts.get("annual_holidays", []),
    )
    days: list[tuple[Any, str, list[Any]]] = [
        (day, "CLOSED", []) for day in facts.get("closed", [])
    ]
    days += [(day, "OPEN", windows) for day, windows in facts.get("open", {}).items()]
    for day, kind, windows in days:
        HoursException.objects.create(
            hours=row, date=day, kind=kind, windows=windows, source="agreement document"
        )
    return row


def _same_week(present: ServiceHours, facts: Mapping[str, Any]) -> None:
    weeks = ServiceHoursVersion.objects.filter(hours=present).values_list("week", flat=True)
    if present.timezone != facts["timezone"] or facts["week"] not in list(weeks):
        raise _Refused(
            "/hours",
            "differs",
            _(
                "The service hours %(slug)s exist with other times. Use another slug, or add a version."
            )
            % {"slug": facts["slug"]},
        )


def _service(
    read: AgreementDocument, hours: ServiceHours, start: datetime, outcome: ImportOutcome
) -> Service:
    present = Service.objects.filter(slug=read.service["slug"]).first()
    if present is not None:
        outcome.unchanged += 1
        return present
    facts = {**read.service, "hours": hours, "state": Service.State.LIVE, "live_at": start}
    return _write(Service, None, facts, outcome)


def _agreement(read: AgreementDocument, customer: Party, outcome: ImportOutcome) -> Agreement:
    present = Agreement.objects.filter(reference=read.agreement["reference"]).first()
    if present is not None and present.party_id != customer.pk:
        raise _Refused(
            "/agreement/reference",
            "taken",
            _("%(reference)s is an agreement with another party. Choose another reference.")
            % {"reference": present.reference},
        )
    return _write(Agreement, present, {**read.agreement, "party": customer}, outcome)


def _version(
    read: AgreementDocument,
    agreement: Agreement,
    ends: tuple[datetime, datetime | None],
    outcome: ImportOutcome,
) -> AgreementVersion:
    present = AgreementVersion.objects.filter(agreement=agreement, number=read.version).first()
    facts = {
        "agreement": agreement,
        "party_id": agreement.party_id,
        "number": read.version,
        "starts_at": ends[0],
        "ends_at": ends[1],
        **read.terms,
    }
    _frozen(present, facts, "/agreement")
    return _write(AgreementVersion, present, facts, outcome)


def _frozen(present: Any, facts: Mapping[str, Any], pointer: str) -> None:
    """Refuse another text for what is in force, naming the first key that differs."""
    version = getattr(present, "version", present)
    if present is None or version.state == AgreementVersion.State.DRAFT:
        return
    for name, value in facts.items():
        if getattr(present, name) != value:
            raise _Refused(
                f"{pointer}/{name}",
                "frozen",
                _("%(version)s is in force with another %(name)s. Import it as a new version.")
                % {"version": version, "name": name},
            )


def _targets(
    read: AgreementDocument,
    version: AgreementVersion,
    place: tuple[Service, ServiceHours, str],
    outcome: ImportOutcome,
) -> None:
    service, hours, zone = place
    present = {target.reference: target for target in version.targets.select_related("version")}
    if version.state != AgreementVersion.State.DRAFT:
        _no_other_targets(read, set(present), version)
    for number, given in enumerate(read.targets):
        facts = {
            **given,
            "version": version,
            "party_id": version.party_id,
            "service": service,
            "hours": hours,
        }
        if given["recorded_from"] is not None:
            facts["recorded_from"] = midnight(given["recorded_from"], zone)
        row = present.pop(given["reference"], None)
        _frozen(row, facts, f"/targets/{number}")
        _write(Target, row, facts, outcome)
    for row in present.values():
        row.delete()
        outcome.updated += 1


def _no_other_targets(
    read: AgreementDocument, present: set[str], version: AgreementVersion
) -> None:
    if {target["reference"] for target in read.targets} != present:
        raise _Refused(
            "/targets",
            "frozen",
            _("%(version)s is in force with other targets. Import them as a new version.")
            % {"version": version},
        )
