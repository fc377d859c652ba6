"""What is wrong with a file or with one of its cells, in words that say what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

LISTED = 10_000


class Unreadable(ValueError):
    """The file as a whole cannot be read; ``code`` is for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadValue(ValueError):
    """A text cannot be turned into a value; ``accepted`` lists what could stand there instead."""

    def __init__(self, code: str, message: str, accepted: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code, self.accepted = code, tuple(accepted)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: the line of the file (the header is line 1), the column's name and what is wrong."""

    line: int
    column: str
    code: str
    message: str
    accepted: tuple[str, ...] = ()
    value: str = ""

    def brief(self) -> dict[str, Any]:
        """Return the four facts that the command prints as JSON."""
        return {
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }

    def full(self) -> dict[str, Any]:
        """Return all facts as JSON, for the stored report."""
        return {**asdict(self), "accepted": list(self.accepted)}


@dataclass(slots=True)
class ProblemList:
    """Findings in the order of the file; counts all, keeps the first ``LISTED`` (10,000)."""

    kept: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, problem: Problem) -> None:
        """Count a finding and keep it while there is room."""
        self.total += 1
        if len(self.kept) < LISTED:
            self.kept.append(problem)

    def __bool__(self) -> bool:
        return self.total > 0

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self.kept, key=lambda problem: (problem.line, problem.column)))
