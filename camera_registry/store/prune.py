"""Lets go of single looks that are older than they are kept for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, tuple_

from camera_registry.database import Database
from camera_registry.store.incident_looks import keep_looks
from camera_registry.tables.health import health_anchors, probe_results

# A portion is one short transaction, so that results never wait long for the writer's place.
PORTION = 5_000


async def prune_raw(database: Database, before: datetime, *, portion: int = PORTION) -> int:
    """Deletes looks that started before `before`, and gives their number. Killed half-way, the
    next run does the rest. Incidents keep their last failing ones. The anchors of before go first:
    one may be replayed from only while all looks after it are there."""
    key = tuple_(probe_results.c.camera_id, probe_results.c.started_at)
    oldest = (
        select(probe_results.c.camera_id, probe_results.c.started_at)
        .where(probe_results.c.started_at < before)
        .order_by(probe_results.c.started_at)
        .limit(portion)
    )
    await keep_looks(database, before)
    async with database.write() as connection:
        await connection.execute(health_anchors.delete().where(health_anchors.c.at < before))
    deleted = 0
    while True:
        async with database.write() as connection:
            gone = (
                await connection.execute(probe_results.delete().where(key.in_(oldest)))
            ).rowcount
        deleted += gone
        if gone < portion:
            return deleted
