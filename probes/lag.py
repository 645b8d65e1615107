"""How late our own event loop runs: a look that timed out because we were not looking says
nothing about its camera."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from probes.clock import Clock

# A look waits on a camera for seconds; a loop that stood still for one of them may have eaten
# the answer's time. Below that, no deadline of a look is missed through our fault alone.
OVERLOAD_LAG_S = 1.0
# Fine enough to see the lag above within a tenth, at ten wake-ups a second for all looks.
TICK_S = 0.1
# Lags worth keeping; a look lasts seconds, so no more than a few dozen can lie within one.
_MAX_KEPT = 64
_WORTH_KEEPING_S = 0.25


@dataclass(slots=True)
class LagTracker:
    """Ticks say when they came; a tick that came late tells of a loop that stood still."""

    _due_s: float | None = None
    _late: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_MAX_KEPT))

    def tick(self, now_s: float) -> None:
        """A tick came at `now_s` (monotonic); the next is due in TICK_S."""
        if self._due_s is not None and now_s - self._due_s >= _WORTH_KEEPING_S:
            self._late.append((now_s, now_s - self._due_s))
        self._due_s = now_s + TICK_S

    def worst_s(self, since_s: float, now_s: float) -> float:
        """The longest standstill that ended after `since_s`, one that has not yet been ticked
        off included. Of one that began before, only the part after `since_s` counts."""
        ended = [(at_s, late_s) for at_s, late_s in self._late if at_s > since_s]
        if self._due_s is not None:
            ended.append((now_s, max(0.0, now_s - self._due_s)))
        return max((min(late_s, at_s - since_s) for at_s, late_s in ended), default=0.0)

    def overloaded(self, since_s: float, now_s: float) -> bool:
        """Whether a timeout within this span may be our own fault."""
        return self.worst_s(since_s, now_s) > OVERLOAD_LAG_S


async def watch_lag(tracker: LagTracker, clock: Clock) -> None:
    """Ticks for as long as it runs; cancel it to stop."""
    while True:
        tracker.tick(clock.monotonic())
        await asyncio.sleep(TICK_S)
