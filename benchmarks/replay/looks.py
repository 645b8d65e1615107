"""What looks at the cameras find, by the truth; only those that can change anything are made.

A city of 6,980 points is looked at 60 million times in thirty days, and nearly all of those looks
find what the one before found. Such a look moves the moments in a camera's state and nothing else
(`steady` tells; a test compares with all the looks made). So a steady camera sleeps until the
truth changes, and is carried there by moving those moments (`carried`). All others, and everybody
during our own outages, are looked at when the real plan says.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.replay.truth import Kind, Trouble
from camera_registry.flapping import LOOKS, remember
from camera_registry.vocabulary import Camera, HealthPolicy, HealthState
from probes.reasons import failure
from probes.vocabulary import (
    Failure,
    FaultKind,
    Picture,
    PictureFault,
    ProbeResult,
    Sketch,
    Stage,
    StreamKind,
    Verdict,
)
from xueliang.plan import Cadence, due_since, period_start, phase

_TIMEOUT = failure(Stage.CONNECT, "timeout")
_FAULT_SCORE = 0.95


@dataclass(frozen=True, slots=True)
class _Spell:
    start: datetime
    end: datetime
    found: Failure


class Findings:
    """What a look at a camera finds at a moment."""

    def __init__(self, troubles: Iterable[Trouble]) -> None:
        self._of: dict[int, list[_Spell]] = {}
        self.own: list[Trouble] = []
        for trouble in troubles:
            if not trouble.cameras:
                self.own.append(trouble)
                continue
            assert trouble.found is not None
            for start, end in trouble.spells or ((trouble.start, trouble.end),):
                for camera in trouble.cameras:
                    self._of.setdefault(camera, []).append(_Spell(start, end, trouble.found))
        for spells in self._of.values():
            spells.sort(key=lambda one: one.start)
        # Where anything changes for a camera, sorted.
        self._edges = {
            camera: sorted({at for one in spells for at in (one.start, one.end)})
            for camera, spells in self._of.items()
        }
        self._own_edges = sorted({at for one in self.own for at in (one.start, one.end)})

    def at(self, camera: int, at: datetime) -> Failure | None:
        """The failure by the truth, the camera's own or ours; what is down shows no picture."""
        if self.ours(at):
            return _TIMEOUT
        found = None
        for spell in self._of.get(camera, ()):
            if spell.start > at:
                break
            if at < spell.end and (found is None or found.stage is Stage.PICTURE):
                found = spell.found
        return found

    def ours(self, at: datetime) -> bool:
        """Whether our own network is gone."""
        return any(one.kind is Kind.OWN_NETWORK and one.start <= at < one.end for one in self.own)

    def troubled_ourselves(self, at: datetime) -> bool:
        """Whether it is our own fault what is found now."""
        return any(one.start <= at < one.end for one in self.own)

    def away(self, at: datetime) -> datetime | None:
        """Until when our process is away, if it is."""
        ends = [
            one.end
            for one in self.own
            if one.kind is Kind.OWN_PROCESS and one.start <= at < one.end
        ]
        return max(ends, default=None)

    def changes_after(self, camera: int, at: datetime) -> datetime | None:
        """When something changes next for the camera."""
        found = []
        for edges in (self._edges.get(camera, ()), self._own_edges):
            place = bisect_right(edges, at)
            if place < len(edges):
                found.append(edges[place])
        return min(found, default=None)


def look(camera: Camera, at: datetime, found: Failure | None) -> ProbeResult:
    """The result of a look that found this."""
    if found is not None and found.stage is not Stage.PICTURE:
        return ProbeResult(
            camera_id=str(camera.id), started_at=at, verdict=Verdict.DOWN, failure=found
        )
    faults = (PictureFault(kind=FaultKind(found.reason), score=_FAULT_SCORE),) if found else ()
    return ProbeResult(
        camera_id=str(camera.id),
        started_at=at,
        verdict=Verdict.DEGRADED if found else Verdict.OK,
        failure=found,
        stream=StreamKind.MAIN,
        picture=Picture(faults=faults),
        sketch=Sketch(luma=b"", digest=b"", captured_at=at),
    )


def steady(before: HealthState, after: HealthState) -> bool:
    """Whether a look moved nothing but moments, and nothing is under way that time alone decides:
    the next look that finds the same will move nothing either."""
    if after.contradictions or any(fault.since is None or fault.missed for fault in after.faults):
        return False
    return _still(before) == _still(after)


def _still(state: HealthState) -> HealthState:
    return replace(
        state,
        last_look_at=None,
        evidence_at=None,
        last_frame_at=None,
        sketch=None,
        looks=0,
        faults=tuple(replace(fault, judged_at=None) for fault in state.faults),
    )


def carried(state: HealthState, to: datetime, looks: int) -> HealthState:
    """A steady state as it is after so many more looks that found the same, the last at `to`."""
    last = state.last_look_at
    counted = state.evidence_at == last
    remembered = state.looks
    # More than are remembered change nothing any more.
    for _ in range(min(looks, LOOKS + 1) if counted else 0):
        remembered = remember(remembered, down=bool(state.looks & 1))
    return replace(
        state,
        last_look_at=to,
        evidence_at=to if counted else state.evidence_at,
        last_frame_at=to if state.last_frame_at == last else state.last_frame_at,
        looks=remembered,
        faults=tuple(
            replace(fault, judged_at=to) if fault.judged_at == last else fault
            for fault in state.faults
        ),
    )


class Agenda:
    """Which camera is looked at next, and when; the rule is the real plan's."""

    def __init__(
        self,
        cameras: Sequence[Camera],
        cadence: Cadence,
        health: Mapping[int, HealthPolicy],
        start: datetime,
    ) -> None:
        self._cadence = cadence
        self._cadences = {
            camera.id: replace(cadence, recheck=health[camera.id].recheck) for camera in cameras
        }
        self._queue = [
            (due_since(camera, None, cadence, start) or start, camera.id) for camera in cameras
        ]
        every = cadence.sweep_every
        # A city just imported is looked at over one sweep.
        self._queue = [
            (at + every * (number / max(1, len(cameras))), camera_id)
            for number, (at, camera_id) in enumerate(self._queue)
        ]
        heapq.heapify(self._queue)

    def __bool__(self) -> bool:
        return bool(self._queue)

    def peek(self) -> datetime:
        return self._queue[0][0]

    def pop(self) -> tuple[datetime, int]:
        return heapq.heappop(self._queue)

    def put(self, camera_id: int, at: datetime) -> None:
        heapq.heappush(self._queue, (at, camera_id))

    def next_look(self, camera: Camera, state: HealthState) -> datetime:
        """When the plan would look at the camera next."""
        last = state.last_look_at
        assert last is not None
        cadence = self._cadences[camera.id]
        start = period_start(last, cadence.sweep_every)
        due = due_since(camera, state, cadence, start)
        if due is None:
            due = due_since(camera, state, cadence, start + cadence.sweep_every)
        assert due is not None
        return max(due, last + timedelta(seconds=1))

    def carried_to(self, camera: Camera, state: HealthState, at: datetime) -> HealthState:
        """A steady camera's state after all looks of the plan that start before a moment."""
        every = self._cadence.sweep_every
        place = every * (self._cadence.spread * phase(camera.id))
        sweep = period_start(at, every)
        last = sweep + place if sweep + place < at else sweep - every + place
        before = state.last_look_at
        assert before is not None
        if last <= before:
            return state
        sweeps = (period_start(last, every) - period_start(before, every)) // every
        return carried(state, last, sweeps)
