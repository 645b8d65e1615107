"""Incidents and their timelines.

What a turn of the rules came to is one transaction: the incidents as they are, the new lines of
their timelines, and the acknowledgements that it took in. A process killed before it does the same
turn again; recording the same twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, or_, select

from camera_registry.database import Database
from camera_registry.incidents.book import Acknowledgement, NotOpenError
from camera_registry.incidents.vocabulary import Event, Incident
from camera_registry.store.documents import failure_document, failure_of
from camera_registry.store.statements import IN_LIST, PORTION, insert_or_replace, insert_or_skip
from camera_registry.tables.incidents import (
    incident_acknowledgements,
    incident_events,
    incidents,
    notice_cursors,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An acknowledgement as it waits for the service, with the number of its row."""

    number: int
    acknowledgement: Acknowledgement


async def record(
    database: Database,
    changed: Sequence[Incident],
    events: Iterable[tuple[str, Event]],
    taken: Iterable[Asked] = (),
) -> None:
    """Records a turn."""
    rows = [_row_of(incident) for incident in changed]
    lines = [_event_row(incident_id, event) for incident_id, event in events]
    done = [one.number for one in taken]
    if not (rows or lines or done):
        return
    async with database.write() as connection:
        if rows:
            await connection.execute(insert_or_replace(database.dialect, incidents), rows)
        if lines:
            await connection.execute(insert_or_skip(database.dialect, incident_events), lines)
        if done:
            await connection.execute(
                incident_acknowledgements.delete().where(incident_acknowledgements.c.id.in_(done))
            )


async def load_book(database: Database, since: datetime) -> tuple[Incident, ...]:
    """The incidents that are open, those that ended since then, and those that became a part of
    one that is open; with their timelines."""
    open_ones = select(incidents.c.id).where(incidents.c.resolved_at.is_(None))
    return await _load(
        database,
        or_(
            incidents.c.resolved_at.is_(None),
            incidents.c.resolved_at >= since,
            incidents.c.merged_into.in_(open_ones),
        ),
    )


async def load_open(database: Database) -> tuple[Incident, ...]:
    """The open incidents with their timelines, the oldest in front."""
    return await _load(database, incidents.c.resolved_at.is_(None))


async def find(database: Database, incident_id: str) -> Incident | None:
    """One incident with its timeline."""
    found = await _load(database, incidents.c.id == incident_id)
    return found[0] if found else None


async def overlapping(database: Database, start: datetime, end: datetime) -> tuple[Incident, ...]:
    """The incidents that were open in [start, end), without their timelines, the oldest in front;
    those that became a part of another among them."""
    return await _load(database, _open_in(start, end), timelines=False)


async def of_camera(
    database: Database, camera_id: int, start: datetime, end: datetime
) -> tuple[Incident, ...]:
    """As `overlapping`, those that a camera has a part in."""
    # Members cannot be asked for in both databases; upstreams' incidents are few.
    near = or_(incidents.c.camera_id == camera_id, incidents.c.camera_id.is_(None))
    found = await _load(database, _open_in(start, end) & near, timelines=False)
    return tuple(one for one in found if camera_id in one.members)


def _open_in(start: datetime, end: datetime) -> ColumnElement[bool]:
    still = or_(incidents.c.resolved_at.is_(None), incidents.c.resolved_at > start)
    return (incidents.c.opened_at < end) & still


async def lately_resolved(database: Database, limit: int = PORTION) -> tuple[Incident, ...]:
    """The incidents that ended last, the newest in front, without their timelines."""
    query = (
        select(incidents)
        .where(incidents.c.resolved_at.is_not(None))
        .order_by(incidents.c.resolved_at.desc(), incidents.c.id)
        .limit(limit)
    )
    async with database.read() as connection:
        return tuple(_incident_of(row) for row in (await connection.execute(query)).mappings())


async def unread(database: Database) -> tuple[Incident, ...]:
    """The incidents whose timelines have lines that nobody turned into notices yet: past the
    cursor (`notice_cursors`) of each. With their whole timelines, the oldest in front."""
    told = (
        select(notice_cursors.c.event_number)
        .where(notice_cursors.c.incident_id == incidents.c.id)
        .scalar_subquery()
    )
    return await _load(database, incidents.c.last_number > func.coalesce(told, 0))


# Who takes an incident on


async def acknowledge(database: Database, asked: Acknowledgement) -> None:
    """Leaves an acknowledgement for the service to take in.

    Raises:
        NotOpenError: there is no such incident, or it is over.
    """
    async with database.write() as connection:
        query = select(incidents).where(incidents.c.id == asked.incident_id)
        row = (await connection.execute(query)).mappings().first()
        found = None if row is None else _incident_of(row)
        if found is None or not found.open:
            raise NotOpenError(asked.incident_id, found)
        await connection.execute(
            incident_acknowledgements.insert().values(
                incident_id=asked.incident_id, at=asked.at, by=asked.by, note=asked.note
            )
        )


async def asked(database: Database) -> tuple[Asked, ...]:
    """The acknowledgements that wait, in the order in which they came."""
    table = incident_acknowledgements
    async with database.read() as connection:
        rows = (await connection.execute(select(table).order_by(table.c.id).limit(PORTION))).all()
    return tuple(
        Asked(
            number=row.id,
            acknowledgement=Acknowledgement(
                incident_id=row.incident_id, at=row.at, by=row.by, note=row.note
            ),
        )
        for row in rows
    )


# Rows


async def _load(
    database: Database, where: ColumnElement[bool], *, timelines: bool = True
) -> tuple[Incident, ...]:
    query = select(incidents).where(where).order_by(incidents.c.opened_at, incidents.c.id)
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
        found = [_incident_of(row) for row in rows]
        if not timelines:
            return tuple(found)
        lines: dict[str, tuple[Event, ...]] = {}
        ids = [incident.id for incident in found]
        for at in range(0, len(ids), IN_LIST):
            events = (
                select(incident_events)
                .where(incident_events.c.incident_id.in_(ids[at : at + IN_LIST]))
                .order_by(incident_events.c.incident_id, incident_events.c.number)
            )
            for incident_id, group in groupby(
                (await connection.execute(events)).mappings(), key=lambda row: row["incident_id"]
            ):
                lines[incident_id] = tuple(_event_of(row) for row in group)
    return tuple(replace(one, timeline=lines.get(one.id, ())) for one in found)


_PLAIN = (
    "id",
    "cause",
    "trouble",
    "camera_id",
    "upstream_id",
    "inferred",
    "subject",
    "town",
    "category",
    "kind",
    "repair_class",
    "opened_at",
    "noticed_at",
    "paged_at",
    "acknowledged_at",
    "acknowledged_by",
    "escalated_at",
    "due_at",
    "resolved_at",
    "reopened",
    "again_at",
    "merged_into",
)


def _row_of(incident: Incident) -> dict[str, Any]:
    return {
        **{name: getattr(incident, name) for name in _PLAIN},
        "members": list(incident.members),
        "failure": failure_document(incident.failure),
        "last_number": len(incident.timeline),
    }


def _incident_of(row: RowMapping) -> Incident:
    return Incident(
        **{name: row[name] for name in _PLAIN},
        members=tuple(row["members"]),
        failure=failure_of(row["failure"]),
    )


def _event_row(incident_id: str, event: Event) -> dict[str, Any]:
    return {
        "incident_id": incident_id,
        "number": event.number,
        "at": event.at,
        "what": event.what,
        "by": event.by,
        "note": event.note,
        "cameras": list(event.cameras),
    }


def _event_of(row: RowMapping) -> Event:
    return Event(
        number=row["number"],
        at=row["at"],
        what=row["what"],
        by=row["by"],
        note=row["note"],
        cameras=tuple(row["cameras"]),
    )
