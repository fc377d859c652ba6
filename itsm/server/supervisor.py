"""Keep the processes running: restart what dies, give up when it keeps dying, stop all."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from itsm.server.children import Child, stop_together
from itsm.server.errors import StartRefused
from itsm.server.stages import say

LOOK_SECONDS = 0.25
RESTARTS = 5
WITHIN_SECONDS = 60.0
STOP_SECONDS = 8.0


@dataclass(slots=True)
class Supervisor:
    """The site's own processes (``children``) beside the private ``servers`` they lean on."""

    children: Sequence[Child]
    servers: Sequence[Child] = ()
    deaths: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list), init=False)

    def start(self) -> None:
        """Start the site's processes that do not run yet; the servers run already."""
        for child in self.children:
            if not child.running:
                child.start()

    def watch(self) -> None:
        """Watch for ever; raise StartRefused when one process keeps stopping."""
        while True:
            time.sleep(LOOK_SECONDS)
            for child in (*self.servers, *self.children):
                if not child.running:
                    self.revive(child)

    def revive(self, child: Child) -> None:
        """Start ``child`` again, at most five times a minute, a little later each time."""
        now = time.monotonic()
        recent = [at for at in self.deaths[child.name] if now - at < WITHIN_SECONDS] + [now]
        self.deaths[child.name] = recent
        code = child.process.returncode if child.process else None
        if len(recent) > RESTARTS:
            raise StartRefused(
                f"The {child.name} process stopped {len(recent)} times in a minute, last with code"
                f" {code}: {child.last_words()}. See {child.log}. Everything was stopped."
            )
        say(f"The {child.name} process stopped with code {code} and is started again.")
        child.finish(0)
        time.sleep(0.2 * len(recent))
        child.start()

    def stop(self) -> None:
        """Stop the site's processes together; whoever owns the servers stops those afterwards."""
        stop_together(self.children, STOP_SECONDS)
