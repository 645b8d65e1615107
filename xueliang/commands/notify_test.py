"""`xueliang notify-test`: a trial message to a crew's targets, now."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

import click

from camera_registry.outbox import Message
from exporters.notices.delivery import Delivery, Ending, Sender
from exporters.notices.grouping import compose_trial
from exporters.notices.vocabulary import Crew
from exporters.words import Words
from probes.clock import SystemClock
from xueliang.commands.options import (
    EXIT_BAD,
    Refusal,
    config_option,
    json_option,
    print_json,
    settings_of,
)
from xueliang.crews import load_crews
from xueliang.settings import Settings, SettingsError


@click.command("notify-test")
@click.option("--crew", "name", help="Only this crew; all without it.")
@config_option
@json_option
@click.pass_context
def notify_test_command(
    context: click.Context, name: str | None, config: Path | None, as_json: bool
) -> None:
    """Send a trial message to each target of a crew. Exit status 1 if one was not delivered."""
    crews = _crews(settings_of(context, config), name)
    results = asyncio.run(_try(crews))
    if as_json:
        print_json(
            [
                {
                    "crew": crew,
                    "target": target,
                    "ending": delivery.ending.value,
                    "why": delivery.why,
                }
                for crew, target, delivery in results
            ]
        )
    else:
        for crew, target, delivery in results:
            click.echo(f"{crew}, {target}: {delivery.ending.value} {delivery.why}".rstrip())
    if any(delivery.ending is not Ending.SENT for _, _, delivery in results):
        raise SystemExit(EXIT_BAD)


def _crews(settings: Settings, name: str | None) -> tuple[Crew, ...]:
    path = settings.alerting.crews_file
    if path is None:
        raise Refusal("alerting.crews_file is not set: there is no crew to send to")
    try:
        crews = load_crews(path, os.environ)
    except SettingsError as error:
        raise Refusal(str(error)) from None
    chosen = tuple(crew for crew in crews if name in (None, crew.name))
    if not chosen:
        raise Refusal(f"{path}: no crew is named {name!r}")
    return chosen


async def _try(crews: tuple[Crew, ...]) -> list[tuple[str, str, Delivery]]:
    sender = Sender()
    now = SystemClock().now()
    results = []
    try:
        for crew in crews:
            text = compose_trial(crew, Words.load(crew.languages[0]))
            for target in crew.targets:
                message = Message(
                    id=secrets.token_hex(8),
                    crew=crew.name,
                    target=target.name,
                    page=False,
                    title=text.title,
                    body=text.body,
                    created_at=now,
                    next_at=now,
                )
                results.append((crew.name, target.name, await sender.send(target.url, message)))
    finally:
        sender.close()
    return results
