"""The log of changes: who changed which field of what, when, from what to what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.store.documents import flat_document
from camera_registry.tables.inventory import change_log


class Action(StrEnum):
    """What was done."""

    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field changed, or (`field` None) a record made. Of a secret, and of a stream address,
    only that it changed is told: `old` and `new` are then the word `changed` or None."""

    at: datetime
    who: str
    action: Action
    entity: str
    entity_id: int
    field: str | None = None
    old: str | None = None
    new: str | None = None


async def record(connection: AsyncConnection, changes: Iterable[Change]) -> None:
    """Adds changes, in the transaction that makes them."""
    rows = [flat_document(change) for change in changes]
    if rows:
        await connection.execute(change_log.insert(), rows)


async def history(
    database: Database, entity: str, entity_id: int, *, limit: int = 500
) -> tuple[Change, ...]:
    """The last changes of one record, the newest first."""
    query = (
        select(change_log)
        .where(change_log.c.entity == entity, change_log.c.entity_id == entity_id)
        .order_by(change_log.c.id.desc())
        .limit(limit)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return tuple(
        Change(
            at=row.at,
            who=row.who,
            action=Action(row.action),
            entity=row.entity,
            entity_id=row.entity_id,
            field=row.field,
            old=row.old,
            new=row.new,
        )
        for row in rows
    )


async def revision(database: Database) -> int:
    """A number that grows with every logged change: who holds records in memory sees by it that
    they are to be loaded again."""
    async with database.read() as connection:
        last = await connection.execute(select(func.max(change_log.c.id)))
        return last.scalar_one() or 0
