"""Rollups, pruning, sweeps, runs of the service, and the log of changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from camera_registry.columns import NaiveDatetimeError
from camera_registry.database import Database
from camera_registry.store import changes, health, prune, results, rollups, runs, sweeps
from camera_registry.vocabulary import DailyRollup, Status
from probes.vocabulary import Verdict
from tests.store.city import NOON, import_rows, row
from tests.store.looks import ok

DAY = date(2026, 5, 1)


@pytest.fixture
async def camera_id(database: Database, tmp_path: Path) -> int:
    await import_rows(database, tmp_path, [row(1)])
    return next(iter(await health.load_states(database)))


async def test_a_day_is_replaced_by_its_later_reckoning(database: Database, camera_id: int) -> None:
    assert await rollups.last_day(database) is None
    first = DailyRollup(
        camera_id=camera_id,
        day=DAY,
        seconds={Status.ONLINE: 86_000.25, Status.UNKNOWN: 399.75},
        looks={Verdict.OK: 280},
    )
    second = DailyRollup(
        camera_id=camera_id, day=DAY, seconds={Status.ONLINE: 86_400.0}, looks={Verdict.OK: 288}
    )
    await rollups.write_day(database, [first])
    assert await rollups.load_days(database, DAY, DAY) == (first,)
    await rollups.write_day(database, [second])
    assert await rollups.load_days(database, DAY, DAY) == (second,)
    assert await rollups.last_day(database) == DAY
    await rollups.write_day(database, [])
    assert await rollups.load_days(database, DAY + timedelta(1), DAY + timedelta(9)) == ()


async def test_pruning_takes_the_old_in_portions(database: Database, camera_id: int) -> None:
    looks = [ok(camera_id, NOON + timedelta(minutes=minute)) for minute in range(25)]
    await health.take_in(database, looks)
    assert await prune.prune_raw(database, NOON + timedelta(minutes=20), portion=7) == 20
    kept = await results.load_results(database, camera_id, NOON, NOON + timedelta(days=1))
    assert [look.started_at for look in kept] == [look.started_at for look in looks[20:]]
    assert await prune.prune_raw(database, NOON, portion=7) == 0


async def test_sweeps(database: Database) -> None:
    assert await sweeps.last_finished(database) is None
    first = await sweeps.begin(database, NOON)
    await sweeps.finish(database, first, NOON + timedelta(minutes=4), {Verdict.OK: 7})
    await sweeps.begin(database, NOON + timedelta(minutes=5))
    last = await sweeps.last_finished(database)
    assert last == sweeps.Sweep(
        id=first,
        started_at=NOON,
        finished_at=NOON + timedelta(minutes=4),
        counts={Verdict.OK: 7},
    )


async def test_runs_tell_how_long_the_service_was_away(database: Database) -> None:
    assert await runs.last(database) is None
    first = await runs.start(database, NOON)
    await runs.beat(database, first, NOON + timedelta(minutes=1))
    killed = await runs.last(database)
    assert killed is not None
    assert (killed.last_beat_at, killed.stopped_at) == (NOON + timedelta(minutes=1), None)
    second = await runs.start(database, NOON + timedelta(hours=1))
    await runs.stop(database, second, NOON + timedelta(hours=2))
    ended = await runs.last(database)
    assert ended is not None
    assert (ended.id, ended.stopped_at) == (second, NOON + timedelta(hours=2))


async def test_changes_are_logged_and_secrets_are_not(
    database: Database, camera_id: int, tmp_path: Path
) -> None:
    before = await changes.revision(database)
    later = NOON + timedelta(hours=1)
    await import_rows(
        database,
        tmp_path,
        [row(1, 设备名称="新名", 口令="other", 经度="116.95")],
        now=later,
        who="李工",
    )
    log = await changes.history(database, "camera", camera_id)
    assert await changes.revision(database) > before
    found = {change.field: (change.old, change.new) for change in log}
    assert found == {
        None: (None, "34088100001320000001"),
        "device_name": ("点位1", "新名"),
        "device_password": ("changed", "changed"),
        "longitude": (None, "116.95"),
    }
    assert {(change.at, change.who) for change in log[:3]} == {(later, "李工")}
    assert log[-1].action is changes.Action.CREATE


async def test_naive_times_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match="has no zone") as caught:
        await sweeps.begin(database, datetime(2026, 5, 1))  # noqa: DTZ001
    assert isinstance(caught.value.__cause__, NaiveDatetimeError)
