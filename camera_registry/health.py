"""The rules that make a camera's status over time out of single looks. Pure: time comes in with
the looks.

What dates a status. Between the last look that agreed with a status and the first that spoke
against it nobody knows when things turned. The time up to the first contradicting look is counted
to the old status and the time from it on to the new one (`contradicted_since`), for a camera
going away and for one coming back alike, so the error favours neither and is at most the time
between two looks. A picture fault likewise dates from the first look of the row that made it
stand, and its end from the first look of the row that cleared it.

How long evidence lasts. A look that counts (any verdict but `unknown`) speaks for `hold` after its
start. Past that the status is unknown from `evidence_at + hold` on, so that a stopped process
claims neither uptime nor downtime for its time away. If the last look spoke against the status and
none came to settle it, the status is unknown from that look on: nothing speaks for it any more.
Standing picture faults are remembered through unknown and offline time; a row of looks that was
under way is not, since looks further apart than `hold` are not in a row.

A picture row counts only looks able to judge that kind; the stream's row only looks that count.
A row of a kind that a parked lorry shows too (`PATIENT`) must also have lasted for `patience`; it
waits for ordinary looks, and no second one is made promptly.

Late results. Looks are taken in by `step` in the order of their starts; one that started no later
than the last look taken in changes nothing there (`is_late`). `camera_registry.late` says what
else is late and puts such looks in their place, by `replay` from an earlier state: the answer
depends on the set of looks only, not on the order in which they came in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from camera_registry.flapping import NO_LOOKS, remember
from camera_registry.vocabulary import (
    FaultCount,
    HealthPolicy,
    HealthState,
    Observation,
    Status,
    Step,
    Transition,
)
from probes.reasons import failure
from probes.vocabulary import Failure, FaultKind, ProbeResult, Stage, Verdict

ADMINISTRATIVE = frozenset({Status.MAINTENANCE, Status.RETIRED})
# Kinds of picture fault that what passes by, or stands there for a while, shows too.
PATIENT = frozenset(
    {
        FaultKind.OCCLUSION,
        FaultKind.SCENE_CHANGE,
        FaultKind.COLOR_CAST,
        FaultKind.STRIPE,
        # Fog comes to one camera before its neighbours, by which it is told.
        FaultKind.LOW_CONTRAST,
    }
)

# Transitions of a camera lie strictly one after the other; this is the clock's resolution.
_TICK = timedelta(microseconds=1)
_ALL_KINDS = tuple(FaultKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """Somebody took a camera into maintenance or out of use, or (`status` None) back."""

    at: datetime
    status: Status | None


def observe(result: ProbeResult) -> Observation:
    """What the rules use of a look. A look without a measured picture could judge no kind.

    Raises:
        ValueError: `camera_id` is not one of our numbers.
    """
    picture = result.picture
    return Observation(
        camera_id=int(result.camera_id),
        started_at=result.started_at,
        verdict=result.verdict,
        failure=result.failure,
        faults=tuple(fault.kind for fault in picture.faults) if picture else (),
        not_checkable=picture.not_checkable if picture else _ALL_KINDS,
        sketch=result.sketch,
    )


def is_late(state: HealthState, observation: Observation) -> bool:
    """Whether the look started no later than one already taken in (or is that one)."""
    return state.last_look_at is not None and observation.started_at <= state.last_look_at


def step(state: HealthState, observation: Observation, policy: HealthPolicy) -> Step:
    """Take one look in. A late one, and the same one again, changes nothing.

    Raises:
        ValueError: the look is another camera's.
    """
    if observation.camera_id != state.camera_id:
        raise ValueError(
            f"a look at camera {observation.camera_id} cannot move camera {state.camera_id}"
        )
    if is_late(state, observation):
        return Step(state=state)
    lapsed = expire(state, observation.started_at, policy)
    judged = _judge(_remember(lapsed.state, observation), observation, policy)
    return Step(state=judged.state, transitions=lapsed.transitions + judged.transitions)


def expire(state: HealthState, now: datetime, policy: HealthPolicy) -> Step:
    """Let evidence older than `hold` lapse at `now`; see the module's text for the date.

    Call it with the time up to which results are in (now less the longest look), or a look that
    is still on its way comes too late to keep the status.
    """
    if state.status in ADMINISTRATIVE or state.evidence_at is None:
        return Step(state=state)
    deadline = state.evidence_at + policy.hold
    if now <= deadline:
        return Step(state=state)
    if state.status is Status.UNKNOWN:
        return Step(state=_settled(state) if state.contradictions else state)
    return _move(_settled(state), Status.UNKNOWN, state.contradicted_since or deadline, None)


def administrate(state: HealthState, status: Status | None, now: datetime) -> Step:
    """Set maintenance or retirement at `now`, or (None) lift it: the camera is then unknown.

    What was known is dropped either way: a camera that was worked on is judged anew. Call
    `expire` first, so that time without evidence before `now` is not counted as known.

    Raises:
        ValueError: `status` is not an administrative one.
    """
    if status is not None and status not in ADMINISTRATIVE:
        raise ValueError(f"{status} is not a status that people set")
    target = status or Status.UNKNOWN
    if target is state.status or (status is None and state.status not in ADMINISTRATIVE):
        return Step(state=state)
    return _move(
        replace(_settled(state), evidence_at=None, faults=(), looks=NO_LOOKS), target, now, None
    )


def due_for_recheck(state: HealthState) -> bool:
    """Whether the last look spoke against what stands and one more would settle it.

    A look that could not judge (camera busy, our own fault) asks for no prompt second one: the
    camera then waits for its ordinary turn.
    """
    if not (state.contradictions or state.faults):
        return False
    last = state.last_look_at
    if last is None or state.status in ADMINISTRATIVE:
        return False
    if state.contradictions and state.evidence_at == last:
        return True
    return any(
        fault.judged_at == last
        and (fault.missed if fault.since else fault.seen and fault.kind not in PATIENT)
        for fault in state.faults
    )


def standing_faults(state: HealthState) -> tuple[FaultKind, ...]:
    """The kinds of picture fault that stand, most causal first."""
    return tuple(fault.kind for fault in state.faults if fault.since is not None)


def replay(
    before: HealthState,
    observations: Iterable[Observation],
    policy: HealthPolicy,
    administrations: Iterable[Administration] = (),
) -> Step:
    """The state and all transitions that a set of looks at one camera leads to from `before`.

    The order in which the looks are given does not matter, nor does one given twice (a camera's
    look is identified by its start). Looks up to `before.last_look_at` are in `before` already.
    """
    events: list[Observation | Administration] = [
        *(change for change in administrations if change.at > before.since),
        *observations,
    ]
    state = before
    transitions: list[Transition] = []
    for event in sorted(events, key=_order):
        taken = _take(state, event, policy)
        state = taken.state
        transitions.extend(taken.transitions)
    return Step(state=state, transitions=tuple(transitions))


def _order(event: Observation | Administration) -> tuple[datetime, bool]:
    if isinstance(event, Administration):
        return event.at, False
    return event.started_at, True


def _take(state: HealthState, event: Observation | Administration, policy: HealthPolicy) -> Step:
    if isinstance(event, Observation):
        return step(state, event, policy)
    lapsed = expire(state, event.at, policy)
    changed = administrate(lapsed.state, event.status, event.at)
    return Step(state=changed.state, transitions=lapsed.transitions + changed.transitions)


def _remember(state: HealthState, look: Observation) -> HealthState:
    return replace(
        state,
        last_look_at=look.started_at,
        last_frame_at=look.started_at if look.sketch else state.last_frame_at,
        sketch=look.sketch or state.sketch,
    )


def _judge(state: HealthState, look: Observation, policy: HealthPolicy) -> Step:
    if state.status in ADMINISTRATIVE or look.started_at + policy.hold <= state.since:
        return Step(state=state)
    if look.verdict is Verdict.UNKNOWN:
        # Why a camera cannot be checked is worth showing only while nothing is known of it.
        unknown = state.status is Status.UNKNOWN
        return Step(state=replace(state, failure=look.failure) if unknown else state)
    down = look.verdict is Verdict.DOWN
    counted = replace(state, evidence_at=look.started_at, looks=remember(state.looks, down=down))
    if look.verdict is Verdict.DOWN:
        return _judge_down(counted, look, policy)
    return _judge_alive(counted, look, policy)


def _judge_down(state: HealthState, look: Observation, policy: HealthPolicy) -> Step:
    if state.status is Status.OFFLINE:
        return Step(state=replace(_settled(state), failure=look.failure))
    pending = _contradicted(state, look)
    if pending.contradictions >= policy.down_looks:
        at = pending.contradicted_since or look.started_at
        return _move(_settled(pending), Status.OFFLINE, at, look.failure)
    if state.status is Status.UNKNOWN:
        pending = replace(pending, failure=look.failure)
    return Step(state=pending)


def _judge_alive(state: HealthState, look: Observation, policy: HealthPolicy) -> Step:
    counted = replace(state, faults=_count_faults(state.faults, look, policy))
    standing = standing_faults(counted)
    target = Status.DEGRADED if standing else Status.ONLINE
    cause = _picture_failure(state, look, standing)
    if state.status is Status.OFFLINE:
        pending = _contradicted(counted, look)
        if pending.contradictions < policy.up_looks:
            return Step(state=pending)
        at = pending.contradicted_since or look.started_at
        return _move(_settled(pending), target, at, cause)
    settled = _settled(counted)
    if state.status is target:
        return Step(state=replace(settled, failure=cause))
    at = look.started_at if state.status is Status.UNKNOWN else _turned_at(state, counted, look)
    return _move(settled, target, at, cause)


def _contradicted(state: HealthState, look: Observation) -> HealthState:
    return replace(
        state,
        contradictions=state.contradictions + 1,
        contradicted_since=state.contradicted_since or look.started_at,
    )


def _settled(state: HealthState) -> HealthState:
    return replace(state, contradictions=0, contradicted_since=None)


def _move(state: HealthState, after: Status, at: datetime, cause: Failure | None) -> Step:
    dated = max(at, state.since + _TICK)
    change = Transition(
        camera_id=state.camera_id, at=dated, before=state.status, after=after, failure=cause
    )
    return Step(
        state=replace(state, status=after, since=dated, failure=cause), transitions=(change,)
    )


def _picture_failure(
    state: HealthState, look: Observation, standing: tuple[FaultKind, ...]
) -> Failure | None:
    """The failure to show for standing faults: the look's own, the one shown, or the first."""
    if not standing:
        return None
    for known in (look.failure, state.failure):
        if known is not None and known.stage is Stage.PICTURE and known.reason in standing:
            return known
    return failure(Stage.PICTURE, standing[0])


def _turned_at(before: HealthState, after: HealthState, look: Observation) -> datetime:
    """When a picture went bad (the first of the rows that stand now) or good (the last cleared)."""
    if before.status is Status.ONLINE:
        return min((f.since for f in after.faults if f.since), default=look.started_at)
    cleared = [f for f in before.faults if f.since]
    return max(
        (f.run_since if f.missed and f.run_since else look.started_at for f in cleared),
        default=look.started_at,
    )


def _count_faults(
    before: tuple[FaultCount, ...], look: Observation, policy: HealthPolicy
) -> tuple[FaultCount, ...]:
    known = {fault.kind: fault for fault in before}
    counted: list[FaultCount] = []
    for kind in _ALL_KINDS:
        fault = known.get(kind)
        if kind in look.faults:
            counted.append(_found(_in_row(fault, look, policy), kind, look, policy))
        elif fault is not None and kind in look.not_checkable:
            counted.append(fault)
        elif fault is not None:
            left = _missed(_in_row(fault, look, policy), look, policy)
            if left is not None:
                counted.append(left)
    return tuple(counted)


def _in_row(fault: FaultCount | None, look: Observation, policy: HealthPolicy) -> FaultCount | None:
    """The count as it stands before this look: a row interrupted for longer than hold is over."""
    if fault is None or fault.judged_at is None:
        return fault
    if look.started_at <= fault.judged_at + policy.hold:
        return fault
    if fault.since is None:
        return None
    return replace(fault, seen=policy.fault_looks, missed=0, run_since=fault.since)


def _found(
    fault: FaultCount | None, kind: FaultKind, look: Observation, policy: HealthPolicy
) -> FaultCount:
    if fault is None:
        fault = FaultCount(kind=kind)
    seen = min(fault.seen + 1, policy.fault_looks)
    run_since = (fault.run_since if not fault.missed else None) or look.started_at
    long_enough = kind not in PATIENT or look.started_at - run_since >= policy.patience
    enough = seen >= policy.fault_looks and long_enough
    standing = fault.since or (run_since if enough else None)
    return FaultCount(
        kind=kind,
        seen=seen,
        missed=0,
        since=standing,
        run_since=fault.since or run_since,
        judged_at=look.started_at,
    )


def _missed(fault: FaultCount | None, look: Observation, policy: HealthPolicy) -> FaultCount | None:
    if fault is None or fault.since is None:
        return None
    missed = fault.missed + 1
    if missed >= policy.clear_looks:
        return None
    return replace(
        fault,
        seen=0,
        missed=missed,
        run_since=fault.run_since if fault.missed else look.started_at,
        judged_at=look.started_at,
    )
