"""Opens the registry named by the settings, and says in one line why it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from camera_registry.credentials import KeyFileError, Vault, WrongKeyError
from camera_registry.database import (
    Database,
    DatabaseUnreachableError,
    DatabaseUrlError,
    open_database,
)
from camera_registry.migrations import SchemaError, check_schema
from xueliang.commands.options import BadState, Refusal
from xueliang.settings import DatabaseSettings


@asynccontextmanager
async def open_registry(
    settings: DatabaseSettings, *, migrated: bool = True
) -> AsyncIterator[Database]:
    """The database, migrated to this version's schema unless that is about to be done.

    Raises:
        Refusal: it cannot be reached or used, or its schema is another version's.
    """
    try:
        database = open_database(settings.url, vault=Vault.from_file(settings.key_file))
        try:
            if migrated:
                await check_schema(database)
            yield database
        finally:
            await database.close()
    except (DatabaseUrlError, KeyFileError, WrongKeyError) as error:
        raise Refusal(str(error)) from None
    except (DatabaseUnreachableError, SchemaError) as error:
        raise BadState(str(error)) from None
