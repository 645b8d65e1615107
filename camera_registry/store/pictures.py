"""Cameras' picture histories and private areas, as they are kept."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import isnan, nan
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.pictures.history import PictureHistory, SlotHistory
from camera_registry.pictures.vocabulary import Masks
from camera_registry.store.changes import Action, Change, record
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.inventory import cameras
from camera_registry.tables.pictures import (
    picture_acceptances,
    picture_slots,
    picture_views,
    privacy_masks,
)
from probes.vocabulary import FIGURES, Polygon

_FIGURES = struct.Struct(f"<{len(FIGURES)}f")


async def load_histories(database: Database) -> dict[int, PictureHistory]:
    """Every camera's history, by id. What was in quarantine is not kept: it is looked at again.
    Figures of an earlier version, which measured others, are left out."""
    query = select(
        picture_slots, picture_views.c.view, picture_views.c.view_at, picture_views.c.view_range
    ).join(
        picture_views,
        (picture_views.c.camera_id == picture_slots.c.camera_id)
        & (picture_views.c.slot == picture_slots.c.slot),
    )
    slots: dict[int, list[SlotHistory]] = {}
    async with database.read() as connection:
        for row in (await connection.execute(query)).mappings():
            if len(row["means"]) == _FIGURES.size:
                slots.setdefault(row["camera_id"], []).append(_slot_of(row))
        accepted = await _accepted(connection)
    return {
        camera_id: PictureHistory(
            camera_id=camera_id,
            slots=tuple(slots.get(camera_id, ())),
            accepted_at=accepted.get(camera_id),
        )
        for camera_id in slots.keys() | accepted.keys()
    }


async def load_acceptances(database: Database) -> dict[int, datetime]:
    """When each camera's view was accepted last, where it ever was."""
    async with database.read() as connection:
        return await _accepted(connection)


async def _accepted(connection: AsyncConnection) -> dict[int, datetime]:
    rows = await connection.execute(select(picture_acceptances))
    return {row.camera_id: row.accepted_at for row in rows}


async def write_slots(
    database: Database, changed: Iterable[tuple[int, SlotHistory]], *, views: bool
) -> None:
    """Records slots as they are now; with `views` their views too. Those of cameras that have
    left the registry, or whose view was accepted since the slot began, are left out."""
    wanted = list(changed)
    if not wanted:
        return
    async with database.write() as connection:
        there = await _there(connection, {camera_id for camera_id, _ in wanted})
        fresh = [
            (camera_id, slot)
            for camera_id, slot in wanted
            if camera_id in there and _begun_after(slot, there[camera_id])
        ]
        if not fresh:
            return
        dialect = database.dialect
        await connection.execute(
            insert_or_replace(dialect, picture_slots), [_row_of(*one) for one in fresh]
        )
        if views:
            await connection.execute(
                insert_or_replace(dialect, picture_views), [_view_of(*one) for one in fresh]
            )


def _begun_after(slot: SlotHistory, accepted_at: datetime | None) -> bool:
    return accepted_at is None or slot.first_at > accepted_at


async def _there(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, datetime | None]:
    """Which of the cameras the registry has, with when their view was accepted last."""
    query = (
        select(cameras.c.id, picture_acceptances.c.accepted_at)
        .outerjoin(picture_acceptances, picture_acceptances.c.camera_id == cameras.c.id)
        .where(cameras.c.id.in_(sorted(ids)))
    )
    return {row.id: row.accepted_at for row in await connection.execute(query)}


async def accept_view(database: Database, camera_id: int, by: str, at: datetime) -> None:
    """Lets go of a camera's history: what it shows from now on is what is usual. The change log
    tells who did it, and the running service by it that there is something to load."""
    async with database.write() as connection:
        for table in (picture_slots, picture_views):
            await connection.execute(table.delete().where(table.c.camera_id == camera_id))
        await connection.execute(
            insert_or_replace(database.dialect, picture_acceptances),
            [{"camera_id": camera_id, "accepted_at": at, "by": by}],
        )
        await record(connection, [_change(camera_id, by, at, "picture_view", "accepted")])


async def set_masks(database: Database, masks: Masks, by: str, at: datetime) -> None:
    """Replaces a camera's private areas; none lifts them. Its views were drawn through the old
    ones and are learnt anew."""
    row = {
        "camera_id": masks.camera_id,
        "polygons": [[list(corner) for corner in polygon] for polygon in masks.polygons],
    }
    async with database.write() as connection:
        if masks.polygons:
            await connection.execute(insert_or_replace(database.dialect, privacy_masks), [row])
        else:
            await connection.execute(
                privacy_masks.delete().where(privacy_masks.c.camera_id == masks.camera_id)
            )
        told = f"{len(masks.polygons)} areas"
        await record(connection, [_change(masks.camera_id, by, at, "privacy_masks", told)])
    await accept_view(database, masks.camera_id, by, at)


async def load_masks(database: Database) -> dict[int, tuple[Polygon, ...]]:
    """The private areas of each camera that has some."""
    async with database.read() as connection:
        rows = (await connection.execute(select(privacy_masks))).all()
    return {row.camera_id: _polygons(row.polygons) for row in rows}


def _polygons(document: Sequence[Sequence[Sequence[float]]]) -> tuple[Polygon, ...]:
    return tuple(tuple((corner[0], corner[1]) for corner in polygon) for polygon in document)


def _change(camera_id: int, by: str, at: datetime, field: str, told: str) -> Change:
    return Change(
        at=at,
        who=by,
        action=Action.UPDATE,
        entity="camera",
        entity_id=camera_id,
        field=field,
        new=told,
    )


def _row_of(camera_id: int, slot: SlotHistory) -> dict[str, Any]:
    return {
        "camera_id": camera_id,
        "slot": slot.slot,
        "looks": slot.looks,
        "first_at": slot.first_at,
        "last_at": slot.last_at,
        "means": _packed(slot.means),
        "spreads": _packed(slot.spreads),
        "anchors": _packed(slot.anchors) if slot.anchors else b"",
    }


def _view_of(camera_id: int, slot: SlotHistory) -> dict[str, Any]:
    return {
        "camera_id": camera_id,
        "slot": slot.slot,
        "view": slot.view,
        "view_at": slot.view_at,
        "view_range": slot.view_range,
    }


def _packed(figures: Sequence[float | None]) -> bytes:
    return _FIGURES.pack(*(nan if figure is None else figure for figure in figures))


def _unpacked(data: bytes) -> tuple[float | None, ...]:
    return tuple(None if isnan(figure) else figure for figure in _FIGURES.unpack(data))


def _slot_of(row: RowMapping) -> SlotHistory:
    return SlotHistory(
        slot=row["slot"],
        looks=row["looks"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        means=_unpacked(row["means"]),
        spreads=tuple(_FIGURES.unpack(row["spreads"])),
        anchors=_unpacked(row["anchors"]) if row["anchors"] else (),
        view=row["view"],
        view_at=row["view_at"],
        view_range=row["view_range"],
    )
