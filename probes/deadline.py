"""One deadline for a whole look, spent by its stages."""

from __future__ import annotations

from dataclasses import dataclass, field

from probes.clock import Clock
from probes.vocabulary import Budget, Stage


@dataclass(slots=True, kw_only=True)
class Deadline:
    """Counts a look's time down on the monotonic clock and books it to stages."""

    clock: Clock
    budget: Budget
    started_s: float = field(init=False)
    spent_s: dict[Stage, float] = field(default_factory=dict)
    _mark_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.started_s = self._mark_s = self.clock.monotonic()

    def remaining_s(self, cap_s: float | None = None) -> float:
        """Seconds left of the whole look, never negative, at most `cap_s`."""
        left_s = max(0.0, self.started_s + self.budget.total_s - self.clock.monotonic())
        return left_s if cap_s is None else min(left_s, cap_s)

    def book(self, stage: Stage) -> None:
        """Books the time since the last booking to `stage`."""
        now_s = self.clock.monotonic()
        self.spent_s[stage] = self.spent_s.get(stage, 0.0) + now_s - self._mark_s
        self._mark_s = now_s

    def skip(self) -> None:
        """Leaves the time since the last booking unbooked: it was spent beyond all stages."""
        self._mark_s = self.clock.monotonic()
