"""What a list shows, as the parameters of its address: those of a saved view, and what stands in the address."""

from collections.abc import Mapping, Sequence

Parameters = Mapping[str, Sequence[str]]


def laid_over(view: Parameters, given: Parameters) -> dict[str, list[str]]:
    """Return the parameters in force: what is ``given`` wins, by name, over the ``view``'s.

    An empty value takes a parameter of the view away: ``?view=mine&state=`` is the view without its state.
    """
    found = {name: list(values) for name, values in view.items() if name not in given}
    found |= {name: [value for value in values if value] for name, values in given.items()}
    return {name: values for name, values in found.items() if values}


def difference(view: Parameters, wanted: Parameters) -> dict[str, list[str]]:
    """Return the shortest parameters that, laid over ``view``, give ``wanted``."""
    found = {
        name: list(values) for name, values in wanted.items() if list(values) != view.get(name)
    }
    return found | {name: [""] for name in view if name not in wanted}


def free_name(wanted: str, taken: frozenset[str]) -> str:
    """Return ``wanted``, or with the first number from 2 that nobody has: "late-2"."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"
