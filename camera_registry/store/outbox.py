"""The outbox: what is to be told, kept before it is told.

Each step is one transaction, and repeating a step changes nothing: notices go in with the cursor
that says how far a timeline was read; a message goes in with the marks of the notices that it
carries; it is claimed before its first byte leaves. So a process killed at any moment loses
nothing. Killed between sending and noting it, it cannot know whether the message arrived: the
claim lapses, and the message goes out again under the same id, saying so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, and_, func, or_, select, tuple_

from camera_registry.database import Database
from camera_registry.incidents.vocabulary import Happening
from camera_registry.outbox import (
    Backlog,
    Message,
    MessageState,
    Notice,
    NoticeState,
    Text,
)
from camera_registry.store.statements import insert_or_replace, insert_or_skip
from camera_registry.tables.incidents import notice_cursors, notice_messages, notices

# What is read at a time. A city's worst night is some thousand notices; the rest comes next turn.
PORTION = 5_000
_UNSETTLED = (MessageState.WAITING, MessageState.SENDING)
_DAY = timedelta(days=1)

Key = tuple[str, int, str]


async def cursors(database: Database, incidents: Collection[str]) -> dict[str, int]:
    """The number of the last event of each incident that was turned into notices."""
    found: dict[str, int] = {}
    async with database.read() as connection:
        for ids in _portions(incidents):
            query = select(notice_cursors.c.incident_id, notice_cursors.c.event_number).where(
                notice_cursors.c.incident_id.in_(ids)
            )
            found |= {row[0]: row[1] for row in await connection.execute(query)}
    return found


async def knowing(database: Database, incidents: Collection[str]) -> dict[str, set[str]]:
    """The crews that were told of each incident, or are about to be."""
    found: dict[str, set[str]] = {}
    async with database.read() as connection:
        for ids in _portions(incidents):
            query = (
                select(notices.c.incident_id, notices.c.crew)
                .where(notices.c.incident_id.in_(ids), notices.c.state != NoticeState.MOOT)
                .distinct()
            )
            for incident_id, crew in await connection.execute(query):
                found.setdefault(incident_id, set()).add(crew)
    return found


async def add(
    database: Database, added: Iterable[Notice], read_up_to: Mapping[str, int], now: datetime
) -> None:
    """Takes notices in, and with them how far their incidents' timelines were read."""
    rows = [_row_of(one) for one in added]
    marks = [
        {"incident_id": incident_id, "event_number": number, "at": now}
        for incident_id, number in read_up_to.items()
    ]
    async with database.write() as connection:
        if rows:
            await connection.execute(insert_or_skip(database.dialect, notices), rows)
        if marks:
            await connection.execute(insert_or_replace(database.dialect, notice_cursors), marks)


async def waiting(database: Database) -> list[Notice]:
    """The notices that are in no message yet, those released first in front."""
    query = (
        select(notices)
        .where(notices.c.state == NoticeState.WAITING)
        .order_by(notices.c.release_at, notices.c.incident_id, notices.c.event_number)
        .limit(PORTION)
    )
    async with database.read() as connection:
        return [_notice_of(row) for row in (await connection.execute(query)).mappings()]


async def told_of(database: Database, crew: str, incidents: Collection[str]) -> set[str]:
    """Those of the incidents that a message to the crew speaks of."""
    found: set[str] = set()
    async with database.read() as connection:
        for ids in _portions(incidents):
            query = select(notices.c.incident_id).where(
                notices.c.incident_id.in_(ids),
                notices.c.crew == crew,
                notices.c.state == NoticeState.TOLD,
            )
            found |= set((await connection.execute(query)).scalars())
    return found


async def open_own(database: Database, repair_class: str) -> list[str]:
    """The monitor's own troubles that were told as begun and not as over."""
    over = select(notices.c.incident_id).where(
        notices.c.repair_class == repair_class, notices.c.what == Happening.RESOLVED
    )
    query = (
        select(notices.c.incident_id)
        .where(notices.c.repair_class == repair_class, notices.c.incident_id.not_in(over))
        .distinct()
    )
    async with database.read() as connection:
        return list((await connection.execute(query)).scalars())


async def put(
    database: Database,
    messages: Sequence[Message],
    *,
    told: Collection[Key] = (),
    moot: Collection[Key] = (),
    now: datetime,
) -> None:
    """Takes messages in, and marks the notices that they carry and those that nobody needs."""
    async with database.write() as connection:
        for state, keys in ((NoticeState.TOLD, told), (NoticeState.MOOT, moot)):
            for portion in _portions(keys):
                await connection.execute(
                    notices.update()
                    .where(_KEY.in_(portion), notices.c.state == NoticeState.WAITING)
                    .values(state=state, settled_at=now)
                )
        if messages:
            await connection.execute(
                insert_or_skip(database.dialect, notice_messages),
                [asdict(message) for message in messages],
            )


async def sent_since(database: Database, since: datetime) -> dict[tuple[str, bool], int]:
    """How many messages each crew was made since then, by (crew, whether they are pages), to the
    target that got the most."""
    columns = (notice_messages.c.crew, notice_messages.c.page, notice_messages.c.target)
    query = (
        select(*columns, func.count())
        .where(notice_messages.c.created_at > since)
        .group_by(*columns)
    )
    counts: dict[tuple[str, bool], int] = {}
    async with database.read() as connection:
        for crew, page, _, count in await connection.execute(query):
            counts[crew, page] = max(count, counts.get((crew, page), 0))
    return counts


async def claim(
    database: Database, now: datetime, *, lease: timedelta, limit: int
) -> list[Message]:
    """Takes messages that are due for sending, pages first: no other process gets them while the
    lease lasts. One whose lease lapsed was being sent by a process that died, and is doubtful."""
    lapsed = and_(
        notice_messages.c.state == MessageState.SENDING, notice_messages.c.claimed_at < now - lease
    )
    due = and_(notice_messages.c.state == MessageState.WAITING, notice_messages.c.next_at <= now)
    query = (
        select(notice_messages)
        .where(or_(due, lapsed))
        .order_by(notice_messages.c.page.desc(), notice_messages.c.next_at, notice_messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed: list[Message] = []
    async with database.write() as connection:
        for row in (await connection.execute(query)).mappings().all():
            changes = {
                "state": MessageState.SENDING,
                "attempts": row["attempts"] + 1,
                "claimed_at": now,
                "doubtful": row["doubtful"] or row["state"] is MessageState.SENDING,
            }
            await connection.execute(
                notice_messages.update().where(notice_messages.c.id == row["id"]).values(**changes)
            )
            claimed.append(Message(**{**row, **changes}))
    return claimed


async def settle(database: Database, message: Message) -> None:
    """Notes how an attempt ended: the message's state, and when it is to be tried again. A claim
    that lapsed and was taken by another process meanwhile is left to that one."""
    async with database.write() as connection:
        await connection.execute(
            notice_messages.update()
            .where(
                notice_messages.c.id == message.id,
                notice_messages.c.claimed_at == message.claimed_at,
                notice_messages.c.state == MessageState.SENDING,
            )
            .values(
                state=message.state,
                next_at=message.next_at,
                settled_at=message.settled_at,
                failure=message.failure,
                doubtful=message.doubtful,
            )
        )


async def given_up(database: Database, limit: int = 50) -> list[Message]:
    """The messages given up last."""
    query = (
        select(notice_messages)
        .where(notice_messages.c.state == MessageState.GIVEN_UP)
        .order_by(notice_messages.c.settled_at.desc(), notice_messages.c.id)
        .limit(limit)
    )
    async with database.read() as connection:
        return [Message(**row) for row in (await connection.execute(query)).mappings()]


async def backlog(database: Database, now: datetime) -> Backlog:
    """What is still to be told, and what was given up in the last day."""
    states = notice_messages.c.state
    counts = select(
        select(func.count())
        .select_from(notices)
        .where(notices.c.state == NoticeState.WAITING)
        .scalar_subquery(),
        select(func.count()).where(states.in_(_UNSETTLED)).scalar_subquery(),
        select(func.count())
        .where(states == MessageState.GIVEN_UP, notice_messages.c.settled_at > now - _DAY)
        .scalar_subquery(),
        select(func.min(notice_messages.c.created_at))
        .where(states.in_(_UNSETTLED))
        .scalar_subquery(),
    )
    async with database.read() as connection:
        row = (await connection.execute(counts)).one()
    return Backlog(notices=row[0], messages=row[1], given_up=row[2], oldest_at=row[3])


async def prune(database: Database, before: datetime) -> None:
    """Deletes what was settled before then. The cursors stay: a timeline may go on, and a row
    for each incident is little."""
    async with database.write() as connection:
        await connection.execute(
            notices.delete().where(notices.c.at < before, notices.c.state != NoticeState.WAITING)
        )
        await connection.execute(
            notice_messages.delete().where(notice_messages.c.created_at < before, _settled())
        )


def _settled() -> Any:
    return notice_messages.c.state.not_in(_UNSETTLED)


_KEY = tuple_(notices.c.incident_id, notices.c.event_number, notices.c.crew)


def _portions(items: Collection[Any], size: int = 1_000) -> Iterable[list[Any]]:
    """SQLite and PostgreSQL bound a statement's parameters to 32,766; a key has three."""
    rest = list(items)
    return (rest[start : start + size] for start in range(0, len(rest), size))


def _row_of(notice: Notice) -> dict[str, Any]:
    return {
        "incident_id": notice.incident_id,
        "event_number": notice.event_number,
        "crew": notice.crew,
        "what": notice.what,
        "page": notice.page,
        "town": notice.town,
        "repair_class": notice.repair_class,
        "at": notice.at,
        "release_at": notice.release_at,
        "texts": [asdict(text) for text in notice.texts],
        "state": NoticeState.WAITING,
        "settled_at": None,
    }


def _notice_of(row: RowMapping) -> Notice:
    return Notice(
        incident_id=row["incident_id"],
        event_number=row["event_number"],
        crew=row["crew"],
        what=row["what"],
        page=row["page"],
        town=row["town"],
        repair_class=row["repair_class"],
        at=row["at"],
        release_at=row["release_at"],
        texts=tuple(Text(**text) for text in row["texts"]),
    )
