"""Runs of the service, each with its heartbeat: how long a stopped process was away is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from camera_registry.database import Database
from camera_registry.tables.health import service_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run. Without `stopped_at` it still runs, or was killed after `last_beat_at`."""

    id: int
    started_at: datetime
    last_beat_at: datetime
    stopped_at: datetime | None


async def start(database: Database, at: datetime) -> int:
    """Records that the service starts, and gives the run's id."""
    async with database.write() as connection:
        added = await connection.execute(
            service_runs.insert()
            .values(started_at=at, last_beat_at=at)
            .returning(service_runs.c.id)
        )
        return int(added.scalar_one())


async def beat(database: Database, run_id: int, at: datetime) -> None:
    """Records that the run lives."""
    async with database.write() as connection:
        await connection.execute(
            service_runs.update().where(service_runs.c.id == run_id).values(last_beat_at=at)
        )


async def stop(database: Database, run_id: int, at: datetime) -> None:
    """Records that the run ends in good order."""
    async with database.write() as connection:
        await connection.execute(
            service_runs.update()
            .where(service_runs.c.id == run_id)
            .values(last_beat_at=at, stopped_at=at)
        )


async def last(database: Database) -> Run | None:
    """The run that started last."""
    query = select(service_runs).order_by(service_runs.c.id.desc()).limit(1)
    async with database.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Run(
        id=row.id,
        started_at=row.started_at,
        last_beat_at=row.last_beat_at,
        stopped_at=row.stopped_at,
    )
