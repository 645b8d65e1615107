"""`xueliang alertmanager-config`: Alertmanager's configuration from whom it is to tell."""

from __future__ import annotations

from pathlib import Path

import click

from camera_registry.archive import ArchiveError
from camera_registry.archive.exporting import replace_file
from camera_registry.migrations import known_towns
from exporters.alertmanager_config import alertmanager_config
from xueliang.alertmanager_crews import load_desk
from xueliang.commands.options import BadState, Refusal, config_option, settings_of
from xueliang.incident_rules import load_rules
from xueliang.settings import SettingsError


@click.command("alertmanager-config")
@click.option(
    "--crews",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file of whom Alertmanager tells (config/alertmanager/crews.toml is an example).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
@config_option
@click.pass_context
def alertmanager_command(
    context: click.Context, crews: Path, out: Path | None, config: Path | None
) -> None:
    """Make Alertmanager's configuration: each town to its crew, reminded as its repair class is."""
    settings = settings_of(context, config)
    try:
        classes = load_rules(settings).incidents.classes
        desk = load_desk(crews, [town for town, _ in known_towns()], classes)
    except SettingsError as error:
        raise Refusal(str(error)) from None
    reminders = {name: one.remind_every for name, one in classes.items()}
    text = alertmanager_config(desk, reminders)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        replace_file(out, text.encode(), private=False)
    except ArchiveError as error:
        raise BadState(str(error)) from None
