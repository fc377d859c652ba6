"""The trace of a judgment as lines to print: the formula's numbers and the records behind them."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from itsm.models import MaintenanceWindow, Outage, Party
from slas.models import Evaluation, Target
from slas.selectors.figures import duration_text, number

_RECORDS = ("outages", "agreed_downtime", "unknown")
STANDING = {
    "agreed": "agreed",
    "late_notice": "announced late",
    "not_approved": "not approved before it began",
    "over_allowance": "over the agreed allowance",
}


@dataclass(frozen=True)
class Line:
    """A step of the sum: amount with sign, what it is, the record behind it and when it was."""

    amount: str
    title: str
    text: str
    url: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class MissedCase:
    """A ticket that was not in time."""

    number: str
    url: str
    started_at: datetime | None
    ended_at: datetime | None
    used: str


@dataclass(frozen=True)
class TraceView:
    """What the page prints: words and numbers of the formula, lines of the sum, missed tickets."""

    unit: str
    words: tuple[str, str]
    numbers: tuple[str, str]
    sums: tuple[str, str]
    lines: tuple[Line, ...]
    missed: tuple[MissedCase, ...]
    missed_total: int
    reason: str = ""


def view_of(row: Evaluation) -> TraceView:
    """Return the trace of a judgment, ready to print. The numbers are those stored, never new ones."""
    if row.target.kind == Target.Kind.AVAILABILITY:
        return _availability(row)
    return _cases(row)


def view_for_customer(row: Evaluation) -> TraceView:
    """Return the same trace without links into the house and without the titles of unpublished records.

    Two queries. Minutes and numbers stay: a record counts whether it is published or not.
    """
    known = published_ids(row.party, [row])
    trace = {
        name: [
            item if item["id"] in known else {**item, "title": _("not published")} for item in items
        ]
        if name in _RECORDS
        else items
        for name, items in row.trace.items()
    }
    shown = copy(row)
    shown.trace = trace
    view = view_of(shown)
    return replace(
        view,
        lines=tuple(replace(line, url="") for line in view.lines),
        missed=tuple(replace(case, url="") for case in view.missed),
    )


def published_ids(customer: Party, rows: Iterable[Evaluation]) -> set[str]:
    """Return which outages and maintenance windows of these traces the customer may read (two queries)."""
    keys = {item["id"] for row in rows for name in _RECORDS for item in row.trace.get(name, ())}
    return {
        str(key)
        for model in (Outage, MaintenanceWindow)
        for key in model.objects.visible_to(customer)
        .filter(pk__in=keys, is_published=True)
        .values_list("pk", flat=True)
    }


def _address(name: str, key: str) -> str:
    try:
        return reverse(f"itsm:{name}_detail", args=[key])
    except NoReverseMatch:
        return ""


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _minutes(seconds: Any) -> str:
    return number(Fraction(str(seconds)) / 60, 2)


def _availability(row: Evaluation) -> TraceView:
    trace = row.trace
    if "reason" in trace:
        words = {
            "no_records": _(
                "Nobody has recorded an outage, time without data or maintenance of this service yet, "
                "so nobody can say that it was available. Say on the target since when outages are recorded."
            ),
            "no_agreed_time": _("There was no agreed service time in this period."),
        }
        return TraceView("", ("", ""), ("", ""), ("", ""), (), (), 0, words[trace["reason"]])
    service, agreed = trace["service_time_seconds"], trace["agreed_seconds"]
    excluded = Fraction(service) - Fraction(agreed)
    lost = trace["downtime_seconds"]
    return TraceView(
        unit=_("in minutes of service time"),
        words=(_("agreed − excluded − lost"), _("agreed − excluded")),
        numbers=(
            f"{_minutes(service)} − {_minutes(excluded)} − {_minutes(lost)}",
            f"{_minutes(service)} − {_minutes(excluded)}",
        ),
        sums=(_minutes(row.numerator), _minutes(row.denominator)),
        lines=tuple(_sum(trace)),
        missed=(),
        missed_total=0,
    )


def _sum(trace: dict[str, Any]) -> Any:
    hours = trace["hours"]
    yield Line(
        _minutes(trace["service_time_seconds"]),
        _("Agreed minutes."),
        f"{hours['name']} ({hours['zone']})",
        starts_at=_at(trace["start"]),
        ends_at=_at(trace["end"]),
    )
    for window in trace["agreed_downtime"]:
        yield from _window_lines(window)
    for item in trace["unknown"]:
        sign = "− " if trace["unknown_rule"] != "up" else ""
        yield Line(
            f"{sign}{_minutes(item['seconds'])}", _("Without data."), item["title"],
            _address("outages", item["id"]), _at(item["start"]), _at(item["end"]),
        )  # fmt: skip
    for item in trace["outages"]:
        weight = "" if item["weight"] == "1.000" else f", × {item['weight'].rstrip('0')}"
        yield Line(
            f"− {_minutes(item['seconds'])}", _("Lost."), f"{item['reference']} {item['title']}{weight}",
            _address("outages", item["id"]), _at(item["start"]), _at(item["end"]),
        )  # fmt: skip
    hidden = trace["outages_total"] - len(trace["outages"])
    if hidden > 0:
        yield Line("…", _("More."), _("%(count)s outages more are counted.") % {"count": hidden})


def _window_lines(window: dict[str, Any]) -> Any:
    url = _address("maintenance-windows", window["id"])
    span = _at(window["start"]), _at(window["end"])
    name = f"{window['reference']} {window['title']}"
    if Fraction(window["excluded_seconds"]):
        yield Line(f"− {_minutes(window['excluded_seconds'])}", _("Excluded."), name, url, *span)
    if Fraction(window["lost_seconds"]):
        standing = STANDING.get(window["standing"], window["standing"])
        if window["standing"] == "agreed":
            standing = "longer than agreed"
        yield Line(
            f"− {_minutes(window['lost_seconds'])}", _("Lost."), f"{name}: {standing}", url, *span
        )


def _cases(row: Evaluation) -> TraceView:
    trace = row.trace
    missed = tuple(
        MissedCase(
            number=case["number"],
            url=_address("tickets", case["id"]),
            started_at=_at(case["started_at"]),
            ended_at=_at(case["ended_at"]),
            used=duration_text(Fraction(case["elapsed_seconds"])),
        )
        for case in trace["missed"]
    )
    reason = ""
    if row.value is None:
        reason = _(
            "Fewer cases than agreed ended in this period: %(cases)s, at least %(least)s."
        ) % {
            "cases": trace["cases"],
            "least": trace["least_cases"],
        }
    return TraceView(
        unit=_("in cases"),
        words=(_("cases in time"), _("cases whose clock stopped, or that are late and still open")),
        numbers=(f"{trace['cases']:,} − {trace['missed_total']:,}", f"{trace['cases']:,}"),
        sums=(f"{trace['met']:,}", f"{trace['cases']:,}"),
        lines=(),
        missed=missed,
        missed_total=trace["missed_total"],
        reason=reason,
    )
