"""What each camera's pictures and clock were found to be on each day, beside its rollup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.health import daily_pictures, probe_results
from camera_registry.vocabulary import DayCounts, DayPictures, largest_offset
from probes.vocabulary import ProbeResult, Verdict

Key = tuple[date, int]


async def day_counts(
    database: Database, start: datetime, end: datetime, *, cameras: Sequence[int] | None = None
) -> dict[int, DayCounts]:
    """The looks at all cameras, or those named, that started in [start, end), counted in one pass
    over them. A picture is faulty where the verdict is degraded (faults that did not count are not
    told here)."""
    offset = probe_results.c.onvif["clock_offset_s"].as_float()
    query = (
        select(
            probe_results.c.camera_id,
            probe_results.c.verdict,
            func.count(),
            func.count(probe_results.c.picture),
            func.min(offset),
            func.max(offset),
        )
        .where(probe_results.c.started_at >= start, probe_results.c.started_at < end)
        .group_by(probe_results.c.camera_id, probe_results.c.verdict)
    )
    if cameras is not None:
        query = query.where(probe_results.c.camera_id.in_(cameras))
    counts: dict[int, DayCounts] = {}
    async with database.read() as connection:
        for camera_id, verdict, looks, pictures, least, most in await connection.execute(query):
            before = counts.get(camera_id, DayCounts())
            counts[camera_id] = DayCounts(
                looks={**before.looks, verdict: looks},
                pictures=before.pictures
                + DayPictures(
                    judged=pictures,
                    faulty=pictures if verdict is Verdict.DEGRADED else 0,
                    clock_offset_ms=largest_offset(_ms(least), _ms(most)),
                ),
            )
    return counts


def pictures_of(look: ProbeResult) -> DayPictures:
    """What one look adds to its day. Pure."""
    judged = look.picture is not None
    offset_s = look.onvif.clock_offset_s if look.onvif else None
    return DayPictures(
        judged=int(judged),
        faulty=int(judged and look.verdict is Verdict.DEGRADED),
        clock_offset_ms=_ms(offset_s),
    )


async def write_pictures(connection: AsyncConnection, pictures: Mapping[Key, DayPictures]) -> None:
    """Records days by (day, camera); one that is there is replaced."""
    rows = [
        {
            "day": day,
            "camera_id": camera_id,
            "judged": found.judged,
            "faulty": found.faulty,
            "clock_offset_ms": found.clock_offset_ms,
        }
        for (day, camera_id), found in pictures.items()
    ]
    if rows:
        statement = insert_or_replace(connection.dialect.name, daily_pictures)
        await connection.execute(statement, rows)


async def add_pictures(connection: AsyncConnection, pictures: Mapping[Key, DayPictures]) -> None:
    """Adds to what is recorded of these days (late looks; the day's others may be gone)."""
    summed = {}
    for (day, camera_id), found in pictures.items():
        summed[day, camera_id] = found + await _recorded(connection, day, camera_id)
    await write_pictures(connection, summed)


async def _recorded(connection: AsyncConnection, day: date, camera_id: int) -> DayPictures:
    query = select(daily_pictures).where(
        daily_pictures.c.day == day, daily_pictures.c.camera_id == camera_id
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return DayPictures()
    return DayPictures(judged=row.judged, faulty=row.faulty, clock_offset_ms=row.clock_offset_ms)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
