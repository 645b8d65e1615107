"""`xueliang import` and `xueliang export`: the archive as a sheet."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path

import click

from camera_registry.archive import ArchiveError, ImportReport, export_archive, import_archive
from probes.clock import SystemClock
from xueliang.commands.options import (
    EXIT_BAD,
    BadState,
    config_option,
    json_option,
    print_json,
    settings_of,
)
from xueliang.registry import open_registry
from xueliang.settings import Settings

# A terminal is no place for thousands of rows; --json gives them all.
MAX_SHOWN_REJECTIONS = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Judge the rows, write nothing.")
@json_option
@config_option
@click.pass_context
def import_command(
    context: click.Context, file: Path, dry_run: bool, as_json: bool, config: Path | None
) -> None:
    """Read an archive (.xlsx or .csv, Chinese or English headings) into the registry.

    A bad row is rejected with its row, column, value and why, and never stops the good ones.
    Exit status 1 when any row was rejected.
    """
    settings = settings_of(context, config)
    report = asyncio.run(_import(settings, file, dry_run=dry_run))
    if as_json:
        print_json(report.document())
    else:
        _print(report, dry_run=dry_run)
    context.exit(EXIT_BAD if report.rejected else 0)


async def _import(settings: Settings, file: Path, *, dry_run: bool) -> ImportReport:
    async with open_registry(settings.database) as database:
        try:
            return await import_archive(
                database, file, who=getpass.getuser(), now=SystemClock().now(), dry_run=dry_run
            )
        except ArchiveError as error:
            raise BadState(str(error)) from None


def _print(report: ImportReport, *, dry_run: bool) -> None:
    if report.upstreams is not None:
        click.echo("upstream devices: ", nl=False)
        _print(report.upstreams, dry_run=dry_run)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    for rejection in report.rejected[:MAX_SHOWN_REJECTIONS]:
        click.echo(f"rejected: {rejection}", err=True)
    if (rest := len(report.rejected) - MAX_SHOWN_REJECTIONS) > 0:
        click.echo(f"rejected: and {rest} more rows (--json lists all)", err=True)
    click.echo(
        f"{'would be ' if dry_run else ''}created {report.created}, updated {report.updated}, "
        f"unchanged {report.unchanged}, rejected {report.rejected_rows}"
    )


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-passwords", is_flag=True, help="Write the passwords too, in clear.")
@config_option
@click.pass_context
def export_command(
    context: click.Context, file: Path, with_passwords: bool, config: Path | None
) -> None:
    """Write the archive to FILE (.xlsx or .csv); importing it changes nothing."""
    settings = settings_of(context, config)
    count = asyncio.run(_export(settings, file, with_passwords=with_passwords))
    click.echo(f"exported {count} cameras to {file}")


async def _export(settings: Settings, file: Path, *, with_passwords: bool) -> int:
    async with open_registry(settings.database) as database:
        try:
            return await export_archive(database, file, with_passwords=with_passwords)
        except ArchiveError as error:
            raise BadState(str(error)) from None
