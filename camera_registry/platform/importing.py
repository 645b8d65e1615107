"""Imports a platform's list: read the file, match its points, write in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from camera_registry.archive.importing import transaction
from camera_registry.archive.report import ArchiveError, Rejection, Why
from camera_registry.database import Database
from camera_registry.platform.catalogue import read_catalogue
from camera_registry.platform.listing import ListedPoint, PlatformImport, PlatformList
from camera_registry.platform.sheet import read_list_sheet
from camera_registry.platform.vocabulary import PlatformReport
from camera_registry.store.changes import Action, Change, record
from camera_registry.store.platform import KnownPoint, known_points, reports_at, write_list
from camera_registry.vocabulary import Access, Status

# What is listed by name in the report; the counts are whole.
MAX_NAMED = 50
# A platform's clock may be a little ahead of ours; a list of tomorrow would hold all day.
MAX_AHEAD = timedelta(minutes=5)

_READERS: Mapping[str, Callable[[Path], PlatformList]] = {
    ".xml": read_catalogue,
    ".csv": read_list_sheet,
    ".xlsx": read_list_sheet,
}


async def import_platform_list(
    database: Database, path: Path, *, at: datetime, who: str, now: datetime, dry_run: bool = False
) -> PlatformImport:
    """Takes in what a platform's list of `at` says of the points that only it reaches.

    The same list of the same time again is all unchanged, and then nothing is written. A list that
    is older than others falls into its place.

    Raises:
        ArchiveError: the file as a whole cannot be read, or `at` lies in the future.
        DatabaseUnreachableError: no connection could be had.
    """
    if at > now + MAX_AHEAD:
        raise ArchiveError(f"{path}: a list of {at.isoformat()} lies in the future")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ArchiveError(f"{path}: neither .xml, .csv nor .xlsx")
    listed = await asyncio.to_thread(reader, path)
    async with transaction(database, dry_run=dry_run) as connection:
        points = await known_points(connection)
        before = await reports_at(connection, at)
        matched = match_points(listed.points, points)
        news = [
            PlatformReport(camera_id=camera_id, at=at, status=status)
            for camera_id, status in matched.statuses.items()
        ]
        fresh = [one for one in news if before.get(one.camera_id) != one]
        if fresh and not dry_run:
            number = await write_list(
                connection, database.dialect, fresh, at=at, who=who, file=path.name, now=now
            )
            change = Change(
                at=now,
                who=who,
                action=Action.CREATE,
                entity="platform_list",
                entity_id=number,
                new=path.name,
            )
            await record(connection, [change])
    return _report(listed, matched, points, at, len(news) - len(fresh))


@dataclass(slots=True, kw_only=True)
class Matched:
    """A list's points sorted by what they are to us."""

    statuses: dict[int, Status] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


def match_points(listed: Iterable[ListedPoint], points: Mapping[str, KnownPoint]) -> Matched:
    """Finds each listed point in the archive. Of a point that is listed twice with different
    statuses the first counts, and the other is rejected. Pure."""
    matched = Matched()
    first: dict[str, ListedPoint] = {}
    for one in listed:
        earlier = first.setdefault(one.code, one)
        if earlier is not one:
            if earlier.status is not one.status:
                matched.rejections.append(_contradiction(one, earlier))
            continue
        point = points.get(one.code)
        if point is None:
            matched.unknown.append(one.code)
        elif point.access is not Access.PLATFORM:
            matched.others.append(one.code)
        else:
            matched.statuses[point.id] = one.status
    return matched


def _contradiction(one: ListedPoint, earlier: ListedPoint) -> Rejection:
    return Rejection(
        row=one.row,
        column="Status",
        value=one.status.value,
        reason=Why.CONTRADICTION,
        why=f"row {earlier.row} says that {one.code} is {earlier.status.value}",
    )


def _report(
    listed: PlatformList,
    matched: Matched,
    points: Mapping[str, KnownPoint],
    at: datetime,
    unchanged: int,
) -> PlatformImport:
    missing = [
        point.label
        for point in points.values()
        if point.access is Access.PLATFORM and point.id not in matched.statuses
    ]
    statuses = list(matched.statuses.values())
    rejected = sorted((*listed.rejections, *matched.rejections), key=lambda one: one.row)
    return PlatformImport(
        at=at,
        online=statuses.count(Status.ONLINE),
        offline=statuses.count(Status.OFFLINE),
        unchanged=unchanged,
        ignored=listed.ignored,
        entries=len(listed.points) + len(listed.rejections) + listed.ignored,
        announced=listed.announced,
        unknown=len(matched.unknown),
        others=len(matched.others),
        missing=len(missing),
        unknown_codes=tuple(matched.unknown[:MAX_NAMED]),
        other_codes=tuple(matched.others[:MAX_NAMED]),
        missing_labels=tuple(missing[:MAX_NAMED]),
        rejected=tuple(rejected),
    )
