"""Looks that come late: a camera's history since the anchor before them is replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.health import observe
from camera_registry.intervals import fold
from camera_registry.late import Anchor, Retold, administrations, first_change, retell
from camera_registry.rollups import day_bounds, day_of, roll_up
from camera_registry.store.anchors import load_anchors, write_anchors
from camera_registry.store.daily_pictures import add_pictures, pictures_of
from camera_registry.store.health import state_of, write_states
from camera_registry.store.intervals import history_since, rewrite_history
from camera_registry.store.results import recorded_starts, results_after, write_results
from camera_registry.store.rollups import days_since, write_rollups
from camera_registry.tables.health import health_states
from camera_registry.vocabulary import DayPictures, HealthPolicy, HealthState, StateInterval
from probes.vocabulary import ProbeResult


async def take_in_late(
    database: Database,
    camera_id: int,
    looks: Iterable[ProbeResult],
    policy: HealthPolicy,
    *,
    until: datetime,
) -> HealthState | None:
    """Records looks at one camera, late or not, in any order, with the history that they lead
    to: states, intervals, anchors and the rollups of days gone by are what they would be had all
    its looks come in order. One transaction: a process killed at any moment leaves all of it or
    nothing. Looks older than the oldest anchor are only recorded and counted.

    `until` is the time up to which results are in. The answer is the camera's state after it;
    None where all looks were recorded already, or the camera is none of the registry's.
    """
    async with database.write() as connection:
        present = await _lock(connection, camera_id)
        if present is None:
            return None
        fresh = await _unrecorded(connection, camera_id, looks)
        if not fresh:
            return None
        await write_results(connection, database.dialect, fresh)
        state, changed = await _replay(connection, present, fresh, policy, until)
        await _redo_days(connection, camera_id, fresh, changed, until)
    return state


async def _lock(connection: AsyncConnection, camera_id: int) -> HealthState | None:
    query = select(health_states).where(health_states.c.camera_id == camera_id).with_for_update()
    row = (await connection.execute(query)).mappings().first()
    return state_of(row) if row is not None else None


async def _unrecorded(
    connection: AsyncConnection, camera_id: int, looks: Iterable[ProbeResult]
) -> list[ProbeResult]:
    by_start: dict[datetime, ProbeResult] = {}
    for look in looks:
        by_start.setdefault(look.started_at, look)
    there = await recorded_starts(connection, camera_id, tuple(by_start))
    return [look for start, look in sorted(by_start.items()) if start not in there]


async def _replay(
    connection: AsyncConnection,
    present: HealthState,
    fresh: Sequence[ProbeResult],
    policy: HealthPolicy,
    until: datetime,
) -> tuple[HealthState, datetime | None]:
    """The state afterwards, and since when the history is another (None: it is the same)."""
    camera_id = present.camera_id
    anchors = await load_anchors(connection, camera_id)
    base = _base(anchors, present, fresh)
    if base is None:
        return present, None
    history = await history_since(connection, camera_id, base.state.since)
    retold = retell(
        base,
        map(observe, await results_after(connection, camera_id, base.at)),
        administrations(history),
        policy,
        later=[anchor.at for anchor in anchors if anchor.at > base.at],
        until=until,
    )
    state = _with_last_frame(retold.state, present, fresh)
    intervals = _intervals(base, retold)
    changed = first_change(history, intervals)
    await write_states(connection, [state])
    await write_anchors(connection, retold.anchors)
    if changed is not None:
        await rewrite_history(connection, camera_id, intervals)
    return state, changed


def _base(
    anchors: Sequence[Anchor], present: HealthState, fresh: Sequence[ProbeResult]
) -> Anchor | None:
    """The last anchor before the earliest look that has one before it."""
    # Without any anchor (all were let go of with their looks) the present state serves as one.
    known = anchors or (Anchor(at=present.last_look_at or present.since, state=present),)
    starts = [look.started_at for look in fresh if look.started_at > known[0].at]
    if not starts:
        return None
    return max((a for a in known if a.at < min(starts)), key=lambda anchor: anchor.at)


def _intervals(base: Anchor, retold: Retold) -> tuple[StateInterval, ...]:
    state = base.state
    return fold(state.camera_id, state.since, retold.transitions, state.status)


def _with_last_frame(
    state: HealthState, present: HealthState, fresh: Sequence[ProbeResult]
) -> HealthState:
    """The state with its last frame, which neither anchors nor recorded looks tell of."""
    at, sketch = present.last_frame_at, present.sketch
    for look in fresh:
        if look.sketch is not None and (at is None or look.started_at > at):
            at, sketch = look.started_at, look.sketch
    return replace(state, last_frame_at=at, sketch=sketch)


async def _redo_days(
    connection: AsyncConnection,
    camera_id: int,
    fresh: Sequence[ProbeResult],
    changed: datetime | None,
    until: datetime,
) -> None:
    """Sums up anew what is touched of the days that were summed up to their end. The looks of
    such a day may be gone by now, so the new ones are added to those counted."""
    first = min(fresh[0].started_at, changed or fresh[0].started_at)
    days = await days_since(connection, camera_id, day_of(first))
    redone = [day for day in days if day_bounds(day.day)[1] <= until]
    if not redone:
        return
    history = await history_since(connection, camera_id, day_bounds(day_of(first))[0])
    rollups = []
    pictures: dict[tuple[date, int], DayPictures] = {}
    for day in redone:
        looks = dict(day.looks)
        for look in fresh:
            if day_of(look.started_at) == day.day:
                looks[look.verdict] = looks.get(look.verdict, 0) + 1
                key = day.day, camera_id
                pictures[key] = pictures.get(key, DayPictures()) + pictures_of(look)
        rollups.append(roll_up(camera_id, day.day, history, looks, until))
    await write_rollups(connection, rollups)
    await add_pictures(connection, pictures)
