"""What reports are reckoned from, read in a few queries; and corrections."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, select, update

from camera_registry.assessment.corrections import Correction
from camera_registry.assessment.material import Counts, Material, Place, Point
from camera_registry.assessment.periods import before
from camera_registry.assessment.rows import PlaceKind
from camera_registry.assessment.vocabulary import Period, Quotient, Source
from camera_registry.database import Database
from camera_registry.store.cameras import load_all
from camera_registry.store.intervals import overlapping
from camera_registry.store.places import load_key_locations, load_towns, load_upstreams
from camera_registry.store.platform import overlapping_reported
from camera_registry.tables.health import corrections, daily_pictures, daily_rollups
from camera_registry.tables.inventory import cameras, grids, towns, villages
from camera_registry.vocabulary import Access, Camera, StateInterval

# An outage that a time of our own blindness parts from its repair is looked for this far before
# what the figures need.
LOOKED_BACK = timedelta(days=35)


async def read_material(
    database: Database, period: Period, *, clock_limit_s: int, platform_hold: timedelta
) -> Material:
    """All that a report of the period, and of the one before, is made of."""
    previous = before(period)
    points = await _points(database)
    histories: dict[int, tuple[StateInterval, ...]] = dict(
        await overlapping(database, previous.start - LOOKED_BACK, period.until)
    )
    told = [point.id for point in points if point.source is Source.REPORTED]
    for camera_id in told:
        histories.pop(camera_id, None)
    if told:
        reported = await overlapping_reported(database, platform_hold, previous.start, period.until)
        histories |= {one: reported[one] for one in told if one in reported}
    return Material(
        towns=tuple(town.name for town in await load_towns(database)),
        points=points,
        places=await _places(database),
        upstreams=await load_upstreams(database),
        histories=histories,
        counts=await _counts(database, period, clock_limit_s),
        previous_counts=await _counts(database, previous, clock_limit_s),
        day_samples=await _day_samples(database, period),
        corrections=await load_corrections(database, previous.start, period.end),
    )


async def _points(database: Database) -> tuple[Point, ...]:
    known = await load_all(database)
    query = select(
        cameras.c.id,
        cameras.c.village_id,
        cameras.c.grid_id,
        cameras.c.maintain_unit,
        cameras.c.device_vendor,
        cameras.c.device_model,
        cameras.c.longitude,
        cameras.c.latitude,
    )
    async with database.read() as connection:
        rows: dict[int, Any] = {row.id: row for row in await connection.execute(query)}
    return await asyncio.to_thread(
        lambda: tuple(_point(camera, rows[camera.id]) for camera in known if camera.id in rows)
    )


def _point(camera: Camera, row: Any) -> Point:
    return Point(
        id=camera.id,
        label=camera.label,
        name=camera.name,
        town=camera.town,
        village=camera.village,
        village_id=row.village_id,
        grid=camera.grid,
        grid_id=row.grid_id,
        category=camera.category,
        kind=camera.kind,
        key_location_id=camera.key_location_id,
        maintainer=row.maintain_unit or "",
        vendor=row.device_vendor or "",
        model=row.device_model or "",
        upstream_id=camera.upstream_id,
        upstream=camera.upstream,
        source=Source.REPORTED if camera.access is Access.PLATFORM else Source.OBSERVED,
        archive_complete=camera.archive_complete,
        longitude=row.longitude,
        latitude=row.latitude,
    )


async def _places(database: Database) -> tuple[Place, ...]:
    found = [
        Place(
            kind=PlaceKind.KEY_LOCATION,
            id=one.id,
            name=one.name,
            town=one.town,
            location_kind=one.kind,
        )
        for one in await load_key_locations(database)
    ]
    in_grids = (
        select(
            grids.c.id, grids.c.name, towns.c.name.label("town"), villages.c.name.label("village")
        )
        .join(towns, towns.c.code == grids.c.town_code)
        .outerjoin(villages, villages.c.id == grids.c.village_id)
        .order_by(grids.c.id)
    )
    in_villages = (
        select(villages.c.id, villages.c.name, towns.c.name.label("town"))
        .join(towns, towns.c.code == villages.c.town_code)
        .order_by(villages.c.id)
    )
    async with database.read() as connection:
        found += [
            Place(
                kind=PlaceKind.GRID,
                id=row.id,
                name=row.name,
                town=row.town,
                village=row.village or "",
            )
            for row in await connection.execute(in_grids)
        ]
        found += [
            Place(kind=PlaceKind.VILLAGE, id=row.id, name=row.name, town=row.town)
            for row in await connection.execute(in_villages)
        ]
    return tuple(found)


async def _counts(database: Database, period: Period, clock_limit_s: int) -> dict[int, Counts]:
    """Each point's looks, pictures and clock, summed over the period's days by the database."""
    looks, pictures = daily_rollups.c, daily_pictures.c
    online = looks.looks_ok + looks.looks_degraded
    by_looks = (
        select(looks.camera_id, func.sum(online), func.sum(online + looks.looks_down))
        .where(looks.day.between(period.first, period.last))
        .group_by(looks.camera_id)
    )
    offset = pictures.clock_offset_ms
    within = case((func.abs(offset) <= clock_limit_s * 1000, 1), else_=0)
    by_pictures = (
        select(
            pictures.camera_id,
            func.sum(pictures.judged),
            func.sum(pictures.faulty),
            func.count(offset),
            func.sum(within),
            func.min(offset),
            func.max(offset),
        )
        .where(pictures.day.between(period.first, period.last))
        .group_by(pictures.camera_id)
    )
    counts: dict[int, Counts] = {}
    async with database.read() as connection:
        for camera_id, up, counted in await connection.execute(by_looks):
            counts[camera_id] = Counts(
                sampled=Quotient(numerator=int(up), denominator=int(counted))
            )
        for camera_id, judged, faulty, known, right, low, high in await connection.execute(
            by_pictures
        ):
            counts[camera_id] = replace(
                counts.get(camera_id, Counts()),
                pictures=Quotient(numerator=int(judged - faulty), denominator=int(judged)),
                clock=Quotient(numerator=int(right), denominator=int(known)),
                clock_offset_ms=_furthest(low, high),
            )
    return counts


def _furthest(low: int | None, high: int | None) -> int | None:
    known = [offset for offset in (low, high) if offset is not None]
    return max(known, key=lambda offset: (abs(offset), offset), default=None)


async def _day_samples(database: Database, period: Period) -> dict[tuple[date, str], Quotient]:
    """Looks with a stream ÷ that counted, by day and town; the city's under ""."""
    looks = daily_rollups.c
    online = looks.looks_ok + looks.looks_degraded
    query = (
        select(looks.day, towns.c.name, func.sum(online), func.sum(online + looks.looks_down))
        .join(cameras, cameras.c.id == looks.camera_id)
        .join(towns, towns.c.code == cameras.c.town_code)
        .where(looks.day.between(period.first, period.last))
        .group_by(looks.day, towns.c.name)
    )
    found: dict[tuple[date, str], Quotient] = {}
    async with database.read() as connection:
        for day, town, up, counted in await connection.execute(query):
            one = Quotient(numerator=int(up), denominator=int(counted))
            found[day, town] = one
            found[day, ""] = found.get((day, ""), Quotient()) + one
    return found


# Corrections


async def load_corrections(
    database: Database, start: datetime | None = None, end: datetime | None = None
) -> tuple[Correction, ...]:
    """The corrections that touch [start, end), or all; those removed too, in the order made."""
    query = select(corrections).order_by(corrections.c.id)
    if start is not None and end is not None:
        query = query.where(and_(corrections.c.started_at < end, corrections.c.ended_at > start))
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return tuple(map(_correction_of, rows))


async def add_correction(database: Database, correction: Correction) -> Correction:
    """Records a correction; its id is given here."""
    values: Mapping[str, Any] = {
        "target": correction.target,
        "camera_id": correction.camera_id,
        "upstream_id": correction.upstream_id,
        "town": correction.town,
        "subject": correction.subject,
        "started_at": correction.start,
        "ended_at": correction.end,
        "judgement": correction.judgement,
        "reason": correction.reason,
        "made_by": correction.by,
        "made_at": correction.at,
        "removed_by": "",
        "removed_reason": "",
    }
    async with database.write() as connection:
        result = await connection.execute(corrections.insert().values(**values))
    (number,) = result.inserted_primary_key or (0,)
    return replace(correction, id=int(number))


async def remove_correction(
    database: Database, correction_id: int, *, by: str, reason: str, at: datetime
) -> bool:
    """Notes that a correction counts no longer; False where there is none that counts."""
    statement = (
        update(corrections)
        .where(corrections.c.id == correction_id, corrections.c.removed_at.is_(None))
        .values(removed_at=at, removed_by=by, removed_reason=reason)
    )
    async with database.write() as connection:
        return bool((await connection.execute(statement)).rowcount)


def _correction_of(row: Row[Any]) -> Correction:
    return Correction(
        id=row.id,
        target=row.target,
        camera_id=row.camera_id,
        upstream_id=row.upstream_id,
        town=row.town,
        subject=row.subject,
        start=row.started_at,
        end=row.ended_at,
        judgement=row.judgement,
        reason=row.reason,
        by=row.made_by,
        at=row.made_at,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
        removed_reason=row.removed_reason,
    )
