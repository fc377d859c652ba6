"""State changes of kernel records: one table says what is possible, who may do it and what it sets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.announcements import announce
from itsm.models import Action, MaintenanceWindow, Outage, Service, ServiceEvent
from itsm.permissions import allowed

Row = Any
Facts = Mapping[str, Any]


class TransitionRefused(ValueError):
    """The record's state, its contents or the person's roles do not allow this step."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: from which states to which, with which right, what must hold and what it sets."""

    verb: str
    title: Any
    sources: tuple[str, ...]
    target: str
    right: str = "change"
    sets: Callable[[Row, datetime], Facts] = field(default=lambda _row, _at: {})
    requires: Callable[[Row], str] = field(default=lambda _row: "")
    kind: str = "plain"


def _needs_customer_text(row: Row) -> str:
    if row.customer_text.strip():
        return ""
    return _("“Text for customers” is empty. Write what customers may read, then approve.")


def _needs_end(row: Row) -> str:
    if row.ends_at is not None:
        return ""
    return _("The end is empty. Enter when it ended, then close.")


def _may_go_live(row: Row) -> str:
    missing = []
    if row.owner_id is None:
        missing.append(_("an owner"))
    if row.hours_id is None:
        missing.append(_("service hours"))
    if not row.offerings.filter(archived_at=None).exists():
        missing.append(_("an offering"))
    return (
        _("Before it goes live this service needs %(what)s.") % {"what": ", ".join(missing)}
        if missing
        else ""
    )


def _published(_row: Row, _at: datetime) -> Facts:
    return {"is_published": True}


def _actual(row: Row, at: datetime) -> Facts:
    if at <= row.starts_at and row.actual_ends_at is None:
        raise TransitionRefused(
            _("It begins on %(start)s. Complete it afterwards, or cancel it.")
            % {"start": f"{row.starts_at:%Y-%m-%d %H:%M}Z"}
        )
    return {
        "actual_starts_at": row.actual_starts_at or row.starts_at,
        "actual_ends_at": row.actual_ends_at or max(min(row.ends_at, at), row.starts_at),
    }


def _goes_live(row: Row, at: datetime) -> Facts:
    return {"live_at": row.live_at or at}


def _retires(_row: Row, at: datetime) -> Facts:
    return {"retired_at": at}


def _hides(_row: Row, _at: datetime) -> Facts:
    return {"is_published": False}


def _announces(row: Row, at: datetime) -> Facts:
    return {"is_published": True, "announced_at": row.announced_at or at}


def _approves(_row: Row, at: datetime) -> Facts:
    return {"approved_at": at}


def _finishes(_row: Row, at: datetime) -> Facts:
    return {"done_at": at}


_T = Transition
_APPROVE = _T(
    "approve",
    lazy("Approve and publish"),
    ("DRAFT",),
    "APPROVED",
    "approve",
    _published,
    _needs_customer_text,
    "main",
)
_CLOSE = _T("close", lazy("Close"), ("APPROVED",), "CLOSED", requires=_needs_end)
_SERVICE = (
    _T("design", lazy("Start design"), ("PROPOSED",), "IN_DESIGN"),
    _T("transition", lazy("Start transition"), ("IN_DESIGN",), "IN_TRANSITION"),
    _T(
        "go-live",
        lazy("Go live"),
        ("IN_TRANSITION",),
        "LIVE",
        "approve",
        _goes_live,
        _may_go_live,
        "main",
    ),
    _T("retire", lazy("Start retiring"), ("LIVE",), "RETIRING", "approve"),
    _T("end", lazy("Retire"), ("RETIRING",), "RETIRED", "approve", _retires),
    _T("reject", lazy("Reject"), ("PROPOSED", "IN_DESIGN"), "RETIRED", "approve", _retires),
)
_EVENT = (
    _APPROVE,
    _CLOSE,
    _T("cancel", lazy("Cancel"), ("DRAFT", "APPROVED"), "CANCELLED", "approve", _hides),
)
_OUTAGE = (_APPROVE, _CLOSE)
_MAINTENANCE = (
    _T(
        "announce",
        lazy("Announce to customers"),
        ("DRAFT",),
        "ANNOUNCED",
        "change",
        _announces,
        _needs_customer_text,
        "main",
    ),
    _T("approve", lazy("Approve"), ("ANNOUNCED",), "APPROVED", "approve", _approves, kind="main"),
    _T("complete", lazy("Complete"), ("APPROVED",), "DONE", "change", _actual),
    _T("cancel", lazy("Cancel"), ("DRAFT", "ANNOUNCED", "APPROVED"), "CANCELLED", "approve"),
)
_ACTION = (
    _T("start", lazy("Start"), ("OPEN",), "IN_PROGRESS"),
    _T("finish", lazy("Done"), ("OPEN", "IN_PROGRESS"), "DONE", "change", _finishes, kind="main"),
    _T("verify", lazy("Verify"), ("DONE",), "VERIFIED", "approve"),
    _T("cancel", lazy("Cancel"), ("OPEN", "IN_PROGRESS"), "CANCELLED"),
)
TRANSITIONS: Mapping[type, tuple[Transition, ...]] = {
    Service: _SERVICE,
    ServiceEvent: _EVENT,
    Outage: _OUTAGE,
    MaintenanceWindow: _MAINTENANCE,
    Action: _ACTION,
}


def possible(row: Row, *, by: Any) -> list[Transition]:
    """Return the steps that the record's state and the person's roles allow now."""
    steps = TRANSITIONS.get(type(row), ())
    return [s for s in steps if row.state in s.sources and allowed(by, s.right, type(row))]


@transaction.atomic
def transition(row: Row, verb: str, *, by: Any, at: datetime) -> Row:
    """Take one step and return the record, fresh from the database.

    Raises TransitionRefused when the state, the contents or the roles do not allow it. Doing a step
    that is already done (the record stands in its target) is refused too, so nothing happens twice.
    """
    model = type(row)
    step = next((s for s in TRANSITIONS.get(model, ()) if s.verb == verb), None)
    if step is None:
        raise TransitionRefused(_("“%(verb)s” is not a step of this record.") % {"verb": verb})
    if not allowed(by, step.right, model):
        raise TransitionRefused(_("Your roles do not allow “%(step)s”.") % {"step": step.title})
    row = model.objects.select_for_update(of=("self",)).get(pk=row.pk)  # type: ignore[attr-defined]
    if row.state not in step.sources:
        raise TransitionRefused(
            _("“%(step)s” is not possible: %(row)s is “%(state)s”.")
            % {"step": step.title, "row": row, "state": row.get_state_display()}
        )
    if problem := step.requires(row):
        raise TransitionRefused(problem)
    row.state = step.target
    for name, value in step.sets(row, at).items():
        setattr(row, name, value)
    row.save()
    announce(f"{model._meta.model_name}.{step.target.lower()}", at=at, uuid=row.pk)  # type: ignore[attr-defined]
    return row
