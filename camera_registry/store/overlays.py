"""What cameras' overlay texts were found to be, and what they are to show."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import RowMapping, select

from camera_registry.database import Database
from camera_registry.pictures.overlay import OverlayRecord, OverlaySeen
from camera_registry.store.documents import onvif_of
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.inventory import cameras, device_facts
from camera_registry.tables.pictures import overlay_readings
from probes.vocabulary import FaultKind


async def load_records(database: Database) -> dict[int, OverlayRecord]:
    """The record of each camera whose overlay was ever read, by id."""
    async with database.read() as connection:
        rows = (await connection.execute(select(overlay_readings))).mappings().all()
    return {row["camera_id"]: _record_of(row) for row in rows}


async def seen(database: Database, camera_id: int) -> OverlaySeen:
    """What one camera's overlay and its ONVIF clock last told."""
    overlay = select(overlay_readings).where(overlay_readings.c.camera_id == camera_id)
    facts = select(device_facts.c.onvif).where(device_facts.c.camera_id == camera_id)
    async with database.read() as connection:
        row = (await connection.execute(overlay)).mappings().first()
        said = onvif_of(await connection.scalar(facts))
    return OverlaySeen(
        record=None if row is None else _record_of(row),
        onvif_offset_s=None if said is None else said.clock_offset_s,
    )


async def load_places(database: Database) -> dict[int, str]:
    """The OSD name of each camera that has one in the archive."""
    query = select(cameras.c.id, cameras.c.osd_name).where(cameras.c.osd_name.is_not(None))
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return {row.id: row.osd_name for row in rows if row.osd_name}


async def write_records(database: Database, records: Iterable[OverlayRecord]) -> None:
    """Records them, each in place of the one before; those of cameras that have left the registry
    are left out."""
    wanted = list(records)
    if not wanted:
        return
    async with database.write() as connection:
        ids = sorted({record.camera_id for record in wanted})
        rows = await connection.execute(select(cameras.c.id).where(cameras.c.id.in_(ids)))
        there = {row.id for row in rows}
        fresh = [_row_of(record) for record in wanted if record.camera_id in there]
        if fresh:
            await connection.execute(insert_or_replace(database.dialect, overlay_readings), fresh)


def _row_of(record: OverlayRecord) -> dict[str, object]:
    return {
        "camera_id": record.camera_id,
        "read_at": record.read_at,
        "expected_place": record.expected_place,
        "shown_place": record.shown_place,
        "offset_s": record.offset_s,
        "standing": _listed(record.standing),
        "doubted": _listed(record.doubted),
        "told": _listed(record.told),
    }


def _listed(kinds: Iterable[FaultKind]) -> list[str]:
    return sorted(kind.value for kind in kinds)


def _record_of(row: RowMapping) -> OverlayRecord:
    return OverlayRecord(
        camera_id=row["camera_id"],
        read_at=row["read_at"],
        expected_place=row["expected_place"],
        shown_place=row["shown_place"],
        offset_s=row["offset_s"],
        standing=frozenset(map(FaultKind, row["standing"])),
        doubted=frozenset(map(FaultKind, row["doubted"])),
        told=frozenset(map(FaultKind, row["told"])),
    )
