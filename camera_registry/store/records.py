"""Whole archive records as the database holds them, by the names of `camera_registry.fields`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.access import access_of
from camera_registry.credentials import Vault
from camera_registry.fields import fields
from camera_registry.tables.inventory import (
    SEALED_FIELDS,
    cameras,
    grids,
    key_locations,
    towns,
    upstreams,
    villages,
)
from camera_registry.vocabulary import Access

# Fields that are kept as references, and where their text stands.
REFERENCES = {
    "town": towns.c.name,
    "village": villages.c.name,
    "grid_id": grids.c.name,
    "key_location": key_locations.c.name,
    "key_location_kind": key_locations.c.kind,
    "upstream_device": upstreams.c.name,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One camera's record. `values` has every field; those that are empty are None. Credentials
    in it are open, so it has no `repr`."""

    id: int
    created_at: datetime
    key_location_id: int | None
    upstream_id: int | None
    access: Access
    values: Mapping[str, Any] = field(repr=False)


def records_query() -> Select[Any]:
    """All records, sealed as they are stored; for `record_of`."""
    columns = [
        REFERENCES[name].label(f"field_{name}")
        if name in REFERENCES
        else cameras.c[name].label(f"field_{name}")
        for name in fields()
    ]
    return (
        select(
            cameras.c.id,
            cameras.c.created_at,
            cameras.c.key_location_id,
            cameras.c.upstream_id,
            upstreams.c.kind.label("upstream_kind"),
            *columns,
        )
        .join(towns, towns.c.code == cameras.c.town_code)
        .outerjoin(villages, villages.c.id == cameras.c.village_id)
        .outerjoin(grids, grids.c.id == cameras.c.grid_id)
        .outerjoin(key_locations, key_locations.c.id == cameras.c.key_location_id)
        .outerjoin(upstreams, upstreams.c.id == cameras.c.upstream_id)
        .order_by(cameras.c.id)
    )


async def load_records(connection: AsyncConnection, vault: Vault) -> list[Record]:
    """All records, their credentials open.

    Raises:
        WrongKeyError: they were sealed under another key.
    """
    rows = (await connection.execute(records_query())).mappings().all()
    return [record_of(row, vault) for row in rows]


def record_of(row: RowMapping, vault: Vault) -> Record:
    """One row of `records_query`.

    Raises:
        WrongKeyError: it was sealed under another key.
    """
    values: dict[str, Any] = {name: row[f"field_{name}"] for name in fields()}
    for name in SEALED_FIELDS:
        values[name] = vault.open(values[name], of=f"{name} of camera {row['id']}")
    for name in ("build_source", "key_location_kind"):
        values[name] = values[name].value if values[name] is not None else None
    return Record(
        id=row["id"],
        created_at=row["created_at"],
        key_location_id=row["key_location_id"],
        upstream_id=row["upstream_id"],
        access=access_of(values, row["upstream_kind"]),
        values=values,
    )
