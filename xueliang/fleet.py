"""What the running program holds of the city in memory, and how results change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from camera_registry.health import administrate, expire, observe, step
from camera_registry.late import comes_late
from camera_registry.platform.history import lapse
from camera_registry.platform.vocabulary import Reported
from camera_registry.vocabulary import (
    Camera,
    HealthPolicy,
    HealthState,
    KeyLocation,
    Observation,
    Transition,
)
from probes.vocabulary import ProbeResult
from xueliang.plan import period_start


@dataclass(slots=True, kw_only=True)
class Fleet:
    """The cameras, their key locations, and the present state of each camera's health; of points
    that only a platform reaches, what it last reported."""

    cameras: dict[int, Camera] = field(default_factory=dict)
    key_locations: tuple[KeyLocation, ...] = ()
    towns: tuple[str, ...] = ()
    states: dict[int, HealthState] = field(default_factory=dict)
    # How looks move each camera's state: a junction's sooner than a village's.
    policies: dict[int, HealthPolicy] = field(default_factory=dict)
    reported: dict[int, Reported] = field(default_factory=dict)

    def state(self, look: ProbeResult) -> HealthState | None:
        """The present state of the camera that a look was at."""
        return self.states.get(int(look.camera_id))

    def checkable(self) -> list[Camera]:
        """The cameras that a sweep looks at."""
        return [
            camera
            for camera in self.cameras.values()
            if camera.administrative is None and (camera.stream_url or camera.onvif_url)
        ]

    def reported_at(self, now: datetime, hold: timedelta) -> dict[int, Reported]:
        """What platforms say of their points, as far as it still holds at `now`."""
        return {camera_id: lapse(said, hold, now) for camera_id, said in self.reported.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a number of results or the passing of time came to: states as they are now, and the
    transitions on the way there. The `late` cameras are left out: their results are none to step
    through, they are to be put in their place in the recorded history."""

    states: tuple[HealthState, ...] = ()
    transitions: tuple[Transition, ...] = ()
    late: frozenset[int] = frozenset()


def settle_results(
    states: Mapping[int, HealthState],
    results: Iterable[ProbeResult],
    policy: HealthPolicy,
    anchored_at: datetime | None = None,
    own: Mapping[int, HealthPolicy] = MappingProxyType({}),
) -> Settlement:
    """Steps each camera through its results in the order of their starts. Results of cameras
    that have left the registry meanwhile are left out. A camera is late as a whole where one of
    its results is: history has been written past its start, or anchored (at `anchored_at`).
    `own` has the policies of cameras that have another one than `policy`."""
    changed: dict[int, HealthState] = {}
    transitions: list[Transition] = []
    late: set[int] = set()
    for observation in sorted(map(observe, results), key=lambda look: look.started_at):
        camera_id = observation.camera_id
        before = changed.get(camera_id) or states.get(camera_id)
        if before is None:
            continue
        rules = own.get(camera_id, policy)
        if _is_late(before, observation, rules, anchored_at):
            late.add(camera_id)
            continue
        taken = step(before, observation, rules)
        changed[camera_id] = taken.state
        transitions += taken.transitions
    return Settlement(
        states=tuple(state for state in changed.values() if state.camera_id not in late),
        transitions=tuple(change for change in transitions if change.camera_id not in late),
        late=frozenset(late),
    )


def _is_late(
    before: HealthState,
    observation: Observation,
    policy: HealthPolicy,
    anchored_at: datetime | None,
) -> bool:
    if observation.started_at == before.last_look_at:
        return False  # The same again, which is recorded and changes nothing.
    if anchored_at is not None and observation.started_at <= anchored_at:
        return True
    return comes_late(before, observation, policy)


def settle_time(
    states: Iterable[HealthState], results_in_until: datetime, policy: HealthPolicy
) -> Settlement:
    """Lets evidence lapse that is older than the policy holds it for."""
    changed: list[HealthState] = []
    transitions: list[Transition] = []
    for state in states:
        taken = expire(state, results_in_until, policy)
        if taken.transitions:
            changed.append(taken.state)
            transitions += taken.transitions
    return Settlement(states=tuple(changed), transitions=tuple(transitions))


def settle_administration(
    cameras: Mapping[int, Camera],
    states: Mapping[int, HealthState],
    now: datetime,
    policy: HealthPolicy,
) -> Settlement:
    """Takes cameras into maintenance or retirement, or back, as the archive says."""
    changed: list[HealthState] = []
    transitions: list[Transition] = []
    for camera in cameras.values():
        before = states.get(camera.id)
        if before is None:
            continue
        lapsed = expire(before, now, policy)
        taken = administrate(lapsed.state, camera.administrative, now)
        if taken.transitions:
            changed.append(taken.state)
            transitions += lapsed.transitions + taken.transitions
    return Settlement(states=tuple(changed), transitions=tuple(transitions))


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepProgress:
    """How far the sweep that started at `start` has come, in cameras."""

    start: datetime
    total: int
    looked: int

    @property
    def complete(self) -> bool:
        return self.looked >= self.total > 0


def sweep_progress(fleet: Fleet, start: datetime) -> SweepProgress:
    """Counts the cameras looked at since `start`."""
    looked = 0
    cameras = fleet.checkable()
    for camera in cameras:
        state = fleet.states.get(camera.id)
        if state is not None and state.last_look_at is not None and state.last_look_at >= start:
            looked += 1
    return SweepProgress(start=start, total=len(cameras), looked=looked)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedSweep:
    """A sweep in which every camera was looked at."""

    began_at: datetime
    completed_at: datetime
    looks: int

    @property
    def duration_s(self) -> float:
        return (self.completed_at - self.began_at).total_seconds()


class SweepLedger:
    """Tells when each sweep is complete: a sweep is one period of the plan, and one that takes
    longer than its period goes on until its last camera was looked at."""

    def __init__(self, every: timedelta, started_at: datetime) -> None:
        self._every = every
        self._start = period_start(started_at, every)
        self._began_at = started_at
        self.progress = SweepProgress(start=self._start, total=0, looked=0)

    def advance(self, fleet: Fleet, now: datetime) -> CompletedSweep | None:
        """Takes stock at `now`; the sweep just completed, if one was."""
        if now < self._start:
            return None
        self.progress = sweep_progress(fleet, self._start)
        if not self.progress.complete:
            return None
        done = CompletedSweep(began_at=self._began_at, completed_at=now, looks=self.progress.total)
        current = period_start(now, self._every)
        self._start = current if current > self._start else current + self._every
        self._began_at = max(self._start, now)
        return done
