"""`xueliang correct`: times that are to be judged otherwise in reports, with who and why."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from camera_registry.assessment.corrections import Correction, Judgement
from camera_registry.assessment.document import plain
from camera_registry.store.assessment import add_correction, load_corrections, remove_correction
from exporters.reports.cells import Form
from exporters.reports.shown import shown
from exporters.words import Words
from probes.clock import SystemClock
from xueliang.commands.options import (
    BadState,
    Refusal,
    config_option,
    json_option,
    lang_option,
    print_json,
    settings_of,
)
from xueliang.commands.targets import found, one_of, target_options
from xueliang.registry import open_registry
from xueliang.settings import LOCAL_ZONE

_MOMENTS = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group("correct")
def correct_group() -> None:
    """Times that reports judge otherwise than observed: a power cut, construction."""


@correct_group.command("add")
@target_options
@click.option("--from", "start", type=_MOMENTS, required=True, help="Local time.")
@click.option("--to", "end", type=_MOMENTS, required=True, help="Local time, itself not included.")
@click.option(
    "--as",
    "judgement",
    type=click.Choice([one.value for one in Judgement]),
    default=Judgement.EXCLUDE.value,
    show_default=True,
    help="What the time counts as; exclude leaves it out.",
)
@click.option("--reason", required=True)
@click.option("--by", required=True, help="Who says so.")
@config_option
@click.pass_context
def add_command(
    context: click.Context,
    camera: str | None,
    upstream: str | None,
    town: str | None,
    start: datetime,
    end: datetime,
    judgement: str,
    reason: str,
    by: str,
    config: Path | None,
) -> None:
    """Judge a time otherwise; prints its number."""
    named = one_of(camera=camera, upstream=upstream, town=town)
    if end <= start:
        raise Refusal("--to is not later than --from")
    if not (reason.strip() and by.strip()):
        raise Refusal("--reason and --by say something")
    settings = settings_of(context, config)

    async def add() -> Correction:
        async with open_registry(settings.database) as database:
            target = await found(database, named)
            correction = Correction(
                id=0,
                target=target.target,
                camera_id=target.camera_id,
                upstream_id=target.upstream_id,
                town=target.town,
                subject=target.subject,
                start=start.replace(tzinfo=LOCAL_ZONE),
                end=end.replace(tzinfo=LOCAL_ZONE),
                judgement=Judgement(judgement),
                reason=reason.strip(),
                by=by.strip(),
                at=SystemClock().now(),
            )
            return await add_correction(database, correction)

    click.echo(asyncio.run(add()).id)


@correct_group.command("list")
@lang_option
@json_option
@config_option
@click.pass_context
def list_command(context: click.Context, lang: str, as_json: bool, config: Path | None) -> None:
    """All corrections, those removed too."""
    settings = settings_of(context, config)

    async def load() -> tuple[Correction, ...]:
        async with open_registry(settings.database) as database:
            return await load_corrections(database)

    corrections = asyncio.run(load())
    if as_json:
        print_json([plain(one) for one in corrections])
        return
    words = Words.load(lang)
    keys = ("subject", "began_at", "ended_at", "judgement", "reason", "by", "at")
    table = Table("#", *(words[f"report.column.{key}"] for key in keys), box=None)
    for one in corrections:
        moments = [shown(at, Form.MOMENT, LOCAL_ZONE) for at in (one.start, one.end, one.at)]
        judged = words[f"report.judgement.{one.judgement}"]
        table.add_row(
            str(one.id),
            *(one.subject, moments[0], moments[1], judged, one.reason, one.by, moments[2]),
            style="strike dim" if one.removed_at else "",
        )
    Console().print(table)


@correct_group.command("remove")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@click.option("--by", required=True, help="Who says so.")
@config_option
@click.pass_context
def remove_command(
    context: click.Context, number: int, reason: str, by: str, config: Path | None
) -> None:
    """Let a correction count no longer; it stays in the list."""
    settings = settings_of(context, config)

    async def remove() -> bool:
        now = SystemClock().now()
        async with open_registry(settings.database) as database:
            return await remove_correction(database, number, by=by, reason=reason, at=now)

    if not asyncio.run(remove()):
        raise BadState(f"no correction {number} that counts")
