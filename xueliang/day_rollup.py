"""A day's rollups, written block by block."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from camera_registry.database import Database
from camera_registry.rollups import day_bounds, roll_up
from camera_registry.store import daily_pictures as picture_store
from camera_registry.store import intervals as interval_store
from camera_registry.store import rollups as rollup_store
from camera_registry.store.camera_blocks import camera_blocks
from camera_registry.vocabulary import DayCounts


async def roll_up_day(database: Database, day: date, now: datetime) -> None:
    """Writes the rollups of a day as far as it has gone at `now`.

    Raises:
        DatabaseUnreachableError: some may be written; the same again writes all of them.
    """
    for block in await camera_blocks(database):
        await _roll_up(database, day, now, block)


async def _roll_up(database: Database, day: date, now: datetime, cameras: Sequence[int]) -> None:
    start, end = day_bounds(day)
    histories = await interval_store.overlapping(database, start, end, block=cameras)
    counts = await picture_store.day_counts(database, start, end, cameras=cameras)
    rollups = [
        roll_up(camera_id, day, history, counts.get(camera_id, DayCounts()).looks, now)
        for camera_id, history in histories.items()
    ]
    pictures = {(day, camera_id): one.pictures for camera_id, one in counts.items()}
    await rollup_store.write_day(database, rollups, pictures)
