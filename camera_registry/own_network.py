"""Whether it is our own network that is gone, rather than the cameras. Pure.

The sign is a run of looks without any answer: ordered by their starts, one look after another ends
in a connect timeout, an unreachable host or a name server's silence, over many cameras in several
towns. Any answer ends the run, `refused` too, for it shows that packets come back. A town whose
uplink is gone is silent with all its cameras, but its looks lie between those of other towns that
answer, and a run within one town is no sign; those cameras are really down.

Cameras known to be offline already say nothing either way when they are silent.

A look inside such a run is excused: it becomes `prober/no_network`, verdict unknown. The first
looks of an outage are judged before the run is long enough to tell; they are contradictions that
the next look does not confirm, so no status moves.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probes.reasons import failure
from probes.vocabulary import Failure, ProbeResult, Stage, Verdict

_SILENT = frozenset(
    {
        (Stage.RESOLVE, "timeout"),
        (Stage.RESOLVE, "server_failure"),
        (Stage.CONNECT, "timeout"),
        (Stage.CONNECT, "unreachable"),
        (Stage.ONVIF, "unreachable"),
    }
)
# Timeouts of which we cannot tell whether anything ever came back: no answer, and no silence that
# could make a run, but excused where a run of others shows the outage.
_UNSURE = frozenset({(Stage.ONVIF, "timeout")})


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """How long a run without an answer must be to be ours.

    With one camera in ten silent for its own reasons, thirty in a row happen once in 1e30 looks;
    four towns leave room for two uplinks that fail together. `window` bounds how far back a run
    is followed; it is longer than the longest look.
    """

    min_cameras: int = 30
    min_towns: int = 4
    window: timedelta = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Outcome:
    """What one look says of the network between us and the cameras."""

    started_at: datetime
    camera_id: str
    town: str
    silent: bool


def outcome(result: ProbeResult, town: str, *, was_offline: bool) -> Outcome | None:
    """What a look says of the network, or None where it says nothing: it never left us (blame
    prober), we cannot tell whether it was answered, or nobody expected an answer from a camera
    that was offline already."""
    silent = is_silent(result.failure)
    if silent and was_offline:
        return None
    if result.failure is not None and (
        result.failure.stage is Stage.PROBER or _key(result.failure) in _UNSURE
    ):
        return None
    return Outcome(
        started_at=result.started_at, camera_id=result.camera_id, town=town, silent=silent
    )


def is_silent(found: Failure | None) -> bool:
    """Whether a look ended without anything coming back from the network."""
    return found is not None and _key(found) in _SILENT


def is_excusable(found: Failure | None) -> bool:
    """Whether our own outage may be what ended a look."""
    return found is not None and _key(found) in _SILENT | _UNSURE


def _key(found: Failure) -> tuple[Stage, str]:
    return found.stage, found.reason


class RecentOutcomes:
    """The last looks in the order of their starts, whatever order they came in.

    Bounded by the policy's window and, for a burst, by `limit` (a city looked at twice).
    """

    def __init__(self, policy: NetworkPolicy, limit: int = 14_000) -> None:
        self._policy = policy
        self._limit = limit
        self._outcomes: list[Outcome] = []

    def add(self, added: Outcome) -> None:
        """Take one in and forget those that are too old."""
        insort(self._outcomes, added)
        oldest = self._outcomes[-1].started_at - self._policy.window
        stale = sum(1 for _ in self._stale(oldest))
        del self._outcomes[: max(stale, len(self._outcomes) - self._limit)]

    def _stale(self, oldest: datetime) -> Iterator[Outcome]:
        for outcome_ in self._outcomes:
            if outcome_.started_at >= oldest:
                return
            yield outcome_

    def __len__(self) -> int:
        return len(self._outcomes)

    def gone(self, now: datetime) -> bool:
        """Whether it is gone now, by the last look that told anything and is recent enough."""
        if not self._outcomes:
            return False
        last = self._outcomes[-1].started_at
        return now - last <= self._policy.window and self.ours(last)

    def ours(self, at: datetime) -> bool:
        """Whether our own network was gone for a look that started at `at`."""
        return silent_run(self._outcomes, at, self._policy)


def silent_run(outcomes: Sequence[Outcome], at: datetime, policy: NetworkPolicy) -> bool:
    """Whether `at` lies in a run without an answer that is long enough to be our own outage.

    `outcomes` are sorted. The run is followed both ways only until it is long enough or answered.
    """
    middle = bisect_left(outcomes, at, key=lambda one: one.started_at)
    cameras: set[str] = set()
    towns: set[str] = set()
    ways = (range(middle - 1, -1, -1), range(middle, len(outcomes)))
    for way in ways:
        for index in way:
            one = outcomes[index]
            if not one.silent or abs(one.started_at - at) > policy.window:
                break
            cameras.add(one.camera_id)
            towns.add(one.town)
            if len(cameras) >= policy.min_cameras and len(towns) >= policy.min_towns:
                return True
    return False


def excused(result: ProbeResult) -> ProbeResult:
    """The look as one that our own outage spoilt: unknown, with what was seen as the evidence."""
    seen = result.failure
    evidence = f"nothing answers anywhere; {seen.stage}: {seen.reason}" if seen else ""
    return replace(
        result,
        verdict=Verdict.UNKNOWN,
        failure=failure(Stage.PROBER, "no_network", evidence),
    )
