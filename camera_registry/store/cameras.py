"""Cameras as the service works with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, RowMapping

from camera_registry.addresses import host_of, onvif_url, stream_url, sub_stream_url
from camera_registry.database import Database
from camera_registry.lint import Archive, Entry, lint, load_rules, unqualified
from camera_registry.migrations import towns_of_the_city
from camera_registry.store.records import Record, record_of, records_query
from camera_registry.store.statements import portions
from camera_registry.tables.inventory import cameras
from camera_registry.vocabulary import Access, Camera, Category, KeyLocationKind, Status
from probes.vocabulary import Credentials

# 设备状态: 1 在用, 2 维修, 3 拆除.
ADMINISTRATIVE: Mapping[str | None, Status] = MappingProxyType(
    {"2": Status.MAINTENANCE, "3": Status.RETIRED}
)
# 摄像机类型: 1 球机, 4 遥控枪机, 5 遥控半球.
_MOVABLE = frozenset({"1", "4", "5"})
# SQLite's largest integer; a longer number is a code, not an id.
_MAX_ID = 2**31 - 1


async def load_all(database: Database) -> tuple[Camera, ...]:
    """All cameras, by id, with open credentials.

    Raises:
        WrongKeyError: the credentials were sealed under another key.
    """
    return await _load(database)


async def load_some(database: Database, ids: Iterable[int]) -> tuple[Camera, ...]:
    """The cameras of these ids that there are, each for itself: `archive_complete` knows nothing
    of what they contradict elsewhere.

    Raises:
        WrongKeyError: see `load_all`.
    """
    found: list[Camera] = []
    for portion in portions(ids):
        found += await _load(database, cameras.c.id.in_(portion))
    return tuple(found)


async def find(database: Database, text: str) -> Camera | None:
    """The camera of a device code, or of an id.

    Raises:
        WrongKeyError: see `load_all`.
    """
    by_code = await _load(database, cameras.c.device_code == text)
    if by_code:
        return by_code[0]
    if not (text.isascii() and text.isdecimal()) or int(text) > _MAX_ID:
        return None
    by_id = await _load(database, cameras.c.id == int(text))
    return by_id[0] if by_id else None


async def _load(database: Database, *where: ColumnElement[bool]) -> tuple[Camera, ...]:
    async with database.read() as connection:
        rows = (await connection.execute(records_query().where(*where))).mappings().all()
    # Opening a city's credentials and checking its archive takes more than a second of CPU: not on
    # the event loop.
    return await asyncio.to_thread(_cameras_of, database, rows)


def _cameras_of(database: Database, rows: Sequence[RowMapping]) -> tuple[Camera, ...]:
    records = [record_of(row, database.vault) for row in rows]
    archive = Archive(entries=list(map(entry_of, records)), town_codes=town_codes())
    bad = unqualified(lint(archive, load_rules()).findings)
    return tuple(camera_of(record, archive_complete=record.id not in bad) for record in records)


def entry_of(record: Record) -> Entry:
    """The record as the checks of the archive see it. Pure."""
    return Entry(id=record.id, access=record.access, values=record.values)


def town_codes() -> dict[str, str]:
    """The codes of the city's towns by name."""
    return {town.name: town.code for town in towns_of_the_city()}


def camera_of(record: Record, *, archive_complete: bool) -> Camera:
    """The camera of a record, and whether the checks found no error in it. Pure."""
    values = record.values
    # What only a platform reaches is never looked at, whatever addresses its record names.
    ours = record.access is not Access.PLATFORM
    address = stream_url(values) if ours else None
    kind = values["key_location_kind"]
    return Camera(
        id=record.id,
        label=values["device_code"] or str(record.id),
        name=values["device_name"] or "",
        town=values["town"],
        village=values["village"] or "",
        grid=values["grid_id"] or "",
        category=Category(values["build_source"]),
        key_location_id=record.key_location_id,
        kind=KeyLocationKind(kind) if kind else None,
        upstream_id=record.upstream_id,
        upstream=values["upstream_device"] or "",
        stream_url=address,
        sub_stream_url=sub_stream_url(values) if ours else None,
        onvif_url=onvif_url(values) if ours else None,
        host=host_of(address) or values["ipv4"] or values["ipv6"] or "",
        credentials=_credentials(values),
        administrative=ADMINISTRATIVE.get(values["device_status"]),
        access=record.access,
        archive_complete=archive_complete,
        movable=values["camera_type"] in _MOVABLE,
        position=_position(values),
        pole=_pole(values),
        maintainer=values["maintain_unit"] or "",
        model=values["device_model"] or "",
        created_at=record.created_at,
    )


def _pole(values: Mapping[str, Any]) -> str:
    """The pole's number, else its coordinates as archived."""
    position = _position(values)
    return values["pole_number"] or (f"{position[0]:.6f},{position[1]:.6f}" if position else "")


def _position(values: Mapping[str, Any]) -> tuple[float, float] | None:
    longitude, latitude = values["longitude"], values["latitude"]
    return None if longitude is None or latitude is None else (longitude, latitude)


def _credentials(values: Mapping[str, Any]) -> Credentials | None:
    if values["device_username"] is None:
        return None
    return Credentials(username=values["device_username"], password=values["device_password"] or "")
