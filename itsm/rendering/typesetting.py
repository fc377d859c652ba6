"""Where a large sentence breaks: the print engine does not balance lines, so we do."""

from itsm.charts import text_width

# Source Serif 4 Display runs a little narrower than the sans whose widths we measure with.
_SERIF = 0.97
_SMALL = frozenset(
    ["a", "an", "the", "of", "in", "on", "at", "by", "to", "and", "or", "for", "with", "from"]
)


def break_finding(text: str, measure: float = 470, size: float = 18) -> list[str]:
    """Break a finding into one line, or two balanced ones, of at most `measure` points.

    Prefers to break after punctuation; never between a number and the word after it (76 minutes,
    14 October) nor behind a small word. A text too long for two lines is given back whole: the
    engine wraps it.
    """
    width = text_width(text, size) * _SERIF
    if width <= measure:
        return [text]
    words = text.split(" ")
    best: tuple[float, list[str]] | None = None
    for index in range(1, len(words)):
        lines = [" ".join(words[:index]), " ".join(words[index:])]
        cost = _cost(lines, words[index - 1], measure, size)
        if cost is not None and (best is None or cost < best[0]):
            best = (cost, lines)
    return best[1] if best else [text]


def _cost(lines: list[str], last_word: str, measure: float, size: float) -> float | None:
    first, second = (text_width(line, size) * _SERIF for line in lines)
    if max(first, second) > measure or last_word[-1:].isdigit() or last_word in "€$£–":
        return None
    cost = abs(first - second) / measure
    if last_word.lower() in _SMALL:
        cost += 0.3
    return cost - {";": 0.5, ":": 0.45, ".": 0.45, ",": 0.3}.get(last_word[-1:], 0)
