"""What is due: a table of states and times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from camera_registry.vocabulary import Camera, Category, HealthState, Status
from probes.vocabulary import Credentials, StreamKind
from xueliang.plan import (
    MAX_HANDED_OUT,
    Cadence,
    batches,
    due_since,
    period_start,
    phase,
    plan,
    target_of,
)

CADENCE = Cadence(
    sweep_every=timedelta(minutes=5),
    spread=0.8,
    recheck=timedelta(seconds=25),
    onvif_every=timedelta(days=1),
)
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CAMERA = Camera(
    id=7,
    label="34088100001320000007",
    name="人民路",
    town="文昌街道",
    village="",
    grid="",
    category=Category.BUILT,
    stream_url="rtsp://127.0.0.2:8554/s",
    host="127.0.0.2",
    credentials=Credentials(username="u", password="p"),
    created_at=NOON - timedelta(days=9),
)
SLOT = NOON + timedelta(minutes=4) * phase(7)


def seen(before_noon_s: float, **more: object) -> HealthState:
    state = HealthState(
        camera_id=7,
        since=CAMERA.created_at,
        status=Status.ONLINE,
        last_look_at=NOON - timedelta(seconds=before_noon_s),
    )
    return replace(state, evidence_at=state.last_look_at, **more)  # type: ignore[arg-type]


CASES = {
    "never looked at": (CAMERA, None, CAMERA.created_at),
    "looked at in the last sweep": (CAMERA, seen(60), SLOT),
    "looked at in this sweep": (CAMERA, seen(-1), None),
    "missed a whole sweep": (CAMERA, seen(301), NOON - timedelta(minutes=5)),
    "contradicted": (CAMERA, seen(10, contradictions=1), NOON + timedelta(seconds=15)),
    "in maintenance": (replace(CAMERA, administrative=Status.MAINTENANCE), seen(999), None),
    "retired": (replace(CAMERA, administrative=Status.RETIRED), None, None),
    "no address": (replace(CAMERA, stream_url=None), None, None),
    "ONVIF address only": (
        replace(CAMERA, stream_url=None, onvif_url="http://127.0.0.2/onvif"),
        None,
        CAMERA.created_at,
    ),
}


@pytest.mark.parametrize(("camera", "state", "expected"), CASES.values(), ids=CASES.keys())
def test_due_since(camera: Camera, state: HealthState | None, expected: datetime | None) -> None:
    assert due_since(camera, state, CADENCE, NOON) == expected


def test_a_camera_with_a_recheck_of_its_own_is_due_by_that() -> None:
    cadence = replace(CADENCE, rechecks={7: timedelta(seconds=12), 8: timedelta(seconds=90)})
    contradicted = seen(10, contradictions=1)
    assert due_since(CAMERA, contradicted, cadence, NOON) == NOON + timedelta(seconds=2)
    other = replace(CAMERA, id=9)
    assert due_since(other, contradicted, cadence, NOON) == NOON + timedelta(seconds=15)


def test_each_camera_comes_once_in_each_sweep_and_starts_are_spread() -> None:
    cameras = [replace(CAMERA, id=i, host=f"h{i}") for i in range(1, 2001)]
    states = {c.id: replace(seen(300 - 299 * phase(c.id)), camera_id=c.id) for c in cameras}
    counts = []
    for second in range(300):
        now = NOON + timedelta(seconds=second)
        due = [t for b in plan(cameras, states, CADENCE, now) for t in b.targets]
        counts.append(len(due))
        for target in due:
            camera_id = int(target.camera_id)
            states[camera_id] = replace(states[camera_id], last_look_at=now)
    assert sum(counts) == 2000
    assert max(counts[1:]) < 30  # an even spread is 8.3 a second
    assert not any(counts[241:])


def test_second_looks_come_first() -> None:
    other = replace(CAMERA, id=8, host="h8")
    states = {7: seen(301), 8: replace(seen(40, contradictions=1), camera_id=8)}
    first, second = plan([CAMERA, other], states, CADENCE, NOON)
    assert (first.targets[0].camera_id, second.targets[0].camera_id) == ("8", "7")


def test_channels_of_one_recorder_are_one_batch_of_bounded_size() -> None:
    targets = [target_of(replace(CAMERA, id=i), None) for i in range(40)]
    assert [(b.upstream, len(b.targets)) for b in batches(targets)] == [
        ("127.0.0.2", 32),
        ("127.0.0.2", 8),
    ]


def test_onvif_is_asked_once_a_day() -> None:
    camera = replace(CAMERA, onvif_url="http://127.0.0.2/onvif")
    asked = []
    state: HealthState | None = None
    for tick in range(2 * 288):
        now = NOON + timedelta(minutes=5 * tick, seconds=299)
        (batch,) = plan([camera], {7: state} if state else {}, CADENCE, now)
        asked.append(batch.targets[0].ask_onvif)
        state = replace(seen(0), last_look_at=now)
    assert sum(asked) in (2, 3)
    assert asked[0]
    assert sum(asked[1:289]) == 1


def test_a_target_shows_no_credentials() -> None:
    assert "'p'" not in repr(target_of(CAMERA, None))


def test_periods_are_aligned_to_the_epoch() -> None:
    at = datetime(2026, 5, 1, 12, 4, 59, tzinfo=UTC)
    assert period_start(at, timedelta(minutes=5)) == NOON


def test_a_city_just_imported_is_not_looked_at_town_by_town() -> None:
    towns = [
        replace(CAMERA, id=i, host=f"h{i}", town="A" if i <= 500 else "B") for i in range(1, 1001)
    ]
    first = [batch.targets[0] for batch in plan(towns, {}, CADENCE, NOON)][:100]
    in_a = sum(int(target.camera_id) <= 500 for target in first)
    assert 30 <= in_a <= 70


def test_the_picture_is_judged_in_its_turn_and_whenever_something_is_wrong() -> None:
    cadence = replace(CADENCE, picture_every=4)

    def pictures(**more: object) -> list[bool]:
        judged = []
        for sweep in range(8):
            now = NOON + sweep * CADENCE.sweep_every + timedelta(seconds=299)
            state = seen(0, **more)
            state = replace(state, last_look_at=now - CADENCE.sweep_every)
            if state.last_frame_at:
                state = replace(state, last_frame_at=now - timedelta(minutes=10))
            ((target,),) = (batch.targets for batch in plan([CAMERA], {7: state}, cadence, now))
            judged.append(target.picture)
        return judged

    assert sum(pictures(last_frame_at=NOON)) == 2
    assert all(pictures())
    assert all(pictures(last_frame_at=NOON, status=Status.DEGRADED))
    assert all(pictures(last_frame_at=NOON, status=Status.OFFLINE))
    assert all(pictures(last_frame_at=NOON, contradictions=1))


@pytest.mark.parametrize(
    ("state", "stream"),
    [
        (seen(60), StreamKind.SUB),
        (seen(60, status=Status.DEGRADED), StreamKind.SUB),
        (None, StreamKind.MAIN),
        (seen(60, contradictions=1), StreamKind.MAIN),
        (seen(60, status=Status.OFFLINE), StreamKind.MAIN),
        (seen(60, status=Status.UNKNOWN), StreamKind.MAIN),
    ],
)
def test_the_sub_stream_is_asked_of_cameras_that_deliver(
    state: HealthState | None, stream: StreamKind
) -> None:
    camera = replace(CAMERA, sub_stream_url="rtsp://127.0.0.2:8554/small")
    states = {} if state is None else {7: state}
    later = NOON + timedelta(minutes=5)
    (batch,) = plan([camera], states, CADENCE, later, picture_stream=StreamKind.SUB)
    (target,) = batch.targets
    assert (target.picture_stream, target.sub_stream_url) == (stream, camera.sub_stream_url)
    (batch,) = plan([camera], states, CADENCE, later)
    assert batch.targets[0].picture_stream is StreamKind.MAIN


def test_of_very_many_due_the_urgent_and_the_longest_waiting_are_handed_out_first() -> None:
    cameras = [
        replace(CAMERA, id=number, host=f"10.0.{number >> 8}.{number & 255}")
        for number in range(1, MAX_HANDED_OUT + 100)
    ]
    waited, contradicted = cameras[50].id, cameras[7].id
    states = {camera.id: replace(seen(400), camera_id=camera.id) for camera in cameras}
    states[waited] = replace(seen(290), camera_id=waited, last_look_at=None)
    states[contradicted] = replace(seen(30, contradictions=1), camera_id=contradicted)
    first = plan(cameras, states, CADENCE, NOON)
    targets = [target.camera_id for batch in first for target in batch.targets]
    assert len(targets) == MAX_HANDED_OUT
    assert targets[:2] == [str(contradicted), str(waited)]
    handed_out = set(targets)
    rest = [camera for camera in cameras if str(camera.id) not in handed_out]
    assert sum(len(batch.targets) for batch in plan(rest, states, CADENCE, NOON)) == 99
