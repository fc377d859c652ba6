"""One figure: what was measured, its goal, and a peer's value from the same run."""

import time
from collections.abc import Callable
from typing import Any, Literal


def figure(
    key: str,
    value: float,
    unit: str,
    *,
    goal: float | None = None,
    better: Literal["lower", "higher"] = "lower",
    **peer: Any,
) -> dict[str, Any]:
    """Return the figure as one line of the result.

    ``goal`` is the limit that must hold (None: for information). ``peer`` and ``peer_value`` name
    another program and its value; ``ratio`` is how many times better we are (1.0: the same).
    """
    other = peer.get("peer_value")
    ratio = None
    if other and value:
        ratio = round(other / value if better == "lower" else value / other, 3)
    holds = goal is None or (value <= goal if better == "lower" else value >= goal)
    return {
        "key": key,
        "value": round(value, 6),
        "unit": unit,
        "goal": goal,
        "better": better,
        "holds": bool(holds),
        "peer": peer.get("peer"),
        "peer_value": other,
        "ratio": ratio,
    }


def best_of(act: Callable[[], object], times: int = 3) -> float:
    """Return the least seconds of ``times`` runs: the machine's noise only ever adds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        spent.append(time.perf_counter() - begun)
    return min(spent)
