"""Maintenance windows in the database: announced, taken back, and in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

from camera_registry.database import Database
from camera_registry.incidents.maintenance import Window
from camera_registry.store import cameras as camera_store
from camera_registry.store import maintenance as store
from camera_registry.store.places import load_upstreams
from camera_registry.vocabulary import Status
from tests.store.city import NOON, import_rows, row
from xueliang.duty import Duty
from xueliang.incident_rules import load_rules
from xueliang.settings import Settings

HOUR = timedelta(hours=1)
BASE = Window(starts_at=NOON, ends_at=NOON + 2 * HOUR, by="王工", note="割接", created_at=NOON)


async def test_windows_come_back_as_announced(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1)])
    (device,) = await load_upstreams(database)
    windows = (
        replace(BASE, camera_id=1),
        replace(BASE, upstream_id=device.id, starts_at=NOON + HOUR),
        replace(
            BASE,
            town="文昌街道",
            starts_at=NOON + 2 * HOUR,
            ends_at=None,
            weekdays=frozenset({7, 2}),
            at=time(23, 30),
            minutes=90,
        ),
    )
    numbers = [await store.add(database, one) for one in windows]
    assert numbers == [1, 2, 3]
    subjects = ("点位1", "文昌-NVR-01", "文昌街道")
    kept = tuple(
        replace(one, id=number, subject=subject)
        for one, number, subject in zip(windows, numbers, subjects, strict=True)
    )
    assert await store.load(database, NOON) == kept
    assert await store.load(database, NOON + 2 * HOUR) == kept[2:]
    assert await store.load_all(database) == tuple(reversed(kept))


async def test_one_that_is_taken_back_is_kept_with_who_did_it(database: Database) -> None:
    number = await store.add(database, replace(BASE, town="文昌街道"))
    assert await store.remove(database, number, by="李工", now=NOON + HOUR)
    assert not await store.remove(database, number, by="赵工", now=NOON + HOUR)
    assert not await store.remove(database, 99, by="赵工", now=NOON)
    assert await store.load(database, NOON) == ()
    (kept,) = await store.load_all(database)
    assert (kept.removed_by, kept.removed_at) == ("李工", NOON + HOUR)


async def test_cameras_are_in_maintenance_while_a_window_lasts(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 上联设备="文昌-NVR-02")])
    first, _ = await load_upstreams(database)
    number = await store.add(database, replace(BASE, upstream_id=first.id))
    duty = Duty(database, load_rules(Settings()).incidents)

    def covered() -> list[int]:
        found = duty.effective().values()
        return [one.id for one in found if one.administrative is Status.MAINTENANCE]

    cameras = await camera_store.load_all(database)
    await duty.adopt(cameras, NOON - HOUR)
    assert covered() == []
    assert await duty.look_at_windows(NOON)
    assert covered() == [1]
    assert not await duty.look_at_windows(NOON + HOUR)
    await store.remove(database, number, by="李工", now=NOON + HOUR)
    assert await duty.look_at_windows(NOON + HOUR)
    assert covered() == []
