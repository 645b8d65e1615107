"""Daily rollups: each camera's day in one row, kept after the single looks are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.store.daily_pictures import write_pictures
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.health import daily_rollups
from camera_registry.vocabulary import DailyRollup, DayPictures, Status
from probes.vocabulary import Verdict


async def write_day(
    database: Database,
    rollups: Iterable[DailyRollup],
    pictures: Mapping[tuple[date, int], DayPictures] = MappingProxyType({}),
) -> None:
    """Records days, and by (day, camera) what their pictures were; a day of a camera that is
    there already is replaced (a late look came in)."""
    rows = tuple(rollups)
    if rows:
        async with database.write() as connection:
            await write_rollups(connection, rows)
            await write_pictures(connection, pictures)


async def write_rollups(connection: AsyncConnection, rollups: Sequence[DailyRollup]) -> None:
    """As `write_day`, in the caller's transaction."""
    rows = [
        {
            "camera_id": rollup.camera_id,
            "day": rollup.day,
            **{f"{status.value}_s": rollup.seconds.get(status, 0.0) for status in Status},
            **{f"looks_{verdict.value}": rollup.looks.get(verdict, 0) for verdict in Verdict},
        }
        for rollup in rollups
    ]
    if rows:
        statement = insert_or_replace(connection.dialect.name, daily_rollups)
        await connection.execute(statement, rows)


async def days_since(
    connection: AsyncConnection, camera_id: int, first: date
) -> tuple[DailyRollup, ...]:
    """A camera's rollups from the day `first` on."""
    query = select(daily_rollups).where(
        daily_rollups.c.camera_id == camera_id, daily_rollups.c.day >= first
    )
    return tuple(map(_rollup_of, (await connection.execute(query)).mappings()))


async def load_days(database: Database, first: date, last: date) -> tuple[DailyRollup, ...]:
    """The rollups of the days from `first` to `last`, both included, by day and camera."""
    query = (
        select(daily_rollups)
        .where(daily_rollups.c.day.between(first, last))
        .order_by(daily_rollups.c.day, daily_rollups.c.camera_id)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return tuple(map(_rollup_of, rows))


async def last_day(database: Database) -> date | None:
    """The last day that has rollups."""
    query = select(daily_rollups.c.day).order_by(daily_rollups.c.day.desc()).limit(1)
    async with database.read() as connection:
        return (await connection.execute(query)).scalar_one_or_none()


def _rollup_of(row: RowMapping) -> DailyRollup:
    return DailyRollup(
        camera_id=row["camera_id"],
        day=row["day"],
        seconds={s: row[f"{s.value}_s"] for s in Status if row[f"{s.value}_s"]},
        looks={v: row[f"looks_{v.value}"] for v in Verdict if row[f"looks_{v.value}"]},
    )
