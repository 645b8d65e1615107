"""Which pictures are kept as evidence, and who looked at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from camera_registry.database import Database
from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceKind, EvidenceView
from camera_registry.tables.pictures import evidence, evidence_views
from probes.vocabulary import FaultKind

# A camera's page shows this many of the newest.
SHOWN = 24


async def add(database: Database, frames: Iterable[EvidenceFrame]) -> tuple[EvidenceFrame, ...]:
    """Notes pictures; gives them back with their numbers, in their order."""
    kept = []
    async with database.write() as connection:
        for frame in frames:
            added = await connection.execute(
                evidence.insert().returning(evidence.c.id),
                {
                    "camera_id": frame.camera_id,
                    "what": frame.what,
                    "slot": frame.slot,
                    "faults": [fault.value for fault in frame.faults],
                    "captured_at": frame.captured_at,
                    "size_bytes": frame.size_bytes,
                },
            )
            kept.append(replace(frame, id=added.scalar_one()))
    return tuple(kept)


async def of_camera(
    database: Database, camera_id: int, *, limit: int = SHOWN
) -> tuple[EvidenceFrame, ...]:
    """A camera's pictures, the newest first."""
    query = (
        select(evidence)
        .where(evidence.c.camera_id == camera_id)
        .order_by(evidence.c.captured_at.desc(), evidence.c.id.desc())
        .limit(limit)
    )
    async with database.read() as connection:
        return tuple(map(_frame_of, await connection.execute(query)))


async def find(database: Database, number: int) -> EvidenceFrame | None:
    """The picture of this number."""
    async with database.read() as connection:
        row = (await connection.execute(select(evidence).where(evidence.c.id == number))).first()
    return None if row is None else _frame_of(row)


async def all_frames(database: Database) -> tuple[EvidenceFrame, ...]:
    """All of them, the oldest first; bounded by the store's size."""
    async with database.read() as connection:
        query = select(evidence).order_by(evidence.c.captured_at, evidence.c.id)
        return tuple(map(_frame_of, await connection.execute(query)))


async def remove(database: Database, numbers: Iterable[int]) -> None:
    """Lets go of pictures whose files are gone."""
    async with database.write() as connection:
        for number in numbers:
            await connection.execute(evidence.delete().where(evidence.c.id == number))


async def totals(database: Database) -> dict[EvidenceKind, tuple[int, int]]:
    """(pictures, bytes) of each kind."""
    query = select(evidence.c.what, func.count(), func.sum(evidence.c.size_bytes)).group_by(
        evidence.c.what
    )
    found = dict.fromkeys(EvidenceKind, (0, 0))
    async with database.read() as connection:
        for what, count, size in await connection.execute(query):
            found[what] = (count, int(size or 0))
    return found


async def log_view(database: Database, view: EvidenceView) -> None:
    """Notes that somebody is about to see a picture."""
    async with database.write() as connection:
        await connection.execute(
            evidence_views.insert(),
            {
                "evidence_id": view.evidence_id,
                "camera_id": view.camera_id,
                "viewer": view.viewer,
                "at": view.at,
            },
        )


async def views(
    database: Database, *, camera_id: int | None = None, limit: int = 500
) -> tuple[EvidenceView, ...]:
    """Who looked at what, the newest first."""
    query = select(evidence_views).order_by(evidence_views.c.id.desc()).limit(limit)
    if camera_id is not None:
        query = query.where(evidence_views.c.camera_id == camera_id)
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return tuple(
        EvidenceView(
            evidence_id=row.evidence_id, camera_id=row.camera_id, viewer=row.viewer, at=row.at
        )
        for row in rows
    )


async def forget_views(database: Database, before: datetime) -> None:
    """Lets go of the log's entries from before `before`."""
    async with database.write() as connection:
        await connection.execute(evidence_views.delete().where(evidence_views.c.at < before))


def _frame_of(row: Row[Any]) -> EvidenceFrame:
    return EvidenceFrame(
        id=row.id,
        camera_id=row.camera_id,
        what=row.what,
        slot=row.slot,
        faults=tuple(FaultKind(fault) for fault in row.faults),
        captured_at=row.captured_at,
        size_bytes=row.size_bytes,
    )
