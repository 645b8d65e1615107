"""The schema goes up, down and up with its data, and is what the code believes it to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, select

from camera_registry.credentials import Vault
from camera_registry.database import Database, connected, open_database
from camera_registry.late import Anchor
from camera_registry.migrations import (
    SchemaError,
    check_schema,
    downgrade,
    towns_of_the_city,
    upgrade,
)
from camera_registry.store import anchors, cameras, health, intervals, places
from camera_registry.tables import metadata
from camera_registry.vocabulary import Status
from probes.vocabulary import Sketch, StreamKind
from tests.store.city import NOON, import_rows, row


async def counts(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return {
            table.name: (
                await connection.execute(select(func.count()).select_from(table))
            ).scalar_one()
            for table in metadata.sorted_tables
        }


@pytest.mark.parametrize("target", ["0002", "0001", "base"])
async def test_data_is_kept_down_and_up(
    url: str, database: Database, vault: Vault, tmp_path: Path, target: str
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 设备状态="2 维修")])
    before = (await counts(database), await cameras.load_all(database))
    states = await health.load_states(database)
    await database.close()

    await downgrade(url, target)
    reopened = open_database(url, vault=vault)
    with pytest.raises(SchemaError):
        await check_schema(reopened)
    await upgrade(url)

    await check_schema(reopened)
    assert (await counts(reopened), await cameras.load_all(reopened)) == before
    assert await health.load_states(reopened) == states
    # The references between the tables still hold: a new camera gets its history.
    await import_rows(reopened, tmp_path, [row(3)], now=NOON + timedelta(hours=1))
    assert len(await health.load_states(reopened)) == 3
    assert len(await intervals.overlapping(reopened, NOON, NOON + timedelta(hours=2))) == 3
    await reopened.close()


async def test_one_step_down_keeps_the_archive_in_use(
    url: str, database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1)])
    await database.close()
    await downgrade(url, "0001")
    assert [camera.name for camera in await cameras.load_all(database)] == ["点位1"]


async def test_a_step_down_forgets_sketches_of_sub_streams(
    url: str, database: Database, vault: Vault, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2), row(3)])
    main, sub, none = (await health.load_states(database)).values()
    sketch = Sketch(luma=b"luma", digest=b"digest", captured_at=NOON)
    main = replace(main, sketch=sketch)
    sub = replace(sub, sketch=replace(sketch, stream=StreamKind.SUB))
    await health.take_in(database, states=[main, sub])
    assert await health.load_states(database) == {s.camera_id: s for s in (main, sub, none)}
    await database.close()

    await downgrade(url, "0002")
    await upgrade(url)
    reopened = open_database(url, vault=vault)
    forgotten = replace(sub, sketch=None)
    assert await health.load_states(reopened) == {s.camera_id: s for s in (main, forgotten, none)}
    await reopened.close()


async def test_a_step_up_anchors_every_camera_as_it_is(
    url: str, database: Database, vault: Vault, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    (first, second) = (await health.load_states(database)).values()
    at = NOON + timedelta(hours=1)
    first = replace(first, last_look_at=at, status=Status.ONLINE, since=at, evidence_at=at)
    await health.take_in(database, states=[first])
    await database.close()

    await downgrade(url, "0002")
    await upgrade(url)
    reopened = open_database(url, vault=vault)
    async with reopened.read() as connection:
        kept = [await anchors.load_anchors(connection, one.camera_id) for one in (first, second)]
    assert kept == [(Anchor(at=at, state=first),), (Anchor(at=NOON, state=second),)]
    await reopened.close()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_make_the_tables_of_the_code(url: str) -> None:
    async with connected(url) as connection:
        assert await connection.run_sync(differences) == []


async def test_upgrade_enters_the_fifteen_towns_and_can_be_repeated(
    empty_url: str, vault: Vault
) -> None:
    database = open_database(empty_url, vault=vault)
    with pytest.raises(SchemaError, match="db upgrade"):
        await check_schema(database)
    await upgrade(empty_url)
    await upgrade(empty_url)
    await check_schema(database)
    towns = await places.load_towns(database)
    assert towns == towns_of_the_city()
    assert len(towns) == 15
    await database.close()


async def test_a_revision_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(SchemaError, match="9999"):
        await upgrade(url, "9999")
