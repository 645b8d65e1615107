"""The command `xueliang`.

Exit status: 0 done, 1 the thing asked about is bad, 2 usage or configuration. Documents go to
standard output, logs and errors to standard error.
"""

from __future__ import annotations

from pathlib import Path

import click

from xueliang.commands.archive import export_command, import_command
from xueliang.commands.database import database_group
from xueliang.commands.options import config_option
from xueliang.commands.probe import probe_command
from xueliang.commands.serve import serve_command
from xueliang.commands.sweep import sweep_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(package_name="xueliang")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Keeps the inventory of a city's video-surveillance points and knows which of them really
    deliver a usable picture."""
    context.obj = config


for command in (
    database_group,
    import_command,
    export_command,
    probe_command,
    sweep_command,
    serve_command,
):
    main.add_command(command)
