"""Histories: the intervals of a window, and the seconds in each status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.columns import UtcDateTime, seconds_between
from camera_registry.database import Database
from camera_registry.store.camera_blocks import camera_blocks
from camera_registry.tables.health import state_intervals
from camera_registry.vocabulary import StateInterval, Status


async def overlapping(
    database: Database,
    start: datetime,
    end: datetime,
    *,
    camera_id: int | None = None,
    block: Sequence[int] | None = None,
) -> dict[int, tuple[StateInterval, ...]]:
    """The intervals that have a part in [start, end), whole, by camera, in order of time: of one
    camera, of a block of `camera_blocks`, or of all."""
    query: Select[Any] = (
        select(state_intervals)
        .where(_touching(start, end))
        .order_by(state_intervals.c.camera_id, state_intervals.c.started_at)
    )
    if camera_id is not None:
        query = query.where(state_intervals.c.camera_id == camera_id)
    if block is not None:
        query = query.where(_within(block))
    found: dict[int, list[StateInterval]] = {}
    async with database.read() as connection:
        for row in await connection.execute(query):
            found.setdefault(row.camera_id, []).append(_interval_of(row))
    return {camera: tuple(intervals) for camera, intervals in found.items()}


async def began(database: Database) -> datetime | None:
    """When the oldest interval began; None where there is none."""
    oldest = select(func.min(state_intervals.c.started_at, type_=UtcDateTime()))
    async with database.read() as connection:
        found: datetime | None = await connection.scalar(oldest)
    return found


async def history_since(
    connection: AsyncConnection, camera_id: int, since: datetime
) -> tuple[StateInterval, ...]:
    """A camera's intervals from the one that holds at `since` on, whole, in order of time."""
    query = (
        select(state_intervals)
        .where(
            state_intervals.c.camera_id == camera_id,
            or_(state_intervals.c.ended_at.is_(None), state_intervals.c.ended_at > since),
        )
        .order_by(state_intervals.c.started_at)
    )
    return tuple(map(_interval_of, await connection.execute(query)))


async def rewrite_history(
    connection: AsyncConnection, camera_id: int, intervals: Sequence[StateInterval]
) -> None:
    """Puts the intervals, the last of them open, in the place of the camera's from the first
    one's start on."""
    await connection.execute(
        state_intervals.delete().where(
            state_intervals.c.camera_id == camera_id,
            state_intervals.c.started_at >= intervals[0].start,
        )
    )
    await connection.execute(
        state_intervals.insert(),
        [
            {
                "camera_id": camera_id,
                "started_at": one.start,
                "ended_at": one.end,
                "status": one.status,
            }
            for one in intervals
        ],
    )


def _interval_of(row: Row[Any]) -> StateInterval:
    return StateInterval(
        camera_id=row.camera_id, status=row.status, start=row.started_at, end=row.ended_at
    )


async def seconds_by_camera(
    database: Database, start: datetime, end: datetime
) -> dict[int, dict[Status, float]]:
    """Seconds of [start, end) that every camera spent in each status. An open interval lasts to
    `end`, so `end` is not to lie in the future. Time before a camera existed counts nowhere."""
    begins, ends = literal(start, UtcDateTime()), literal(end, UtcDateTime())
    started = state_intervals.c.started_at
    ended = func.coalesce(state_intervals.c.ended_at, ends, type_=UtcDateTime())
    clipped = seconds_between(
        case((started < begins, begins), else_=started), case((ended > ends, ends), else_=ended)
    )
    query = (
        select(state_intervals.c.camera_id, state_intervals.c.status, func.sum(clipped))
        .where(_touching(start, end))
        .group_by(state_intervals.c.camera_id, state_intervals.c.status)
    )
    seconds: dict[int, dict[Status, float]] = {}
    for block in await camera_blocks(database):
        of_block = query.where(_within(block))
        async with database.read() as connection:
            for camera_id, status, total in await connection.execute(of_block):
                seconds.setdefault(camera_id, {})[status] = total
    return seconds


def _within(block: Sequence[int]) -> ColumnElement[bool]:
    """Two bounds are cheaper than all the numbers, of which the block leaves none out."""
    return state_intervals.c.camera_id.between(block[0], block[-1])


def _touching(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(
        state_intervals.c.started_at < end,
        or_(state_intervals.c.ended_at.is_(None), state_intervals.c.ended_at > start),
    )
