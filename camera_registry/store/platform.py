"""Lists of platforms, and what they report of their points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.access import access_of
from camera_registry.database import Database
from camera_registry.platform.history import reported_intervals, standing
from camera_registry.platform.vocabulary import PlatformReport, Reported
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.inventory import cameras, platform_lists, platform_reports, upstreams
from camera_registry.vocabulary import Access, StateInterval

# 设备状态 3 拆除.
_RETIRED = "3"
# How far back the beginning of a standing status is looked for.
SINCE = timedelta(days=35)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPoint:
    """A point in use as an import of a list sees it."""

    id: int
    label: str
    access: Access


async def known_points(connection: AsyncConnection) -> dict[str, KnownPoint]:
    """All points in use by device code; those without one under their id."""
    query = (
        select(
            cameras.c.id,
            cameras.c.device_code,
            cameras.c.connection_protocol,
            cameras.c.stream_url,
            cameras.c.parent_device,
            upstreams.c.kind,
        )
        .outerjoin(upstreams, upstreams.c.id == cameras.c.upstream_id)
        .where(or_(cameras.c.device_status.is_(None), cameras.c.device_status != _RETIRED))
    )
    points: dict[str, KnownPoint] = {}
    for row in (await connection.execute(query)).mappings():
        label = row["device_code"] or str(row["id"])
        # Of a sealed address it only counts whether there is one.
        points[label] = KnownPoint(
            id=row["id"], label=label, access=access_of(dict(row), row["kind"])
        )
    return points


async def reports_at(connection: AsyncConnection, at: datetime) -> dict[int, PlatformReport]:
    """What the list of that very time said, by camera id."""
    query = select(platform_reports).where(platform_reports.c.at == at)
    return {row.camera_id: _report(row) for row in await connection.execute(query)}


async def write_list(
    connection: AsyncConnection,
    dialect: str,
    reports: Sequence[PlatformReport],
    *,
    at: datetime,
    who: str,
    file: str,
    now: datetime,
) -> int:
    """Adds a list, and gives its number; what was said of the same time before is replaced."""
    added = await connection.execute(
        platform_lists.insert().values(
            at=at, imported_at=now, who=who, file=file, points=len(reports)
        )
    )
    if reports:
        rows = [{"camera_id": one.camera_id, "at": one.at, "status": one.status} for one in reports]
        await connection.execute(insert_or_replace(dialect, platform_reports), rows)
    (number,) = added.inserted_primary_key or (0,)
    return int(number)


async def load_reported(database: Database, hold: timedelta, now: datetime) -> dict[int, Reported]:
    """What is known of each point from its platform at `now`, by camera id; points that no list
    ever named are absent."""
    found = await _reports_by_camera(database, now - max(SINCE, hold), now)
    return {camera_id: standing(listed, hold, now) for camera_id, listed in found.items()}


async def overlapping_reported(
    database: Database, hold: timedelta, start: datetime, end: datetime
) -> dict[int, tuple[StateInterval, ...]]:
    """The reported intervals that have a part in [start, end), by camera id, as
    `camera_registry.store.intervals.overlapping` gives the observed ones. They end at `end`."""
    found = await _reports_by_camera(database, start - hold, end)
    histories = {
        camera_id: tuple(
            one
            for one in reported_intervals(listed, hold, end)
            if one.end is None or one.end > start
        )
        for camera_id, listed in found.items()
    }
    return {camera_id: history for camera_id, history in histories.items() if history}


async def last_list_at(database: Database) -> datetime | None:
    """The time of the newest list."""
    async with database.read() as connection:
        last = await connection.execute(select(func.max(platform_lists.c.at)))
        at: datetime | None = last.scalar_one()
        return at


async def prune_reports(database: Database, before: datetime) -> int:
    """Deletes what lists said before then, and the lists; how many reports those were."""
    async with database.write() as connection:
        old = await connection.execute(
            platform_reports.delete().where(platform_reports.c.at < before)
        )
        await connection.execute(platform_lists.delete().where(platform_lists.c.at < before))
        return old.rowcount


async def _reports_by_camera(
    database: Database, start: datetime, end: datetime
) -> Mapping[int, Iterable[PlatformReport]]:
    query: Select[Any] = (
        select(platform_reports)
        .where(and_(platform_reports.c.at >= start, platform_reports.c.at <= end))
        .order_by(platform_reports.c.camera_id, platform_reports.c.at)
    )
    found: dict[int, list[PlatformReport]] = {}
    async with database.read() as connection:
        for row in await connection.execute(query):
            found.setdefault(row.camera_id, []).append(_report(row))
    return found


def _report(row: Any) -> PlatformReport:
    return PlatformReport(camera_id=row.camera_id, at=row.at, status=row.status)
