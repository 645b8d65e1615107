"""The archive as its checks want it, from the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, and_, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.lint import (
    Archive,
    DeviceFacts,
    Entry,
    LintReport,
    Place,
    PlaceKind,
    Rules,
    lint,
    load_rules,
)
from camera_registry.store.cameras import entry_of, town_codes
from camera_registry.store.facts import load_facts
from camera_registry.store.records import record_of, records_query
from camera_registry.tables.inventory import cameras, grids, key_locations, towns, villages
from probes.vocabulary import OnvifFacts

# 设备状态 3 拆除: such a camera looks at nothing any more.
_RETIRED = "3"


async def check_archive(
    database: Database, today: date, rules: Rules | None = None
) -> tuple[LintReport, dict[int, Entry]]:
    """Checks the archive as it stands, with what devices last said and the places it knows; gives
    the records by camera id beside the report.

    Raises:
        WrongKeyError: the credentials were sealed under another key.
        DatabaseUnreachableError: no connection could be had.
    """
    async with database.read() as connection:
        rows = (await connection.execute(records_query())).mappings().all()
        facts = await load_facts(connection)
        places = await load_places(connection)
    # A second of CPU for a city: not on the event loop.
    return await asyncio.to_thread(
        _lint, database, rows, facts, places, today, rules or load_rules()
    )


def _lint(
    database: Database,
    rows: Sequence[RowMapping],
    facts: dict[int, OnvifFacts],
    places: Sequence[Place],
    today: date,
    rules: Rules,
) -> tuple[LintReport, dict[int, Entry]]:
    archive = Archive(
        entries=[entry_of(record_of(row, database.vault)) for row in rows],
        town_codes=town_codes(),
        places=places,
        facts={camera_id: DeviceFacts(onvif=one) for camera_id, one in facts.items()},
    )
    return lint(archive, rules, today), {entry.id: entry for entry in archive.entries}


async def load_places(connection: AsyncConnection) -> list[Place]:
    """Key locations, villages and grids, each with the number of its cameras in use."""
    return [
        Place(
            kind=kind,
            town=row.town,
            name=row.name,
            cameras=row.cameras,
            village=row.village or "",
            kind_of_location=row.kind,
        )
        for kind, query in _PLACES.items()
        for row in await connection.execute(query)
    ]


def _counted(
    table: Table,
    of_camera: ColumnElement[Any],
    village: ColumnElement[Any] | None = None,
    kind: ColumnElement[Any] | None = None,
) -> Select[Any]:
    in_use = or_(cameras.c.device_status.is_(None), cameras.c.device_status != _RETIRED)
    nothing = null()
    columns = (
        towns.c.name.label("town"),
        table.c.name.label("name"),
        (nothing if village is None else village).label("village"),
        (nothing if kind is None else kind).label("kind"),
        func.count(cameras.c.id).label("cameras"),
    )
    joined = table.join(towns, towns.c.code == table.c.town_code).outerjoin(
        cameras, and_(of_camera == table.c.id, in_use)
    )
    if village is not None:
        joined = joined.outerjoin(villages, villages.c.id == table.c.village_id)
    groups = [one for one in (table.c.id, towns.c.name, village, kind) if one is not None]
    return select(*columns).select_from(joined).group_by(*groups).order_by(table.c.id)


_PLACES: Mapping[PlaceKind, Select[Any]] = MappingProxyType(
    {
        PlaceKind.KEY_LOCATION: _counted(
            key_locations, cameras.c.key_location_id, kind=key_locations.c.kind
        ),
        PlaceKind.VILLAGE: _counted(villages, cameras.c.village_id),
        PlaceKind.GRID: _counted(grids, cameras.c.grid_id, village=villages.c.name),
    }
)
