"""Maintenance windows, as they were announced. A removed one is kept, with who removed it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, or_, select

from camera_registry.database import Database
from camera_registry.incidents.maintenance import Window
from camera_registry.store.statements import PORTION
from camera_registry.tables.incidents import maintenance_windows
from camera_registry.tables.inventory import cameras, upstreams


async def add(database: Database, window: Window) -> int:
    """Announces a window; its number."""
    async with database.write() as connection:
        done = await connection.execute(maintenance_windows.insert().values(_row_of(window)))
        key = done.inserted_primary_key
    if key is None:
        raise LookupError("the database gave the window no number")
    return int(key[0])


async def remove(database: Database, number: int, *, by: str, now: datetime) -> bool:
    """Takes a window back; whether there was one that had not been."""
    table = maintenance_windows
    async with database.write() as connection:
        done = await connection.execute(
            table.update()
            .where(table.c.id == number, table.c.removed_at.is_(None))
            .values(removed_at=now, removed_by=by)
        )
    return bool(done.rowcount)


async def load(database: Database, now: datetime) -> tuple[Window, ...]:
    """The windows that were not taken back and are not over."""
    table = maintenance_windows
    return await _load(
        database,
        _query()
        .where(table.c.removed_at.is_(None))
        .where(or_(table.c.ends_at.is_(None), table.c.ends_at > now))
        .order_by(table.c.starts_at, table.c.id),
    )


async def load_all(database: Database) -> tuple[Window, ...]:
    """The windows announced last, those over and those taken back among them, the newest in
    front."""
    return await _load(database, _query().order_by(maintenance_windows.c.id.desc()).limit(PORTION))


def _query() -> Select[Any]:
    table = maintenance_windows
    subject = func.coalesce(cameras.c.device_name, upstreams.c.name, table.c.town)
    return (
        select(table, subject.label("subject"))
        .outerjoin(cameras, cameras.c.id == table.c.camera_id)
        .outerjoin(upstreams, upstreams.c.id == table.c.upstream_id)
    )


async def _load(database: Database, query: Select[Any]) -> tuple[Window, ...]:
    async with database.read() as connection:
        return tuple(_window_of(row) for row in (await connection.execute(query)).mappings())


def _row_of(window: Window) -> dict[str, Any]:
    return {
        "camera_id": window.camera_id,
        "upstream_id": window.upstream_id,
        "town": window.town,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "weekdays": "".join(str(day) for day in sorted(window.weekdays)),
        "at": window.at,
        "minutes": window.minutes,
        "by": window.by,
        "note": window.note,
        "created_at": window.created_at,
        "removed_by": "",
    }


def _window_of(row: RowMapping) -> Window:
    return Window(
        id=row["id"],
        camera_id=row["camera_id"],
        upstream_id=row["upstream_id"],
        town=row["town"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        weekdays=frozenset(int(day) for day in row["weekdays"]),
        at=row["at"],
        minutes=row["minutes"],
        by=row["by"],
        note=row["note"],
        created_at=row["created_at"],
        removed_at=row["removed_at"],
        removed_by=row["removed_by"],
        subject=row["subject"],
    )
