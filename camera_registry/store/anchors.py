"""Anchors: each camera's health as it was each night, to replay looks that come late from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.columns import UtcDateTime
from camera_registry.database import Database
from camera_registry.late import Anchor
from camera_registry.store.documents import (
    failure_document,
    failure_of,
    fault_counts,
    fault_documents,
)
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.health import health_anchors, health_states
from camera_registry.vocabulary import HealthState

_COPIED = [column.name for column in health_anchors.c if column.name != "at"]


async def keep_anchors(database: Database, at: datetime) -> None:
    """Keeps every camera's present state as its anchor of `at`. All looks taken in so far started
    no later; one that did and comes in afterwards is late, and makes the anchor anew."""
    kept = exists().where(
        health_anchors.c.camera_id == health_states.c.camera_id, health_anchors.c.at == at
    )
    # The lock makes it wait, on PostgreSQL, for a replay that is writing.
    present = (
        select(literal(at, UtcDateTime()), *(health_states.c[name] for name in _COPIED))
        .where(~kept)
        .order_by(health_states.c.camera_id)
        .with_for_update()
    )
    async with database.write() as connection:
        await connection.execute(health_anchors.insert().from_select(["at", *_COPIED], present))


async def anchored_at(database: Database) -> datetime | None:
    """The last moment for which every camera that was there has an anchor."""
    newest = (
        select(func.max(health_anchors.c.at, type_=UtcDateTime()).label("at"))
        .group_by(health_anchors.c.camera_id)
        .subquery()
    )
    async with database.read() as connection:
        query = select(func.min(newest.c.at, type_=UtcDateTime()))
        at: datetime | None = (await connection.execute(query)).scalar_one()
    return at


async def load_anchors(connection: AsyncConnection, camera_id: int) -> tuple[Anchor, ...]:
    """A camera's anchors, oldest first."""
    query = (
        select(health_anchors)
        .where(health_anchors.c.camera_id == camera_id)
        .order_by(health_anchors.c.at)
    )
    return tuple(
        Anchor(
            at=row.at,
            state=HealthState(
                camera_id=row.camera_id,
                status=row.status,
                since=row.since,
                last_look_at=row.last_look_at,
                evidence_at=row.evidence_at,
                contradictions=row.contradictions,
                contradicted_since=row.contradicted_since,
                faults=fault_counts(row.faults),
                failure=failure_of(row.failure),
                looks=row.looks,
            ),
        )
        for row in await connection.execute(query)
    )


async def write_anchors(connection: AsyncConnection, anchors: Sequence[Anchor]) -> None:
    """Records anchors; one that is there already (camera and moment) is replaced."""
    if anchors:
        statement = insert_or_replace(connection.dialect.name, health_anchors)
        await connection.execute(statement, [_row_of(anchor) for anchor in anchors])


def _row_of(anchor: Anchor) -> dict[str, Any]:
    state = anchor.state
    return {
        "camera_id": state.camera_id,
        "at": anchor.at,
        "status": state.status,
        "since": state.since,
        "last_look_at": state.last_look_at,
        "evidence_at": state.evidence_at,
        "contradictions": state.contradictions,
        "contradicted_since": state.contradicted_since,
        "faults": fault_documents(state.faults),
        "failure": failure_document(state.failure),
        "looks": state.looks,
    }
