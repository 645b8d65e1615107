"""A day's pictures and clocks: counted once, and the same when looks come late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from camera_registry.database import Database
from camera_registry.rollups import day_of, roll_up
from camera_registry.store import daily_pictures, health, late, rollups
from camera_registry.store.anchors import keep_anchors
from camera_registry.tables.health import daily_pictures as table
from camera_registry.vocabulary import DayPictures, HealthPolicy
from probes.vocabulary import OnvifFacts, Picture
from tests.store.city import NOON, import_rows, row
from tests.store.looks import blurred, down, ok

MINUTE = timedelta(minutes=1)


def told(offset_s: float) -> OnvifFacts:
    return OnvifFacts(clock_offset_s=offset_s)


async def test_pictures_and_the_worst_clock_are_counted_once(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    one, two = await health.load_states(database)
    looks = [
        replace(ok(one, NOON), picture=Picture(), onvif=told(12.25)),
        replace(ok(one, NOON + MINUTE), picture=Picture(), onvif=told(-75.0004)),
        replace(ok(one, NOON + 2 * MINUTE), picture=None),
        blurred(one, NOON + 3 * MINUTE),
        down(two, NOON),
    ]
    await health.take_in(database, looks)
    counts = await daily_pictures.day_counts(database, NOON, NOON + timedelta(hours=1))
    assert counts[one].pictures == DayPictures(judged=3, faulty=1, clock_offset_ms=-75_000)
    assert counts[two].pictures == DayPictures()
    assert sum(map(daily_pictures.pictures_of, looks[:4]), DayPictures()) == counts[one].pictures


async def test_a_late_picture_is_added_to_its_day(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1)])
    (camera_id,) = await health.load_states(database)
    await keep_anchors(database, NOON)
    looks = [replace(ok(camera_id, NOON + MINUTE), picture=Picture())]
    await health.take_in(database, looks)
    day, until = day_of(NOON), NOON + timedelta(days=2)
    counts = await daily_pictures.day_counts(database, NOON, until)
    await rollups.write_day(
        database,
        [roll_up(camera_id, day, (), counts[camera_id].looks, until)],
        {(day, camera_id): counts[camera_id].pictures},
    )
    come_late = [
        replace(blurred(camera_id, NOON + 2 * MINUTE), onvif=told(3.0)),
        replace(ok(camera_id, NOON + 3 * MINUTE), picture=Picture(), onvif=told(-9.0)),
    ]
    for _ in range(2):
        await late.take_in_late(database, camera_id, come_late, HealthPolicy(), until=until)
    async with database.read() as connection:
        (kept,) = (await connection.execute(select(table))).all()
    assert tuple(kept) == (day, camera_id, 3, 1, -9000)
