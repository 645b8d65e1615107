"""The program's own help, and that a command costs only what it uses."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from xueliang.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_the_table_is_there(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"])
    assert shown.exit_code == 0
    for name, (_, _, text) in COMMANDS.items():
        assert f"  {name} " in shown.output
        assert text in shown.output


def test_an_unknown_command_is_refused() -> None:
    refused = CliRunner().invoke(main, ["exprt"])
    assert refused.exit_code == 2
    assert "exprt" in refused.output


@pytest.mark.parametrize(
    ("imported", "unwanted"),
    [
        ("xueliang.cli", ("pydantic", "sqlalchemy", "aiohttp", "numpy")),
        (
            "xueliang.commands.serve",
            ("openpyxl", "numpy", "cv2", "av", "rich", "alembic", "apprise", "requests"),
        ),
    ],
)
def test_an_import_brings_no_more_than_is_used(imported: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {imported}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(unwanted) & set(done.stdout.split())
