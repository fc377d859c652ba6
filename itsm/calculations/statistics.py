"""Two honest summaries of a sample: a percentile that was measured, a share with its doubt."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol, TypeVar


class _Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


Value = TypeVar("Value", bound=_Ordered)


def percentile(values: Sequence[Value], percent: int | Decimal | Fraction) -> Value | None:
    """Return the nearest-rank percentile: the smallest value with ``percent`` of all at or below.

    The result is always one of ``values``; None without any. Raises ValueError unless
    0 < percent <= 100. Never average percentiles of parts: pool the values.
    """
    if not 0 < percent <= 100:
        raise ValueError(f"A percentile of {percent} lies outside 0 (exclusive) to 100.")
    if not values:
        return None
    rank = math.ceil(Fraction(percent) * len(values) / 100)
    return sorted(values)[rank - 1]


def wilson_interval(
    successes: int, trials: int, z: float = 1.959963984540054
) -> tuple[float, float]:
    """Return the score interval of a share, each end 0 to 1; (0, 1) without trials.

    ``z``: standard deviations of the normal distribution; the default is 95 % two-sided. Raises
    ValueError unless 0 <= successes <= trials. Source: Wilson 1927, JASA 22, 209-212.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a share.")
    if not trials:
        return 0.0, 1.0
    share = successes / trials
    scale = 1 + z * z / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = (middle - spread) / scale if successes else 0.0
    high = (middle + spread) / scale if successes < trials else 1.0
    return low, high
