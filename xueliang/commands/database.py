"""`xueliang db`: the database's schema."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from camera_registry.migrations import upgrade
from xueliang.commands.options import config_option, settings_of
from xueliang.registry import open_registry
from xueliang.settings import DatabaseSettings


@click.group("db")
def database_group() -> None:
    """The registry's database."""


@database_group.command("upgrade")
@config_option
@click.pass_context
def upgrade_command(context: click.Context, config: Path | None) -> None:
    """Create the database, or migrate it to this version."""
    settings = settings_of(context, config)
    asyncio.run(_upgrade(settings.database))


async def _upgrade(settings: DatabaseSettings) -> None:
    async with open_registry(settings, migrated=False):
        await upgrade(settings.url)
