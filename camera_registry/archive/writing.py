"""Writes a plan, in the transaction that it was made in: places first, then cameras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.archive.planning import Creation, Place, Plan, Update
from camera_registry.archive.upstream_kinds import guessed_kind
from camera_registry.credentials import Vault
from camera_registry.fields import fields
from camera_registry.store.cameras import ADMINISTRATIVE
from camera_registry.store.changes import Action, Change, record
from camera_registry.store.health import open_histories
from camera_registry.store.records import REFERENCES
from camera_registry.tables.inventory import (
    SEALED_FIELDS,
    cameras,
    grids,
    key_locations,
    towns,
    upstreams,
    villages,
)
from camera_registry.vocabulary import Category, KeyLocationKind, Status

CHANGED = "changed"


class _References:
    """Ids of the places and devices that rows name, made as they are met."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self.codes = codes
        self.villages: dict[Place, int] = {}
        self.grids: dict[tuple[str, int | None, str], int] = {}
        self.key_locations: dict[Place, int] = {}
        self.upstreams: dict[tuple[str | None, str], int] = {}

    async def load(self, connection: AsyncConnection) -> None:
        """Reads all of them."""
        for row in await connection.execute(select(villages)):
            self.villages[row.town_code, row.name] = row.id
        for row in await connection.execute(select(grids)):
            self.grids[row.town_code, row.village_id, row.name] = row.id
        for row in await connection.execute(select(key_locations)):
            self.key_locations[row.town_code, row.name] = row.id
        for row in await connection.execute(select(upstreams)):
            self.upstreams[row.town_code, row.name] = row.id

    def of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The reference columns of a record."""
        code = self.codes[values["town"]]
        village_id = self.villages.get((code, values["village"]))
        upstream = values["upstream_device"]
        return {
            "town_code": code,
            "village_id": village_id,
            "grid_id": self.grids.get((code, village_id, values["grid_id"])),
            "key_location_id": self.key_locations.get((code, values["key_location"])),
            "upstream_id": self.upstreams.get(
                (code, upstream), self.upstreams.get((None, upstream))
            ),
        }


async def write_plan(
    connection: AsyncConnection, vault: Vault, plan: Plan, *, who: str, now: datetime
) -> None:
    """Writes places, cameras, their first intervals, and the log of changes."""
    written = [creation.values for creation in plan.creations]
    written += [update.values for update in plan.updates]
    if not written:
        return
    codes = {row.name: row.code for row in await connection.execute(select(towns))}
    references = _References(codes)
    await references.load(connection)
    await _add_places(connection, references, written)
    await references.load(connection)
    changes = await _change_kinds(connection, references, plan.kinds, who=who, now=now)
    changes += await _create(connection, vault, references, plan.creations, who=who, now=now)
    changes += await _update(connection, vault, references, plan.updates, who=who, now=now)
    await record(connection, changes)


async def _add_places(
    connection: AsyncConnection, known: _References, records: Iterable[Mapping[str, Any]]
) -> None:
    new_villages: dict[Place, dict[str, Any]] = {}
    new_locations: dict[Place, dict[str, Any]] = {}
    new_upstreams: dict[Place, dict[str, Any]] = {}
    listed = list(records)
    for values in listed:
        code = known.codes[values["town"]]
        name = values["village"]
        if name and (code, name) not in known.villages:
            new_villages[code, name] = {"town_code": code, "name": name}
        name = values["key_location"]
        if name and (code, name) not in known.key_locations:
            kind = KeyLocationKind(values["key_location_kind"])
            new_locations[code, name] = {"town_code": code, "name": name, "kind": kind}
        name = values["upstream_device"]
        if name and not {(code, name), (None, name)} & known.upstreams.keys():
            kind_of_device = guessed_kind(name)
            new_upstreams[code, name] = {"town_code": code, "name": name, "kind": kind_of_device}
    additions: tuple[tuple[Table, dict[Place, dict[str, Any]]], ...] = (
        (villages, new_villages),
        (key_locations, new_locations),
        (upstreams, new_upstreams),
    )
    for table, rows in additions:
        if rows:
            await connection.execute(table.insert(), list(rows.values()))
    if new_villages:
        await known.load(connection)
    await _add_grids(connection, known, listed)


async def _add_grids(
    connection: AsyncConnection, known: _References, records: Iterable[Mapping[str, Any]]
) -> None:
    new: dict[tuple[str, int | None, str], dict[str, Any]] = {}
    for values in records:
        name = values["grid_id"]
        code = known.codes[values["town"]]
        village_id = known.villages.get((code, values["village"]))
        if name and (code, village_id, name) not in known.grids:
            new[code, village_id, name] = {
                "town_code": code,
                "village_id": village_id,
                "name": name,
            }
    if new:
        await connection.execute(grids.insert(), list(new.values()))


async def _change_kinds(
    connection: AsyncConnection,
    known: _References,
    kinds: Mapping[Place, str],
    *,
    who: str,
    now: datetime,
) -> list[Change]:
    changes = []
    for (town, name), kind in kinds.items():
        location_id = known.key_locations[known.codes[town], name]
        of_location = key_locations.c.id == location_id
        before = await connection.execute(select(key_locations.c.kind).where(of_location))
        changes.append(
            Change(
                at=now,
                who=who,
                action=Action.UPDATE,
                entity="key_location",
                entity_id=location_id,
                field="kind",
                old=before.scalar_one().value,
                new=kind,
            )
        )
        await connection.execute(
            key_locations.update().where(of_location).values(kind=KeyLocationKind(kind))
        )
    return changes


async def _create(
    connection: AsyncConnection,
    vault: Vault,
    known: _References,
    creations: Iterable[Creation],
    *,
    who: str,
    now: datetime,
) -> list[Change]:
    values = [creation.values for creation in creations]
    if not values:
        return []
    rows = [{**_columns(vault, known, one), "created_at": now, "updated_at": now} for one in values]
    added = await connection.execute(
        cameras.insert().returning(cameras.c.id, sort_by_parameter_order=True), rows
    )
    ids = list(added.scalars())
    statuses = [ADMINISTRATIVE.get(one["device_status"], Status.UNKNOWN) for one in values]
    await open_histories(connection, list(zip(ids, statuses, strict=True)), now)
    return [
        Change(
            at=now,
            who=who,
            action=Action.CREATE,
            entity="camera",
            entity_id=camera_id,
            new=one["device_code"] or one["device_name"],
        )
        for camera_id, one in zip(ids, values, strict=True)
    ]


async def _update(
    connection: AsyncConnection,
    vault: Vault,
    known: _References,
    updates: Iterable[Update],
    *,
    who: str,
    now: datetime,
) -> list[Change]:
    listed = list(updates)
    if not listed:
        return []
    rows = [
        {**_columns(vault, known, update.values), "updated_at": now, "of_camera": update.id}
        for update in listed
    ]
    await connection.execute(cameras.update().where(cameras.c.id == bindparam("of_camera")), rows)
    return [
        Change(
            at=now,
            who=who,
            action=Action.UPDATE,
            entity="camera",
            entity_id=update.id,
            field=name,
            old=_logged(name, update.before[name]),
            new=_logged(name, update.values[name]),
        )
        for update in listed
        for name in update.changed
    ]


def _columns(vault: Vault, known: _References, values: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: values[name] for name in fields() if name not in REFERENCES}
    for name in SEALED_FIELDS:
        row[name] = vault.seal(row[name])
    row["build_source"] = Category(row["build_source"])
    return row | known.of(values)


def _logged(name: str, value: object) -> str | None:
    if value is None:
        return None
    return CHANGED if fields()[name].hidden else str(value)
