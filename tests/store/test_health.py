"""Results, states and intervals go in together, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from camera_registry.database import Database
from camera_registry.intervals import fold
from camera_registry.store import daily_pictures, health, intervals, results
from camera_registry.store.health import plan_intervals
from camera_registry.vocabulary import HealthState, StateInterval, Status, Transition
from probes.vocabulary import Verdict
from tests.store.city import NOON, import_rows, row
from tests.store.looks import blurred, down, ok, round_at, scripted, settle

LATER = NOON + timedelta(days=1)


@pytest.fixture
async def ids(database: Database, tmp_path: Path) -> list[int]:
    await import_rows(database, tmp_path, [row(serial) for serial in range(8)])
    return sorted(await health.load_states(database))


async def take_in_round(database: Database, ids: list[int], number: int) -> None:
    looks = scripted(ids, number)
    states, transitions = settle(await health.load_states(database), looks)
    await health.take_in(database, looks, states=states, transitions=transitions)


async def dump(database: Database, ids: list[int]) -> list[object]:
    return [
        await health.load_states(database),
        await intervals.overlapping(database, NOON, LATER),
        [await results.load_results(database, one, NOON, LATER) for one in ids],
    ]


async def test_a_new_camera_is_unknown_from_its_first_moment(
    database: Database, ids: list[int]
) -> None:
    states = await health.load_states(database)
    assert states[ids[0]] == HealthState(camera_id=ids[0], since=NOON)
    found = await intervals.overlapping(database, NOON, LATER, camera_id=ids[0])
    assert found == {ids[0]: (StateInterval(camera_id=ids[0], status=Status.UNKNOWN, start=NOON),)}


async def test_a_camera_in_repair_or_removed_starts_as_that(
    database: Database, tmp_path: Path
) -> None:
    rows = [row(1, 设备状态="2 维修"), row(2, 设备状态="3 拆除"), row(3, 设备状态="")]
    await import_rows(database, tmp_path, rows)
    states = await health.load_states(database)
    assert [state.status for state in states.values()] == [
        Status.MAINTENANCE,
        Status.RETIRED,
        Status.UNKNOWN,
    ]


async def test_what_goes_in_comes_out(database: Database, ids: list[int]) -> None:
    looks = [ok(ids[0], round_at(0)), blurred(ids[1], round_at(0)), down(ids[2], round_at(0))]
    states, transitions = settle(await health.load_states(database), looks)
    await health.take_in(database, looks, states=states, transitions=transitions)

    loaded = await health.load_states(database)
    assert [loaded[state.camera_id] for state in states] == states
    kept = [await results.load_results(database, one, NOON, LATER) for one in ids[:3]]
    # Of a look all is kept but the sketch, which stands in the state.
    expected = [ok(ids[0], round_at(0)), *looks[1:]]
    assert [(one.verdict, one.failure, one.picture) for (one,) in kept] == [
        (one.verdict, one.failure, one.picture) for one in expected
    ]
    assert kept[0][0].media == looks[0].media
    assert kept[0][0].onvif == looks[0].onvif
    assert dict(kept[0][0].stages) == dict(looks[0].stages)


async def test_the_history_is_that_of_the_rules(database: Database, ids: list[int]) -> None:
    states = await health.load_states(database)
    changes: list[Transition] = []
    for number in range(10):
        looks = scripted(ids, number)
        moved, transitions = settle(states, looks)
        await health.take_in(database, looks, states=moved, transitions=transitions)
        states |= {state.camera_id: state for state in moved}
        changes += transitions
    found = await intervals.overlapping(database, NOON, LATER)
    for one in ids:
        own = [change for change in changes if change.camera_id == one]
        assert found[one] == fold(one, NOON, own)
    assert await health.load_states(database) == states


async def test_taking_in_again_or_late_changes_nothing(database: Database, ids: list[int]) -> None:
    taken = []
    for number in range(6):
        looks = scripted(ids, number)
        states, transitions = settle(await health.load_states(database), looks)
        taken.append((looks, states, transitions))
        await health.take_in(database, looks, states=states, transitions=transitions)
    before = await dump(database, ids)
    for looks, states, transitions in reversed(taken):
        await health.take_in(database, looks, states=states, transitions=transitions)
    assert await dump(database, ids) == before


async def test_a_late_look_is_recorded_without_moving_anything(
    database: Database, ids: list[int]
) -> None:
    await take_in_round(database, ids, 1)
    before = await health.load_states(database)
    await take_in_round(database, ids, 0)
    assert await health.load_states(database) == before
    assert len(await results.load_results(database, ids[0], NOON, LATER)) == 2


async def test_what_is_of_no_camera_is_left_out(database: Database, ids: list[int]) -> None:
    stranger = 999_999
    state = HealthState(camera_id=stranger, since=NOON)
    change = Transition(
        camera_id=stranger, at=round_at(0), before=Status.UNKNOWN, after=Status.ONLINE
    )
    looks = [ok(stranger, round_at(0)), ok(ids[0], round_at(0))]
    await health.take_in(database, looks, states=[state], transitions=[change])
    assert stranger not in await health.load_states(database)
    assert len(await results.load_results(database, ids[0], NOON, LATER)) == 1


async def test_two_transitions_at_once_leave_no_gap(database: Database, ids: list[int]) -> None:
    one = ids[0]
    first, second = round_at(0), round_at(1)
    state = HealthState(camera_id=one, since=second, status=Status.OFFLINE, last_look_at=second)
    changes = [
        Transition(camera_id=one, at=first, before=Status.UNKNOWN, after=Status.ONLINE),
        Transition(camera_id=one, at=second, before=Status.ONLINE, after=Status.OFFLINE),
    ]
    await health.take_in(database, states=[state], transitions=changes)
    found = await intervals.overlapping(database, NOON, LATER, camera_id=one)
    assert found[one] == fold(one, NOON, changes)


async def test_seconds_by_camera_clips_to_the_window(database: Database, ids: list[int]) -> None:
    for number in range(4):
        await take_in_round(database, ids, number)
    start, end = round_at(0) + timedelta(seconds=30.5), round_at(3)
    seconds = await intervals.seconds_by_camera(database, start, end)
    # Each camera's window is filled, and agrees with its intervals summed by hand.
    found = await intervals.overlapping(database, start, end)
    for one in ids:
        assert sum(seconds[one].values()) == pytest.approx(869.5, abs=1e-6)
        expected: dict[Status, float] = {}
        for interval in found[one]:
            length = min(interval.end or end, end) - max(interval.start, start)
            expected[interval.status] = expected.get(interval.status, 0.0) + length.total_seconds()
        assert seconds[one] == pytest.approx(expected, abs=1e-6)
    assert await intervals.seconds_by_camera(database, NOON - timedelta(1), NOON) == {}


async def test_looks_are_counted_by_verdict(database: Database, ids: list[int]) -> None:
    for number in range(3):
        await take_in_round(database, ids, number)
    counts = await daily_pictures.day_counts(database, round_at(0), round_at(2))
    assert sum(sum(one.looks.values()) for one in counts.values()) == 16
    everything = await daily_pictures.day_counts(database, round_at(0), LATER)
    found = set().union(*(one.looks for one in everything.values()))
    assert found == {Verdict.OK, Verdict.DEGRADED, Verdict.DOWN}


def change(at_minutes: int, after: Status) -> Transition:
    at = NOON + timedelta(minutes=at_minutes)
    return Transition(camera_id=1, at=at, before=Status.UNKNOWN, after=after)


@pytest.mark.parametrize(
    ("since_minutes", "changes", "closed", "added"),
    [
        pytest.param(0, [], 0, [], id="nothing"),
        pytest.param(0, [change(5, Status.ONLINE)], 1, [Status.ONLINE], id="one"),
        pytest.param(
            0,
            [change(5, Status.ONLINE), change(6, Status.OFFLINE)],
            1,
            [Status.ONLINE, Status.OFFLINE],
            id="two",
        ),
        pytest.param(5, [change(5, Status.ONLINE)], 0, [], id="taken in already"),
        pytest.param(
            5,
            [change(4, Status.ONLINE), change(6, Status.OFFLINE)],
            1,
            [Status.OFFLINE],
            id="half of it taken in already",
        ),
    ],
)
def test_interval_writes(
    since_minutes: int, changes: list[Transition], closed: int, added: list[Status]
) -> None:
    opened = {1: NOON + timedelta(minutes=since_minutes)}
    writes = plan_intervals(opened, changes)
    assert len(writes.closed) == closed
    assert [status for *_, status in writes.added] == added
    assert plan_intervals({}, changes).added == ()


async def test_the_newest_looks_come_first(database: Database, ids: list[int]) -> None:
    for number in range(4):
        await take_in_round(database, ids, number)
    newest = await results.newest_results(database, ids[0], 3)
    assert [one.started_at for one in newest] == [round_at(3), round_at(2), round_at(1)]
    assert await results.newest_results(database, 999_999, 3) == ()
