"""Results and time settle into states and transitions; sweeps are complete when all is seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from camera_registry.vocabulary import Camera, Category, HealthPolicy, HealthState, Status
from probes.reasons import failure
from probes.vocabulary import ProbeResult, Stage, Verdict
from xueliang.fleet import (
    Fleet,
    SweepLedger,
    settle_administration,
    settle_results,
    settle_time,
)

POLICY = HealthPolicy()
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)


def camera(camera_id: int) -> Camera:
    return Camera(
        id=camera_id,
        label=str(camera_id),
        name="",
        town="",
        village="",
        grid="",
        category=Category.BUILT,
        stream_url="rtsp://127.0.0.2/s",
        created_at=NOON - EVERY,
    )


def blank(camera_id: int) -> HealthState:
    return HealthState(camera_id=camera_id, since=NOON - EVERY)


def result(camera_id: int, after_s: float, verdict: Verdict = Verdict.OK) -> ProbeResult:
    found = failure(Stage.CONNECT, "timeout") if verdict is Verdict.DOWN else None
    at = NOON + timedelta(seconds=after_s)
    return ProbeResult(camera_id=str(camera_id), started_at=at, verdict=verdict, failure=found)


def test_results_of_one_camera_are_taken_in_the_order_of_their_starts() -> None:
    results = [result(1, 60, Verdict.DOWN), result(1, 0), result(1, 30, Verdict.DOWN)]
    settled = settle_results({1: blank(1)}, results, POLICY)
    assert [t.after for t in settled.transitions] == [Status.ONLINE, Status.OFFLINE]
    (state,) = settled.states
    assert state.status is Status.OFFLINE
    assert state.since == NOON + timedelta(seconds=30)


def test_a_camera_with_damping_of_its_own_moves_by_that() -> None:
    looks = [result(one, at, Verdict.DOWN) for at in (0, 30) for one in (1, 2)]
    village = replace(POLICY, down_looks=3)
    settled = settle_results({1: blank(1), 2: blank(2)}, looks, POLICY, own={2: village})
    assert [state.status for state in settled.states] == [Status.OFFLINE, Status.UNKNOWN]


def test_the_same_results_again_change_nothing() -> None:
    once = settle_results({1: blank(1)}, [result(1, 0)], POLICY)
    again = settle_results({1: once.states[0]}, [result(1, 0)], POLICY)
    assert again.transitions == ()
    assert again.states == once.states


def test_a_result_of_a_camera_that_left_the_registry_is_left_out() -> None:
    assert settle_results({}, [result(1, 0)], POLICY).states == ()


def test_time_alone_makes_a_camera_unknown() -> None:
    (online,) = settle_results({1: blank(1)}, [result(1, 0)], POLICY).states
    assert settle_time([online], NOON + POLICY.hold, POLICY).states == ()
    settled = settle_time([online], NOON + POLICY.hold + EVERY, POLICY)
    assert settled.transitions[0].after is Status.UNKNOWN
    assert settled.transitions[0].at == NOON + POLICY.hold


def test_the_archive_takes_a_camera_out_and_back() -> None:
    working = replace(camera(1), administrative=Status.MAINTENANCE)
    out = settle_administration({1: working}, {1: blank(1)}, NOON, POLICY)
    assert [t.after for t in out.transitions] == [Status.MAINTENANCE]
    back = settle_administration({1: camera(1)}, {1: out.states[0]}, NOON + EVERY, POLICY)
    assert [t.after for t in back.transitions] == [Status.UNKNOWN]


def fleet_of(count: int) -> Fleet:
    ids = range(1, count + 1)
    return Fleet(cameras={i: camera(i) for i in ids}, states={i: blank(i) for i in ids})


def look(fleet: Fleet, camera_id: int, after_s: float) -> None:
    (state,) = settle_results(fleet.states, [result(camera_id, after_s)], POLICY).states
    fleet.states[camera_id] = state


def test_a_sweep_is_complete_when_its_last_camera_was_looked_at() -> None:
    fleet = fleet_of(2)
    ledger = SweepLedger(EVERY, NOON + timedelta(seconds=10))
    look(fleet, 1, 20)
    assert ledger.advance(fleet, NOON + timedelta(seconds=30)) is None
    assert (ledger.progress.looked, ledger.progress.total) == (1, 2)
    look(fleet, 2, 40)
    done = ledger.advance(fleet, NOON + timedelta(seconds=50))
    assert done is not None
    assert (done.looks, done.duration_s) == (2, 40.0)
    assert ledger.advance(fleet, NOON + timedelta(seconds=60)) is None


def test_a_sweep_longer_than_its_period_goes_on() -> None:
    fleet = fleet_of(2)
    ledger = SweepLedger(EVERY, NOON)
    look(fleet, 1, 20)
    assert ledger.advance(fleet, NOON + timedelta(minutes=6)) is None
    look(fleet, 2, 400)
    done = ledger.advance(fleet, NOON + timedelta(seconds=410))
    assert done is not None
    assert done.duration_s == 410.0
    assert ledger.advance(fleet, NOON + timedelta(seconds=420)) is None
    look(fleet, 1, 430)
    assert ledger.advance(fleet, NOON + timedelta(seconds=440)) is not None


def test_cameras_out_of_service_do_not_hold_a_sweep_up() -> None:
    fleet = fleet_of(2)
    fleet.cameras[2] = replace(camera(2), administrative=Status.RETIRED)
    ledger = SweepLedger(EVERY, NOON)
    look(fleet, 1, 20)
    assert ledger.advance(fleet, NOON + timedelta(seconds=30)) is not None


def test_an_empty_registry_completes_no_sweep() -> None:
    assert SweepLedger(EVERY, NOON).advance(Fleet(), NOON + EVERY) is None
