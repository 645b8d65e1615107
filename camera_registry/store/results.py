"""Looks as they came in, kept for a configured time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.database import Database
from camera_registry.store.documents import (
    failure_document,
    failure_of,
    media_document,
    media_of,
    onvif_document,
    onvif_of,
    picture_document,
    picture_of,
    stages_document,
)
from camera_registry.store.facts import write_facts
from camera_registry.store.statements import insert_or_skip
from camera_registry.tables.health import probe_results
from probes.vocabulary import Blame, Failure, ProbeResult, Stage, Verdict

# Evidence is a line to read; a hostile device must not fill the database with it.
MAX_EVIDENCE = 500


async def write_results(
    connection: AsyncConnection, dialect: str, results: Iterable[ProbeResult]
) -> None:
    """Adds looks; one that is there already (camera and start) stays as it is. What devices say
    of themselves is kept beside them, the newest of each."""
    listed = tuple(results)
    rows = [_row_of(result) for result in listed]
    if rows:
        await connection.execute(insert_or_skip(dialect, probe_results), rows)
        await write_facts(connection, dialect, listed)


async def recorded_starts(
    connection: AsyncConnection, camera_id: int, starts: Sequence[datetime]
) -> set[datetime]:
    """Which of these starts of looks at a camera are there already."""
    query = select(probe_results.c.started_at).where(
        probe_results.c.camera_id == camera_id, probe_results.c.started_at.in_(starts)
    )
    return set((await connection.execute(query)).scalars())


async def results_after(
    connection: AsyncConnection, camera_id: int, after: datetime
) -> tuple[ProbeResult, ...]:
    """A camera's looks that started after `after`, without sketch and frame."""
    query = select(probe_results).where(
        probe_results.c.camera_id == camera_id, probe_results.c.started_at > after
    )
    return tuple(map(_result_of, (await connection.execute(query)).mappings()))


async def load_results(
    database: Database, camera_id: int, start: datetime, end: datetime
) -> tuple[ProbeResult, ...]:
    """A camera's looks that started in [start, end), in the order of their starts. The sketch and
    the frame are not among what is kept of a look."""
    query = (
        select(probe_results)
        .where(
            probe_results.c.camera_id == camera_id,
            probe_results.c.started_at >= start,
            probe_results.c.started_at < end,
        )
        .order_by(probe_results.c.started_at)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return tuple(map(_result_of, rows))


async def newest_results(database: Database, camera_id: int, limit: int) -> tuple[ProbeResult, ...]:
    """A camera's last looks, the newest first, without sketch and frame."""
    query = (
        select(probe_results)
        .where(probe_results.c.camera_id == camera_id)
        .order_by(probe_results.c.started_at.desc())
        .limit(limit)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return tuple(map(_result_of, rows))


async def last_failing(
    database: Database, camera_id: int, start: datetime, end: datetime, verdict: Verdict
) -> ProbeResult | None:
    """A camera's last look of that verdict that started in [start, end], as far as looks are kept;
    those that failed by our own fault are none."""
    query = (
        select(probe_results)
        .where(
            probe_results.c.camera_id == camera_id,
            probe_results.c.started_at >= start,
            probe_results.c.started_at <= end,
            probe_results.c.verdict == verdict,
            probe_results.c.blame != Blame.PROBER,
        )
        .order_by(probe_results.c.started_at.desc())
        .limit(1)
    )
    async with database.read() as connection:
        row = (await connection.execute(query)).mappings().first()
    return None if row is None else _result_of(row)


def _row_of(result: ProbeResult) -> dict[str, Any]:
    failure = result.failure
    return {
        "camera_id": int(result.camera_id),
        "started_at": result.started_at,
        "verdict": result.verdict,
        "stage": failure.stage if failure else None,
        "reason": failure.reason if failure else None,
        "blame": failure.blame if failure else None,
        "evidence": _printable(failure.evidence) if failure else None,
        "stages": stages_document(result.stages),
        "media": media_document(result.media),
        "picture": picture_document(result.picture),
        "onvif": onvif_document(result.onvif),
        "onvif_failure": failure_document(result.onvif_failure),
    }


def _printable(evidence: str) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return evidence.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:MAX_EVIDENCE]


def _result_of(row: RowMapping) -> ProbeResult:
    failure = None
    if row["stage"] is not None:
        failure = Failure(
            stage=row["stage"],
            reason=row["reason"],
            blame=row["blame"],
            evidence=row["evidence"] or "",
        )
    return ProbeResult(
        camera_id=str(row["camera_id"]),
        started_at=row["started_at"],
        verdict=row["verdict"],
        failure=failure,
        stages={Stage(stage): seconds for stage, seconds in row["stages"].items()},
        media=media_of(row["media"]),
        picture=picture_of(row["picture"]),
        onvif=onvif_of(row["onvif"]),
        onvif_failure=failure_of(row["onvif_failure"]),
    )
