"""Made-up months of a city's history, written into a registry: `write_months(...)`.

Every point is offline now and then, some are degraded or unknown for a while; a fixed seed gives
the same history.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import delete

from camera_registry.database import Database
from camera_registry.rollups import day_bounds, days_touched, roll_up
from camera_registry.store.cameras import load_all
from camera_registry.tables.health import daily_pictures, daily_rollups, state_intervals
from camera_registry.vocabulary import StateInterval, Status
from probes.vocabulary import Verdict

LOOKS_A_DAY = 288
# Shares of points that are well, that have short outages, and that have long ones.
_WELL, _SHORT = 0.55, 0.93


async def write_months(database: Database, first: date, last: date, *, seed: int = 1) -> None:
    """Histories of all points from `first` to `last`, both included, in place of what there is."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    cameras = await load_all(database)
    async with database.write() as connection:
        for table in (state_intervals, daily_rollups, daily_pictures):
            await connection.execute(delete(table))
    for begin in range(0, len(cameras), 500):
        intervals: list[dict[str, object]] = []
        rollups: list[dict[str, object]] = []
        pictures: list[dict[str, object]] = []
        for camera in cameras[begin : begin + 500]:
            chance = random.Random(seed * 1_000_003 + camera.id)
            history = tuple(_history(camera.id, camera.administrative, start, end, chance))
            intervals += map(_interval_row, history)
            for day in days_touched(start, end):
                rollups.append(_rollup_row(camera.id, day, history, end))
                pictures.append(_pictures_row(camera.id, day, chance))
        async with database.write() as connection:
            await connection.execute(state_intervals.insert(), intervals)
            await connection.execute(daily_rollups.insert(), rollups)
            await connection.execute(daily_pictures.insert(), pictures)


def _history(
    camera_id: int,
    administrative: Status | None,
    start: datetime,
    end: datetime,
    chance: random.Random,
) -> Iterator[StateInterval]:
    if administrative is not None:
        yield StateInterval(camera_id=camera_id, status=administrative, start=start)
        return
    kind, at = chance.random(), start
    status = Status.ONLINE
    while True:
        length = timedelta(seconds=chance.expovariate(1 / _mean_s(kind, status)) + 1)
        if at + length >= end:
            yield StateInterval(camera_id=camera_id, status=status, start=at)
            return
        yield StateInterval(camera_id=camera_id, status=status, start=at, end=at + length)
        at += length
        status = Status.ONLINE if status is not Status.ONLINE else _trouble(chance)


def _trouble(chance: random.Random) -> Status:
    return chance.choices([Status.OFFLINE, Status.DEGRADED, Status.UNKNOWN], [70, 20, 10])[0]


def _mean_s(kind: float, status: Status) -> float:
    days = {True: 60.0, False: 12.0}[kind < _WELL]
    if status is Status.ONLINE:
        return days * 86_400
    return 3600.0 * (2 if kind < _SHORT else 90)


def _interval_row(one: StateInterval) -> dict[str, object]:
    return {
        "camera_id": one.camera_id,
        "started_at": one.start,
        "ended_at": one.end,
        "status": one.status,
    }


def _rollup_row(
    camera_id: int, day: date, history: tuple[StateInterval, ...], until: datetime
) -> dict[str, object]:
    rolled = roll_up(camera_id, day, history, {}, until)
    down = round(LOOKS_A_DAY * rolled.seconds.get(Status.OFFLINE, 0.0) / 86_400)
    bad = round(LOOKS_A_DAY * rolled.seconds.get(Status.DEGRADED, 0.0) / 86_400)
    looks = {Verdict.OK: LOOKS_A_DAY - down - bad, Verdict.DOWN: down, Verdict.DEGRADED: bad}
    return {
        "day": day,
        "camera_id": camera_id,
        **{f"{one.value}_s": rolled.seconds.get(one, 0.0) for one in Status},
        **{f"looks_{one.value}": looks.get(one, 0) for one in Verdict},
    }


def _pictures_row(camera_id: int, day: date, chance: random.Random) -> dict[str, object]:
    offset = round(chance.gauss(0, 20_000)) if camera_id % 3 else None
    return {
        "day": day,
        "camera_id": camera_id,
        "judged": LOOKS_A_DAY,
        "faulty": chance.choice([0, 0, 0, 0, 3]),
        "clock_offset_ms": offset,
    }
