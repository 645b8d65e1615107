"""The looks that an incident rests on: those that are there, and, when they are pruned, the last of
them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from camera_registry.database import Database
from camera_registry.incidents.vocabulary import Cause, Incident, Trouble
from camera_registry.store.documents import failure_document, failure_of, stages_document
from camera_registry.store.incidents import overlapping
from camera_registry.store.results import last_failing
from camera_registry.store.statements import insert_or_replace
from camera_registry.tables.health import probe_results
from camera_registry.tables.incidents import incident_looks
from probes.vocabulary import ProbeResult, Stage, Verdict

# Whose looks stand for all of an upstream's cameras.
MAX_LOOKS = 3


async def failing_look(
    database: Database, camera_id: int, incident: Incident, now: datetime
) -> ProbeResult | None:
    """The last look at a camera that failed while the incident lasted."""
    found = await _last(database, camera_id, incident, now)
    return found or await _kept(database, camera_id, incident.id)


async def keep_looks(database: Database, before: datetime) -> int:
    """Keeps the last failing look of before `before` of each incident that has looks of then; how
    many it kept. Doing it again, even when some of those looks are gone, keeps the same."""
    async with database.read() as connection:
        oldest = await connection.scalar(select(func.min(probe_results.c.started_at)))
    if oldest is None or oldest >= before:
        return 0
    rows = []
    for incident in await overlapping(database, oldest, before):
        wanted = 1 if incident.cause is Cause.CAMERA else MAX_LOOKS
        for camera_id in sorted(incident.members)[:wanted]:
            look = await _last(database, camera_id, incident, before)
            if look is not None:
                rows.append(_row_of(incident.id, look))
    if rows:
        async with database.write() as connection:
            await connection.execute(insert_or_replace(database.dialect, incident_looks), rows)
    return len(rows)


async def _last(
    database: Database, camera_id: int, incident: Incident, until: datetime
) -> ProbeResult | None:
    verdict = Verdict.DEGRADED if incident.trouble is Trouble.PICTURE else Verdict.DOWN
    end = min(incident.resolved_at or until, until)
    return await last_failing(database, camera_id, incident.opened_at, end, verdict)


async def _kept(database: Database, camera_id: int, incident_id: str) -> ProbeResult | None:
    query = select(incident_looks).where(
        incident_looks.c.incident_id == incident_id, incident_looks.c.camera_id == camera_id
    )
    async with database.read() as connection:
        row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    return ProbeResult(
        camera_id=str(row["camera_id"]),
        started_at=row["started_at"],
        verdict=row["verdict"],
        failure=failure_of(row["failure"]),
        stages={Stage(stage): seconds for stage, seconds in row["stages"].items()},
    )


def _row_of(incident_id: str, look: ProbeResult) -> dict[str, Any]:
    return {
        "incident_id": incident_id,
        "camera_id": int(look.camera_id),
        "started_at": look.started_at,
        "verdict": look.verdict,
        "failure": failure_document(look.failure),
        "stages": stages_document(look.stages),
    }
