"""Results taken in by the service in any order, any batching and again: the database ends as if
they had come in order."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.health import expire, observe, replay
from camera_registry.intervals import check_history, fold
from camera_registry.rollups import day_bounds, day_of, roll_up
from camera_registry.store import anchors, health, intervals, late, results, rollups
from camera_registry.tables.health import health_anchors
from camera_registry.vocabulary import DailyRollup, HealthState, StateInterval, Status
from exporters.metrics import ProbeMetrics
from probes.reasons import failure
from probes.runner import Runner
from probes.vocabulary import ProbeResult, ProbeTarget, Stage, Verdict
from tests.store.city import NOON, import_rows, row
from tests.store.conftest import KEY, Postgres, Sqlite
from tests.store.late_writer import POLICY
from tests.store.looks import blurred, down, ok
from xueliang.duty import Duty
from xueliang.incident_rules import HealthTable, load_rules
from xueliang.pictures import PictureRules, Pictures
from xueliang.service import Service
from xueliang.settings import Settings

SETTINGS = Settings()
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
END = NOON + 4 * DAY


class SetClock:
    """A clock that is set by hand and never steps back."""

    def __init__(self) -> None:
        self.at = NOON

    def set(self, at: datetime) -> None:
        self.at = max(self.at, at)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()


async def no_look(target: ProbeTarget) -> ProbeResult:
    raise AssertionError(f"nobody asked to look at {target.camera_id}")


def make_service(database: Database, clock: SetClock) -> Service:
    return Service(
        settings=SETTINGS,
        database=database,
        runner=Runner(no_look, concurrency=1, per_upstream=1),
        metrics=ProbeMetrics(),
        clock=clock,
        pictures=Pictures(database, PictureRules()),
        duty=Duty(database, load_rules(SETTINGS).incidents),
        damping=HealthTable(default=SETTINGS.health_policy()),
    )


def cannot_tell(camera_id: int, at: datetime) -> ProbeResult:
    cause = failure(Stage.PROBER, "overload")
    return ProbeResult(
        camera_id=str(camera_id), started_at=at, verdict=Verdict.UNKNOWN, failure=cause
    )


KINDS = (ok, down, blurred, cannot_tell)
DELAYS = (0, 0, 0, 20, 400, 1900)


@dataclass(frozen=True)
class Arrival:
    """A look of one of two cameras, and the minutes that its result needs to come in."""

    minute: int
    kind: int
    camera: int
    delay: int
    again: bool


# Looks come in rows of minutes at some hours, so that most speak with one another.
arrivals = st.lists(
    st.builds(
        Arrival,
        minute=st.builds(
            lambda hour, minute: hour * 60 + minute,
            st.sampled_from([1, 5, 11, 12, 13, 35, 60]),
            st.integers(0, 59),
        ),
        kind=st.sampled_from([0, 0, 1, 1, 2, 3]),
        camera=st.integers(0, 1),
        delay=st.sampled_from(DELAYS),
        again=st.booleans(),
    ),
    max_size=50,
    unique_by=lambda one: (one.camera, one.minute),
)


async def drive(
    service: Service, ids: list[int], coming: list[Arrival], clock: SetClock, restart: int
) -> Service:
    """Lets results come in when they do; what the schedule does in between is done at its time."""
    done: list[tuple[datetime, ProbeResult]] = []
    for one in coming:
        result = KINDS[one.kind](ids[one.camera], NOON + MINUTE * one.minute)
        waits = (one.delay, one.delay + 30) if one.again else (one.delay,)
        done += [(result.started_at + MINUTE * wait + MINUTE / 2, result) for wait in waits]
    done.sort(key=lambda pair: pair[0])
    at = NOON
    while at < END:
        at += timedelta(minutes=30)
        batch = [result for when, result in done if at - timedelta(minutes=30) < when <= at]
        clock.set(at)
        for some in (batch[::2], batch[1::2]):
            await service.take_in(some)
        await service.refresh_view()
        if day_of(at) != day_of(at - timedelta(minutes=30)):
            await service.roll_up()
        if (at - NOON) // timedelta(minutes=30) == restart:
            service = make_service(service._database, clock)
            await service.resume()
    return service


def in_order(camera_id: int, looks: list[ProbeResult]) -> tuple[HealthState, list[StateInterval]]:
    fresh = HealthState(camera_id=camera_id, since=NOON)
    straight = replay(fresh, map(observe, looks), SETTINGS.health_policy())
    lapsed = expire(straight.state, END, SETTINGS.health_policy())
    history = fold(camera_id, NOON, straight.transitions + lapsed.transitions)
    return lapsed.state, list(history)


def day_sums(
    camera_id: int, day: date, history: list[StateInterval], looks: list[ProbeResult]
) -> DailyRollup:
    counts: dict[Verdict, int] = {}
    for look in looks:
        if day_of(look.started_at) == day:
            counts[look.verdict] = counts.get(look.verdict, 0) + 1
    return roll_up(camera_id, day, history, counts, END)


async def any_order(url: str, coming: list[Arrival], restart: int) -> None:
    database = open_database(url, vault=Vault([KEY]))
    try:
        with TemporaryDirectory() as folder:
            await import_rows(database, Path(folder), [row(1), row(2)])
        clock = SetClock()
        service = make_service(database, clock)
        await service.resume()
        ids = sorted(service.fleet.states)
        service = await drive(service, ids, coming, clock, restart)
        states = await health.load_states(database)
        assert service.fleet.states == states
        found = await intervals.overlapping(database, NOON, END)
        kept = await rollups.load_days(database, day_of(NOON), day_of(END - DAY))
        for number, one in enumerate(ids):
            looks = [
                KINDS[each.kind](one, NOON + MINUTE * each.minute)
                for each in coming
                if each.camera == number
            ]
            state, history = in_order(one, looks)
            check_history(found[one])
            assert list(found[one]) == history
            assert expire(states[one], END, SETTINGS.health_policy()).state == state
            own = [rollup for rollup in kept if rollup.camera_id == one]
            assert own == [day_sums(one, rollup.day, history, looks) for rollup in own]
            assert len(own) == 4
    finally:
        await database.close()


@given(arrivals, st.integers(0, 190))
@settings(
    max_examples=10,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_order_of_arrival(
    engines: Sqlite | Postgres, coming: list[Arrival], restart: int
) -> None:
    asyncio.run(any_order(engines.migrated(), coming, restart))


@pytest.fixture
async def camera_id(database: Database, tmp_path: Path) -> int:
    await import_rows(database, tmp_path, [row(1)])
    return next(iter(await health.load_states(database)))


async def told(database: Database, camera_id: int) -> list[tuple[float, Status]]:
    found = await intervals.overlapping(database, NOON, NOON + 30 * DAY, camera_id=camera_id)
    check_history(found[camera_id])
    return [((one.start - NOON) / MINUTE, one.status) for one in found[camera_id]]


async def test_an_ok_between_two_downs_undoes_the_outage(
    database: Database, camera_id: int
) -> None:
    clock = SetClock()
    service = make_service(database, clock)
    await service.resume()
    at = [NOON + MINUTE * minute for minute in (0, 5, 10, 12)]
    clock.set(at[3])
    await service.take_in([ok(camera_id, at[1]), down(camera_id, at[2]), down(camera_id, at[3])])
    start = (0, Status.UNKNOWN)
    assert await told(database, camera_id) == [start, (5, Status.ONLINE), (10, Status.OFFLINE)]
    await service.take_in([ok(camera_id, at[2] + MINUTE)])
    assert await told(database, camera_id) == [start, (5, Status.ONLINE)]
    assert service.fleet.states[camera_id].status is Status.ONLINE
    # What comes next is stepped from there: it is the second look against it.
    await service.take_in([down(camera_id, at[3] + MINUTE)])
    assert await told(database, camera_id) == [start, (5, Status.ONLINE), (12, Status.OFFLINE)]
    assert await health.load_states(database) == service.fleet.states


async def test_a_look_from_before_maintenance_that_comes_after(
    database: Database, camera_id: int, tmp_path: Path
) -> None:
    clock = SetClock()
    service = make_service(database, clock)
    await service.resume()
    clock.set(NOON + MINUTE * 10)
    await service.take_in([down(camera_id, NOON + MINUTE * 5)])
    await import_rows(database, tmp_path, [row(1, 设备状态="2 维修")], now=clock.now())
    await service.refresh_registry()
    clock.set(NOON + MINUTE * 12)
    await service.take_in([down(camera_id, NOON + MINUTE * 8), ok(camera_id, NOON + MINUTE * 11)])
    expected = [(0, Status.UNKNOWN), (5, Status.OFFLINE), (10, Status.MAINTENANCE)]
    assert await told(database, camera_id) == expected
    assert service.fleet.states[camera_id].status is Status.MAINTENANCE


async def test_looks_older_than_the_anchors_are_only_recorded(
    database: Database, camera_id: int
) -> None:
    clock = SetClock()
    service = make_service(database, clock)
    await service.resume()
    for day in range(9):
        clock.set(NOON + day * DAY)
        await service.take_in([ok(camera_id, clock.now() - MINUTE)] if day else [])
        await service.refresh_view()
        await service.roll_up()
    await service.prune()
    async with database.read() as connection:
        kept = await anchors.load_anchors(connection, camera_id)
    before = clock.now() - timedelta(days=SETTINGS.retention.raw_days)
    assert [anchor.at for anchor in kept] == [NOON + day * DAY for day in range(1, 9)]
    assert min(anchor.at for anchor in kept) >= before
    history, states = await told(database, camera_id), service.fleet.states.copy()
    await service.take_in([down(camera_id, before - 2 * MINUTE), down(camera_id, before - MINUTE)])
    assert await told(database, camera_id) == history
    assert service.fleet.states == states
    found = await results.load_results(database, camera_id, before - DAY, before)
    assert [look.verdict for look in found] == [Verdict.DOWN, Verdict.DOWN]
    # Between the anchors' nights the same two do move the history.
    await service.take_in([down(camera_id, before + 2 * MINUTE), down(camera_id, before + MINUTE)])
    assert await told(database, camera_id) != history


async def test_a_rollup_counts_a_late_look_though_the_day_s_others_are_gone(
    database: Database, camera_id: int
) -> None:
    day = day_of(NOON)
    counted = DailyRollup(camera_id=camera_id, day=day, seconds={}, looks={Verdict.OK: 280})
    await rollups.write_day(database, [counted])
    until = day_bounds(day)[1] + DAY
    look = down(camera_id, NOON + MINUTE)
    await late.take_in_late(database, camera_id, [look, look], POLICY, until=until)
    await late.take_in_late(database, camera_id, [look], POLICY, until=until)
    (kept,) = await rollups.load_days(database, day, day)
    assert kept.looks == {Verdict.OK: 280, Verdict.DOWN: 1}
    assert sum(kept.seconds.values()) == (day_bounds(day)[1] - NOON).total_seconds()


async def test_of_no_camera_and_of_one_without_anchors(database: Database, camera_id: int) -> None:
    look = ok(camera_id, NOON + MINUTE)
    assert await late.take_in_late(database, 999_999, [look], POLICY, until=END) is None
    async with database.write() as connection:
        await connection.execute(health_anchors.delete())
    state = await late.take_in_late(database, camera_id, [look], POLICY, until=look.started_at)
    assert state is not None
    assert (state.status, state.sketch) == (Status.ONLINE, look.sketch)
    assert await late.take_in_late(database, camera_id, [look], POLICY, until=END) is None


async def test_killed_in_the_middle(url: str, database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    ids = sorted(await health.load_states(database))
    for taken in (3, 11, 24):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.store.late_writer", url], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            for _ in range(taken):
                assert writer.stdout.readline()
            writer.kill()
        states = await health.load_states(database)
        found = await intervals.overlapping(database, NOON, END)
        for one in ids:
            looks = await results.load_results(database, one, NOON, END)
            fresh = HealthState(camera_id=one, since=NOON)
            straight = replay(fresh, map(observe, looks), POLICY)
            assert found[one] == fold(one, NOON, straight.transitions)
            seen = replace(states[one], sketch=None, last_frame_at=None)
            assert seen == straight.state
    assert len(looks) >= 10
