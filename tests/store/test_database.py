"""What cannot be reached is told in one line, without the password."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from camera_registry.credentials import Vault
from camera_registry.database import (
    Database,
    DatabaseUnreachableError,
    DatabaseUrlError,
    connected,
    open_database,
)
from camera_registry.migrations import upgrade
from camera_registry.store import sweeps
from tests.store.city import NOON


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def missing_folder(folder: Path) -> str:
    return f"sqlite:///{folder}/none/x.db"


def no_database(folder: Path) -> str:
    path = folder / "text.db"
    path.write_text("this is no database, but long enough to look at" * 50)
    return f"sqlite:///{path}"


def nobody_listens(_: Path) -> str:
    return f"postgresql://monitor:hunter2@127.0.0.1:{closed_port()}/xueliang"


@pytest.mark.parametrize("make", [missing_folder, no_database, nobody_listens])
async def test_unreachable(tmp_path: Path, vault: Vault, make: Callable[[Path], str]) -> None:
    url = make(tmp_path)
    database = open_database(url, vault=vault)
    for attempt in (database.check(), upgrade(url)):
        with pytest.raises(DatabaseUnreachableError) as caught:
            await attempt
        message = str(caught.value)
        assert message.startswith("database ")
        assert url.replace("hunter2", "***") in message
        assert "hunter2" not in message
    await database.close()


async def test_a_database_or_user_that_is_not_there(postgres_url: str, vault: Vault) -> None:
    server = postgres_url.rpartition("/")[0]
    for url in (f"{server}/nothing", server.replace("xueliang@", "stranger:hunter2@") + "/x"):
        database = open_database(url, vault=vault)
        with pytest.raises(DatabaseUnreachableError):
            await database.check()
        await database.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:hunter2@127.0.0.1/x",
        "xueliang.db",
        "",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:hunter2@127.0.0.1:port/x",
    ],
)
def test_urls_that_name_no_usable_database(url: str, vault: Vault) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        open_database(url, vault=vault)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_the_password_is_hidden_wherever_the_database_is_shown(scheme: str, vault: Vault) -> None:
    database = open_database(f"{scheme}://u:hunter2@127.0.0.1/x", vault=vault)
    assert database.dialect == "postgresql"
    assert database.url == "postgresql://u:***@127.0.0.1/x"
    assert "hunter2" not in repr(database)


async def test_sqlite_keeps_foreign_keys_and_a_write_ahead_log(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    await upgrade(url)
    async with connected(url) as connection:
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await connection.execute(text("PRAGMA busy_timeout"))).scalar_one() > 0


async def test_a_connection_lost_on_the_way_is_told_and_the_next_one_works(
    postgres_url: str, vault: Vault
) -> None:
    database = open_database(postgres_url, vault=vault)
    with pytest.raises(DatabaseUnreachableError):
        async with database.write() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    await sweeps.begin(database, NOON)
    assert await sweeps.last_finished(database) is None
    await database.close()


async def finish_and_fail(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE sweeps SET finished_at = started_at"))
        raise ZeroDivisionError


async def test_what_fails_half_way_is_not_kept(database: Database) -> None:
    sweep_id = await sweeps.begin(database, NOON)
    with pytest.raises(ZeroDivisionError):
        await finish_and_fail(database)
    assert await sweeps.last_finished(database) is None
    await sweeps.finish(database, sweep_id, NOON + timedelta(minutes=1), {})
    assert await sweeps.last_finished(database) is not None


async def test_a_reader_cannot_write_on_postgresql(postgres_url: str, vault: Vault) -> None:
    database = open_database(postgres_url, vault=vault)
    with pytest.raises(Exception, match="read-only transaction"):
        async with database.read() as connection:
            await connection.execute(text("DELETE FROM sweeps"))
    # The option does not stick to the pooled connection.
    await sweeps.begin(database, NOON)
    await database.close()
