"""The command `xueliang`.

Exit status: 0 done, 1 the thing asked about is bad, 2 usage or configuration. Documents go to
standard output, logs and errors to standard error.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from xueliang import collector
from xueliang.commands.options import config_option

# Each command's module, its name there, and what the program's own help says of it. A command is
# imported when it is called: the service holds no spreadsheet library, and help imports nothing.
COMMANDS = {
    "ack": ("ack", "ack_command", "Take an incident on."),
    "alertmanager-config": (
        "alertmanager_config",
        "alertmanager_command",
        "Make Alertmanager's configuration: towns to crews.",
    ),
    "correct": ("correct", "correct_group", "Times that reports judge otherwise than observed."),
    "db": ("database", "database_group", "The registry's database."),
    "diagnose": ("diagnose", "diagnose_command", "What is wrong with pictures in files."),
    "discover": ("discover", "discover_command", "Find ONVIF devices of this network."),
    "evaluate": ("evaluate", "evaluate_command", "How well labelled pictures are diagnosed."),
    "export": ("archive", "export_command", "Write the archive to a sheet."),
    "history": ("history", "history_command", "What a report's figures of a camera are made of."),
    "import": ("archive", "import_command", "Read an archive (.xlsx or .csv) into the registry."),
    "incidents": ("incidents", "incidents_command", "What is to be repaired, and since when."),
    "lint": ("lint", "lint_command", "Check the archive for what is missing or contradictory."),
    "maintenance": ("maintenance", "maintenance_group", "Announced work: windows of maintenance."),
    "notify-test": ("notify_test", "notify_test_command", "Send a crew a trial message."),
    "picture": ("picture", "picture_group", "Picture histories, private areas, evidence."),
    "platform": ("platform", "platform_group", "Points that only a platform reaches."),
    "probe": ("probe", "probe_command", "One look at one camera, now."),
    "report": ("report", "report_command", "Write the report of a day, week or month."),
    "serve": ("serve", "serve_command", "Run the service: schedule, page, API and metrics."),
    "sweep": ("sweep", "sweep_command", "Look once at every camera, now."),
}


class _Commands(click.Group):
    """Finds the commands of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"xueliang.commands.{module}"), name)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(package_name="xueliang")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Keeps the inventory of a city's video-surveillance points and knows which of them really
    deliver a usable picture."""
    collector.relax()
    context.obj = config
