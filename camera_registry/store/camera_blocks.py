"""Cameras in blocks, for what is asked of all of them.

A block's rows are sorted, grouped and turned into objects within the processor's caches and a few
megabytes, whatever the number of cameras; and no statement holds the database for long.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from camera_registry.database import Database
from camera_registry.tables.health import state_intervals

# A city fits two; far below the 32,766 parameters that one statement may have.
BLOCK = 5_000


async def camera_blocks(database: Database) -> list[Sequence[int]]:
    """The numbers of all cameras that have a history, in order: each has one open interval."""
    query = (
        select(state_intervals.c.camera_id)
        .where(state_intervals.c.ended_at.is_(None))
        .order_by(state_intervals.c.camera_id)
    )
    async with database.read() as connection:
        numbers = (await connection.execute(query)).scalars().all()
    return [numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK)]
