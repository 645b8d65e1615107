"""`xueliang platform`: points that only a platform reaches, by its lists."""

from __future__ import annotations

import asyncio
import getpass
from datetime import datetime
from pathlib import Path

import click

from camera_registry.archive import ArchiveError
from camera_registry.platform.importing import import_platform_list
from camera_registry.platform.listing import PlatformImport
from probes.clock import SystemClock
from xueliang.commands.options import (
    EXIT_BAD,
    BadState,
    Moment,
    config_option,
    json_option,
    print_json,
    settings_of,
)
from xueliang.registry import open_registry
from xueliang.settings import Settings

# A terminal is no place for thousands of rows; --json gives them all.
MAX_SHOWN = 10


@click.group("platform")
def platform_group() -> None:
    """Points that only a platform reaches (接入协议 平台): what it reports of them."""


@platform_group.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--at", type=Moment(), help="When the list was drawn up (now, if not given).")
@click.option("--dry-run", is_flag=True, help="Match the list, write nothing.")
@json_option
@config_option
@click.pass_context
def platform_import_command(
    context: click.Context,
    file: Path,
    at: datetime | None,
    dry_run: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Read a platform's list: a sheet (.csv, .xlsx) with codes and statuses, or a GB/T 28181
    catalogue (.xml).

    Exit status 1 when a row was rejected.
    """
    settings = settings_of(context, config)
    done = asyncio.run(_import(settings, file, at, dry_run=dry_run))
    if as_json:
        print_json(done.document())
    else:
        _print(done, dry_run=dry_run)
    context.exit(EXIT_BAD if done.rejected else 0)


async def _import(
    settings: Settings, file: Path, at: datetime | None, *, dry_run: bool
) -> PlatformImport:
    now = SystemClock().now()
    async with open_registry(settings.database) as database:
        try:
            return await import_platform_list(
                database, file, at=at or now, who=getpass.getuser(), now=now, dry_run=dry_run
            )
        except ArchiveError as error:
            raise BadState(str(error)) from None


def _print(done: PlatformImport, *, dry_run: bool) -> None:
    for rejection in done.rejected[:MAX_SHOWN]:
        click.echo(f"rejected: {rejection}", err=True)
    if (rest := len(done.rejected) - MAX_SHOWN) > 0:
        click.echo(f"rejected: and {rest} more (--json lists all)", err=True)
    if done.announced is not None and done.announced > done.entries:
        click.echo(
            f"the catalogue announces {done.announced} entries and holds {done.entries}", err=True
        )
    groups = (
        ("not in the archive", done.unknown, done.unknown_codes),
        ("looked at by ourselves, left alone", done.others, done.other_codes),
        ("the platform's points that the list leaves out", done.missing, done.missing_labels),
    )
    for text, count, labels in groups:
        if count:
            named = ", ".join(labels[:MAX_SHOWN])
            click.echo(f"{text}: {count} ({named}{', …' if count > MAX_SHOWN else ''})", err=True)
    click.echo(
        f"{'would report' if dry_run else 'reported'} {done.reported} points: "
        f"{done.online} online, {done.offline} offline ({done.unchanged} unchanged)"
    )
