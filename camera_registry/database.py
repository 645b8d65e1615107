"""The registry's database: an embedded SQLite by default, or a PostgreSQL, by its URL."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from camera_registry.credentials import Vault

# How long a writer waits for another process's write (an import beside the service).
BUSY_TIMEOUT_MS = 15_000
# How long a PostgreSQL may take to accept a connection.
CONNECT_TIMEOUT_S = 10
# How long one statement may take there: the longest, a city's import, takes seconds. A server
# behind a dead link answers never.
COMMAND_TIMEOUT_S = 120

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_WRITES = "xueliang_writes"
_PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "journal_mode = WAL",
    # With WAL, NORMAL cannot corrupt; a power cut may cost the last transactions.
    "synchronous = NORMAL",
    "foreign_keys = ON",
)


class DatabaseUrlError(Exception):
    """The URL names no database that can be used."""


class DatabaseUnreachableError(Exception):
    """No connection, or one lost on the way, or a database that cannot be written now (locked for
    too long, disk full); the message names the URL, its password hidden, and why. What was being
    written is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An engine with its pool of connections, and the vault of the credentials kept there."""

    engine: AsyncEngine = field(repr=False)
    vault: Vault = field(repr=False)
    url: str

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that only reads: a consistent view on both databases.

        Raises:
            DatabaseUnreachableError: no connection could be had.
        """
        async with _connected(self.engine, self.url) as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that writes: all of it is kept, or nothing.

        Raises:
            DatabaseUnreachableError: no connection could be had.
        """
        async with _connected(self.engine, self.url) as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                yield connection

    async def check(self) -> None:
        """
        Raises:
            DatabaseUnreachableError: no connection could be had.
        """
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Closes the pool's connections."""
        await self.engine.dispose()


def open_database(url: str, *, vault: Vault) -> Database:
    """The database of a URL: `sqlite:///relative/path`, `sqlite:////absolute/path` or
    `postgresql://user:password@host:port/name`. Connects when first used.

    Raises:
        DatabaseUrlError: neither of the two, or a SQLite in memory, which keeps nothing.
    """
    parsed = parse_url(url)
    return Database(engine=make_engine(parsed), vault=vault, url=shown(parsed))


def parse_url(url: str) -> URL:
    """The URL with the asynchronous driver's name in it.

    Raises:
        DatabaseUrlError: see `open_database`.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUrlError("database.url: not a URL such as sqlite:///xueliang.db") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise DatabaseUrlError(
            f"database.url: {parsed.drivername} is not supported; sqlite and postgresql are"
        )
    if driver == "sqlite+aiosqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseUrlError("database.url: a SQLite needs a file (sqlite:///xueliang.db)")
    return parsed.set(drivername=driver)


def shown(url: URL) -> str:
    """The URL for messages: no driver, and the password hidden."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def make_engine(url: URL) -> AsyncEngine:
    """An engine with our rules for transactions."""
    if url.get_backend_name() == "postgresql":
        # A connection that the server dropped is noticed before it is used, not by a failed sweep.
        return create_async_engine(
            url,
            pool_pre_ping=True,
            connect_args={"timeout": CONNECT_TIMEOUT_S, "command_timeout": COMMAND_TIMEOUT_S},
        )
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "do_connect", _open_sqlite)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _open_sqlite(_dialect: Any, _record: Any, arguments: list[Any], _options: Any) -> None:
    """Fails where the file cannot be opened or is no database. The driver would fail too, but
    leave a thread behind that reports to an event loop which may be gone by then."""
    with closing(sqlite3.connect(arguments[0], timeout=BUSY_TIMEOUT_MS / 1000)) as trial:
        trial.execute("PRAGMA schema_version")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would do so only before some
    # statements, and leave schema changes outside of them.
    connection.isolation_level = None
    try:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except BaseException:
        # Not in the pool yet, so nobody else would end the connection's thread.
        connection.close()
        raise


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns writer half-way fails at once when another writes; IMMEDIATE waits.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# PEP 249: trouble of the connection and of the database's operation, not of what we asked for.
_TROUBLE = (OperationalError, InterfaceError)


@asynccontextmanager
async def _connected(engine: AsyncEngine, url: str) -> AsyncIterator[AsyncConnection]:
    try:
        connection = await engine.connect()
    except (OSError, DBAPIError) as error:
        raise DatabaseUnreachableError(f"database {url}: {_cause(error)}") from None
    try:
        try:
            yield connection
        finally:
            await connection.close()
    except TimeoutError as error:
        # The PostgreSQL driver's, for a statement past its bound.
        raise DatabaseUnreachableError(f"database {url}: {_cause(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, _TROUBLE):
            raise DatabaseUnreachableError(f"database {url}: {_cause(error)}") from error
        raise


def _cause(error: OSError | DBAPIError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause) or type(cause).__name__


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A single connection that may write, without a pool or a vault (for migrations).

    Raises:
        DatabaseUrlError: see `open_database`.
        DatabaseUnreachableError: no connection could be had.
    """
    parsed = parse_url(url)
    engine = make_engine(parsed)
    try:
        async with _connected(engine, shown(parsed)) as connection:
            await connection.execution_options(**{_WRITES: True})
            yield connection
    finally:
        await engine.dispose()
