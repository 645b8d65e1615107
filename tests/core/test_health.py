"""The damping rules as tables: looks in, statuses and their dates out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from camera_registry.health import (
    administrate,
    due_for_recheck,
    expire,
    observe,
    standing_faults,
    step,
)
from camera_registry.vocabulary import HealthPolicy, HealthState, Observation, Status, Transition
from probes.reasons import failure
from probes.vocabulary import (
    FaultKind,
    Picture,
    PictureFault,
    ProbeResult,
    Sketch,
    Stage,
    Verdict,
)

T0 = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
POLICY = HealthPolicy()
REFUSED = failure(Stage.CONNECT, "refused")
BUSY = failure(Stage.DESCRIBE, "busy")
FRESH = HealthState(camera_id=7, since=T0 - timedelta(minutes=1))

Look = tuple[float, str]


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def look(minutes: float, what: str) -> Observation:
    """`what` is ok, down, unknown, or ok+blur+noise (faults seen) or ok-blur (not checkable)."""
    if what in ("down", "unknown"):
        return Observation(
            camera_id=7,
            started_at=at(minutes),
            verdict=Verdict(what),
            failure=REFUSED if what == "down" else BUSY,
            not_checkable=tuple(FaultKind),
        )
    seen, _, blind = what.partition("-")
    faults = tuple(FaultKind(name) for name in seen.split("+")[1:])
    return Observation(
        camera_id=7,
        started_at=at(minutes),
        verdict=Verdict.DEGRADED if faults else Verdict.OK,
        failure=failure(Stage.PICTURE, faults[0]) if faults else None,
        faults=faults,
        not_checkable=(FaultKind(blind),) if blind else (),
    )


def run(
    looks: list[Look], policy: HealthPolicy = POLICY, start: HealthState = FRESH
) -> tuple[HealthState, list[Transition]]:
    state, changes = start, []
    for minutes, what in looks:
        taken = step(state, look(minutes, what), policy)
        state = taken.state
        changes += taken.transitions
    return state, changes


def dated(changes: list[Transition]) -> list[tuple[float, str]]:
    return [((c.at - T0) / timedelta(minutes=1), c.after.value) for c in changes]


CASES: dict[str, tuple[list[Look], list[tuple[float, str]]]] = {
    "the first ok is enough": ([(0, "ok")], [(0, "online")]),
    "one bad look moves nothing": ([(0, "ok"), (5, "down"), (5.5, "ok")], [(0, "online")]),
    "offline dates from the first bad look": (
        [(0, "ok"), (5, "down"), (5.5, "down")],
        [(0, "online"), (5, "offline")],
    ),
    "from unknown down needs its looks too": ([(0, "down")], []),
    "from unknown offline dates from the first": (
        [(0, "down"), (0.5, "down")],
        [(0, "offline")],
    ),
    "back at once": (
        [(0, "down"), (0.5, "down"), (5, "ok")],
        [(0, "offline"), (5, "online")],
    ),
    "unknown neither confirms nor contradicts": (
        [(0, "ok"), (5, "down"), (5.5, "unknown"), (10, "down")],
        [(0, "online"), (5, "offline")],
    ),
    "unknown never counts against a camera": (
        [(0, "ok"), (1, "unknown"), (2, "unknown"), (3, "unknown"), (4, "ok")],
        [(0, "online")],
    ),
    "unknown is no evidence that holds": (
        [(0, "ok"), (10, "unknown"), (16, "unknown"), (17, "ok")],
        [(0, "online"), (15, "unknown"), (17, "online")],
    ),
    "a look at the very end of the hold is in time": ([(0, "ok"), (15, "ok")], [(0, "online")]),
    "time away is unknown": (
        [(0, "ok"), (60, "ok")],
        [(0, "online"), (15, "unknown"), (60, "online")],
    ),
    "offline time away is unknown too": (
        [(0, "down"), (1, "down"), (60, "down"), (61, "down")],
        [(0, "offline"), (16, "unknown"), (60, "offline")],
    ),
    "a contradiction never settled ends what is known": (
        [(0, "ok"), (5, "down"), (60, "down"), (60.5, "ok")],
        [(0, "online"), (5, "unknown"), (60.5, "online")],
    ),
    "looks further apart than the hold are not in a row": (
        [(0, "down"), (60, "down")],
        [],
    ),
    "one faulty picture moves nothing": (
        [(0, "ok"), (5, "ok+blur"), (6, "ok"), (7, "ok+blur"), (8, "ok")],
        [(0, "online")],
    ),
    "degraded dates from the first faulty picture": (
        [(0, "ok"), (5, "ok+blur"), (5.5, "ok+blur")],
        [(0, "online"), (5, "degraded")],
    ),
    "different faults do not add up": (
        [(0, "ok"), (5, "ok+blur"), (6, "ok+noise"), (7, "ok+blur")],
        [(0, "online")],
    ),
    "intact again from the first clean picture": (
        [(0, "ok"), (1, "ok+blur"), (2, "ok+blur"), (5, "ok"), (6, "ok")],
        [(0, "online"), (1, "degraded"), (5, "online")],
    ),
    "one clean picture clears nothing": (
        [(0, "ok"), (1, "ok+blur"), (2, "ok+blur"), (5, "ok"), (6, "ok+blur"), (7, "ok")],
        [(0, "online"), (1, "degraded")],
    ),
    "not checkable neither confirms nor clears": (
        [(0, "ok"), (1, "ok+blur"), (2, "ok-blur"), (3, "ok+blur"), (4, "ok"), (5, "ok-blur")],
        [(0, "online"), (1, "degraded")],
    ),
    "intact when the last of several faults went": (
        [
            (0, "ok"),
            (1, "ok+blur+noise"),
            (2, "ok+blur+noise"),
            (3, "ok+noise"),
            (4, "ok"),
            (5, "ok"),
        ],
        [(0, "online"), (1, "degraded"), (4, "online")],
    ),
    "a fault outlives an outage": (
        [(0, "ok+blur"), (1, "ok+blur"), (2, "down"), (3, "down"), (4, "ok-blur"), (5, "ok+blur")],
        [(0, "online"), (0, "degraded"), (2, "offline"), (4, "degraded")],
    ),
    "a fault outlives time away": (
        [(0, "ok"), (1, "ok+blur"), (2, "ok+blur"), (60, "ok+blur")],
        [(0, "online"), (1, "degraded"), (17, "unknown"), (60, "degraded")],
    ),
    "a fault before and after the time away is no row": (
        [(0, "ok"), (1, "ok+blur"), (60, "ok+blur")],
        [(0, "online"), (16, "unknown"), (60, "online")],
    ),
    "a fault seen before an outage and after it": (
        [(0, "ok"), (1, "ok+blur"), (2, "down"), (3, "down"), (4, "ok+blur")],
        [(0, "online"), (2, "offline"), (4, "degraded")],
    ),
    "late and repeated looks change nothing": (
        [(0, "ok"), (5, "down"), (5, "down"), (3, "down"), (6, "ok")],
        [(0, "online")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_table(name: str) -> None:
    looks, expected = CASES[name]
    found = [(round(minutes, 3), after) for minutes, after in dated(run(looks)[1])]
    assert found == expected


def test_up_looks_damp_the_return() -> None:
    policy = HealthPolicy(up_looks=2)
    state, changes = run([(0, "down"), (1, "down"), (2, "ok"), (3, "down")], policy)
    assert dated(changes) == [(0, "offline")]
    assert state.contradictions == 0
    _, changes = run([(4, "ok"), (5, "ok")], policy, state)
    assert dated(changes) == [(4, "online")]


def test_expire_by_time_alone_equals_what_the_next_look_finds() -> None:
    state, _ = run([(0, "ok"), (5, "down")])
    assert expire(state, at(20), POLICY).state is state
    lapsed = expire(state, at(20.01), POLICY)
    assert [(c.at, c.after) for c in lapsed.transitions] == [(at(5), Status.UNKNOWN)]
    assert expire(lapsed.state, at(500), POLICY).state is lapsed.state
    through = step(lapsed.state, look(60, "ok"), POLICY)
    assert through.state == step(state, look(60, "ok"), POLICY).state


def test_a_look_on_its_way_while_its_evidence_lapsed_still_counts() -> None:
    lapsed = expire(run([(0, "ok")])[0], at(15.2), POLICY).state
    taken = step(lapsed, look(14.9, "ok"), POLICY)
    assert taken.state.status is Status.ONLINE
    assert taken.state.since == at(15) + timedelta(microseconds=1)


def test_a_look_too_old_to_speak_for_now_is_only_remembered() -> None:
    state, _ = run([(0, "ok")])
    back = administrate(administrate(state, Status.MAINTENANCE, at(1)).state, None, at(60)).state
    taken = step(back, look(30, "ok"), POLICY)
    assert taken.transitions == ()
    assert taken.state.last_look_at == at(30)


def test_maintenance_is_not_judged_and_ends_in_unknown() -> None:
    state, _ = run([(0, "ok+blur"), (1, "ok+blur"), (2, "down")])
    out = administrate(state, Status.MAINTENANCE, at(3))
    assert dated(list(out.transitions)) == [(3, "maintenance")]
    assert administrate(out.state, Status.MAINTENANCE, at(4)).transitions == ()
    state, changes = run([(5, "down"), (6, "down"), (60, "ok")], start=out.state)
    assert changes == []
    assert not due_for_recheck(state)
    assert expire(state, at(999), POLICY).transitions == ()
    back = administrate(state, None, at(70))
    assert dated(list(back.transitions)) == [(70, "unknown")]
    assert back.state.faults == ()
    assert administrate(back.state, None, at(71)).transitions == ()
    _, changes = run([(72, "ok")], start=back.state)
    assert dated(changes) == [(72, "online")]


def test_only_people_s_statuses_are_set() -> None:
    with pytest.raises(ValueError, match="online"):
        administrate(FRESH, Status.ONLINE, at(0))


def test_another_camera_s_look_is_refused() -> None:
    with pytest.raises(ValueError, match="camera 8"):
        step(FRESH, replace(look(0, "ok"), camera_id=8), POLICY)


@pytest.mark.parametrize(
    ("looks", "due"),
    [
        ([], False),
        ([(0, "ok")], False),
        ([(0, "down")], True),
        ([(0, "ok"), (5, "down")], True),
        ([(0, "ok"), (5, "down"), (6, "unknown")], False),
        ([(0, "ok"), (5, "down"), (6, "down")], False),
        ([(0, "ok"), (5, "ok+blur")], True),
        ([(0, "ok"), (5, "ok+blur"), (6, "ok-blur")], False),
        ([(0, "ok"), (5, "ok+blur"), (6, "ok+blur")], False),
        ([(0, "ok"), (5, "ok+blur"), (6, "ok+blur"), (7, "ok")], True),
    ],
)
def test_due_for_recheck(looks: list[Look], due: bool) -> None:
    assert due_for_recheck(run(looks)[0]) is due


def test_what_is_shown_as_the_failure() -> None:
    state, changes = run([(0, "ok"), (5, "down")])
    assert state.failure is None
    state, changes = run([(6, "down")], start=state)
    assert (state.failure, changes[0].failure) == (REFUSED, REFUSED)
    state, _ = run([(7, "ok+blur"), (8, "ok+blur+noise"), (9, "ok+blur+noise")], start=state)
    assert standing_faults(state) == (FaultKind.BLUR, FaultKind.NOISE)
    assert state.failure == failure(Stage.PICTURE, "blur")
    assert run([(10, "ok")], start=state)[0].failure == failure(Stage.PICTURE, "blur")
    assert run([(10, "ok"), (11, "ok")], start=state)[0].failure is None
    assert run([(0, "unknown")])[0].failure == BUSY


def test_observe_takes_what_the_rules_need() -> None:
    sketch = Sketch(luma=b"", digest=b"", captured_at=T0)
    result = ProbeResult(
        camera_id="7",
        started_at=T0,
        verdict=Verdict.DEGRADED,
        failure=failure(Stage.PICTURE, "blur"),
        picture=Picture(
            faults=(PictureFault(kind=FaultKind.BLUR, score=0.9),),
            not_checkable=(FaultKind.FROZEN,),
        ),
        sketch=sketch,
    )
    seen = observe(result)
    assert (seen.camera_id, seen.faults) == (7, (FaultKind.BLUR,))
    assert seen.not_checkable == (FaultKind.FROZEN,)
    state = step(FRESH, seen, POLICY).state
    assert (state.last_frame_at, state.sketch) == (T0, sketch)
    blank = observe(replace(result, picture=None, verdict=Verdict.DOWN))
    assert blank.not_checkable == tuple(FaultKind)
