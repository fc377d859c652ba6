"""The clock of one ticket, read from its events, and the verdict of a promise on it.

Events are read in the order of their effect; only those before a horizon count, so what happened
later never changes what was known then. Reopening continues the clock: the time between stop and
reopening is not run (the policy "continue").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import Literal

from itsm.calculations.intervals import Interval
from itsm.calculations.open_time import OpenTime, WorkingDayRule
from slas.calculations import clock

Limit = timedelta | clock.WorkingDays
ClockKind = Literal["RESPONSE", "RESOLUTION"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a ticket: START, RESPOND, PAUSE, RESUME, STOP, REOPEN, PRIORITY or CANCEL."""

    kind: str
    at: datetime
    reason: str = ""
    priority: int | None = None


@dataclass
class Case:
    """What the events before the horizon say about one ticket.

    ``stopped`` is the stop that holds at the horizon (None: the clock runs); ``first_stop`` the first
    of all. ``pauses`` carry their reason; ``gaps`` lie between a stop and its reopening.
    """

    key: str
    number: str
    priority: int | None = None
    start: datetime | None = None
    responded: datetime | None = None
    first_stop: datetime | None = None
    stopped: datetime | None = None
    cancelled: bool = False
    pauses: list[tuple[str, Interval]] = field(default_factory=list)
    gaps: list[Interval] = field(default_factory=list)
    priorities: list[tuple[datetime, int]] = field(default_factory=list)
    running: dict[str, datetime] = field(default_factory=dict)

    @cached_property
    def facts(self) -> str:
        """All that was read of this ticket, as one text with one meaning; ask when reading is done."""
        ends = (self.start, self.responded, self.first_stop, self.stopped)
        pauses = [f"{reason!r}{_span(pause)}" for reason, pause in self.pauses]
        parts = (
            repr(self.number), repr(self.priority), str(self.cancelled),
            *["-" if at is None else at.isoformat() for at in ends],
            "|".join(pauses), "|".join(map(_span, self.gaps)),
            "|".join(f"{at.isoformat()}={priority}" for at, priority in self.priorities),
        )  # fmt: skip
        return ";".join(parts) + "\n"

    def priority_at(self, at: datetime) -> int | None:
        """Return the priority that held at an instant: the last one set by then."""
        held = self.priority
        for since, priority in self.priorities:
            if since > at:
                break
            held = priority
        return held

    def done(self, kind: ClockKind) -> datetime | None:
        """Return when this clock ended: a stop also answers a ticket that nobody answered before."""
        if kind == "RESOLUTION":
            return self.stopped
        ends = [at for at in (self.responded, self.first_stop) if at is not None]
        return min(ends) if ends else None


def _span(interval: Interval) -> str:
    return f"{interval.start.isoformat()}/{interval.end.isoformat()}"


def read_case(case: Case, moments: Iterable[Moment], horizon: datetime) -> Case:
    """Fill ``case`` from the moments before ``horizon`` and return it.

    A second stop or pause of the same reason changes nothing; a resume names the pause that it ends,
    or ends all; a pause still running at a stop ends there (and at the horizon). Until a moment names
    a priority, the case has the one it came with.
    """
    for moment in sorted(moments, key=attrgetter("at")):
        if moment.at >= horizon:
            break
        if moment.priority is not None:
            case.priorities.append((moment.at, moment.priority))
        step = _STEPS.get(moment.kind)
        if step is not None:
            step(case, moment)
    _end_pauses(case, horizon)
    return case


def _start(case: Case, moment: Moment) -> None:
    case.start = case.start or moment.at


def _respond(case: Case, moment: Moment) -> None:
    case.responded = case.responded or moment.at


def _pause(case: Case, moment: Moment) -> None:
    if case.stopped is None:
        case.running.setdefault(moment.reason, moment.at)


def _resume(case: Case, moment: Moment) -> None:
    ended = [moment.reason] if moment.reason in case.running else list(case.running)
    for reason in ended:
        case.pauses.append((reason, Interval(case.running.pop(reason), moment.at)))


def _stop(case: Case, moment: Moment) -> None:
    if case.stopped is None:
        _end_pauses(case, moment.at)
        case.stopped = moment.at
        case.first_stop = case.first_stop or moment.at


def _reopen(case: Case, moment: Moment) -> None:
    if case.stopped is not None:
        case.gaps.append(Interval(case.stopped, moment.at))
        case.stopped = None


def _cancel(case: Case, _moment: Moment) -> None:
    case.cancelled = True


def _end_pauses(case: Case, at: datetime) -> None:
    for reason, since in case.running.items():
        case.pauses.append((reason, Interval(since, at)))
    case.running.clear()


_STEPS = {
    "START": _start,
    "RESPOND": _respond,
    "PAUSE": _pause,
    "RESUME": _resume,
    "STOP": _stop,
    "REOPEN": _reopen,
    "CANCEL": _cancel,
}


@dataclass(frozen=True, slots=True)
class Promise:
    """A limit on one clock. ``reasons``: pauses that count (empty: all); ``priority`` None: all.

    ``limit_before`` is the limit that held just before the judged time, None when none did: a case
    that had used it up by then was counted as missed then.
    """

    kind: ClockKind
    limit: Limit
    hours: OpenTime
    rule: WorkingDayRule = "keep_time"
    priority: int | None = None
    reasons: frozenset[str] = frozenset()
    limit_before: Limit | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One counted case: met or missed, the service time used and whether its clock still runs."""

    case: Case
    met: bool
    elapsed: timedelta
    is_open: bool
    ended: datetime


@dataclass(frozen=True, slots=True)
class Attainment:
    """Met cases of all that count; ``ratio`` None when there are fewer than the agreed sample."""

    met: int
    cases: int
    ratio: Fraction | None


def judge(case: Case, promise: Promise, span: Interval) -> Verdict | None:
    """Return the verdict of ``promise`` on ``case`` over ``span``, or None when it does not count.

    A case counts when its clock stopped in the span, or runs at its end past the limit (missed).
    One that had used up the limit before the span began was counted then and never again. Equality
    is met. ``span.end`` must be the horizon the case was read to.
    """
    if case.start is None or case.cancelled or case.start >= span.end:
        return None
    done = case.done(promise.kind)
    if done is not None and done < span.start:
        return None
    at = done or span.end
    if not _applies(promise, case, at) or _counted_before(case, promise, span):
        return None
    over, used = _used(case, promise, promise.limit, at)
    if done is None and not over:
        return None
    return Verdict(case, not over, used, done is None, at)


def attainment(verdicts: Sequence[Verdict], *, least: int = 1) -> Attainment:
    """Return the share of met cases; ``least`` is the smallest number that may be judged."""
    cases, met = len(verdicts), sum(verdict.met for verdict in verdicts)
    enough = cases >= max(least, 1)
    return Attainment(met, cases, Fraction(met, cases) if enough else None)


def _applies(promise: Promise, case: Case, at: datetime) -> bool:
    return promise.priority is None or case.priority_at(at) == promise.priority


def _counted_before(case: Case, promise: Promise, span: Interval) -> bool:
    before = promise.limit_before
    if before is None or case.start is None or case.start >= span.start:
        return False
    if isinstance(before, timedelta) and span.start - case.start <= before:
        return False  # not even the time between the two is more than the limit
    return _applies(promise, case, span.start) and _used(case, promise, before, span.start)[0]


def _used(case: Case, promise: Promise, limit: Limit, at: datetime) -> tuple[bool, timedelta]:
    if case.start is None:
        return False, timedelta()
    pauses = [
        pause for reason, pause in case.pauses if not promise.reasons or reason in promise.reasons
    ]
    pauses += case.gaps
    used = clock.elapsed(promise.hours, case.start, at, pauses=pauses)
    if isinstance(limit, timedelta):
        return used > limit, used
    due = clock.deadline(promise.hours, case.start, limit, pauses=pauses, rule=promise.rule)
    return at > due, used
