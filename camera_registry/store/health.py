"""Health as it is remembered: each camera's state and its history of intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.late import Anchor
from camera_registry.store.anchors import write_anchors
from camera_registry.store.documents import (
    failure_document,
    failure_of,
    fault_counts,
    fault_documents,
)
from camera_registry.store.results import write_results
from camera_registry.store.statements import portions
from camera_registry.tables.health import health_states, state_intervals
from camera_registry.vocabulary import HealthState, Status, Transition
from probes.vocabulary import ProbeResult, Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is there of a camera already, as far as it decides what is news."""

    since: datetime
    last_look_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalWrites:
    """Intervals to close (camera, start, end) and to add (camera, start, end, status)."""

    closed: tuple[tuple[int, datetime, datetime], ...]
    added: tuple[tuple[int, datetime, datetime | None, Status], ...]


async def load_states(database: Database) -> dict[int, HealthState]:
    """The present state of every camera, by id."""
    async with database.read() as connection:
        rows = (await connection.execute(select(health_states))).mappings().all()
    return {row["camera_id"]: state_of(row) for row in rows}


async def take_in(
    database: Database,
    results: Iterable[ProbeResult] = (),
    *,
    states: Iterable[HealthState] = (),
    transitions: Iterable[Transition] = (),
) -> None:
    """Records looks with the states and transitions that the rules made of them, in one
    transaction: a process killed at any moment leaves all of it or nothing.

    Taking the same in again changes nothing. Of what is older than what is there, only the looks
    are recorded. What belongs to no camera of the registry is left out. Transitions of a camera
    come in the order of their times.
    """
    looks, moved, kept = tuple(results), tuple(transitions), tuple(states)
    ids = {int(look.camera_id) for look in looks}
    ids |= {state.camera_id for state in kept} | {change.camera_id for change in moved}
    if not ids:
        return
    async with database.write() as connection:
        stored = await _lock(connection, ids)
        await write_results(
            connection, database.dialect, (look for look in looks if int(look.camera_id) in stored)
        )
        await write_states(connection, [state for state in kept if _is_news(state, stored)])
        opened = {camera_id: found.since for camera_id, found in stored.items()}
        await _write_intervals(connection, plan_intervals(opened, moved))


async def open_histories(
    connection: AsyncConnection, cameras: Sequence[tuple[int, Status]], at: datetime
) -> None:
    """Begins the histories of new cameras: each has a state and an open interval from the first
    moment on, so that its intervals have no gap to fill later."""
    if not cameras:
        return
    states = [
        HealthState(camera_id=camera_id, status=status, since=at) for camera_id, status in cameras
    ]
    await connection.execute(health_states.insert(), [_row_of(state) for state in states])
    await write_anchors(connection, [Anchor(at=at, state=state) for state in states])
    await connection.execute(
        state_intervals.insert(),
        [
            {"camera_id": camera_id, "started_at": at, "ended_at": None, "status": status}
            for camera_id, status in cameras
        ],
    )


def plan_intervals(
    opened: Mapping[int, datetime], transitions: Iterable[Transition]
) -> IntervalWrites:
    """What transitions do to the open intervals (camera: start). Each closes the open one at its
    time and opens the next there. One that is not later than the open interval's start has been
    taken in before. Pure."""
    news: dict[int, list[Transition]] = {}
    for change in transitions:
        since = opened.get(change.camera_id)
        if since is not None and change.at > since:
            news.setdefault(change.camera_id, []).append(change)
    closed: list[tuple[int, datetime, datetime]] = []
    added: list[tuple[int, datetime, datetime | None, Status]] = []
    for camera_id, changes in news.items():
        closed.append((camera_id, opened[camera_id], changes[0].at))
        ends = [*(change.at for change in changes[1:]), None]
        added += [
            (camera_id, change.at, end, change.after)
            for change, end in zip(changes, ends, strict=True)
        ]
    return IntervalWrites(closed=tuple(closed), added=tuple(added))


def _is_news(state: HealthState, stored: Mapping[int, Stored]) -> bool:
    found = stored.get(state.camera_id)
    if found is None or state.since < found.since:
        return False
    if found.last_look_at is None or state.last_look_at is None:
        return found.last_look_at is None
    return state.last_look_at >= found.last_look_at


async def _lock(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Stored]:
    """What is there of these cameras. On PostgreSQL the rows are locked in the order of their
    ids, so that two writers cannot wait for each other; SQLite has one writer anyway."""
    stored: dict[int, Stored] = {}
    for portion in portions(sorted(ids)):
        found = await connection.execute(
            select(health_states.c.camera_id, health_states.c.since, health_states.c.last_look_at)
            .where(health_states.c.camera_id.in_(portion))
            .order_by(health_states.c.camera_id)
            .with_for_update()
        )
        for camera_id, since, last_look_at in found:
            stored[camera_id] = Stored(since=since, last_look_at=last_look_at)
    return stored


_UPDATE = health_states.update().where(health_states.c.camera_id == bindparam("of_camera"))


async def write_states(connection: AsyncConnection, states: Sequence[HealthState]) -> None:
    """Replaces the states of cameras that have one."""
    if not states:
        return
    rows = [_row_of(state) for state in states]
    for row in rows:
        row["of_camera"] = row.pop("camera_id")
    await connection.execute(_UPDATE, rows)


_CLOSE = (
    state_intervals.update()
    .where(
        state_intervals.c.camera_id == bindparam("of_camera"),
        state_intervals.c.started_at == bindparam("of_start"),
        state_intervals.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("end_at"))
)


async def _write_intervals(connection: AsyncConnection, writes: IntervalWrites) -> None:
    if not writes.closed:
        return
    await connection.execute(
        _CLOSE,
        [
            {"of_camera": camera_id, "of_start": start, "end_at": end}
            for camera_id, start, end in writes.closed
        ],
    )
    await connection.execute(
        state_intervals.insert(),
        [
            {"camera_id": camera_id, "started_at": start, "ended_at": end, "status": status}
            for camera_id, start, end, status in writes.added
        ],
    )


def _row_of(state: HealthState) -> dict[str, Any]:
    sketch = state.sketch
    return {
        "camera_id": state.camera_id,
        "status": state.status,
        "since": state.since,
        "last_look_at": state.last_look_at,
        "evidence_at": state.evidence_at,
        "last_frame_at": state.last_frame_at,
        "contradictions": state.contradictions,
        "contradicted_since": state.contradicted_since,
        "faults": fault_documents(state.faults),
        "failure": failure_document(state.failure),
        "sketch_luma": sketch.luma if sketch else None,
        "sketch_digest": sketch.digest if sketch else None,
        "sketch_at": sketch.captured_at if sketch else None,
        "sketch_stream": sketch.stream if sketch else None,
        "looks": state.looks,
    }


def state_of(row: RowMapping) -> HealthState:
    """The state that a row of `health_states` holds."""
    sketch = None
    if row["sketch_at"] is not None:
        sketch = Sketch(
            luma=row["sketch_luma"],
            digest=row["sketch_digest"],
            captured_at=row["sketch_at"],
            stream=row["sketch_stream"],
        )
    return HealthState(
        camera_id=row["camera_id"],
        status=row["status"],
        since=row["since"],
        last_look_at=row["last_look_at"],
        evidence_at=row["evidence_at"],
        last_frame_at=row["last_frame_at"],
        contradictions=row["contradictions"],
        contradicted_since=row["contradicted_since"],
        faults=fault_counts(row["faults"]),
        failure=failure_of(row["failure"]),
        sketch=sketch,
        looks=row["looks"],
    )
