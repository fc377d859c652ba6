"""Chapters in which nothing happened share one page: said honestly, without empty tables."""

from typing import Any

from django.utils.translation import gettext as _

from itsm import blocks

ALWAYS = frozenset({"summary", "attainment", "availability", "method"})


def gather_quiet(sections: list[blocks.Section]) -> list[blocks.Section]:
    """Return the chapters, those without a single row put together into one when there are several."""
    quiet = [part for part in sections if part.key not in ALWAYS and is_quiet(part)]
    if len(quiet) < 2:
        return sections
    together = blocks.Section(
        "quiet",
        _("Nothing to report"),
        _("Nothing was recorded in %(count)s further chapters.") % {"count": len(quiet)},
        tuple(blocks.Nothing(part.title, part.finding) for part in quiet),
    )
    found: list[blocks.Section] = []
    for part in sections:
        if part not in quiet:
            found.append(part)
        elif part is quiet[-1]:
            found.append(together)
    return found


def is_quiet(section: blocks.Section) -> bool:
    """Tell whether a chapter holds nothing but headings, empty tables and empty states."""
    return all(_says_nothing(block) for block in section.blocks)


def _says_nothing(block: Any) -> bool:
    if isinstance(block, blocks.Table):
        return not block.rows
    return isinstance(block, blocks.Nothing | blocks.Heading | blocks.Note)
