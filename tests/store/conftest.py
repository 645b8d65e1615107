"""Each store test runs on SQLite and on PostgreSQL, each time on a fresh, migrated database."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.migrations import upgrade
from tests.postgres import running_postgres

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

_names = itertools.count()


class Sqlite:
    """Fresh databases as copies of a migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self) -> str:
        return f"sqlite:///{self._folder}/empty{next(_names)}.db"

    def migrated(self) -> str:
        template = self._folder / "template.db"
        if not template.exists():
            asyncio.run(upgrade(f"sqlite:///{template}"))
        copy = self._folder / f"copy{next(_names)}.db"
        shutil.copy(template, copy)
        return f"sqlite:///{copy}"

    def drop(self, url: str) -> None:
        """The file goes at once."""
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)


class Postgres:
    """Fresh databases as copies of a migrated one."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._template = ""

    def empty(self) -> str:
        name = f"test{next(_names)}"
        asyncio.run(self._execute(f"CREATE DATABASE {name}"))
        return f"{self._server}/{name}"

    def migrated(self) -> str:
        if not self._template:
            url = self.empty()
            asyncio.run(upgrade(url))
            self._template = url.rpartition("/")[2]
        name = f"test{next(_names)}"
        asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE {self._template}"))
        return f"{self._server}/{name}"

    async def _execute(self, statement: str) -> None:
        url = self._server.replace("postgresql://", "postgresql+asyncpg://") + "/postgres"
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    def drop(self, url: str) -> None:
        """At once after its test: some hundreds of databases at the end take minutes to delete,
        for by then they have all been written to the disk."""
        asyncio.run(self._execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield Postgres(server)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgres"])
def engines(request: pytest.FixtureRequest) -> Sqlite | Postgres:
    return request.getfixturevalue(request.param)


@pytest.fixture
def empty_url(engines: Sqlite | Postgres) -> Iterator[str]:
    made = engines.empty()
    yield made
    engines.drop(made)


@pytest.fixture
def url(engines: Sqlite | Postgres) -> Iterator[str]:
    made = engines.migrated()
    yield made
    engines.drop(made)


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    made = postgres.migrated()
    yield made
    postgres.drop(made)


@pytest.fixture
def vault() -> Vault:
    return Vault([KEY])


@pytest.fixture
async def database(url: str, vault: Vault) -> AsyncIterator[Database]:
    opened = open_database(url, vault=vault)
    yield opened
    await opened.close()
