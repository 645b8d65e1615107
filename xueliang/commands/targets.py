"""What a command is about: a camera, an upstream device or a town, as its options name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from camera_registry.assessment.corrections import Target
from camera_registry.database import Database
from camera_registry.store.targets import Found, NoTargetError, find_target
from xueliang.commands.options import BadState, Refusal

_Command = TypeVar("_Command", bound=Callable[..., object])


def target_options(command: _Command) -> _Command:
    """The options by which a command's subject is named."""
    for option in (
        click.option("--town", help="The name of a town: all of it."),
        click.option("--upstream", help="The name of a device: all below it."),
        click.option("--camera", help="A device code, or an id."),
    ):
        command = option(command)
    return command


def one_of(**given: str | None) -> tuple[Target, str]:
    """The one option of `camera`, `upstream` and `town` that is given.

    Raises:
        Refusal: none is, or several are.
    """
    named = [(Target(name), text) for name, text in given.items() if text is not None]
    if len(named) != 1:
        raise Refusal("give one of --camera, --upstream and --town")
    return named[0]


async def found(database: Database, named: tuple[Target, str]) -> Found:
    """What is named.

    Raises:
        BadState: the registry knows none of this name, or several.
    """
    try:
        return await find_target(database, *named)
    except NoTargetError as error:
        raise BadState(str(error)) from None
