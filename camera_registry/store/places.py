"""Towns, key locations and the tree of upstream devices."""

from __future__ import annotations

from sqlalchemy import select

from camera_registry.database import Database
from camera_registry.tables.inventory import key_locations, towns, upstreams
from camera_registry.vocabulary import KeyLocation, Town, Upstream


async def load_towns(database: Database) -> tuple[Town, ...]:
    """The towns, by code."""
    async with database.read() as connection:
        rows = (await connection.execute(select(towns).order_by(towns.c.code))).all()
    return tuple(Town(code=row.code, name=row.name, name_en=row.name_en) for row in rows)


async def load_key_locations(database: Database) -> tuple[KeyLocation, ...]:
    """The key locations, by id."""
    query = (
        select(key_locations, towns.c.name.label("town"))
        .join(towns, towns.c.code == key_locations.c.town_code)
        .order_by(key_locations.c.id)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return tuple(
        KeyLocation(id=row.id, name=row.name, town=row.town, kind=row.kind) for row in rows
    )


async def load_upstreams(database: Database) -> tuple[Upstream, ...]:
    """The upstream devices, by id; `parent_id` makes the tree."""
    query = (
        select(upstreams, towns.c.name.label("town"))
        .outerjoin(towns, towns.c.code == upstreams.c.town_code)
        .order_by(upstreams.c.id)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return tuple(
        Upstream(id=row.id, name=row.name, kind=row.kind, parent_id=row.parent_id, town=row.town)
        for row in rows
    )
