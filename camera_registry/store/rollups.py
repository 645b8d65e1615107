"""Daily rollups: each camera's day in one row, kept after the single looks are gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from camera_registry.database import Database
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables import daily_rollups
from camera_registry.vocabulary import DailyRollup, Status
from probes.vocabulary import Verdict


async def write_day(database: Database, rollups: Iterable[DailyRollup]) -> None:
    """Records days; a day of a camera that is there already is replaced (a late look came in)."""
    rows = [
        {
            "camera_id": rollup.camera_id,
            "day": rollup.day,
            **{f"{status.value}_s": rollup.seconds.get(status, 0.0) for status in Status},
            **{f"looks_{verdict.value}": rollup.looks.get(verdict, 0) for verdict in Verdict},
        }
        for rollup in rollups
    ]
    if not rows:
        return
    async with database.write() as connection:
        await connection.execute(insert_or_replace(database.dialect, daily_rollups), rows)


async def load_days(database: Database, first: date, last: date) -> tuple[DailyRollup, ...]:
    """The rollups of the days from `first` to `last`, both included, by day and camera."""
    query = (
        select(daily_rollups)
        .where(daily_rollups.c.day.between(first, last))
        .order_by(daily_rollups.c.day, daily_rollups.c.camera_id)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return tuple(
        DailyRollup(
            camera_id=row["camera_id"],
            day=row["day"],
            seconds={s: row[f"{s.value}_s"] for s in Status if row[f"{s.value}_s"]},
            looks={v: row[f"looks_{v.value}"] for v in Verdict if row[f"looks_{v.value}"]},
        )
        for row in rows
    )


async def last_day(database: Database) -> date | None:
    """The last day that has rollups."""
    query = select(daily_rollups.c.day).order_by(daily_rollups.c.day.desc()).limit(1)
    async with database.read() as connection:
        return (await connection.execute(query)).scalar_one_or_none()
