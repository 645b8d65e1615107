"""Which looks are to be bursts: a table of states, and the book of suspicions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from camera_registry.pictures.vocabulary import BurstOutcome
from camera_registry.vocabulary import Camera, Category, FaultCount, HealthState, Status
from probes.vocabulary import (
    Batch,
    FaultKind,
    Picture,
    PictureFault,
    ProbeResult,
    ProbeTarget,
    Verdict,
)
from xueliang.bursts import BurstBook, BurstPolicy, BurstsDue, burst_due
from xueliang.plan import Cadence, plan

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROOM = BurstsDue(room=5)
# A phase whose daily turn is at 11:58.
JUST_BEFORE = (11 * 60 + 58) / (24 * 60)


def seen(before_noon_s: float = 280, *faults: FaultCount, camera_id: int = 7) -> HealthState:
    return HealthState(
        camera_id=camera_id,
        since=NOON - timedelta(days=9),
        status=Status.ONLINE,
        last_look_at=NOON - timedelta(seconds=before_noon_s),
        faults=faults,
    )


def count(kind: FaultKind, *, standing: bool, missed: int = 0) -> FaultCount:
    since = NOON - timedelta(hours=2) if standing else None
    return FaultCount(kind=kind, seen=1, missed=missed, since=since, judged_at=NOON)


CASES = {
    "never looked at": (None, ROOM, JUST_BEFORE, False),
    "its turn has just come": (seen(), ROOM, JUST_BEFORE, True),
    "its turn has not come": (seen(), ROOM, 0.9, False),
    "looked at since its turn": (seen(60), ROOM, JUST_BEFORE, False),
    "a turn missed long ago": (seen(36_000), ROOM, 0.2, False),
    "suspected": (seen(), replace(ROOM, suspected=frozenset({7})), 0.9, True),
    "suspected, no room": (seen(), BurstsDue(suspected=frozenset({7})), 0.9, False),
    "another is suspected": (seen(), replace(ROOM, suspected=frozenset({8})), 0.9, False),
    "shakes, to be confirmed": (
        seen(25, count(FaultKind.SHAKE, standing=False)),
        BurstsDue(),
        0.9,
        True,
    ),
    "shook, to be cleared": (
        seen(25, count(FaultKind.SHAKE, standing=True, missed=1)),
        BurstsDue(),
        0.9,
        True,
    ),
    "shakes, looked at lately": (
        seen(280, count(FaultKind.SHAKE, standing=True)),
        ROOM,
        0.5,
        False,
    ),
    "shakes, another hour": (
        seen(280, count(FaultKind.SHAKE, standing=True)),
        ROOM,
        58 / 60,
        True,
    ),
    "another fault": (seen(25, count(FaultKind.BLUR, standing=False)), ROOM, 0.9, False),
}


@pytest.mark.parametrize("case", CASES)
def test_when_a_burst_is_due(case: str) -> None:
    state, due, place, expected = CASES[case]
    assert burst_due(state, due, NOON, phase=place) is expected


def look(minutes: float, *, suspects: tuple[FaultKind, ...] = (), pictures: int = 0) -> ProbeResult:
    return ProbeResult(
        camera_id="7",
        started_at=NOON + timedelta(minutes=minutes),
        verdict=Verdict.OK,
        picture=Picture(),
        suspects=suspects,
        burst_pictures=pictures,
    )


def test_a_suspected_camera_is_looked_at_once_and_then_left_alone_for_hours() -> None:
    book = BurstBook(BurstPolicy())
    frozen = (FaultKind.FROZEN,)

    def suspected() -> bool:
        return 7 in book.due(100, NOON).suspected

    book.taken_in([look(0, suspects=frozen)])
    assert suspected()
    book.taken_in([look(5, suspects=frozen, pictures=7)])
    assert not suspected()
    book.taken_in([look(10, suspects=frozen), look(300, suspects=frozen)])
    assert not suspected()
    book.taken_in([look(370, suspects=frozen)])
    assert suspected()
    book.taken_in([look(375)])
    assert not suspected()


def test_a_burst_that_never_came_back_is_not_asked_for_again_at_once() -> None:
    book = BurstBook(BurstPolicy())
    frozen = (FaultKind.FROZEN,)
    book.taken_in([look(0, suspects=frozen)])
    assert 7 in book.due(100, NOON).suspected
    target = ProbeTarget(camera_id="7", burst=True)
    book.asked(Batch(upstream="u", targets=(target,)))
    lost = replace(look(5), verdict=Verdict.UNKNOWN, picture=None)
    book.taken_in([lost, look(10, suspects=frozen)])
    assert 7 not in book.due(100, NOON + timedelta(minutes=10)).suspected


def test_what_became_of_bursts_is_counted() -> None:
    book = BurstBook(BurstPolicy())
    book.due(100, NOON)
    shaking = Picture(faults=(PictureFault(kind=FaultKind.SHAKE, score=0.9),))
    looks = (
        look(0, pictures=7),
        replace(look(5, pictures=7), picture=shaking),
        look(10),
        replace(look(15), verdict=Verdict.DOWN, picture=None),
    )
    for one in looks:
        book.asked(Batch(upstream="u", targets=(ProbeTarget(camera_id="7", burst=True),)))
        book.taken_in([one])
    # This one nobody asked for a burst.
    book.taken_in([look(20)])
    assert book.outcomes == {
        BurstOutcome.FOUND: 1,
        BurstOutcome.NOTHING: 1,
        BurstOutcome.MISSED: 2,
    }


def camera(number: int) -> Camera:
    return Camera(
        id=number,
        label=str(number),
        name="",
        town="",
        village="",
        grid="",
        category=Category.BUILT,
        stream_url="rtsp://127.0.0.2:8554/s",
        host=f"127.0.0.{number % 200}",
        created_at=NOON - timedelta(days=9),
    )


def test_a_sweep_holds_no_more_bursts_than_its_share() -> None:
    """Half a day away, then every camera is suspected at once: the plan asks for a twentieth."""
    cameras = [camera(number) for number in range(1, 401)]
    states = {one.id: seen(40_000, camera_id=one.id) for one in cameras}
    suspects = [
        replace(look(-600), camera_id=str(one.id), suspects=(FaultKind.FROZEN,)) for one in cameras
    ]
    book = BurstBook(BurstPolicy(share=0.05))
    book.taken_in(suspects)
    cadence = Cadence(
        sweep_every=timedelta(minutes=5),
        spread=0.8,
        recheck=timedelta(seconds=25),
        onvif_every=timedelta(days=1),
    )
    asked = 0
    for second in (0, 2, 4):
        now = NOON + timedelta(seconds=second)
        for batch in plan(cameras, states, cadence, now, bursts=book.due(len(cameras), now)):
            book.asked(batch)
            asked += sum(target.burst for target in batch.targets)
            assert all(target.picture for target in batch.targets if target.burst)
    assert asked == 20
    later = NOON + timedelta(minutes=5)
    assert book.due(len(cameras), later).room == 20
