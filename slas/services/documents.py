"""Read an agreement document (docs/evaluation.md): everything wrong with it at once, with pointers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from itsm.calculations.service_hours import ServiceHours as Calendar
from itsm.calculations.wall_time import zone
from itsm.imports.problems import Problem
from slas.models import Agreement, AgreementVersion, Target

SECTIONS = ("customer", "service", "hours", "agreement", "targets")
UNITS = {"minutes": 60, "hours": 3600}
_KEYS = {
    "": SECTIONS,
    "/customer": ("slug", "name", "timezone"),
    "/service": ("slug", "name", "description"),
    "/hours": ("slug", "name", "timezone", "week", "annual_holidays", "closed", "open"),
    "/agreement": (
        "reference", "kind", "title", "version", "starts", "ends", "signed_by", "unknown_rule",
        "notice_hours", "allowance_minutes",
    ),
    "/targets": (
        "reference", "name", "kind", "priority", "objective", "limit", "day_rule",
        "pause_reasons", "min_sample", "recorded_from",
    ),
}  # fmt: skip


@dataclass
class Reading:
    """The document while it is read: ``problems`` collects what is wrong, in the order of the document."""

    problems: list[Problem] = field(default_factory=list)

    def say(self, pointer: str, code: str, message: str, accepted: Sequence[str] = ()) -> None:
        """Note a problem at a JSON pointer; accepted values are added to the sentence."""
        if accepted:
            message = _("%(message)s Accepted: %(accepted)s.") % {
                "message": message,
                "accepted": ", ".join(accepted),
            }
        self.problems.append(Problem(0, pointer, code, message, tuple(accepted)))

    def section(self, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """Return an object of the document; say so when it is missing or something else."""
        pointer, value = f"/{name}", document.get(name)
        if not isinstance(value, Mapping):
            self.say(
                pointer,
                "missing" if value is None else "type",
                _("%(pointer)s is missing or no object.") % {"pointer": pointer},
            )
            return {}
        self.known(value, pointer, pointer)
        return value

    def known(self, value: Mapping[str, Any], pointer: str, shape: str) -> None:
        """Say which keys are not known."""
        for key in value:
            if key not in _KEYS[shape]:
                self.say(
                    f"{pointer}/{key}",
                    "unknown_key",
                    _("%(key)s is not known here.") % {"key": key},
                    _KEYS[shape],
                )

    def text(self, value: Mapping[str, Any], pointer: str, key: str, *, default: str = "") -> str:
        """Return a text; without ``default`` it is required."""
        found = value.get(key, default)
        if not isinstance(found, str) or (not found.strip() and not default and key in _REQUIRED):
            self.say(
                f"{pointer}/{key}",
                "missing" if key not in value else "text",
                _("%(key)s is missing or no text.") % {"key": key},
            )
            return default
        return found.strip()

    def choice(
        self, value: Mapping[str, Any], pointer: str, key: str, accepted: Sequence[str]
    ) -> str:
        """Return one of the accepted values; the first one when the key is missing."""
        found = value.get(key, accepted[0])
        if found in accepted:
            return str(found)
        self.say(
            f"{pointer}/{key}", "choice", _("%(value)s is not known.") % {"value": found}, accepted
        )
        return accepted[0]

    def count(
        self, value: Mapping[str, Any], pointer: str, key: str, default: int | None, least: int = 0
    ) -> int | None:
        """Return a whole number of at least ``least``."""
        found = value.get(key, default)
        if found is None and default is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or found < least:
            self.say(
                f"{pointer}/{key}",
                "number",
                _("%(value)s is no whole number from %(least)s.")
                % {"value": found, "least": least},
            )
            return default
        return found

    def day(self, value: Mapping[str, Any], pointer: str, key: str) -> date | None:
        """Return a day written as 2016-01-01, None when the key is missing."""
        found = value.get(key)
        if found is None:
            return None
        try:
            return date.fromisoformat(str(found))
        except ValueError:
            self.say(
                f"{pointer}/{key}",
                "date",
                _("%(value)s is no day. Write it as 2016-01-01.") % {"value": found},
            )
            return None


_REQUIRED = frozenset({"slug", "name", "reference", "title"})


@dataclass(frozen=True)
class AgreementDocument:
    """A document that can be applied: plain values by section."""

    customer: dict[str, str]
    service: dict[str, str]
    hours: dict[str, Any]
    agreement: dict[str, Any]
    terms: dict[str, Any]
    starts: date
    ends: date | None
    signed_by: str
    version: int
    targets: list[dict[str, Any]]


def read_document(document: Any) -> tuple[AgreementDocument | None, list[Problem]]:
    """Return the document and what is wrong with it; the document is None when anything is."""
    reading = Reading()
    if not isinstance(document, Mapping):
        reading.say("", "type", _("An agreement is a JSON object."), SECTIONS)
        return None, reading.problems
    reading.known(document, "", "")
    customer = _party(reading, reading.section(document, "customer"))
    service = _service(reading, reading.section(document, "service"))
    hours = _hours(reading, reading.section(document, "hours"))
    facts = reading.section(document, "agreement")
    starts = reading.day(facts, "/agreement", "starts")
    ends = reading.day(facts, "/agreement", "ends")
    if starts is None and "starts" not in facts:
        reading.say("/agreement/starts", "missing", _("starts is missing. Write it as 2016-01-01."))
    if starts and ends and ends <= starts:
        reading.say("/agreement/ends", "order", _("An agreement must end after it starts."))
    read: dict[str, Any] = {
        "agreement": _agreement(reading, facts),
        "terms": _terms(reading, facts),
        "signed_by": reading.text(facts, "/agreement", "signed_by"),
        "version": reading.count(facts, "/agreement", "version", 1, 1) or 1,
        "targets": _targets(reading, document.get("targets")),
    }
    if reading.problems or starts is None:
        return None, reading.problems
    return AgreementDocument(
        customer=customer, service=service, hours=hours, starts=starts, ends=ends, **read
    ), []


def _party(reading: Reading, value: Mapping[str, Any]) -> dict[str, str]:
    name = reading.text(value, "/customer", "timezone", default="Europe/Madrid")
    _check_zone(reading, "/customer/timezone", name)
    return {
        "slug": reading.text(value, "/customer", "slug"),
        "name": reading.text(value, "/customer", "name"),
        "timezone": name,
    }


def _service(reading: Reading, value: Mapping[str, Any]) -> dict[str, str]:
    return {key: reading.text(value, "/service", key) for key in _KEYS["/service"]}


def _check_zone(reading: Reading, pointer: str, name: str) -> None:
    try:
        zone(name)
    except ValueError as error:
        reading.say(pointer, "zone", str(error))


def _hours(reading: Reading, value: Mapping[str, Any]) -> dict[str, Any]:
    calendar = {key: value[key] for key in _KEYS["/hours"][2:] if key in value}
    try:
        Calendar.from_dict(calendar)
    except (ValueError, TypeError) as error:
        reading.say("/hours", "hours", str(error))
    return {
        "slug": reading.text(value, "/hours", "slug"),
        "name": reading.text(value, "/hours", "name"),
        **calendar,
    }


def _agreement(reading: Reading, value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "reference": reading.text(value, "/agreement", "reference"),
        "title": reading.text(value, "/agreement", "title"),
        "kind": reading.choice(value, "/agreement", "kind", Agreement.Kind.values),
    }


def _terms(reading: Reading, value: Mapping[str, Any]) -> dict[str, Any]:
    pointer = "/agreement"
    return {
        "unknown_rule": reading.choice(
            value, pointer, "unknown_rule", AgreementVersion.UnknownRule.values
        ),
        "notice_hours": reading.count(value, pointer, "notice_hours", 0),
        "allowance_minutes": reading.count(value, pointer, "allowance_minutes", None),
    }


def _targets(reading: Reading, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        reading.say("/targets", "missing", _("targets is a list with at least one target."))
        return []
    found, seen = [], set()
    for number, target in enumerate(value):
        pointer = f"/targets/{number}"
        if not isinstance(target, Mapping):
            reading.say(pointer, "type", _("A target is an object."), _KEYS["/targets"])
            continue
        reading.known(target, pointer, "/targets")
        facts = _target(reading, target, pointer)
        if facts["reference"] in seen:
            reading.say(
                f"{pointer}/reference",
                "twice",
                _("The reference %(name)s stands twice.") % {"name": facts["reference"]},
            )
        seen.add(facts["reference"])
        found.append(facts)
    return found


def _target(reading: Reading, value: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    kind = reading.choice(value, pointer, "kind", Target.Kind.values)
    if "kind" not in value:
        reading.say(f"{pointer}/kind", "missing", _("kind is missing."), Target.Kind.values)
    reasons = value.get("pause_reasons", [])
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        reading.say(f"{pointer}/pause_reasons", "type", _("pause_reasons is a list of texts."))
        reasons = []
    return {
        "reference": reading.text(value, pointer, "reference"),
        "name": reading.text(value, pointer, "name"),
        "kind": kind,
        "priority": reading.count(value, pointer, "priority", None, 1),
        "objective": _objective(reading, value, f"{pointer}/objective"),
        "day_rule": reading.choice(value, pointer, "day_rule", Target.DayRule.values),
        "pause_reasons": reasons,
        "min_sample": reading.count(value, pointer, "min_sample", 1, 1),
        "recorded_from": reading.day(value, pointer, "recorded_from"),
        **_limit(reading, value, kind, f"{pointer}/limit"),
    }


def _objective(reading: Reading, value: Mapping[str, Any], pointer: str) -> Decimal:
    try:
        share = Decimal(str(value.get("objective")))
        if not 0 <= share <= 100:
            raise InvalidOperation
    except InvalidOperation:
        reading.say(pointer, "percent", _("An objective is a percentage from 0 to 100, as “99.9”."))
        return Decimal(0)
    return share


def _limit(
    reading: Reading, value: Mapping[str, Any], kind: str, pointer: str
) -> dict[str, int | None]:
    """Return limit_seconds and limit_working_days. Plain days are refused: they may mean either."""
    nothing: dict[str, int | None] = {"limit_seconds": None, "limit_working_days": None}
    limit = value.get("limit")
    if kind == Target.Kind.AVAILABILITY:
        if limit is not None:
            reading.say(pointer, "limit", _("Availability has no limit. Leave it out."))
        return nothing
    units: dict[str, Callable[[int], dict[str, int]]] = {
        **{
            unit: (lambda number, size=size: {"limit_seconds": number * size})  # type: ignore[misc]
            for unit, size in UNITS.items()
        },
        "working_days": lambda number: {"limit_working_days": number},
    }
    if not isinstance(limit, Mapping) or len(limit) != 1:
        reading.say(pointer, "limit", _("A limit has one unit."), _LIMITS)
        return nothing
    unit, number = next(iter(limit.items()))
    if unit not in units:
        reading.say(pointer, "unit", _("%(unit)s is no unit of a limit.") % {"unit": unit}, _LIMITS)
        return nothing
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        reading.say(f"{pointer}/{unit}", "number", _("A limit is a whole number from 1."))
        return nothing
    return {**nothing, **units[unit](number)}


_LIMITS = ('{"minutes": 30}', '{"hours": 4}', '{"working_days": 2}')
