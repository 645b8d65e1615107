"""Which looks stay for a burst: on suspicion, to settle what one has found, and on a slow clock.

A burst takes some seconds of a session and ten times the decoding of a look, so how many there are
in a sweep is bounded. What is suspected lives in memory: a process that starts anew suspects anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from camera_registry.pictures.vocabulary import BurstOutcome
from camera_registry.vocabulary import FaultCount, HealthState
from probes.vocabulary import Batch, FaultKind, ProbeResult

# What only a burst tells, or clears.
KINDS = frozenset({FaultKind.FROZEN, FaultKind.SHAKE})
# In a small city a share of it is none at all.
_LEAST_ROOM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstPolicy:
    """Each camera once in `every`; one that stays suspicious after a burst has found nothing not
    again before `rest`; one whose fault stands once in `standing_every`. In a sweep at most `share`
    of the fleet; sweeps begin every `sweep_every`."""

    sweep_every: timedelta = timedelta(minutes=5)
    every: timedelta = timedelta(days=1)
    rest: timedelta = timedelta(hours=6)
    standing_every: timedelta = timedelta(hours=1)
    share: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstsDue:
    """What a plan needs to know. `room` is how many more may be asked for in this sweep."""

    policy: BurstPolicy = BurstPolicy()
    suspected: Set[int] = frozenset()
    room: int = 0


def burst_due(state: HealthState | None, due: BurstsDue, now: datetime, *, phase: float) -> bool:
    """Whether the look to come at a camera should be a burst. `phase` is the camera's place in each
    period, 0 up to 1. The first look of all needs none: there is nothing to compare with."""
    if state is None or state.last_look_at is None:
        return False
    if any(_unsettled(fault) for fault in state.faults):
        return True
    if due.room <= 0:
        return False
    if state.camera_id in due.suspected:
        return True
    standing = any(fault.kind in KINDS and fault.since is not None for fault in state.faults)
    every = due.policy.every
    if standing:
        every = min(every, due.policy.standing_every)
    turn = _turn(now, every, phase)
    # A turn that was missed (the service stood still) waits for the next: not all at once.
    return state.last_look_at < turn and now - turn <= 2 * due.policy.sweep_every


def _unsettled(fault: FaultCount) -> bool:
    """Whether one more look would make the fault stand or clear it."""
    return fault.kind in KINDS and (fault.missed > 0 if fault.since else fault.seen > 0)


def _turn(now: datetime, every: timedelta, phase: float) -> datetime:
    """The camera's last turn."""
    shift = every * phase
    periods = int((now - shift).timestamp() // every.total_seconds())
    return datetime.fromtimestamp(periods * every.total_seconds(), UTC) + shift


class BurstBook:
    """What the service remembers: who is suspected, who was found innocent, how many were asked
    for in the sweep under way, and what became of all of them (`outcomes`). Bounded by the
    fleet."""

    def __init__(self, policy: BurstPolicy) -> None:
        self.outcomes: Counter[BurstOutcome] = Counter()
        self._policy = policy
        self._under_way: set[int] = set()
        self._suspected: set[int] = set()
        self._innocent_at: dict[int, datetime] = {}
        self._sweep: int | None = None
        self._asked = 0
        self._due_at: datetime | None = None

    def due(self, cameras: int, now: datetime) -> BurstsDue:
        """What the plan of this moment needs to know, for a fleet of so many cameras."""
        sweep = int(now.timestamp() // self._policy.sweep_every.total_seconds())
        self._due_at = now
        if sweep != self._sweep:
            self._sweep, self._asked = sweep, 0
        share = self._policy.share
        room = max(_LEAST_ROOM, round(share * cameras)) if share > 0 else 0
        return BurstsDue(
            policy=self._policy,
            suspected=frozenset(self._suspected),
            room=room - self._asked,
        )

    def asked(self, batch: Batch) -> None:
        """Counts the bursts that a batch asks for. Whatever becomes of them, suspicion asks for no
        other before the rest is over: what spoils a burst would spoil each look."""
        for target in batch.targets:
            if target.burst:
                self._asked += 1
                self._under_way.add(int(target.camera_id))
                self._rest(int(target.camera_id), self._due_at)

    def taken_in(self, results: Iterable[ProbeResult]) -> None:
        """Learns from looks who is suspected."""
        for result in results:
            camera_id = int(result.camera_id)
            self._count(camera_id, result)
            if result.burst_pictures:
                self._rest(camera_id, result.started_at)
            elif result.suspects:
                innocent_at = self._innocent_at.get(camera_id)
                if innocent_at is None or result.started_at - innocent_at >= self._policy.rest:
                    self._suspected.add(camera_id)
            elif result.picture is not None:
                self._suspected.discard(camera_id)

    def _count(self, camera_id: int, result: ProbeResult) -> None:
        was_asked = camera_id in self._under_way
        self._under_way.discard(camera_id)
        if result.burst_pictures:
            kinds = {fault.kind for fault in result.picture.faults} if result.picture else set()
            told = BurstOutcome.FOUND if kinds & KINDS else BurstOutcome.NOTHING
            self.outcomes[told] += 1
        elif was_asked:
            self.outcomes[BurstOutcome.MISSED] += 1

    def _rest(self, camera_id: int, at: datetime | None) -> None:
        self._suspected.discard(camera_id)
        if at is not None:
            self._innocent_at[camera_id] = at
