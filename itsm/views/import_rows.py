"""The rows of an import's preview as its table prints them: cells with old and new value or what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from itsm.imports.columns import ImportColumn, TableKind
from itsm.models import ImportRun, Party, Series, Service
from itsm.views.columns import words_for

SIGNS = {"new": "+", "changed": "±", "unchanged": "="}
SHORT = {"new": "n", "changed": "c", "unchanged": "u"}
MODELS = {"customer": Party, "party": Party, "service": Service, "series": Series}


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """A cell: words, the old words when they change, sentences when it is wrong."""

    text: str
    old: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row: its line in the file, outcome (error, new, changed, unchanged) and cells."""

    line: int
    outcome: str
    cells: tuple[PreviewCell, ...]
    problems: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The outcome as the reader sees it."""
        return {"new": _("New"), "changed": _("Changed"), "unchanged": _("Unchanged")}.get(
            self.outcome, _("Error")
        )

    @property
    def sign(self) -> str:
        """The sign before the word."""
        return SIGNS.get(self.outcome, "")

    @property
    def short(self) -> str:
        """The letter of the outcome's look."""
        return SHORT.get(self.outcome, "e")


def mapped_columns(kind: TableKind, run: ImportRun) -> list[ImportColumn]:
    """Return the fields for which a column of the file was chosen."""
    return [one for one in kind.columns if run.columns.get(one.name)]


def preview_rows(
    run: ImportRun, outcome: str, columns: Sequence[ImportColumn], most: int
) -> list[PreviewRow]:
    """Return up to ``most`` rows with this outcome."""
    samples = run.report.get("samples", {}).get(outcome, [])[:most]
    if outcome == "error":
        return _error_rows(run, samples, columns)
    names = _names(samples, columns)
    return [
        PreviewRow(
            sample["line"],
            outcome,
            tuple(_cell(one, sample, names, changed=outcome == "changed") for one in columns),
        )
        for sample in samples
    ]


def _error_rows(
    run: ImportRun, samples: Sequence[Mapping[str, Any]], columns: Sequence[ImportColumn]
) -> list[PreviewRow]:
    found: dict[tuple[int, str], list[str]] = {}
    for one in run.report.get("problems", []):
        found.setdefault((one["line"], one["column"]), []).append(one["message"])
    shown = {run.columns[one.name] for one in columns}
    return [
        PreviewRow(
            sample["line"],
            "error",
            tuple(
                PreviewCell(
                    sample["cells"].get(one.name, ""),
                    problems=tuple(found.get((sample["line"], run.columns[one.name]), ())),
                )
                for one in columns
            ),
            tuple(
                words
                for (line, column), sentences in found.items()
                for words in sentences
                if line == sample["line"] and column not in shown
            ),
        )
        for sample in samples
    ]


def _cell(
    one: ImportColumn, sample: Mapping[str, Any], names: Mapping[str, str], *, changed: bool
) -> PreviewCell:
    new = sample["facts"].get(one.fact)
    text = _words(one, new, names)
    if not changed:
        return PreviewCell(text)
    old = (sample["current"] or {}).get(one.fact)
    differs = old != new
    return PreviewCell(text, old=_words(one, old, names) if differs else "")


def _words(one: ImportColumn, value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "–"
    if one.kind == "instant":
        return str(words_for(datetime.fromisoformat(value)))
    if one.kind == "choice":
        return str(dict(one.choices).get(value, value))
    if one.kind in MODELS:
        return names.get(str(value), str(value))
    return str(words_for(value))[:200]


def _names(samples: Sequence[Mapping[str, Any]], columns: Sequence[ImportColumn]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in columns:
        if one.kind in MODELS:
            keys: set[Any] = {
                part.get(one.fact)
                for sample in samples
                for part in (sample["facts"], sample["current"] or {})
            }
            rows = MODELS[one.kind]._default_manager.filter(pk__in=keys - {None})
            names |= {str(row.pk): str(row) for row in rows}
    return names
