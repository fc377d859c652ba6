"""The compliance matrix: promises by month, each cell a judgment or nothing."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calculations.periods import Period
from slas.models import Evaluation, Target
from slas.selectors.agreements import summary_line, worst
from slas.selectors.figures import percent, state_of, tone_of


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
    """All that the page prints: months oldest first, groups by party, counts."""

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


def matrix(
    who: Any, months: tuple[Period, ...], *, kind: str = "", party: UUID | None = None
) -> Matrix:
    """Return promises × months for what ``who`` may see (two queries).

    A promise is one reference of an agreement, whatever version it stands in; a month in which it
    changed shows the worse of its two parts.
    """
    labels = [month.label for month in months]
    evaluations = (
        Evaluation.objects.visible_to(who).current().filter(period__in=labels).defer("trace")
    )
    targets = Target.objects.visible_to(who).filter(version__state="IN_FORCE")
    if kind:
        targets = targets.filter(version__agreement__kind=kind)
    if party:
        targets = targets.filter(party=party)
    known = targets.filter(
        version__starts_at__lt=months[-1].end, version__agreement__archived_at=None
    ).select_related("version__agreement", "service", "hours", "party")
    rows: dict[UUID, list[Evaluation]] = defaultdict(list)
    for row in evaluations.filter(target__in=targets).select_related("target"):
        rows[row.target_id].append(row)
    return _matrix(list(known.order_by("party__name", "service__name", "reference")), rows, months)


def _matrix(
    targets: list[Target], rows: dict[UUID, list[Evaluation]], months: tuple[Period, ...]
) -> Matrix:
    promises: dict[tuple[UUID, str], list[Target]] = defaultdict(list)
    for target in targets:
        promises[target.version.agreement_id, target.reference].append(target)
    groups: dict[Any, list[MatrixRow]] = defaultdict(list)
    missed = judged = 0
    for versions in promises.values():
        newest = max(versions, key=lambda target: target.version.number)
        if newest.version.ends_at and newest.version.ends_at <= months[0].start:
            continue
        found = defaultdict(list)
        for target in versions:
            for row in rows[target.pk]:
                found[row.period].append(row)
        cells = tuple(_cell(found[month.label], newest) for month in months)
        missed += sum(cell.tone == "breach" for cell in cells)
        judged += sum(cell.tone in ("ok", "risk", "breach") for cell in cells)
        groups[newest.party].append(MatrixRow(newest, newest.name, summary_line(newest), cells))
    return Matrix(
        months=months,
        groups=tuple(MatrixGroup(party, tuple(found)) for party, found in groups.items()),
        missed=missed,
        judged=judged,
    )


def _cell(found: list[Evaluation], target: Target) -> Cell:
    if not found:
        return Cell(None, "none", "", _("not judged"))
    state = worst(state_of(row) for row in found)
    row = next(row for row in found if state_of(row) == state)
    text = percent(row.value, target.objective).removesuffix(" %")
    return Cell(row, tone_of(row), text, f"{percent(row.value, target.objective)}, {_words(state)}")


def _words(state: str) -> str:
    return {
        "met": _("kept"),
        "at_risk": _("at risk"),
        "missed": _("missed"),
    }.get(state, _("not assessable"))
