"""When to try again: exponential, capped, with full jitter, so that many failures do not return at once."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

MAX_TRIES = 8
CAP_SECONDS = 900


def next_try(at: datetime, tries: int, *, chance: Callable[[], float] = random.random) -> datetime:
    """Return the instant of the next try after ``tries`` failed ones (1 or more).

    Between 0 and min(900, 2 ** tries) seconds after ``at``, evenly spread ("full jitter").
    Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
    """
    longest = min(CAP_SECONDS, 2 ** max(1, tries))
    return at + timedelta(seconds=longest * chance())
