"""The compliance matrix: promises by month, each cell a judgment or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import BoolAnd
from django.db.models import Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calculations.periods import Period
from slas.models import Evaluation, Target
from slas.selectors.agreements import summary_line, worst
from slas.selectors.figures import TONES, percent, state_of

Promise = tuple[UUID, str]  # the agreement and the reference of a target in it


@dataclass(frozen=True)
class Cell:
    """A judgment of a promise in a month; ``row`` None: never judged."""

    row: Evaluation | None
    tone: str
    text: str
    words: str


@dataclass(frozen=True)
class MatrixRow:
    """One promise: name, objective and a cell for each month."""

    target: Target
    title: str
    text: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MatrixGroup:
    """The promises to one party."""

    party: Any
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True)
class Matrix:
    """What the page prints: months oldest first, groups by party; the counts are those of all promises."""

    months: tuple[Period, ...]
    groups: tuple[MatrixGroup, ...]
    missed: int
    judged: int

    @property
    def lead(self) -> str:
        """What the matrix says, in one sentence."""
        if not self.judged:
            return _("Nothing is judged in these months yet.")
        if not self.missed:
            return _("Every promise that could be judged was kept.")
        return ngettext(
            "%(missed)s of %(judged)s judged promises was broken.",
            "%(missed)s of %(judged)s judged promises were broken.",
            self.missed,
        ) % {"missed": self.missed, "judged": self.judged}


def months_until(at: datetime, count: int = 12, zone: str = "UTC") -> tuple[Period, ...]:
    """Return the last months, oldest first, the running one included."""
    month = Period.containing(at, "month", zone)
    found = [month]
    for _number in range(count - 1):
        month = month.previous()
        found.append(month)
    return tuple(reversed(found))


@dataclass(frozen=True)
class Scope:
    """Which promises the matrix is about: ``kind`` of agreement, ``party``, ``service``, none of them: all."""

    kind: str = ""
    party: UUID | None = None
    service: UUID | None = None

    def targets(self, who: Any, months: tuple[Period, ...]) -> Any:
        """Return the targets in force at some time of the months."""
        rows = Target.objects.visible_to(who).filter(
            Q(version__ends_at=None) | Q(version__ends_at__gt=months[0].start),
            version__starts_at__lt=months[-1].end,
            version__state="IN_FORCE",
            version__agreement__archived_at=None,
        )
        if self.kind:
            rows = rows.filter(version__agreement__kind=self.kind)
        if self.service:
            rows = rows.filter(service=self.service)
        return rows.filter(party=self.party) if self.party else rows


def promises_of(who: Any, months: tuple[Period, ...], *, scope: Scope) -> list[Promise]:
    """Return (agreement, reference) of every promise in force in the months, by party, service and reference."""
    rows = scope.targets(who, months).values_list("version__agreement", "reference")
    rows = rows.annotate(owner=Min("party__name"), of=Min("service__name"))
    return [row[:2] for row in rows.order_by("owner", "of", "reference", "version__agreement")]


def matrix(
    who: Any, months: tuple[Period, ...], *, scope: Scope, shown: Sequence[Promise]
) -> Matrix:
    """Return the promises ``shown`` × months for what ``who`` may see; the counts are about the whole scope.

    A promise is one reference of an agreement, whatever version it stands in; a month in which it
    changed shows the worse of its two parts. Three queries.
    """
    targets = scope.targets(who, months)
    known = targets.filter(
        version__agreement__in={agreement for agreement, _reference in shown},
        reference__in={reference for _agreement, reference in shown},
    ).select_related("version__agreement", "service", "hours", "party")
    evaluations = _judgments(who, months)
    of = {target.pk: target for target in known}
    rows: dict[UUID, list[Evaluation]] = defaultdict(list)
    for row in evaluations.filter(target__in=list(of)):
        row.target = of[row.target_id]
        rows[row.target_id].append(row)
    missed, judged = _counts(evaluations.filter(target__in=targets.values("pk")))
    groups = _groups(shown, of.values(), rows, months)
    return Matrix(months=months, groups=groups, missed=missed, judged=judged)


def _judgments(who: Any, months: tuple[Period, ...]) -> Any:
    labels = [month.label for month in months]
    return Evaluation.objects.visible_to(who).current().filter(period__in=labels).defer("trace")


def _counts(evaluations: Any) -> tuple[int, int]:
    """Return how many promises were missed and how many judged, each counted once for a month."""
    months = (
        evaluations.exclude(met=None)
        .values("target__version__agreement", "target__reference", "period")
        .annotate(kept=BoolAnd("met"))
        .values_list("kept")
    )
    kept = [row[0] for row in months]
    return kept.count(False), len(kept)


def _groups(
    shown: Sequence[Promise],
    targets: Iterable[Target],
    rows: dict[UUID, list[Evaluation]],
    months: tuple[Period, ...],
) -> tuple[MatrixGroup, ...]:
    versions_of: dict[Promise, list[Target]] = defaultdict(list)
    for target in targets:
        versions_of[target.version.agreement_id, target.reference].append(target)
    groups: dict[Any, list[MatrixRow]] = defaultdict(list)
    for key in shown:
        versions = versions_of[key]
        newest = max(versions, key=lambda target: target.version.number)
        found = defaultdict(list)
        for target in versions:
            for row in rows[target.pk]:
                found[row.period].append(row)
        cells = tuple(_cell(found[month.label], newest) for month in months)
        groups[newest.party].append(MatrixRow(newest, newest.name, summary_line(newest), cells))
    return tuple(MatrixGroup(party, tuple(held)) for party, held in groups.items())


def _cell(found: list[Evaluation], target: Target) -> Cell:
    if not found:
        return Cell(None, "none", "", _("not judged"))
    states = [state_of(row) for row in found]
    state = worst(states)
    row = found[states.index(state)]
    shown = percent(row.value, target.objective)
    return Cell(
        row, TONES.get(state, "unknown"), shown.removesuffix(" %"), f"{shown}, {_words(state)}"
    )


def _words(state: str) -> str:
    return {
        "met": _("kept"),
        "at_risk": _("at risk"),
        "missed": _("missed"),
    }.get(state, _("not assessable"))
