"""What the person at the terminal reads: each stage with its time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Print ``name`` when the stage begins and its seconds when it has ended."""
    begun = time.monotonic()
    say(f"  {name:<28}", end="")
    try:
        yield
    except BaseException:
        say(" stopped")
        raise
    say(f"{time.monotonic() - begun:6.1f} s")


def say(text: str = "", *, end: str = "\n") -> None:
    """Print at once, also into a pipe."""
    print(text, end=end, file=sys.stdout, flush=True)
