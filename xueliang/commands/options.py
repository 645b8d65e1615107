"""What all commands share: the configuration option, logging, and one-line refusals."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from xueliang.settings import Settings

# (Not from the settings: the program's help needs none of them.)
_LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
EXIT_BAD = 1
EXIT_USAGE = 2

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML configuration file.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
)
# Texts for people are Chinese unless English is asked for; the values are the catalogues' names.
lang_option = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language of what is told.",
    callback=lambda _context, _option, value: {"zh": "zh_CN", "en": "en"}[value],
)


class Moment(click.ParamType[datetime]):
    """A time as in ISO 8601; without an offset it is Asia/Shanghai's."""

    name = "TIME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-05-31T08:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL_ZONE)


class Refusal(click.ClickException):
    """Ends the program with one clear line and no traceback: usage or configuration."""

    exit_code = EXIT_USAGE


class BadState(Refusal):
    """The same, where what was asked about is bad: a file, a database, a port."""

    exit_code = EXIT_BAD


def settings_of(context: click.Context, config: Path | None) -> Settings:
    """The settings, from the command's own --config or the program's; sets logging up too."""
    # Not above: the program's help needs no settings, and they cost 0.2 s of CPU to import.
    from xueliang.settings import SettingsError, load_settings

    try:
        settings = load_settings(config or context.obj, os.environ)
    except SettingsError as error:
        raise Refusal(str(error)) from None
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log.level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    for chatty in ("apscheduler", "httpx", "zeep", "alembic", "aiosqlite", "urllib3"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    return settings


def print_json(document: Any) -> None:
    """The one document on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))
