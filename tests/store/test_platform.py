"""A platform's list in the registry: who is told of, and what stands of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from camera_registry.archive import ArchiveError
from camera_registry.database import Database
from camera_registry.platform.importing import import_platform_list
from camera_registry.platform.listing import PlatformImport
from camera_registry.store import cameras, changes, platform
from camera_registry.vocabulary import Access, Status
from tests.core.test_platform import catalogue, item
from tests.store.city import NOON, import_rows, row

HOLD = timedelta(hours=30)
DAY = timedelta(days=1)
CODES = [f"3408810000132{number:07d}" for number in range(1, 6)]


async def make(database: Database, folder: Path) -> None:
    """Three points of a platform (one has an address too), one of ours, one that is scrapped."""
    away = {"接入协议": "平台", "取流地址": "", "IPv4地址": "", "用户名": "", "口令": ""}
    rows = [
        row(1, **away),
        row(2, **away),
        row(3, 接入协议="平台"),
        row(4),
        row(5, **away, 设备状态="3 拆除"),
    ]
    assert (await import_rows(database, folder, rows)).rejected == ()


async def take(
    database: Database, folder: Path, *items: str, days: int = 0, **more: bool
) -> PlatformImport:
    path = folder / "list.xml"
    path.write_bytes(catalogue(*items).encode("gb18030"))
    now = NOON + days * DAY
    return await import_platform_list(database, path, at=now, who="王工", now=now, **more)


async def test_a_list_is_taken_in(database: Database, tmp_path: Path) -> None:
    await make(database, tmp_path)
    done = await take(
        database,
        tmp_path,
        item(CODES[0], "ON"),
        item(CODES[1], "OFF"),
        item(CODES[3], "ON"),
        item(CODES[4], "ON"),
    )
    assert (done.online, done.offline, done.others, done.unknown, done.missing) == (1, 1, 1, 1, 1)
    assert done.missing_labels == (CODES[2],)
    assert done.other_codes == (CODES[3],)
    stands = await platform.load_reported(database, HOLD, NOON + timedelta(hours=1))
    assert {number: one.status for number, one in stands.items()} == {
        1: Status.ONLINE,
        2: Status.OFFLINE,
    }
    assert await platform.last_list_at(database) == NOON
    assert done.document()["missing"] == {"count": 1, "points": [CODES[2]]}


async def test_the_same_list_again_writes_nothing(database: Database, tmp_path: Path) -> None:
    await make(database, tmp_path)
    first = await take(database, tmp_path, item(CODES[0], "ON"))
    revision = await changes.revision(database)
    again = await take(database, tmp_path, item(CODES[0], "ON"))
    assert (first.unchanged, again.unchanged) == (0, 1)
    assert await changes.revision(database) == revision
    dry = await take(database, tmp_path, item(CODES[0], "OFF"), days=1, dry_run=True)
    assert dry.offline == 1
    assert await changes.revision(database) == revision


async def test_intervals_of_lists_in_any_order(database: Database, tmp_path: Path) -> None:
    await make(database, tmp_path)
    await take(database, tmp_path, item(CODES[0], "ON"), days=3)
    await take(database, tmp_path, item(CODES[0], "OFF"), days=1)
    await take(database, tmp_path, item(CODES[0], "ON"), days=0)
    found = await platform.overlapping_reported(database, HOLD, NOON, NOON + 4 * DAY)
    assert [(one.status, one.start, one.end) for one in found[1]] == [
        (Status.ONLINE, NOON, NOON + DAY),
        (Status.OFFLINE, NOON + DAY, NOON + DAY + HOLD),
        (Status.UNKNOWN, NOON + DAY + HOLD, NOON + 3 * DAY),
        (Status.ONLINE, NOON + 3 * DAY, NOON + 4 * DAY),
    ]
    # A window that begins within a hold is spoken for by the list before it.
    late = await platform.overlapping_reported(
        database, HOLD, NOON + timedelta(hours=12), NOON + timedelta(hours=18)
    )
    assert [one.status for one in late[1]] == [Status.ONLINE]
    assert await platform.prune_reports(database, NOON + 2 * DAY) == 2
    assert await platform.last_list_at(database) == NOON + 3 * DAY


async def test_a_platform_s_point_is_never_looked_at(database: Database, tmp_path: Path) -> None:
    await make(database, tmp_path)
    found = {one.id: one for one in await cameras.load_all(database)}
    assert [one.access for one in found.values()] == [
        Access.PLATFORM,
        Access.PLATFORM,
        Access.PLATFORM,
        Access.RECORDER,
        Access.PLATFORM,
    ]
    assert (found[3].stream_url, found[3].sub_stream_url, found[3].onvif_url) == (None, None, None)
    assert found[4].stream_url is not None


async def test_lists_of_tomorrow_and_other_files_are_refused(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "list.xml"
    path.write_bytes(catalogue(item(CODES[0], "ON")).encode("gb18030"))
    with pytest.raises(ArchiveError, match="lies in the future"):
        await import_platform_list(database, path, at=NOON + DAY, who="x", now=NOON)
    with pytest.raises(ArchiveError, match=r"neither \.xml"):
        await import_platform_list(database, tmp_path / "list.doc", at=NOON, who="x", now=NOON)
    with pytest.raises(ArchiveError, match="No such file"):
        await import_platform_list(database, tmp_path / "no.xml", at=NOON, who="x", now=NOON)
