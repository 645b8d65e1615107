"""`xueliang maintenance`: announced work, in which cameras count as in maintenance."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.book import wrong_words
from camera_registry.incidents.maintenance import Window, WindowState, check_window, state_of
from camera_registry.store import maintenance as maintenance_store
from exporters.incidents.document import window_document
from exporters.incidents.wording import IncidentText
from exporters.words import Words
from probes.clock import SystemClock
from xueliang.commands.options import (
    BadState,
    Moment,
    Refusal,
    config_option,
    json_option,
    lang_option,
    print_json,
    settings_of,
)
from xueliang.commands.targets import found, one_of, target_options
from xueliang.registry import open_registry
from xueliang.settings import Settings

# The largest number of a row that both databases have.
_MAX_NUMBER = 2**31 - 1
_COUNTS = (WindowState.ACTIVE, WindowState.COMING)


class _Weekdays(click.ParamType[frozenset[int]]):
    """Days of the week with commas, 1 Monday to 7 Sunday."""

    name = "DAYS"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[int]:
        days = value.split(",")
        if not all(day in "1234567" and len(day) == 1 for day in days):
            self.fail(f"{value!r} is no list such as 1,3,5 (1 Monday to 7 Sunday)", param, ctx)
        return frozenset(map(int, days))


class _TimeOfDay(click.ParamType[time]):
    """A time of day, Asia/Shanghai's."""

    name = "HH:MM"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> time:
        try:
            return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007 - a time of day
        except ValueError:
            self.fail(f"{value!r} is no time of day such as 22:30", param, ctx)


@click.group("maintenance")
def maintenance_group() -> None:
    """Announced work on a camera, below an upstream device or in a town: nobody is told of it."""


@maintenance_group.command("add")
@target_options
@click.option("--from", "start", type=Moment(), help="When it begins; now, if not given.")
@click.option("--to", "end", type=Moment(), help="When it ends; itself not included.")
@click.option("--weekdays", type=_Weekdays(), help="Recurring: on these days.")
@click.option("--at", type=_TimeOfDay(), default="00:00", help="Recurring: from this time of day.")
@click.option("--minutes", type=int, default=0, help="Recurring: for so many minutes.")
@click.option("--by", required=True, help="Who announces it.")
@click.option("--note", default="", help="Why.")
@lang_option
@json_option
@config_option
@click.pass_context
def add_command(
    context: click.Context,
    camera: str | None,
    upstream: str | None,
    town: str | None,
    start: datetime | None,
    end: datetime | None,
    weekdays: frozenset[int] | None,
    at: time,
    minutes: int,
    by: str,
    note: str,
    lang: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """Announce a window: once (--to), or every week (--weekdays, --at, --minutes)."""
    named = one_of(camera=camera, upstream=upstream, town=town)
    words, now = Words.load(lang), SystemClock().now()
    if wrong := wrong_words(by, note):
        raise Refusal("; ".join(words[f"said.wrong.{key}"] for key in wrong))
    window = Window(
        starts_at=start or now,
        ends_at=end,
        weekdays=weekdays or frozenset(),
        at=at,
        minutes=minutes,
        by=by.strip(),
        note=note.strip(),
        created_at=now,
    )
    kept = asyncio.run(_add(settings_of(context, config), window, named, words))
    if as_json:
        print_json(window_document(kept, now))
        return
    told = IncidentText(words, now)
    what, when = told.window_subject(kept), told.window_times(kept)
    click.echo(words.fill("maintenance.added", number=kept.id, what=what, when=when))


async def _add(
    settings: Settings, window: Window, named: tuple[Target, str], words: Words
) -> Window:
    async with open_registry(settings.database) as database:
        target = await found(database, named)
        about = replace(
            window,
            camera_id=target.camera_id,
            upstream_id=target.upstream_id,
            town=target.town,
            subject=target.subject,
        )
        if wrong := check_window(about):
            raise Refusal("; ".join(words[f"maintenance.wrong.{key}"] for key in wrong))
        return replace(about, id=await maintenance_store.add(database, about))


@maintenance_group.command("list")
@click.option("--all", "ended", is_flag=True, help="Those over or taken back, too.")
@lang_option
@json_option
@config_option
@click.pass_context
def list_command(
    context: click.Context, ended: bool, lang: str, as_json: bool, config: Path | None
) -> None:
    """The windows that last or come, the newest first."""
    now = SystemClock().now()
    windows = asyncio.run(_windows(settings_of(context, config)))
    shown = [one for one in windows if ended or state_of(one, now) in _COUNTS]
    if as_json:
        print_json([window_document(one, now) for one in shown])
        return
    words = Words.load(lang)
    if not shown:
        click.echo(words["maintenance.none"])
        return
    told = IncidentText(words, now)
    keys = ("number", "what", "when", "state", "by", "note")
    table = Table(*(words[f"maintenance.column.{key}"] for key in keys), box=None)
    for one in shown:
        state = state_of(one, now)
        row = (
            str(one.id),
            told.window_subject(one),
            told.window_times(one),
            words[f"maintenance.state.{state.value}"],
            one.by,
            one.note,
        )
        table.add_row(*map(escape, row), style="" if state in _COUNTS else "dim")
    Console().print(table)


async def _windows(settings: Settings) -> tuple[Window, ...]:
    async with open_registry(settings.database) as database:
        return await maintenance_store.load_all(database)


@maintenance_group.command("remove")
@click.argument("number", type=click.IntRange(1, _MAX_NUMBER))
@click.option("--by", required=True, help="Who takes it back.")
@lang_option
@config_option
@click.pass_context
def remove_command(
    context: click.Context, number: int, by: str, lang: str, config: Path | None
) -> None:
    """Take a window back, now; it stays in `list --all`."""
    words = Words.load(lang)
    if wrong := wrong_words(by, ""):
        raise Refusal("; ".join(words[f"said.wrong.{key}"] for key in wrong))
    if not asyncio.run(_remove(settings_of(context, config), number, by.strip())):
        raise BadState(words.fill("maintenance.missing", number=number))
    click.echo(words.fill("maintenance.removed", number=number))


async def _remove(settings: Settings, number: int, by: str) -> bool:
    async with open_registry(settings.database) as database:
        return await maintenance_store.remove(database, number, by=by, now=SystemClock().now())
