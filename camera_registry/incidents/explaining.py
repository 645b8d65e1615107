"""Whether something above a camera explains its silence. Pure.

Cameras are looked at one after the other, spread over a sweep, so the silence of what hangs on a
dead switch is found over minutes. What tells a dead switch from a dead camera is a neighbour that
answered *after* the camera fell silent: with more of those than may be missing from "nearly all",
the switch cannot be it, and the camera is told at once. As long as that is open, it waits; past
`settle` what has been seen has to do.

Neighbours that had been silent long before say nothing either way: they have troubles of their own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from camera_registry.health import ADMINISTRATIVE
from camera_registry.incidents.policy import ExplainingPolicy
from camera_registry.incidents.topology import Group
from camera_registry.incidents.vocabulary import Cause
from camera_registry.vocabulary import HealthState, Status
from probes.vocabulary import Failure, Stage

DELIVERING = frozenset({Status.ONLINE, Status.DEGRADED})
_NEVER = datetime.min.replace(tzinfo=UTC)
# Nothing of the device itself spoke.
_NETWORK_STAGES = frozenset({Stage.RESOLVE, Stage.CONNECT})
_NETWORK_REASONS = frozenset({(Stage.ONVIF, "unreachable"), (Stage.ONVIF, "timeout")})
# What a recorder in trouble says for all of its channels. (A stream that it does not have is a
# matter of one channel.)
_RECORDER_STAGES = _NETWORK_STAGES | {Stage.TLS, Stage.AUTH}
_RECORDER_REASONS = _NETWORK_REASONS | {
    (stage, reason)
    for stage in (Stage.DESCRIBE, Stage.SETUP, Stage.PLAY)
    for reason in ("timeout", "peer_closed", "server_error", "busy")
}


class Answer(StrEnum):
    """Whether a group explains an outage."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


def may_explain(cause: Cause, found: Failure | None) -> bool:
    """Whether such an upstream can be why a look failed so."""
    if found is None:
        return False
    if cause is Cause.RECORDER:
        return found.stage in _RECORDER_STAGES or (found.stage, found.reason) in _RECORDER_REASONS
    return found.stage in _NETWORK_STAGES or (found.stage, found.reason) in _NETWORK_REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A group's cameras as they stand: when each silent one fell silent, and when each other was
    last known to answer (long ago where nothing is known of it); both in order. Cameras that are
    in maintenance are in neither."""

    group: Group
    silent_since: tuple[datetime, ...]
    answered_at: tuple[datetime, ...]

    def explains(self, onset: datetime, now: datetime, policy: ExplainingPolicy) -> Answer:
        """Whether the group explains an outage that began at `onset`."""
        first = bisect_left(self.silent_since, onset - policy.together)
        last = bisect_right(self.silent_since, onset + policy.together)
        silent = last - first
        after = len(self.answered_at) - bisect_right(self.answered_at, onset)
        total = silent + len(self.answered_at)
        if total < self.group.min_cameras or after > missing(total, policy):
            return Answer.NO
        if silent < self.group.min_cameras:
            return Answer.NO if now >= onset + policy.settle else Answer.OPEN
        if silent >= total - missing(total, policy):
            return Answer.YES
        if now < onset + policy.settle:
            return Answer.OPEN
        seen = silent + after
        enough = silent >= seen - missing(seen, policy) and 2 * silent >= total
        return Answer.YES if enough else Answer.NO


def missing(cameras: int, policy: ExplainingPolicy) -> int:
    """How many of so many cameras may be missing from nearly all."""
    return int(cameras * (1 - policy.nearly_all) + 1e-9)


def tally(
    group: Group,
    states: Callable[[int], HealthState | None],
    onset_of: Callable[[HealthState], datetime],
) -> Tally:
    """Counts a group. `onset_of` dates a silent camera's outage."""
    silent: list[datetime] = []
    answered: list[datetime] = []
    for state in filter(None, map(states, group.cameras)):
        if is_silent(group.cause, state):
            silent.append(onset_of(state))
        elif state.status not in ADMINISTRATIVE:
            answered.append(answered_at(state))
    return Tally(
        group=group, silent_since=tuple(sorted(silent)), answered_at=tuple(sorted(answered))
    )


def flapping_together(
    group: Group,
    states: Callable[[int], HealthState | None],
    flaps: Callable[[HealthState], bool],
    policy: ExplainingPolicy,
) -> tuple[int, ...]:
    """Those of a group's cameras that go to and fro, where nearly all of them do, else none: it is
    what they hang on that does. Who has long been silent, or of whom nothing is known, says nothing
    either way."""
    flapping: list[int] = []
    calm = 0
    for state in filter(None, map(states, group.cameras)):
        if state.status in ADMINISTRATIVE or state.status is Status.UNKNOWN:
            continue
        if flaps(state):
            flapping.append(state.camera_id)
        else:
            calm += state.status in DELIVERING
    few = len(flapping) < group.min_cameras
    return () if few or calm > missing(len(flapping) + calm, policy) else tuple(flapping)


def is_silent(cause: Cause, state: HealthState) -> bool:
    """Whether a camera is offline in a way that such an upstream may explain."""
    return state.status is Status.OFFLINE and may_explain(cause, state.failure)


def answers(cause: Cause, state: HealthState) -> bool:
    """Whether a camera is known to be reached: it delivers, or fails in another way."""
    if state.status in DELIVERING:
        return not state.contradictions
    return state.status is Status.OFFLINE and not may_explain(cause, state.failure)


def answered_at(state: HealthState) -> datetime:
    """When a camera that is not silent was last known to answer. While its last look speaks
    against that, only its status is sure."""
    if state.status is Status.UNKNOWN or state.evidence_at is None:
        return _NEVER
    return state.since if state.contradictions else state.evidence_at
