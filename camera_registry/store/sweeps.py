"""Sweeps: when each began and was complete, and what it counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from camera_registry.database import Database
from camera_registry.tables.health import sweeps
from probes.vocabulary import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One pass over the registry; `finished_at` None while it runs, or if it was broken off."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    counts: dict[Verdict, int]


async def begin(database: Database, at: datetime) -> int:
    """Records that a sweep begins, and gives its id."""
    async with database.write() as connection:
        added = await connection.execute(
            sweeps.insert().values(started_at=at).returning(sweeps.c.id)
        )
        return int(added.scalar_one())


async def finish(
    database: Database, sweep_id: int, at: datetime, counts: Mapping[Verdict, int]
) -> None:
    """Records that a sweep is complete, with its looks by verdict."""
    async with database.write() as connection:
        await connection.execute(
            sweeps.update()
            .where(sweeps.c.id == sweep_id)
            .values(finished_at=at, counts={verdict.value: n for verdict, n in counts.items()})
        )


async def last_finished(database: Database) -> Sweep | None:
    """The complete sweep that ended last."""
    query = (
        select(sweeps)
        .where(sweeps.c.finished_at.is_not(None))
        .order_by(sweeps.c.finished_at.desc())
        .limit(1)
    )
    async with database.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    return _sweep_of(row) if row else None


def _sweep_of(row: Row[Any]) -> Sweep:
    counts = {Verdict(verdict): count for verdict, count in (row.counts or {}).items()}
    return Sweep(id=row.id, started_at=row.started_at, finished_at=row.finished_at, counts=counts)
