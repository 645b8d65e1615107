"""`xueliang ack`: somebody takes an incident on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from camera_registry.incidents.book import Acknowledgement, NotOpenError, wrong_words
from camera_registry.store.incidents import acknowledge
from exporters.incidents.document import waiting_document
from exporters.incidents.wording import not_open_text
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
from xueliang.registry import open_registry
from xueliang.settings import Settings


@click.command("ack")
@click.argument("incident_id", metavar="ID")
@click.option("--by", required=True, help="Who takes it on.")
@click.option("--note", default="", help="What they have to say.")
@lang_option
@json_option
@config_option
@click.pass_context
def ack_command(
    context: click.Context,
    incident_id: str,
    by: str,
    note: str,
    lang: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """Take the open incident of this ID on: it is escalated no further.

    Exit status 1 where there is none, or it is over.
    """
    words = Words.load(lang)
    if wrong := wrong_words(by, note):
        raise Refusal("; ".join(words[f"said.wrong.{key}"] for key in wrong))
    given = Acknowledgement(
        incident_id=incident_id, at=SystemClock().now(), by=by.strip(), note=note.strip()
    )
    asyncio.run(_acknowledge(settings_of(context, config), given, words))
    if as_json:
        print_json(waiting_document(given))
    else:
        click.echo(words.fill("acknowledge.done", by=given.by, id=incident_id))


async def _acknowledge(settings: Settings, given: Acknowledgement, words: Words) -> None:
    async with open_registry(settings.database) as database:
        try:
            await acknowledge(database, given)
        except NotOpenError as refused:
            raise BadState(not_open_text(given.incident_id, refused.found, words)) from None
