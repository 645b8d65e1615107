"""What each device last said of itself by ONVIF."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from camera_registry.store.documents import onvif_document, onvif_of
from camera_registry.tables.inventory import device_facts
from probes.vocabulary import OnvifFacts, ProbeResult


async def write_facts(
    connection: AsyncConnection, dialect: str, results: Iterable[ProbeResult]
) -> None:
    """Keeps the newest facts of each camera, in whatever order its looks come in."""
    rows = {
        int(look.camera_id): {
            "camera_id": int(look.camera_id),
            "at": look.started_at,
            "onvif": onvif_document(look.onvif),
        }
        for look in sorted(results, key=lambda look: look.started_at)
        if look.onvif is not None
    }
    if rows:
        await connection.execute(_insert_newer(dialect), list(rows.values()))


def _insert_newer(dialect: str) -> Insert:
    statement: postgresql.Insert | sqlite.Insert
    if dialect == "postgresql":
        statement = postgresql.insert(device_facts)
    else:
        statement = sqlite.insert(device_facts)
    given = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["camera_id"],
        set_={"at": given.at, "onvif": given.onvif},
        where=given.at > device_facts.c.at,
    )


async def load_facts(connection: AsyncConnection) -> dict[int, OnvifFacts]:
    """The facts of each camera that told any."""
    rows = await connection.execute(select(device_facts.c.camera_id, device_facts.c.onvif))
    found = {row.camera_id: onvif_of(row.onvif) for row in rows}
    return {camera_id: facts for camera_id, facts in found.items() if facts is not None}
