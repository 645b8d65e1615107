"""How late our own event loop runs: a look that timed out because we were not looking says
nothing about its camera."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from probes.clock import Clock

# What comes while the loop stands still is not lost: the sockets keep it, and it is handled
# before any timer. So a standstill only takes time away. A look that was left half of its time
# or more has waited long enough to believe the silence; less, and the timeout may be ours. Below
# the other bound a look was too short to tell.
OVERLOAD_SHARE = 0.5
OVERLOAD_S = 0.5
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

    def stalled_s(self, since_s: float, now_s: float) -> float:
        """How much of the span the loop stood still, a standstill that has not yet been ticked
        off included. Of one that began before the span, only the part within it counts."""
        ended = [(at_s, late_s) for at_s, late_s in self._late if at_s > since_s]
        if self._due_s is not None:
            ended.append((now_s, max(0.0, now_s - self._due_s)))
        return sum(min(late_s, at_s - since_s) for at_s, late_s in ended)

    def overloaded(self, since_s: float, now_s: float) -> bool:
        """Whether a timeout within this span may be our own fault."""
        enough_s = max(OVERLOAD_S, OVERLOAD_SHARE * (now_s - since_s))
        return self.stalled_s(since_s, now_s) > enough_s


async def watch_lag(tracker: LagTracker, clock: Clock) -> None:
    """Ticks for as long as it runs; cancel it to stop."""
    while True:
        tracker.tick(clock.monotonic())
        await asyncio.sleep(TICK_S)
