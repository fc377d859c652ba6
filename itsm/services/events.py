"""Record what customers must be told about: idempotent on source and number, corrected by superseding."""

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import MaintenanceWindow, Outage, ServiceEvent
from itsm.services.numbers import next_number

Event = TypeVar("Event", ServiceEvent, Outage, MaintenanceWindow)
PREFIXES = {
    "FAILURE": "FAIL", "BREAKDOWN": "BRK", "UPDATE": "UPD", "CHANGE": "CHG",
    "IMPROVEMENT": "IMP", "KNOWN_PROBLEM": "PRB",
}  # fmt: skip
_KEPT = (
    "reference",
    "created_at",
    "updated_at",
    "id",
    "supersedes",
    "superseded_at",
    "source",
    "external_id",
)


class CorrectionRefused(ValueError):
    """The record was corrected already."""


def prefix_of(row: Any) -> str:
    """Return the letters before the number of an event, outage or maintenance window."""
    if isinstance(row, ServiceEvent):
        return PREFIXES[row.kind]
    return "OUT" if isinstance(row, Outage) else "MNT"


@transaction.atomic
def record(row: Event, *, at: datetime) -> Event:
    """Write a new event, outage or maintenance window, or return the one that is there.

    The same (source, external_id) with the same facts gives the row that is there; with other facts the
    old row is superseded by a new one. Raises ValidationError when a fact is missing or wrong.
    """
    known = _known(row)
    if known is not None:
        return known if _same(known, row) else correct(known, row, at=at)
    row.reference = row.reference or next_number(prefix_of(row), at=at)
    row.full_clean(exclude=["id"])
    row.save()
    announce(f"{row._meta.model_name}.recorded", at=at, uuid=row.pk, service=row.service_id)
    return row


@transaction.atomic
def correct(old: Event, new: Event, *, at: datetime) -> Event:
    """Supersede ``old`` by ``new``: the old row stays readable, and evaluations of its time become stale."""
    model = type(old)
    old = model.objects.select_for_update(of=("self",)).get(pk=old.pk)
    if old.superseded_at is not None:
        raise CorrectionRefused(
            _("%(row)s was corrected already. Correct the newest one.") % {"row": old}
        )
    old.superseded_at, old.is_published = at, False
    old.save()
    new.supersedes, new.source, new.external_id = old, old.source, old.external_id
    first = old.reference.split("/")[0]
    new.reference = f"{first}/{model.objects.filter(reference__startswith=first).count() + 1}"
    new.full_clean(exclude=["id"])
    new.save()
    announce(f"{new._meta.model_name}.recorded", at=at, uuid=new.pk, service=new.service_id)
    return new


@transaction.atomic
def change(row: Event, *, at: datetime) -> Event:
    """Save an edited record and say so: a fact that counts makes evaluations of its time stale."""
    row.full_clean(exclude=["id"])
    row.save()
    announce(f"{row._meta.model_name}.recorded", at=at, uuid=row.pk, service=row.service_id)
    return row


def _known(row: Event) -> Event | None:
    if not row.external_id:
        return None
    model = type(row)
    return (
        model.objects.select_for_update(of=("self",))
        .filter(source=row.source, external_id=row.external_id, superseded_at=None)
        .first()
    )


def _same(known: Event, row: Event) -> bool:
    facts = [f for f in known._meta.concrete_fields if f.editable and f.name not in _KEPT]
    return all(getattr(known, f.attname) == getattr(row, f.attname) for f in facts)


def refused_fields(error: ValidationError) -> dict[str, list[str]]:
    """Return the messages of a refusal by field name, for importers."""
    return dict(error.message_dict) if hasattr(error, "error_dict") else {"": list(error.messages)}
